"""Recorded games, of self-play or of other players: moves, what was thought of each, the outcome."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from games.catalogue import find
from games.errors import GameError, MoveError
from games.game import Game
from games.position import Position
from zero.checkpoint_files import numbered
from zero.errors import CheckpointError
from zero.files import Arrays, read_arrays

OPENING = "opening"
KINDS = (OPENING, "quick", "full")  # a random move, a move searched little, a move searched in full
NEEDED = ("games", "starts", "outcomes", "given_up", "actions", "kinds", "values", "draws", "policy_starts", "policies")
SCALE = 65535  # a policy's unit is 1 / SCALE


class Ply(NamedTuple):
    """A move of a recorded game; value and draw are the search's, for the player to move, None where it had no idea."""

    action: int
    kind: str
    value: float | None
    draw: float | None
    policy: Sequence[float]  # over the legal actions, ascending; empty where the move was not searched in full


class RecordedGame(NamedTuple):
    plies: list[Ply]
    outcome: int  # 1, 0 or -1 for the player who began
    given_up: bool


class Recorded:
    """The games of one file."""

    def __init__(self, path: Path, game: Game, generation: int, arrays: Arrays, players: Sequence[str] = ()) -> None:
        """players: who played, where it was not self-play; of two, the first began the games with even numbers."""
        self.path, self.game, self.generation, self.arrays, self.players = path, game, generation, arrays, players

    def __len__(self) -> int:
        return len(self.arrays["outcomes"])

    def __getitem__(self, number: int) -> RecordedGame:
        a = self.arrays
        plies = [self._ply(i) for i in range(int(a["starts"][number]), int(a["starts"][number + 1]))]
        return RecordedGame(plies, int(a["outcomes"][number]), bool(a["given_up"][number]))

    def _ply(self, i: int) -> Ply:
        a = self.arrays
        policy = a["policies"][a["policy_starts"][i] : a["policy_starts"][i + 1]].astype(float) / SCALE
        value, draw = _known(a["values"][i]), _known(a["draws"][i])
        return Ply(int(a["actions"][i]), KINDS[int(a["kinds"][i])], value, draw, policy.tolist())

    def names(self, number: int) -> tuple[str, str]:
        """Return the names of the player who began a game and of the other."""
        if not self.players:
            return "self-play", "self-play"
        names = self.players[0], self.players[-1]
        return names if self.arrays["games"][number] % 2 == 0 else names[::-1]

    def position(self, number: int) -> Position:
        """Return the last position of a game. Raises CheckpointError where its moves are not legal."""
        position = Position(self.game)
        for ply in self[number].plies:
            try:
                position.play(ply.action)
            except MoveError:
                raise CheckpointError(f"{self.path}: game {number + 1} has an illegal move at ply {position.ply + 1}") from None
        return position


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)


def policy_of(position: Position, ply: Ply) -> dict[int, float]:
    """Return the search's policy at a position by action; nothing where there is none."""
    return dict(zip(position.legal_actions(), ply.policy, strict=False))


def records_path(text: str) -> Path:
    """Return the records file that a path means: the file, or the newest of a run folder. Raises CheckpointError."""
    path = Path(text)
    if not path.exists():
        raise CheckpointError(f"{path}: there is no such file or run folder")
    if not path.is_dir():
        return path
    folder = path / "records" if (path / "records").is_dir() else path
    found = numbered(folder)
    if not found:
        raise CheckpointError(f"{path}: expected a run folder with records/*.safetensors, found none there")
    return found[-1]


def read_records(path: Path) -> Recorded:
    """Read a file of records. Raises CheckpointError where it is none, GameError where its game is not to be found."""
    header, arrays = read_arrays(path, "records")
    try:
        game = find(str(header["game"]))
        generation = int(header["generation"])
    except KeyError as error:
        raise CheckpointError(f"{path}: its header cannot be read: {error} is missing") from None
    except GameError as error:
        raise CheckpointError(f"{path}: {error}") from None
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise CheckpointError(f"{path}: expected the array {missing[0]}, got {', '.join(sorted(arrays))}")
    _check(path, arrays)
    return Recorded(path, game, generation, arrays, header.get("players", ()))


def _check(path: Path, arrays: dict[str, Any]) -> None:
    """Refuse arrays whose lengths contradict each other."""
    games, plies = len(arrays["outcomes"]), len(arrays["actions"])
    starts, policy_starts = arrays["starts"], arrays["policy_starts"]
    fits = len(starts) == games + 1 and len(policy_starts) == plies + 1 and games > 0
    for bounds, most in ((starts, plies), (policy_starts, len(arrays["policies"]))):
        fits = fits and bool(np.all(np.diff(bounds) >= 0)) and int(bounds[0]) == 0 and int(bounds[-1]) == most
    if not fits:
        raise CheckpointError(f"{path}: expected games with their plies, got arrays that contradict each other, or no game")
