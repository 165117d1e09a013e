"""Records of self-play: games as moves, with what the search said of each; small, replayable, and not planes.

A shard is the finished games of one generation in one immutable file.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games import spec_of
from games.game import Game
from selfplay.slots import END
from zero.errors import CheckpointError
from zero.files import Arrays, read_arrays, write_arrays


class Records(NamedTuple):
    """G games with P plies in all; C is the number of policy entries in all."""

    games: NDArray[np.int64]  # [G] numbers
    starts: NDArray[np.int64]  # [G + 1] where each game's plies begin
    outcomes: NDArray[np.int8]  # [G] for the player who began
    given_up: NDArray[np.int8]  # [G] 1 where a player resigned
    actions: NDArray[np.int32]  # [P]
    kinds: NDArray[np.int8]  # [P] OPENING, QUICK or FULL
    values: NDArray[np.float32]  # [P] of the search, for the player to move
    draws: NDArray[np.float32]  # [P] of the search
    best: NDArray[np.float32]  # [P] value of the best action, for the player to move
    surprise: NDArray[np.float32]  # [P] KL(policy target | prior)
    policy_starts: NDArray[np.int64]  # [P + 1] where each ply's policy begins; empty but for FULL plies
    policies: NDArray[np.uint16]  # [C] over the legal actions, ascending, in units of 1 / 65535


class Rows(NamedTuple):
    """Raw output of the slots: N rows and their policies, in any order of games, each game's plies in order."""

    rows: NDArray[Any]  # [N] selfplay.slots.ROW
    policies: NDArray[np.uint16]  # [sum of rows.count]


def no_rows(dtype: np.dtype[Any]) -> Rows:
    """Return rows of nothing."""
    return Rows(np.zeros(0, dtype), np.zeros(0, np.uint16))


def join(parts: list[Rows]) -> Rows:
    """Return all rows of the parts, sorted by game, then by time."""
    rows = np.concatenate([part.rows for part in parts])
    policies = np.concatenate([part.policies for part in parts])
    order = np.argsort(rows["game"], kind="stable")
    return _take(Rows(rows, policies), order)


def _take(source: Rows, order: NDArray[np.int64]) -> Rows:
    """Return the rows that `order` names, with their policies."""
    starts = np.concatenate([[0], np.cumsum(source.rows["count"], dtype=np.int64)])
    rows = source.rows[order]
    return Rows(rows, source.policies[ragged(starts[:-1][order], rows["count"])])


def ragged(starts: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """Return the indices of all entries of ragged rows: for each, counts[i] numbers from starts[i] on."""
    total = int(counts.sum())
    before = np.cumsum(counts, dtype=np.int64) - counts
    return np.repeat(starts.astype(np.int64) - before, counts) + np.arange(total)


def finished(all_rows: Rows) -> tuple[Records, Rows]:
    """Split rows that `join` returned into the records of the games that ended, and the rows of those that go on."""
    ended = all_rows.rows["game"][all_rows.rows["kind"] == END]
    over = np.isin(all_rows.rows["game"], ended)
    done, parked = _take(all_rows, np.flatnonzero(over)), _take(all_rows, np.flatnonzero(~over))
    ends = done.rows[done.rows["kind"] == END]
    plies = done.rows[done.rows["kind"] != END]
    bounds = np.searchsorted(plies["game"], ends["game"], side="right")  # both ascend: `join` sorted the rows
    records = Records(
        games=ends["game"].copy(),
        starts=np.concatenate([[0], bounds]).astype(np.int64),
        outcomes=ends["value"].astype(np.int8),
        given_up=ends["action"].astype(np.int8),
        actions=plies["action"].copy(),
        kinds=plies["kind"].astype(np.int8),
        values=plies["value"].copy(),
        draws=plies["draw"].copy(),
        best=plies["best"].copy(),
        surprise=plies["surprise"].copy(),
        policy_starts=np.concatenate([[0], np.cumsum(plies["count"])]).astype(np.int64),
        policies=done.policies,
    )
    return records, parked


def write_shard(path: Path, game: Game, generation: int, records: Records) -> None:
    """Write the records of a generation in one step."""
    write_arrays(path, "records", {"game": spec_of(game), "generation": generation}, records._asdict())


def read_shard(path: Path, game: Game) -> Records:
    """Read the records of a generation. Raises CheckpointError for a file that is not whole or of another game."""
    header, arrays = read_arrays(path, "records")
    if header.get("game") != spec_of(game):
        raise CheckpointError(f"{path}: expected records of {spec_of(game)}, got records of {header.get('game')}")
    return records_from(arrays, path)


def records_from(arrays: Arrays, path: Path) -> Records:
    """Return the records that named arrays hold."""
    if set(arrays) != set(Records._fields):
        raise CheckpointError(f"{path}: expected the arrays {', '.join(Records._fields)}, got {', '.join(sorted(arrays))}")
    return Records(**arrays)
