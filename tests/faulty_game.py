"""Row, a small game that can be given a fault of one's choice: stones on a row of cells, three side by side win."""

import enum
from typing import Any, NamedTuple

import numpy as np
from toy_games import Plain

from games.game import Symmetries, state_dtype
from games.rules import DRAW, LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play


class Fault(enum.IntEnum):
    """What is wrong with a Row; the law that it breaks stands in tests/test_conformance.py."""

    NONE = 0
    INITIAL_LEAVES_A_FIELD = 1
    UNKNOWN_OUTCOME = 2
    NO_MOVES = 3
    DESCENDING = 4
    ACTION_TOO_HIGH = 5
    TOO_MANY_MOVES = 6
    WRITES_BEYOND_MOVES = 7
    WRITES_BEYOND_PLANES = 8
    READS_BEYOND_STATES = 9
    LOOKS_BACK_SECRETLY = 10
    LOOKING_MOVES_STONES = 11
    PLAY_HITS_A_NEIGHBOUR = 12
    SECOND_PLAYER_BEGINS = 13
    GAME_TOO_LONG = 14
    PLANE_WITHOUT_A_NAME = 15
    SAME_NAME_TWICE = 16
    NAME_OF_TWO_WORDS = 17
    MOVE_MISREAD = 18
    RUBBISH_READ = 19
    RUBBISH_CRASHES = 20
    BLANK_BOARD = 21
    NOT_A_PERMUTATION = 22
    IDENTITY_MISSING = 23
    SYMMETRY_OF_ACTIONS_ONLY = 24
    LEFT_IS_BETTER = 25
    COLOURS_LOOK_ALIKE = 26
    PLAIN_DTYPE = 27
    SIZE_IS_A_FLOAT = 28
    TABLES_DIFFER_IN_LENGTH = 29
    RIGHT_EDGE_IS_BARRED = 30  # for the first move of both


ROW = state_dtype(("cells", np.int8, (8,)), ("ply", np.int16))  # cells: 0 empty, 1 first player's, 2 second player's


class _Row(NamedTuple):
    size: int = 6
    fault: int = 0


class Row(Plain, _Row):
    name = "row"

    @property
    def num_actions(self) -> int:
        return self.size

    @property
    def max_plies(self) -> float:
        return {Fault.GAME_TOO_LONG: self.size - 2, Fault.SIZE_IS_A_FLOAT: 6.5}.get(self.fault, self.size)

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 2, 1, self.size

    @property
    def plane_names(self) -> tuple[str, ...]:
        return ("mine", "theirs")[: 1 if self.fault == Fault.PLANE_WITHOUT_A_NAME else 2]

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return np.dtype([("ply", np.int16)]) if self.fault == Fault.PLAIN_DTYPE else ROW

    @property
    def symmetries(self) -> Symmetries:
        straight = np.arange(self.size, dtype=np.int32)
        turned = straight[::-1]
        actions, cells = np.stack([straight, turned]), np.stack([straight, turned])
        if self.fault == Fault.NOT_A_PERMUTATION:
            cells[1, 0] = cells[1, 1]
        if self.fault == Fault.IDENTITY_MISSING:
            actions, cells = actions[::-1], cells[::-1]
        if self.fault == Fault.SYMMETRY_OF_ACTIONS_ONLY:
            cells[1] = straight
        return Symmetries(actions, cells[:1] if self.fault == Fault.TABLES_DIFFER_IN_LENGTH else cells)

    def to_play(self, state: Any) -> int:
        return (int(state["ply"]) + (self.fault == Fault.SECOND_PLAYER_BEGINS)) % 2

    def move_name(self, state: Any, action: int) -> str:
        if self.fault == Fault.SAME_NAME_TWICE and action == 1:
            action = 0
        return f"cell {action}" if self.fault == Fault.NAME_OF_TWO_WORDS else str(action)

    def parse_move(self, state: Any, text: str) -> int:
        if self.fault == Fault.RUBBISH_CRASHES:
            return int(text)
        if self.fault == Fault.RUBBISH_READ and not text.isascii():
            return 0
        action = super().parse_move(state, text)
        return self.size - 1 - action if self.fault == Fault.MOVE_MISREAD else action

    def draw(self, state: Any, last_action: int | None = None) -> str:
        return "" if self.fault == Fault.BLANK_BOARD else " ".join(".XO"[cell] for cell in state["cells"][: self.size])


@initial.of(Row)
def _row_initial(game, state):
    for i in range(8):
        state.cells[i] = 0
    if game.fault != Fault.INITIAL_LEAVES_A_FIELD:
        state.ply = 0


@legal_actions.of(Row)
def _row_legal_actions(game, state, past, out):
    if game.fault == Fault.NO_MOVES and state.ply == 2:
        return 0
    barred = game.fault == Fault.RIGHT_EDGE_IS_BARRED and state.ply < 2
    count = 0
    for cell in range(game.size):
        if state.cells[cell] == 0 and not (barred and cell == game.size - 1):
            out[count] = cell
            count += 1
    if game.fault == Fault.DESCENDING and count > 1:
        out[0], out[1] = out[1], out[0]
    if game.fault == Fault.ACTION_TOO_HIGH:
        out[count - 1] = game.size
    if game.fault == Fault.WRITES_BEYOND_MOVES:
        out[game.size + 3] = 0
    return game.size + 1 if game.fault == Fault.TOO_MANY_MOVES else count


@play.of(Row)
def _row_play(game, state, action):
    state.cells[action] = 1 + state.ply % 2
    state.ply += 1
    if game.fault == Fault.PLAY_HITS_A_NEIGHBOUR:
        state.cells[13] = 7


@outcome.of(Row)
def _row_outcome(game, state, past):
    if game.fault == Fault.UNKNOWN_OUTCOME and state.ply == 3:
        return 3
    if game.fault == Fault.LOOKING_MOVES_STONES:
        state.cells[0] = 1
    if game.fault == Fault.LOOKS_BACK_SECRETLY and past.shape[0] > 3:
        return DRAW
    for cell in range(game.size - 2):
        stone = state.cells[cell]
        if stone != 0 and stone == state.cells[cell + 1] and stone == state.cells[cell + 2]:
            if game.fault == Fault.LEFT_IS_BETTER and cell > 1:
                return DRAW
            return LOSS
    return DRAW if state.ply == game.size else ONGOING


@key.of(Row)
def _row_key(game, state):
    return 0


@encode.of(Row)
def _row_encode(game, states, past, planes):
    mine = 1 + states[0].ply % 2
    for cell in range(game.size):
        if states[0].cells[cell] != 0:
            plane = 0 if states[0].cells[cell] == mine or game.fault == Fault.COLOURS_LOOK_ALIKE else 1
            planes[plane, 0, cell] = 1
    if game.fault == Fault.WRITES_BEYOND_PLANES:
        planes[2, 0, 1] = 1
    if game.fault == Fault.READS_BEYOND_STATES and states[1].ply != 0:
        planes[0, 0, 0] = 9
