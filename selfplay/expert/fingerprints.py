"""Which positions of recorded games are the same: a number for each, found by playing all games again side by side."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from zero.boards import Boards

MIX = np.uint64(0x9E3779B97F4A7C15)


def fingerprints(game: Game, starts: NDArray[np.int64], actions: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return [P] a number for the position before each ply: the same for equal records of game.state_dtype.

    starts: [G + 1] where each game's plies begin; actions: [P]. Different positions share a number with probability 2^-64.
    Raises MoveError where an action is not legal.
    """
    found = np.zeros(len(actions), np.uint64)
    lengths = np.diff(starts)
    boards = Boards(game, len(lengths))
    for ply in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > ply)
        found[starts[:-1][rows] + ply] = _hashed(boards.states[rows])
        boards.play(rows, actions[starts[:-1][rows] + ply])
    return found


def _hashed(states: NDArray[Any]) -> NDArray[np.uint64]:
    """Return [n] a number for each record, of its fields only: the bytes between them may be anything."""
    names = states.dtype.names or ()
    fields = [np.ascontiguousarray(states[name]).reshape(len(states), -1).view(np.uint8) for name in names]
    width = sum(field.shape[1] for field in fields)
    padding = np.zeros((len(states), -width % 8), np.uint8)
    words = np.ascontiguousarray(np.concatenate([*fields, padding], axis=1)).view(np.uint64)
    total = np.zeros(len(states), np.uint64)
    for word in words.T:  # SplitMix64's steps, as in zero/random.py
        total = (total ^ word) + MIX
        total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total ^= total >> np.uint64(31)
    return total
