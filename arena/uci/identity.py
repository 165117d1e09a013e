"""What can be said of the player behind a server before anything heavy is loaded."""

from importlib import metadata
from pathlib import Path

from arena.uci.loader import CHESS, ROLLOUTS
from zero.errors import CheckpointError, PlayerError


def engine_name(player: str | None) -> str:
    """Return the engine's name, its version, and what it thinks with. player: as for `analyst_of`."""
    try:
        version = metadata.version("zero-engine")
    except metadata.PackageNotFoundError:  # run from a folder, not installed
        version = "of this folder"
    if player is None and not _shipped().exists():
        player = ROLLOUTS
    what = {None: "the network that ships", ROLLOUTS: "random rollouts, no network"}
    return f"zero {version} ({what.get(player, Path(player or '').name)})"


def check_file(player: str | None) -> None:
    """Raise PlayerError or CheckpointError where a file is not there, or holds no network for chess.

    A run folder is looked at when it is loaded.
    """
    if player in (None, ROLLOUTS):
        return
    path = Path(str(player))
    if not path.exists():
        raise PlayerError(f"{path}: there is no such file or run folder")
    if path.is_file():
        from zero.files import read_arrays

        game = str(read_arrays(path, "checkpoint")[0].get("game"))
        if game.partition(":")[0] != CHESS:
            raise CheckpointError(f"{path}: expected a network for chess, got one for {game}")


def _shipped() -> Path:
    """Return where the network for chess stands if it ships (zero.checkpoint, which needs torch, knows for certain)."""
    import zero

    return Path(str(zero.__file__)).parent / "checkpoints" / f"{CHESS}.safetensors"
