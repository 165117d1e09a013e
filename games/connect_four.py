"""Connect Four on boards of 4×4 to 8×8 cells: four in a row, column or diagonal win.

Bitboards, one bit a cell, column by column from the bottom: cell (column, height) is bit column * rows + height.
8×8 fills all 64 bits, so there is no room for the usual sentinel row: lines are kept from running over the edge of a
column by masks of the cells where a line of four can start.
"""

from typing import Any, NamedTuple

import numpy as np

from games.bits import lowest_bit, popcount
from games.errors import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.jit import kernel
from games.patterns import acts_on, board
from games.rules import DRAW, LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play

STATE = state_dtype(("mine", np.uint64), ("theirs", np.uint64))  # stones of the player to move, and of the other
ONE = np.uint64(1)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


class ConnectFour(NamedTuple):
    """Connect Four. An action is a column, counted from 0; its notation counts from 1."""

    rows: int = 6
    columns: int = 7

    name = "connect_four"
    looks_back = False
    history = 1
    plane_names = (
        "stones of the player to move",
        "stones of the other",
        "cells that the next stone can take",
        "everywhere where the player to move began",
        "cells that complete a line of the player to move",
        "cells that complete a line of the other",
    )

    @property
    def num_actions(self) -> int:
        return self.columns

    @property
    def max_legal(self) -> int:
        return self.columns

    @property
    def max_plies(self) -> int:
        return self.rows * self.columns

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return len(self.plane_names), self.rows, self.columns

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return STATE

    @property
    def symmetries(self) -> Symmetries:
        columns = np.arange(self.columns, dtype=np.int32)
        cells = np.arange(self.rows * self.columns, dtype=np.int32)
        mirrored = cells.reshape(self.rows, self.columns)[:, ::-1].reshape(-1)
        return Symmetries(np.stack([columns, columns[::-1]]), np.stack([cells, mirrored]))

    def validate(self) -> None:
        for field, size in self._asdict().items():
            if not isinstance(size, int) or not 4 <= size <= 8:
                raise GameError(f"connect_four: expected {field} from 4 to 8, got {size!r}")

    def to_play(self, state: Any) -> int:
        return (int(state["mine"]) | int(state["theirs"])).bit_count() % 2

    def move_name(self, state: Any, action: int) -> str:
        return str(action + 1)

    def parse_move(self, state: Any, text: str) -> int:
        if len(text) == 1 and text in "12345678"[: self.columns]:
            return int(text) - 1
        raise MoveError(f"expected a column from 1 to {self.columns}, got {text!r}")

    def draw(self, state: Any, last_action: int | None = None) -> str:
        mine, theirs = int(state["mine"]), int(state["theirs"])
        first, second = (mine, theirs) if self.to_play(state) == 0 else (theirs, mine)
        lines = []
        for height in reversed(range(self.rows)):
            bits = [1 << (column * self.rows + height) for column in range(self.columns)]
            lines.append(" ".join("X" if first & bit else "O" if second & bit else "." for bit in bits))
        lines.append(" ".join(str(column + 1) for column in range(self.columns)))
        if last_action is not None:
            lines.append("  " * last_action + "^")
        return "\n".join(lines)


@kernel
def _all_cells(game):
    """Return the bitboard of a full board."""
    return ALL >> np.uint64(64 - game.rows * game.columns)


@kernel
def _bottom(game):
    """Return the bitboard of the lowest row: the full board divided by a full column."""
    return _all_cells(game) // ((ONE << np.uint64(game.rows)) - ONE)


@kernel
def _low(game):
    """Return the bitboard of the cells with three cells above them, where a line can start upwards."""
    return _bottom(game) * ((ONE << np.uint64(game.rows - 3)) - ONE)


