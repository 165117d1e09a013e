"""A game of one's own, complete in one file: three in a row loses, on a square board.

    zero check own_game:ThreeLoses
    zero train own_game:ThreeLoses:size=4 --time 5m

The players put stones on free cells in turn. Who makes three of his own in a row, a column or a diagonal has lost; a
full board without is a draw.
"""

from typing import Any, NamedTuple

import numpy as np

from games import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.jit import kernel
from games.rules import DRAW, ONGOING, WIN, encode, initial, key, legal_actions, outcome, play

# What the rules need to know of a position, seen by the player to move; bit row * size + column, row 0 is drawn on top.
STATE = state_dtype(("mine", np.int64), ("theirs", np.int64))


class ThreeLoses(NamedTuple):
    """An action is a cell, counted by rows from the top; its notation is a column and a row: a1 is the lower left."""

    size: int = 4  # the parameters of a game are its fields

    name = "three_loses"
    looks_back = False  # do the rules need earlier positions?
    history = 1  # positions that the planes show
    plane_names = ("stones of the player to move", "stones of the other")
    state_dtype = STATE

    @property
    def num_actions(self) -> int:
        return self.size**2

    max_legal = max_plies = num_actions

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 2, self.size, self.size

    @property
    def symmetries(self) -> Symmetries:
        board = np.arange(self.size**2, dtype=np.int32).reshape(self.size, self.size)
        turned = np.stack([np.rot90(side, turns).reshape(-1) for side in (board, board.T) for turns in range(4)])
        return Symmetries(actions=turned, cells=turned)

    def validate(self) -> None:
        if not isinstance(self.size, int) or not 3 <= self.size <= 7:
            raise GameError(f"three_loses: expected size from 3 to 7, got {self.size!r}")

    def to_play(self, state: Any) -> int:
        return (int(state["mine"]) | int(state["theirs"])).bit_count() % 2

    def move_name(self, state: Any, action: int) -> str:
        return "abcdefg"[action % self.size] + str(self.size - action // self.size)

    def parse_move(self, state: Any, text: str) -> int:
        for action in range(self.num_actions):
            if text.lower() == self.move_name(state, action):
                return action
        raise MoveError(f"expected a cell from a1 to {self.move_name(state, self.size - 1)}, got {text!r}")

    def draw(self, state: Any, last_action: int | None = None) -> str:
        first, second = int(state["mine"]), int(state["theirs"])
        if self.to_play(state) == 1:
            first, second = second, first
        cells = ["X" if first >> cell & 1 else "O" if second >> cell & 1 else "." for cell in range(self.size**2)]
        rows = [f"{self.size - row} {' '.join(cells[row * self.size :][: self.size])}" for row in range(self.size)]
        return "\n".join([*rows, "  " + " ".join("abcdefg"[: self.size])])


@initial.of(ThreeLoses)
def _initial(game, state):
    state.mine = 0
    state.theirs = 0


@legal_actions.of(ThreeLoses)
def _legal_actions(game, state, past, out):
    count = 0
    for cell in range(game.size**2):
        if not (state.mine | state.theirs) >> cell & 1:
            out[count] = cell
            count += 1
    return count


@play.of(ThreeLoses)
def _play(game, state, action):
    mine = state.mine | 1 << action
    state.mine = state.theirs
    state.theirs = mine


@kernel
def _has_three(size, stones):
    """Return whether `stones` hold three in a line."""
    for row in range(size):
        for column in range(size):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if row + 2 * down < size and 0 <= column + 2 * right < size:
                    step = down * size + right
                    if (
                        stones >> (row * size + column)
                        & stones >> (row * size + column + step)
                        & (stones >> (row * size + column + 2 * step) & 1)
                    ):
                        return True
    return False


@outcome.of(ThreeLoses)
def _outcome(game, state, past):
    if _has_three(game.size, state.theirs):  # the other has just made it, and lost
        return WIN
    return DRAW if state.mine | state.theirs == (1 << game.size**2) - 1 else ONGOING


@key.of(ThreeLoses)
def _key(game, state):
    return 0  # no position comes twice


@encode.of(ThreeLoses)
def _encode(game, states, past, planes):
    for cell in range(game.size**2):
        planes[0, cell // game.size, cell % game.size] = states[0].mine >> cell & 1
        planes[1, cell // game.size, cell % game.size] = states[0].theirs >> cell & 1
