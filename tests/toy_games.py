"""Small games for tests: worlds whose values are known, and one that looks back."""

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
