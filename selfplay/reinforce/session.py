"""One call of REINFORCE self-play: open the run, train, say how the policy does against the one it started from."""

from pathlib import Path

import numpy as np
import torch

from arena.ratings.intervals import wilson
from games.game import Game
from selfplay.display import Display
from selfplay.reinforce.playing import paired_plan, play_games
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.reinforce.stage import PLACES, ReinforceStage
from selfplay.runs import Run
from selfplay.stages import Limit, train_stage
from selfplay.stopping import Stop
from zero.checkpoint import Checkpoint, read_checkpoint
from zero.errors import SettingsError
from zero.evaluators import Uniform
from zero.inference import device_of
from zero.network import Network, NetworkSettings, new_network
from zero.search.settings import SearchSettings
from zero.search.walk import allocate_batch

FINAL_GAMES = 2000
FINAL_SEED = 1  # the evaluations after intervals have 0
SETTLING_GAMES = 256
MOST_SETTLING = 4096  # positions


def reinforce(
    game: Game,
    start: Path | None,
    run_folder: Path,
    settings: ReinforceSettings,
    limit: Limit,
    seed: int,
    device: str,
    stop: Stop,
    display: Display,
) -> Path:
    """Train a policy by REINFORCE, or go on with a run; return its last checkpoint.

    start: the checkpoint to begin with; None for an untrained network.
    Raises CheckpointError, RunError and SettingsError for what cannot be used, RunError where the training diverges.
    """
    where = device_of(device)
    if start is not None and settings.network != NetworkSettings():
        raise SettingsError(f"the network is that of {start}: leave --network out")
    begin = untrained(game, settings.network, seed) if start is None else read_checkpoint(start, game)
    run = Run(run_folder, game, seed, settings, start, command="reinforce")
    try:
        stage = ReinforceStage(begin, settings, seed, where)
        display.say(f"{game.name}: REINFORCE ({settings.estimator}) in {run_folder} on {where}")
        last = train_stage(run, stage, limit, stop, display)
        if not stop.asked:
            display.say(_closing(stage, run))
        return run.checkpoint(last)
    finally:
        run.close()


def _closing(stage: ReinforceStage, run: Run[ReinforceSettings]) -> str:
    """Say how strong the policy is beside its start, and what to try next."""
    score = stage.score(FINAL_GAMES, FINAL_SEED)
    low, high = wilson(score, FINAL_GAMES)
    return "\n".join(
        [
            f"against the starting policy it scores {score:.1%} (95 % interval {low:.1%} to {high:.1%}; {FINAL_GAMES} games,"
            " both colours, both sampling at temperature 1, a draw is half)",
            f"match it:         zero match 'net:{run.folder}?temperature=1' 'net:{run.checkpoint(0)}?temperature=1'",
            f"learn its values: zero value {run.folder}",
        ]
    )


def untrained(game: Game, settings: NetworkSettings, seed: int) -> Checkpoint:
    """Return a fresh network whose batch normalisation has seen random games.

    While a policy learns here, its normalisation stands still; that of a network that saw nothing would not normalise.
    """
    network = new_network(game, settings, seed)
    random, batch = np.random.default_rng([seed, SETTLING_GAMES]), allocate_batch(game, PLACES)
    player, plan = Uniform(game, PLACES), paired_plan(random, SETTLING_GAMES, 0)
    planes = play_games(game, player, [player], plan, seed, batch).planes
    settle(network, torch.from_numpy(planes[random.permutation(len(planes))[:MOST_SETTLING]]))
    return Checkpoint(game, network, settings, SearchSettings(), 0)


@torch.no_grad()
def settle(network: Network, planes: torch.Tensor) -> None:
    """Set the statistics of the network's batch normalisation to those of some positions."""
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    network.train()
    network(planes)
    network.eval()
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
