"""Tic-tac-toe: three in a line on 3×3 cells."""

from typing import Any, NamedTuple

import numpy as np

from games.errors import MoveError
from games.game import Symmetries, state_dtype
from games.jit import kernel
from games.patterns import acts_on, board
from games.rules import DRAW, LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play

STATE = state_dtype(("mine", np.int16), ("theirs", np.int16))  # bit row * 3 + column; row 0 is drawn on top
FULL = 0b111_111_111
LINES = (0b000_000_111, 0b000_111_000, 0b111_000_000, 0b001_001_001, 0b010_010_010, 0b100_100_100, 0b100_010_001, 0b001_010_100)


class TicTacToe(NamedTuple):
    """Tic-tac-toe. An action is a cell, counted by rows from the top; its notation is a1 (lower left) to c3."""

    name = "tic_tac_toe"
    looks_back = False
    history = 1
    plane_names = ("stones of the player to move", "stones of the other", "free cells")
    num_actions = 9
    max_legal = 9
    max_plies = 9
    plane_shape = (3, 3, 3)
    state_dtype = STATE

    @property
    def symmetries(self) -> Symmetries:
        board = np.arange(9, dtype=np.int32).reshape(3, 3)
        turned = [np.rot90(side, turns).reshape(-1) for side in (board, board.T) for turns in range(4)]
        return Symmetries(np.stack(turned), np.stack(turned))

    def validate(self) -> None:
        """Nothing to refuse: there are no parameters."""

    def to_play(self, state: Any) -> int:
        return (int(state["mine"]) | int(state["theirs"])).bit_count() % 2

    def move_name(self, state: Any, action: int) -> str:
        return "abc"[action % 3] + "321"[action // 3]

    def parse_move(self, state: Any, text: str) -> int:
        if len(text) == 2 and text[0].lower() in "abc" and text[1] in "321":
            return "321".index(text[1]) * 3 + "abc".index(text[0].lower())
        raise MoveError(f"expected a cell from a1 to c3, got {text!r}")

    def draw(self, state: Any, last_action: int | None = None) -> str:
        first, second = int(state["mine"]), int(state["theirs"])
        if self.to_play(state) == 1:
            first, second = second, first
        lines = []
        for row in range(3):
            bits = [1 << (row * 3 + column) for column in range(3)]
            cells = " ".join("X" if first & bit else "O" if second & bit else "." for bit in bits)
            lines.append(f"{3 - row} {cells}")
        return "\n".join([*lines, "  a b c"])


@initial.of(TicTacToe)
def _initial(game, state):
    state.mine = 0
    state.theirs = 0


@legal_actions.of(TicTacToe)
def _legal_actions(game, state, past, out):
    occupied = state.mine | state.theirs
    count = 0
    for cell in range(9):
        if not occupied >> cell & 1:
            out[count] = cell
            count += 1
    return count


@play.of(TicTacToe)
def _play(game, state, action):
    mine = state.mine | 1 << action
    state.mine = state.theirs
    state.theirs = mine


@kernel
def _has_line(stones):
    """Return whether `stones` hold three in a line."""
    for line in LINES:  # noqa: SIM110  (numba has no any())
        if stones & line == line:
            return True
    return False


@outcome.of(TicTacToe)
def _outcome(game, state, past):
    if _has_line(state.theirs):
        return LOSS
    if state.mine | state.theirs == FULL:
        return DRAW
    return ONGOING


@key.of(TicTacToe)
def _key(game, state):
    return 0  # no position comes twice


@encode.of(TicTacToe)
def _encode(game, states, past, planes):
    mine, theirs = states[0].mine, states[0].theirs
    for cell in range(9):
        plane = 0 if mine >> cell & 1 else 1 if theirs >> cell & 1 else 2
        planes[plane, cell // 3, cell % 3] = 1


@acts_on.of(TicTacToe)
def _acts_on(game, state, action):
    return action


@board.of(TicTacToe)
def _board(game, state, cells):
    for cell in range(9):
        cells[cell] = (state.mine >> cell & 1) + 2 * (state.theirs >> cell & 1)
