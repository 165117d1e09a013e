"""`zero reinforce`: improve a policy by playing earlier versions of itself, or go on with such a run."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from games import find
from games.catalogue import spec_of
from games.game import Game
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.stopping import StopTraining, interrupts, quiet_libraries, seconds
from selfplay.train import default_folder
from zero.checkpoint_files import checkpoints_of, game_in, resolve
from zero.errors import SettingsError
from zero.flags import from_table, parse

if TYPE_CHECKING:
    from selfplay.stages import Limit

RANDOM = "random"
WHAT = "Improve a policy by playing earlier versions of itself (AlphaGo's REINFORCE stage)."


@dataclass(frozen=True)
class ReinforceCommand:
    """What `zero reinforce` is asked to do."""

    checkpoint: tyro.conf.Positional[str]
    """What it starts from: a checkpoint, or the newest of a run folder (zero imitate, zero train); or random, an untrained
    network."""
    game: str | None = None
    """The game, where it starts from random."""
    time: str = "10m"
    """How long to train in this call: 90s, 10m, 2h, 1d. It ends after the interval in which the time is up."""
    intervals: int | None = None
    """Train until the run has that many intervals, instead of for a time."""
    run: Path | None = None
    """The run folder (default: runs/NAME-reinforce). One that is there already is gone on with."""
    seed: int = 0
    """The same seed and settings give the same networks."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads (default: all cores)."""
    settings: Annotated[ReinforceSettings, tyro.conf.arg(name="")] = field(default_factory=ReinforceSettings)

    def __post_init__(self) -> None:
        seconds(self.time)
        for name in ("intervals", "threads"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise SettingsError(f"expected {name} >= 1, got {getattr(self, name)}")
        if not 0 <= self.seed < 2**62:
            raise SettingsError(f"expected seed from 0 to 2^62, got {self.seed}")


def main(arguments: list[str]) -> int:
    """Run the command; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ReinforceCommand, arguments, "zero reinforce", WHAT)
    start, game = _beginning(asked)
    folder = asked.run or default_folder(game).with_name(f"{default_folder(game).name}-reinforce")
    asked = _filled_in(arguments, asked, folder)

    import torch

    from selfplay.display import display_for
    from selfplay.reinforce.session import reinforce
    from selfplay.reinforce.stage import COLUMNS

    if asked.threads:
        torch.set_num_threads(asked.threads)
    with interrupts() as stop, quiet_libraries("reinforce"):
        try:
            display = display_for(sys.stdout, COLUMNS)
            reinforce(game, start, folder, asked.settings, _limit(asked), asked.seed, asked.device, stop, display)
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


def _filled_in(arguments: list[str], asked: ReinforceCommand, folder: Path) -> ReinforceCommand:
    """Return what is asked; what the arguments leave out says the run that is gone on with, where there is one."""
    from selfplay.runs import read_settings  # torch

    if not checkpoints_of(folder) or not (folder / "settings.json").exists():
        return asked
    content = read_settings(folder)
    if content["command"] != "reinforce":
        return asked
    table = {name: value for name, value in content["settings"].items() if value is not None}
    settings = from_table(table, ReinforceSettings(), str(folder / "settings.json"))
    return parse(ReinforceCommand, arguments, "zero reinforce", WHAT, replace(asked, seed=content["seed"], settings=settings))


def _limit(asked: ReinforceCommand) -> "Limit":
    from selfplay.stages import Limit

    return Limit(asked.intervals, None if asked.intervals is not None else seconds(asked.time))
