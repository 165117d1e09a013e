"""Flags that trainings have in common, and what a run that is gone on with says where the arguments leave it open."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from games.game import Game
from selfplay.runs import begun, read_settings, without_none
from selfplay.stopping import seconds
from zero.bounds import at_least, check_seed
from zero.flags import from_file, from_table, parse

if TYPE_CHECKING:
    from selfplay.stages import Limit

Asked = TypeVar("Asked")
Settings = TypeVar("Settings")


@dataclass(frozen=True, kw_only=True)
class TrainingFlags:
    """Flags of every training in intervals."""

    run: Path | None = None
    """The run folder (default: runs/NAME-COMMAND). One that is there already is gone on with."""
    time: str = "10m"
    """How long to learn in this call: 90s, 10m, 2h, 1d. It ends after the interval in which the time is up."""
    intervals: int | None = None
    """Learn until the run has that many intervals, instead of for a time."""
    seed: int = 0
    """The same seed and settings give the same networks."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads (default: all cores)."""

    def __post_init__(self) -> None:
        seconds(self.time)
        at_least(self, 1, "intervals", "threads")
        check_seed(self.seed, bits=62)

    def limit(self) -> "Limit":
        """Return how far this call is to go."""
        from selfplay.stages import Limit  # torch

        return Limit(self.intervals, None if self.intervals is not None else seconds(self.time))


def completed(asked: Asked, arguments: list[str], folder: Callable[[Asked], Path], command: str, kind: type) -> Asked:
    """Return what is asked; what the arguments leave out says a settings file, else the run that is gone on with.

    asked:   parsed from the arguments; its field `settings`, where it has one, names a settings file.
    folder:  of the run, which the file may name. command: what learns there. kind: of the settings that the folder keeps.
    Raises RunError or SettingsError where the folder's or the file's settings cannot be read.
    """
    file = getattr(asked, "settings", None)
    if file is not None:
        asked = parse(type(asked), arguments, f"zero {command}", "", from_file(file, asked))
    run = folder(asked)
    if not begun(run) or (content := read_settings(run))["command"] != command:
        return asked
    names = {one.name for one in fields(kind)}
    table = {name: value for name, value in without_none(content["settings"]).items() if name in names}
    default: Any = replace(from_table(table, asked, str(run / "settings.json")), seed=content["seed"])  # type: ignore[type-var]
    if file is not None:
        default = from_file(file, default)
    return parse(type(asked), arguments, f"zero {command}", "", default)


def kept(asked: Any, kind: type[Settings]) -> Settings:
    """Return those of the settings that a command was given that make two runs the same."""
    return kind(**{one.name: getattr(asked, one.name) for one in fields(kind)})  # type: ignore[arg-type]


def default_folder(game: Game, command: str = "") -> Path:
    """Return runs/NAME, with those of the game's parameters that are not its defaults, and -COMMAND behind it."""
    usual = getattr(type(game), "_field_defaults", {})
    odd = [f"-{field}{value}" for field, value in game._asdict().items() if value != usual.get(field)]
    return Path("runs") / (game.name + "".join(odd) + (f"-{command}" if command else ""))
