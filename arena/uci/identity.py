"""What can be said of the player behind a server before anything heavy is loaded."""

from importlib import metadata
from pathlib import Path

from arena.players.alphago import spec_of_player
from arena.uci.loader import CHESS, ROLLOUTS
from zero.checkpoint_files import FOLDER, game_in, resolve
from zero.errors import CheckpointError


def engine_name(player: str | None) -> str:
    """Return the engine's name, its version, and what it thinks with. player: as for `analyst_of`."""
    try:
        version = metadata.version("zero-engine")
    except metadata.PackageNotFoundError:  # run from a folder, not installed
        version = "of this folder"
    if player is None and not (FOLDER / f"{CHESS}.safetensors").exists():
        player = ROLLOUTS
    what = {None: "the network that ships", ROLLOUTS: "random rollouts, no network"}
    return f"zero {version} ({what.get(player, Path(player or '').name)})"


def check_file(player: str | None) -> None:
    """Raise CheckpointError where a file or run folder is not there, or holds no network for chess."""
    if player in (None, ROLLOUTS):
        return
    if player is not None and player.startswith("alphago:"):
        if spec_of_player(player).partition(":")[0] != CHESS:
            raise CheckpointError(f"{player}: expected a pipeline for chess, got one for {spec_of_player(player)}")
        return
    path = resolve(str(player))
    if game_in(path).partition(":")[0] != CHESS:
        raise CheckpointError(f"{path}: expected a network for chess, got one for {game_in(path)}")
