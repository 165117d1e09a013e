"""DAgger: the learner plays, the expert says what it would have done there, and the learner learns from all of it.

A policy cloned from an expert's games meets positions of its own making, which the expert's games do not have, and its
errors there add up. Here the data comes from the learner's own visits instead; the games that the first policy was cloned
from are the round in which the expert alone plays (β₁ = 1), and later rounds are the learner's alone (β = 0).
Source: Ross, Gordon & Bagnell 2011, "A reduction of imitation learning and structured prediction to no-regret online
learning", algorithm 3.1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from arena.matches.lines import derived_seed
from arena.players.recipes import read_players
from games.catalogue import spec_of
from games.game import Game
from selfplay.display import Display
from selfplay.expert.games import write_games
from selfplay.imitation.settings import ImitationSettings
from selfplay.imitation.stage import imitate
from selfplay.imitation.visited import GAMES, Disagreement, Labelled, Watch, disagreement, label_visits
from selfplay.stages import Limit
from selfplay.stopping import Stop, StopTraining
from zero.bounds import at_least
from zero.checkpoint import read_checkpoint
from zero.errors import CheckpointError, SettingsError
from zero.files import read_arrays
from zero.inference import NetworkEvaluator

BEHIND = 900_000  # number of a collection's shard behind which those of the rounds lie
Train = Callable[[int], Path]  # learns from all that the collection holds in a round; returns the checkpoint


class Round(NamedTuple):
    """What the expert said in a round of DAgger."""

    number: int  # from 1; the cloned policy is 0
    labels: int  # new ones, of visits
    asked: int  # different positions that the expert was asked about
    failures: int  # visits to positions that it had no answer for
    agreed: int  # labels that were the best action of the learner that visited them


def dagger(
    game: Game,
    expert: str,
    rounds: int,
    collection: Path,
    train: Train,
    *,
    labels: int = 10_000,
    seed: int = 0,
    device: str = "cpu",
    watch: Watch = lambda phase, share: None,
    tell: Callable[[Round], None] = lambda one: None,
) -> Path:
    """Clone, then in each round visit, label, aggregate and learn again; return the last checkpoint.

    expert:     a player, as `zero players` lists them.
    labels:     of visits in a round; each different position is asked about once.
    collection: a folder of shards (selfplay/expert/games.py) that there is already; each round adds one, from
                900001.safetensors on.
    train:      called with 0, 1 … rounds, after the round's labels are there. It must go on where it stopped, and a round
                that is trained must come back at once.
    A call that was interrupted goes on with the round it was in: a shard that is there is taken as it is.
    Raises an InputError where the expert cannot play the game or answers for nothing.
    """
    if rounds < 1 or labels < 1:
        raise SettingsError(f"expected rounds and labels >= 1, got {rounds} and {labels}")
    _, (recipe,) = read_players([expert], spec_of(game))
    recipe.make(game, seed).close()  # what is wrong with the expert is told before hours of cloning
    checkpoint = train(0)
    for number in range(1, rounds + 1):
        shard, own_seed = shard_of(collection, number), derived_seed(seed, number) >> 1
        if not shard.exists():
            player = recipe.make(game, own_seed, device=device)
            try:
                learner = learner_of(checkpoint, game, device)
                found = label_visits(game, learner, player, labels, own_seed, watch)
            finally:
                player.close()
            _write(shard, game, number, expert, found)
        told = read_arrays(shard, "games")[0]
        if told.get("expert") != expert:
            raise CheckpointError(f"{shard}: expected labels of {expert}, got labels of {told.get('expert')}; take another run")
        tell(Round(number, told["labels"], told["asked"], told["failures"], told["agreed"]))
        checkpoint = train(number)
    return checkpoint


@dataclass(frozen=True)
class DaggerSettings:
    """How an imitation goes on with DAgger."""

    expert: str
    """The player that labels, as zero players lists them."""
    rounds: int
    """Rounds after the cloning."""
    labels: int = 10_000
    """Visits to positions that get the expert's label in a round; each different position is asked about once."""
    intervals: int = 10
    """Intervals of learning in each round, the cloning included."""

    def __post_init__(self) -> None:
        at_least(self, 1, "rounds", "labels", "intervals")


def imitate_in_rounds(
    game: Game,
    folder: Path,
    collection: Path,
    settings: ImitationSettings,
    asked: DaggerSettings,
    seed: int,
    device: torch.device,
    stop: Stop,
    display: Display,
    start: Path | None = None,
) -> Path:
    """Clone what a collection holds in a run folder, and go on with DAgger there; return the last checkpoint.

    It is one run of zero imitate: each round learns for so many intervals more, from all labels that there are by then.
    Raises StopTraining where Ctrl-C asked for the end; the same call goes on.
    """
    if settings.learn_from != "all" or settings.min_rating:
        raise SettingsError("a learner's games have neither winners to learn from nor ratings: leave these settings out")

    def train(number: int) -> Path:
        limit = Limit((number + 1) * asked.intervals)
        last = imitate(game, collection, folder, settings, limit, seed, device, stop, display, start)
        if stop.asked:
            raise StopTraining
        return last

    def watch(phase: str, share: float) -> None:
        stop.check()
        display.phase(phase, share, {})

    def tell(one: Round) -> None:
        agreed = f"the learner agreed in {one.agreed / max(one.labels, 1):.1%}"
        failed = f", no answer for {one.failures:,}" if one.failures else ""
        what = f"{one.labels:,} visits to {one.asked:,} positions"
        display.say(f"round {one.number}: {asked.expert} labelled {what}; {agreed}{failed}")

    return dagger(
        game,
        asked.expert,
        asked.rounds,
        collection,
        train,
        labels=asked.labels,
        seed=seed,
        device=str(device),
        watch=watch,
        tell=tell,
    )


def error_where_it_goes(
    game: Game,
    checkpoint: Path,
    expert: str,
    positions: int,
    seed: int,
    device: str = "cpu",
    watch: Watch = lambda phase, share: None,
) -> Disagreement:
    """Return how a policy differs from the expert in the states that it visits itself, on fresh games."""
    _, (recipe,) = read_players([expert], spec_of(game))
    player = recipe.make(game, derived_seed(seed, 0) >> 1, device=device)
    try:
        return disagreement(game, learner_of(checkpoint, game, device), player, positions, seed, watch)
    finally:
        player.close()


def learner_of(checkpoint: Path, game: Game, device: str) -> NetworkEvaluator:
    """Return a checkpoint's network for GAMES positions at once."""
    return NetworkEvaluator(game, read_checkpoint(checkpoint, game).network, GAMES, torch.device(device))


def shard_of(collection: Path, number: int) -> Path:
    """Return where the labels of a round lie."""
    return collection / f"{BEHIND + number:06}.safetensors"


def _write(shard: Path, game: Game, number: int, expert: str, found: Labelled) -> None:
    header = {"round": number, "expert": expert}
    header |= {"labels": found.labels, "asked": found.asked, "failures": found.failures, "agreed": found.agreed}
    write_games(shard, game, found.games, header)
