"""`zero train`: learn a game by self-play, or go on with a run."""

from dataclasses import dataclass, field
from pathlib import Path

import tyro

from games import find
from selfplay.asked import completed, default_folder, kept
from selfplay.settings import LearningSettings, SelfPlaySettings, Settings
from selfplay.stopping import StopTraining, interrupts, quiet_libraries, seconds
from zero.bounds import at_least, check_seed
from zero.flags import parse
from zero.network import NetworkSettings
from zero.search.settings import SearchSettings


@dataclass(frozen=True)
class TrainSettings:
    """What `zero train` is asked to do."""

    game: tyro.conf.Positional[str]
    """NAME[:PARAMETER=VALUE,...], as in connect_four or connect_four:rows=5; or MODULE:CLASS for a game of your own."""
    time: str = "10m"
    """How long to train in this call: 90s, 10m, 2h, 1d. It ends after the generation in which the time is up."""
    generations: int | None = None
    """Train until the run has that many generations, instead of for a time."""
    run: Path | None = None
    """The run folder (default: runs/NAME of the game). One that is there already is gone on with."""
    start: Path | None = None
    """A checkpoint to begin a new run from."""
    seed: int = 0
    """The same seed and settings give the same networks."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads (default: all cores)."""
    compile: bool = True
    """Compile the network for self-play: a minute at first, then faster."""
    settings: Path | None = None
    """A TOML file with tables [network], [search], [selfplay], [learning]; flags count for more."""
    rating_seconds: float = 150.0
    """Time between rating matches against an earlier network of the run (0: none)."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    selfplay: SelfPlaySettings = field(default_factory=SelfPlaySettings)
    learning: LearningSettings = field(default_factory=LearningSettings)

    def __post_init__(self) -> None:
        seconds(self.time)
        at_least(self, 1, "generations", "threads")
        at_least(self, 0, "rating_seconds")
        check_seed(self.seed, bits=62)


def main(arguments: list[str]) -> int:
    """Run the command; return 0 when the time is up, the generations are done, or Ctrl-C asked for the end."""
    asked = parse(TrainSettings, arguments, "zero train", "Learn a game by self-play, or go on with a run.")
    asked = completed(asked, arguments, _folder, "train", Settings)
    game, folder = find(asked.game), _folder(asked)

    from selfplay.session import train  # torch

    with interrupts() as stop, quiet_libraries("train"):
        try:
            train(game, folder, kept(asked, Settings), asked, stop)
        except StopTraining:
            print("stopped", flush=True)
    return 0


def _folder(asked: TrainSettings) -> Path:
    return asked.run or default_folder(find(asked.game))
