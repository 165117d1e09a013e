"""Games to learn from, whoever played them: moves, results, ratings, and which action is right at which ply.

A shard is many games in one immutable file. Files of other formats are read into shards first (selfplay/expert/reading.py),
so that a collection larger than memory is read shard by shard.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games import spec_of
from games.game import Game
from selfplay.records import Records, ragged
from selfplay.slots import OPENING
from zero.errors import CheckpointError
from zero.files import read_arrays, write_arrays

NOTHING = -1  # the label of a ply that is not learned from
KIND = "games"


class ExpertGames(NamedTuple):
    """G games with P plies in all; every game begins at the first position."""

    starts: NDArray[np.int64]  # [G + 1] where each game's plies begin
    outcomes: NDArray[np.int8]  # [G] WIN, DRAW or LOSS for the player who began; ONGOING where it is not known
    ratings: NDArray[np.int16]  # [G, 2] of the player who began and of the other, 0 where not known
    actions: NDArray[np.int32]  # [P] played
    labels: NDArray[np.int32]  # [P] the expert's action, NOTHING where there is none

    def labelled(self) -> NDArray[np.int64]:
        """Return the plies that have a label."""
        return np.flatnonzero(self.labels != NOTHING)

    def owners(self, plies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the game of each ply."""
        return np.searchsorted(self.starts, plies, side="right") - 1


def no_games() -> ExpertGames:
    """Return games of nothing."""
    moves = np.zeros(0, np.int32)
    return ExpertGames(np.zeros(1, np.int64), np.zeros(0, np.int8), np.zeros((0, 2), np.int16), moves, moves)


def join(parts: list[ExpertGames]) -> ExpertGames:
    """Return the games of all parts, one after the other."""
    parts = parts or [no_games()]
    lengths = np.concatenate([np.diff(part.starts) for part in parts])
    rest = [np.concatenate([getattr(part, name) for part in parts]) for name in ExpertGames._fields[1:]]
    return ExpertGames(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), *rest)


def take(games: ExpertGames, which: NDArray[np.int64]) -> ExpertGames:
    """Return the games that `which` names, in that order."""
    lengths = np.diff(games.starts)[which]
    plies = ragged(games.starts[:-1][which], lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return ExpertGames(starts, games.outcomes[which], games.ratings[which], games.actions[plies], games.labels[plies])


def from_records(records: Records) -> ExpertGames:
    """Return games that the engine recorded; its random opening moves get no label."""
    labels = np.where(records.kinds == OPENING, NOTHING, records.actions).astype(np.int32)
    ratings = np.zeros((len(records.outcomes), 2), np.int16)
    return ExpertGames(records.starts, records.outcomes, ratings, records.actions, labels)


def write_games(path: Path, game: Game, games: ExpertGames, header: dict[str, Any] | None = None) -> None:
    """Write a shard in one step. header: what JSON can hold, beside the game."""
    write_arrays(path, KIND, {**(header or {}), "game": spec_of(game)}, games._asdict())


def read_games(path: Path, game: Game) -> ExpertGames:
    """Read a shard. Raises CheckpointError for a file that is not whole, of another kind or of another game."""
    header, arrays = read_arrays(path, KIND)
    if header.get("game") != spec_of(game):
        raise CheckpointError(f"{path}: expected games of {spec_of(game)}, got games of {header.get('game')}")
    if set(arrays) != set(ExpertGames._fields):
        raise CheckpointError(f"{path}: expected the arrays {', '.join(ExpertGames._fields)}, got {', '.join(sorted(arrays))}")
    return ExpertGames(**arrays)
