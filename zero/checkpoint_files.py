"""Where checkpoints stand, and which game each plays: all that can be said of them without torch."""

from pathlib import Path

from games.catalogue import spec_of
from games.game import Game
from zero.errors import CheckpointError
from zero.files import read_arrays

FOLDER = Path(__file__).resolve().parent / "checkpoints"  # those that ship in the package


def checkpoints_of(run: Path) -> list[Path]:
    """Return the checkpoint files of a run folder, oldest first."""
    return numbered(run / "checkpoints")


def numbered(folder: Path) -> list[Path]:
    """Return the files of a folder that are named by a generation, oldest first."""
    found = [path for path in folder.glob("*.safetensors") if path.stem.isdecimal()]
    return sorted(found, key=lambda path: int(path.stem))


def resolve(text: str) -> Path:
    """Return the checkpoint that a path means: the file itself, or the newest of a run folder."""
    path = Path(text)
    if path.is_dir():
        found = checkpoints_of(path)
        if not found:
            raise CheckpointError(f"{path}: expected a run folder with checkpoints/*.safetensors, found none there")
        return found[-1]
    if not path.exists():
        raise CheckpointError(f"{path}: there is no such file or run folder")
    return path


def shipped(game: Game) -> Path | None:
    """Return the checkpoint that comes with the package for this game, or None."""
    path = FOLDER / f"{game.name}.safetensors"
    return path if path.exists() and game_in(path) == spec_of(game) else None


def game_in(path: Path) -> str:
    """Return which game a checkpoint plays, as typed, "" where it doesn't say. Raises CheckpointError where it is none."""
    return str(read_arrays(path, "checkpoint")[0].get("game", ""))
