"""`zero imitate GAME DATA…`: learn to play as in recorded games of experts, or go on with such a run."""

from dataclasses import dataclass, fields
from pathlib import Path

import tyro

from games import find
from games.game import Game
from selfplay.imitation.settings import ImitationSettings
from selfplay.stopping import StopTraining, interrupts, quiet_libraries, seconds
from selfplay.train import default_folder
from zero.bounds import at_least, check_seed
from zero.errors import SettingsError
from zero.flags import from_file, parse

SUMMARY = "Learn to play as in recorded games of experts, or go on with a run."


@dataclass(frozen=True, kw_only=True)
class ImitateSettings(ImitationSettings):
    """What `zero imitate` is asked to do."""

    game: tyro.conf.Positional[str]
    """NAME[:PARAMETER=VALUE,...], as in chess or go:size=9; or MODULE:CLASS for a game of your own."""
    data: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Files of games, or folders that hold some: .pgn (chess), .sgf (Go, Othello, Gomoku, Hex), .zip of these, .safetensors
    (games that the engine recorded), run folders. A run that is gone on with needs none."""
    time: str = "10m"
    """How long to learn in this call: 90s, 10m, 2h, 1d. It ends after the interval in which the time is up."""
    intervals: int | None = None
    """Learn until the run has that many intervals, instead of for a time; with --dagger: so many in each round (default: 10)."""
    run: Path | None = None
    """The run folder (default: runs/NAME-imitation). One that is there already is gone on with."""
    start: Path | None = None
    """A checkpoint to begin a new run from."""
    seed: int = 0
    """The same seed, games and settings give the same networks."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads, and processes that read games (default: all cores)."""
    settings: Path | None = None
    """A TOML file with values of these flags, and tables [network], [search], [learning]; flags count for more."""
    dagger: int | None = None
    """DAgger: rounds in which the learner plays, the expert says what it would have done there, and all of it is learned."""
    expert: str | None = None
    """With --dagger: the player who says it (zero players lists them all)."""
    labels: int = 10_000
    """With --dagger: positions that the expert answers for in a round."""

    def __post_init__(self) -> None:
        seconds(self.time)
        at_least(self, 1, "intervals", "threads", "dagger", "labels")
        check_seed(self.seed, bits=62)
        if (self.dagger is None) != (self.expert is None):
            raise SettingsError("expected --dagger ROUNDS and --expert PLAYER together, got one of them")
        super().__post_init__()

    def imitation(self) -> ImitationSettings:
        """Return what makes two runs the same."""
        return ImitationSettings(**{one.name: getattr(self, one.name) for one in fields(ImitationSettings)})


def main(arguments: list[str]) -> int:
    """Run the command; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ImitateSettings, arguments, "zero imitate", SUMMARY)
    if asked.settings is not None:
        asked = parse(ImitateSettings, arguments, "zero imitate", "", from_file(asked.settings, asked))
    game = find(asked.game)

    from selfplay.imitation.session import learn  # torch

    with interrupts() as stop, quiet_libraries("imitate"):
        try:
            learn(game, asked.run or default_run(game), asked, stop)
        except StopTraining:
            print("stopped", flush=True)
    return 0


def default_run(game: Game) -> Path:
    """Return runs/NAME-imitation, with those of the game's parameters that are not its defaults."""
    folder = default_folder(game)
    return folder.with_name(f"{folder.name}-imitation")
