"""Small games for tests: worlds whose values are known, one that looks back, and one with a fault of one's choice."""

import enum
from typing import Any, NamedTuple

import numpy as np

from games.errors import MoveError
from games.game import Symmetries, state_dtype
from games.rules import DRAW, LOSS, ONGOING, WIN, encode, initial, key, legal_actions, outcome, play


class Plain:
    """What the toys have in common: actions are named by their numbers, and there are no symmetries."""

    looks_back = False
    history = 1

    @property
    def max_legal(self) -> int:
        return self.num_actions

    @property
    def plane_names(self) -> tuple[str, ...]:
        return tuple(f"plane {number}" for number in range(self.plane_shape[0]))

    @property
    def symmetries(self) -> Symmetries:
        area = self.plane_shape[1] * self.plane_shape[2]
        return Symmetries(np.arange(self.num_actions, dtype=np.int32)[None], np.arange(area, dtype=np.int32)[None])

    def validate(self) -> None:
        """Nothing to refuse."""

    def to_play(self, state: Any) -> int:
        return int(state["ply"]) % 2

    def move_name(self, state: Any, action: int) -> str:
        return str(action)

    def parse_move(self, state: Any, text: str) -> int:
        if len(text) == 1 and text in "0123456789"[: self.num_actions]:
            return int(text)
        raise MoveError(f"expected a number below {self.num_actions}, got {text!r}")

    def draw(self, state: Any, last_action: int | None = None) -> str:
        return " ".join(f"{name}={state[name]}" for name in state.dtype.names)


# Planted: after `length` plies of any moves the game is over, and who wins was clear from the start.

PLANTED = state_dtype(("path", np.int64), ("ply", np.int16))


class _Planted(NamedTuple):
    length: int = 4
    width: int = 3
    result: int = 1  # for the player who began


class Planted(Plain, _Planted):
    name = "planted"
    state_dtype = PLANTED

    @property
    def num_actions(self) -> int:
        return self.width

    @property
    def max_plies(self) -> int:
        return self.length

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 1, self.length, self.width


@initial.of(Planted)
def _planted_initial(game, state):
    state.path = 0
    state.ply = 0


@legal_actions.of(Planted)
def _planted_legal_actions(game, state, past, out):
    for action in range(game.width):
        out[action] = action
    return game.width


@play.of(Planted)
def _planted_play(game, state, action):
    state.path = state.path * game.width + action
    state.ply += 1


@outcome.of(Planted)
def _planted_outcome(game, state, past):
    if state.ply < game.length:
        return ONGOING
    return game.result if state.ply % 2 == 0 else -game.result


@key.of(Planted)
def _planted_key(game, state):
    return 0


@encode.of(Planted)
def _planted_encode(game, states, past, planes):
    path = states[0].path
    for row in range(states[0].ply):
        planes[0, states[0].ply - 1 - row, path % game.width] = 1
        path //= game.width


# Misere: take one to three matches; who takes the last one loses. To move at 1, 5, 9 … matches is to lose.

MATCHES = state_dtype(("heap", np.int16), ("ply", np.int16))


class _Misere(NamedTuple):
    heap: int = 9


class Misere(Plain, _Misere):
    name = "misere"
    state_dtype = MATCHES
    num_actions = 3

    @property
    def max_plies(self) -> int:
        return self.heap

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 2, 1, self.heap


@initial.of(Misere)
def _misere_initial(game, state):
    state.heap = game.heap
    state.ply = 0


@legal_actions.of(Misere)
def _misere_legal_actions(game, state, past, out):
    count = min(3, state.heap)
    for action in range(count):
        out[action] = action
    return count


@play.of(Misere)
def _misere_play(game, state, action):
    state.heap -= action + 1
    state.ply += 1


@outcome.of(Misere)
def _misere_outcome(game, state, past):
    return WIN if state.heap == 0 else ONGOING  # the other has just taken the last match


@key.of(Misere)
def _misere_key(game, state):
    return 0


@encode.of(Misere)
def _misere_encode(game, states, past, planes):
    for place in range(states[0].heap):
        planes[0, 0, place] = 1
    planes[1, 0, states[0].ply] = 1  # a heap can be reached in several plies


# Ring: a token walks round a ring and never comes back to a place (superko); two passes end the game.

TOKEN = state_dtype(("token", np.int8), ("passes", np.int8), ("ply", np.int16))


class _Ring(NamedTuple):
    size: int = 6


class Ring(Plain, _Ring):
    name = "ring"
    looks_back = True
    history = 3
    state_dtype = TOKEN
    num_actions = 4  # pass, or one to three steps

    @property
    def max_plies(self) -> int:
        return 2 * self.size

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 6, 1, self.size


@initial.of(Ring)
def _ring_initial(game, state):
    state.token = 0
    state.passes = 0
    state.ply = 0


@legal_actions.of(Ring)
def _ring_legal_actions(game, state, past, out):
    out[0] = 0
    count = 1
    for steps in range(1, 4):
        place = (state.token + steps) % game.size
        fresh = place != state.token
        for i in range(past.shape[0]):
            fresh = fresh and past[i] != place
        if fresh:
            out[count] = steps
            count += 1
    return count


@play.of(Ring)
def _ring_play(game, state, action):
    state.passes = state.passes + 1 if action == 0 else 0
    state.token = (state.token + action) % game.size
    state.ply += 1


@outcome.of(Ring)
def _ring_outcome(game, state, past):
    if state.passes < 2:
        return ONGOING
    if past.shape[0] != state.ply:
        return DRAW  # never, while `past` is what it should be
    first = (WIN, LOSS, DRAW)[state.token % 3]
    return first if state.ply % 2 == 0 else -first


@key.of(Ring)
def _ring_key(game, state):
    return np.int64(state.token)


@encode.of(Ring)
def _ring_encode(game, states, past, planes):
    for i in range(states.shape[0]):
        planes[i, 0, states[i].token] = 1
    planes[3, 0, :] = states[0].passes
    planes[4, 0, :] = states[0].ply % 2
    for i in range(past.shape[0]):
        planes[5, 0, past[i]] += 1


# Row: stones on a row of cells, three side by side win. It can be given a fault.


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
