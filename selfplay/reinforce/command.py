"""`zero reinforce`: improve a policy by playing earlier versions of itself, or go on with such a run."""

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from games import find
from games.catalogue import spec_of
from games.game import Game
from selfplay.asked import TrainingFlags, completed, default_folder, kept
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.stopping import StopTraining, interrupts, quiet_libraries
from zero.checkpoint_files import game_in, resolve
from zero.errors import SettingsError
from zero.flags import parse

RANDOM = "random"
WHAT = "Improve a policy by playing earlier versions of itself (AlphaGo's REINFORCE stage)."


@dataclass(frozen=True, kw_only=True)
class ReinforceCommand(TrainingFlags, ReinforceSettings):
    """What `zero reinforce` is asked to do."""

    checkpoint: tyro.conf.Positional[str]
    """What it starts from: a checkpoint, or the newest of a run folder (zero imitate, zero train); or random, an untrained
    network."""
    game: str | None = None
    """The game, where it starts from random."""

    def __post_init__(self) -> None:
        TrainingFlags.__post_init__(self)
        ReinforceSettings.__post_init__(self)


def main(arguments: list[str]) -> int:
    """Run the command; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ReinforceCommand, arguments, "zero reinforce", WHAT)
    start, game = _beginning(asked)
    folder = asked.run or default_folder(game, "reinforce")
    asked = completed(asked, arguments, lambda _: folder, "reinforce", ReinforceSettings)

    import torch

    from selfplay.display import display_for
    from selfplay.reinforce.session import reinforce
    from selfplay.reinforce.stage import COLUMNS

    if asked.threads:
        torch.set_num_threads(asked.threads)
    with interrupts() as stop, quiet_libraries("reinforce"):
        try:
            display = display_for(sys.stdout, COLUMNS)
            reinforce(game, start, folder, kept(asked, ReinforceSettings), asked.limit(), asked.seed, asked.device, stop, display)
        except StopTraining:
            print("stopped", flush=True)
    return 0


def _beginning(asked: ReinforceCommand) -> tuple[Path | None, Game]:
    """Return the checkpoint to start from, None for random, and its game."""
    if asked.checkpoint == RANDOM and not Path(RANDOM).exists():
        if asked.game is None:
            raise SettingsError("to start from random, name the game: zero reinforce random --game connect_four")
        return None, find(asked.game)
    start = resolve(asked.checkpoint)
    game = find(game_in(start) if asked.game is None else asked.game)
    if spec_of(game) != game_in(start):
        raise SettingsError(f"{start} plays {game_in(start)}, but --game is {spec_of(game)}: leave --game out")
    return start, game
