"""`zero imitate GAME DATA…`: learn to play as in recorded games of experts, or go on with such a run."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from games import find
from selfplay.asked import TrainingFlags, completed, default_folder
from selfplay.imitation.settings import ImitationSettings
from selfplay.stopping import StopTraining, interrupts, quiet_libraries
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.flags import parse

SUMMARY = "Learn to play as in recorded games of experts, or go on with a run."


@dataclass(frozen=True, kw_only=True)
class ImitateSettings(TrainingFlags, ImitationSettings):
    """What `zero imitate` is asked to do."""

    game: tyro.conf.Positional[str]
    """NAME[:PARAMETER=VALUE,...], as in chess or go:size=9; or MODULE:CLASS for a game of your own."""
    data: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Files of games, or folders that hold some: .pgn (chess), .sgf (Go, Othello, Gomoku, Hex), .zip of these, .safetensors
    (games that the engine recorded), run folders. A run that is gone on with needs none."""
    start: Path | None = None
    """A checkpoint to begin a new run from."""
    settings: Path | None = None
    """A TOML file with values of these flags, and tables [network], [search], [learning]; flags count for more."""
    dagger: int | None = None
    """DAgger: rounds in which the learner plays, the expert says what it would have done there, and all of it is learned."""
    expert: str | None = None
    """With --dagger: the player who says it (zero players lists them all)."""
    labels: int = 10_000
    """With --dagger: positions that the expert answers for in a round."""

    def __post_init__(self) -> None:
        TrainingFlags.__post_init__(self)
        ImitationSettings.__post_init__(self)
        at_least(self, 1, "dagger", "labels")
        if (self.dagger is None) != (self.expert is None):
            raise SettingsError("expected --dagger ROUNDS and --expert PLAYER together, got one of them")


def main(arguments: list[str]) -> int:
    """Run the command; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ImitateSettings, arguments, "zero imitate", SUMMARY)
    asked = completed(asked, arguments, _folder, "imitate", ImitationSettings)
    game = find(asked.game)

    from selfplay.imitation.session import learn  # torch

    with interrupts() as stop, quiet_libraries("imitate"):
        try:
            learn(game, _folder(asked), asked, stop)
        except StopTraining:
            print("stopped", flush=True)
    return 0


def _folder(asked: ImitateSettings) -> Path:
    return asked.run or default_folder(find(asked.game), "imitation")