@kernel
def _has_line(game, stones):
    """Return whether `stones` hold four in a line."""
    rows = np.uint64(game.rows)
    low = _low(game)
    pairs = stones & (stones >> rows)  # horizontal: lines that leave the board meet only zeros
    found = pairs & (pairs >> (rows + rows))
    pairs = stones & (stones >> ONE)
    found |= pairs & (pairs >> np.uint64(2)) & low
    up = rows + ONE
    pairs = stones & (stones >> up)
    found |= pairs & (pairs >> (up + up)) & low
    down = rows - ONE
    pairs = stones & (stones >> down)
    found |= pairs & (pairs >> (down + down)) & (low << np.uint64(3))
    return found != np.uint64(0)


@kernel
def _completing(game, stones):
    """Return the cells where one more stone makes a line of four of `stones`; cells with stones may be among them."""
    rows, three = np.uint64(game.rows), np.uint64(3)
    low = _low(game)
    left = _all_cells(game) >> (three * rows)  # cells with three cells on their right
    found = np.uint64(0)
    for step, starts in ((ONE, low), (rows, left), (rows + ONE, left & low), (rows - ONE, left & (low << three))):
        second, third, fourth = stones >> step, stones >> (step + step), stones >> (three * step)
        found |= starts & second & third & fourth
        found |= (starts & stones & third & fourth) << step
        found |= (starts & stones & second & fourth) << (step + step)
        found |= (starts & stones & second & third) << (three * step)
    return found


@initial.of(ConnectFour)
def _initial(game, state):
    state.mine = np.uint64(0)
    state.theirs = np.uint64(0)


@legal_actions.of(ConnectFour)
def _legal_actions(game, state, past, out):
    occupied = state.mine | state.theirs
    top = ONE << np.uint64(game.rows - 1)
    count = 0
    for column in range(game.columns):
        out[count] = column
        count += int((occupied & top) == np.uint64(0))
        top <<= np.uint64(game.rows)
    return count


@play.of(ConnectFour)
def _play(game, state, action):
    occupied = state.mine | state.theirs
    column = ((ONE << np.uint64(game.rows)) - ONE) << np.uint64(action * game.rows)
    stone = (occupied + (ONE << np.uint64(action * game.rows))) & column & ~occupied
    mine = state.mine | stone
    state.mine = state.theirs
    state.theirs = mine


@outcome.of(ConnectFour)
def _outcome(game, state, past):
    if _has_line(game, state.theirs):
        return LOSS
    if (state.mine | state.theirs) == _all_cells(game):
        return DRAW
    return ONGOING


@key.of(ConnectFour)
def _key(game, state):
    return 0  # no position comes twice


@encode.of(ConnectFour)
def _encode(game, states, past, planes):
    mine, theirs = states[0].mine, states[0].theirs
    occupied = mine | theirs
    empty = _all_cells(game) & ~occupied
    # Who must move when only bad cells are left is a question of odd and even, which convolutions cannot count: told
    # who began, a network came to a value loss of 0.57 where it had 0.63 (the same games, 1,500 steps).
    began = popcount(occupied) % 2 == 0
    _show(game, mine, planes[0])
    _show(game, theirs, planes[1])
    _show(game, (occupied << ONE | _bottom(game)) & empty, planes[2])
    if began:
        planes[3] = 1
    _show(game, _completing(game, mine) & empty, planes[4])
    _show(game, _completing(game, theirs) & empty, planes[5])


@kernel
def _show(game, cells, plane):
    """Set the cells of a bitboard in a plane of zeros, [rows, columns] uint8, the top row first."""
    while cells != np.uint64(0):
        bit = lowest_bit(cells)
        plane[game.rows - 1 - bit % game.rows, bit // game.rows] = 1
        cells &= cells - ONE


@acts_on.of(ConnectFour)
def _acts_on(game, state, action):
    column = ((ONE << np.uint64(game.rows)) - ONE) << np.uint64(action * game.rows)
    return (game.rows - 1 - popcount((state.mine | state.theirs) & column)) * game.columns + action


@board.of(ConnectFour)
def _board(game, state, cells):
    for column in range(game.columns):
        for height in range(game.rows):
            bit = np.uint64(column * game.rows + height)
            content = (state.mine >> bit & ONE) + (state.theirs >> bit & ONE) * np.uint64(2)
            cells[(game.rows - 1 - height) * game.columns + column] = content
