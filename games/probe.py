"""Asking the rules about a position with guard cells around everything that they may touch. Part of the conformance kit."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import kernel
from games.rules import ONGOING, encode, initial, key, legal_actions, outcome, play

GUARD = 256  # cells on both sides of an array that a rule writes to


class View(NamedTuple):
    """What the rules say of a position."""

    outcome: int
    key: int
    moves: int  # what legal_actions returned; 0 where the game is over
    legal: list[int]  # the first entries that it wrote, at most max_legal
    planes: NDArray[np.uint8]  # zeros where the game is over


class Asked(NamedTuple):
    """A view, and what a rule touched that isn't its own ("" for nothing)."""

    view: View
    damage: str


@kernel
def look(game, states, past, out, planes):
    """Ask all rules that only look: write legal actions and planes, return outcome, key and number of legal actions."""
    result = outcome(game, states[0], past)
    count = 0
    if result == ONGOING:
        count = legal_actions(game, states[0], past, out)
        encode(game, states, past, planes)
    return result, key(game, states[0]), count


@kernel
def step(game, states, actions):
    """Play actions[0] (int32) in states[1]."""
    play(game, states[1], actions[0])


def plain(compiled: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function behind a kernel, which calls the rules as Python code does."""
    function: Callable[..., Any] = getattr(compiled, "py_func", compiled)
    return function


def first_state(game: Game, fill: int) -> Any:
    """Return the first position, written over a record whose bytes were all `fill`."""
    state = _filled(game, 1, fill)[0]
    initial(game, state)
    return state


def ask(game: Game, look: Callable[..., Any], states: Sequence[Any], past: NDArray[np.int64], fill: int) -> Asked:
    """Ask the rules about states[0].

    states: the position and those before it, newest first; at most game.history are shown.
    fill:   the byte that stands in all cells around, and in the cells to be written.
    """
    count = min(len(states), game.history)
    frames = _filled(game, count + 2, fill)
    for i in range(count):
        frames[1 + i] = states[i]
    size = int(np.prod(game.plane_shape))
    planes = np.full(size + 2 * GUARD, fill, np.uint8)
    planes[GUARD : GUARD + size] = 0
    legal = np.full(game.max_legal + 2 * GUARD, fill, np.int32)
    frames_before, past_before = frames.tobytes(), past.tobytes()
    inside, out = planes[GUARD : GUARD + size].reshape(game.plane_shape), legal[GUARD : GUARD + game.max_legal]
    result, identity, legal_count = look(game, frames[1 : 1 + count], past, out, inside)
    damage = ""
    if frames.tobytes() != frames_before or past.tobytes() != past_before:
        damage = "the position or those before it"
    elif _touched(planes, size, fill):
        damage = "cells outside the planes"
    elif _touched(legal, game.max_legal, fill):
        damage = "cells outside the list of legal actions"
    written = [int(action) for action in out[: max(0, int(legal_count))]]
    return Asked(View(int(result), int(identity), int(legal_count), written, inside), damage)


def move(game: Game, step: Callable[..., Any], state: Any, action: int, fill: int) -> tuple[Any, str]:
    """Return the position after a move, and what the rule touched that isn't its own ("" for nothing)."""
    states = _filled(game, 3, fill)
    states[1] = state
    around = states[0].tobytes(), states[2].tobytes()
    step(game, states, np.array([action], np.int32))
    damage = "" if (states[0].tobytes(), states[2].tobytes()) == around else "a neighbouring position"
    return states[1].copy(), damage


def content(state: Any) -> bytes:
    """Return the bytes of a position's fields, without those that pad them."""
    return b"".join(np.asarray(state[name]).tobytes() for name in state.dtype.names)


def _filled(game: Game, count: int, fill: int) -> NDArray[Any]:
    """Return `count` records whose bytes are all `fill`."""
    raw = np.full(count * game.state_dtype.itemsize, fill, np.uint8)
    return raw.view(game.state_dtype)


def _touched(cells: NDArray[Any], size: int, fill: int) -> bool:
    return bool(np.any(cells[:GUARD] != fill) or np.any(cells[GUARD + size :] != fill))
