"""Counting all lines of play of a length (perft): what proves rules against published numbers."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.jit import borrowed, kernel
from games.position import Position
from games.rules import ONGOING, count_legal, key, legal_actions, outcome, play


class Lines(NamedTuple):
    """Scratch for walking through lines of up to D plies from a position with K earlier ones."""

    states: NDArray[Any]  # [D + 1] game.state_dtype; the first is the position
    past: NDArray[np.int64]  # [K + D] keys, the first K of them given; empty for games that don't look back
    legal: NDArray[np.int32]  # [D, max_legal]
    left: NDArray[np.int64]  # [D] legal actions not yet walked, at each ply


def perft(position: Position, depth: int) -> int:
    """Return how many lines of `depth` plies (>= 0) begin in a position. A game that is over has none, but for depth 0.

    The last ply is counted, not played. Games with the attribute `perft_through_draws` (chess, whose published counts
    know no draws) go on where the rules say draw.
    """
    return sum(divide(position, depth).values()) if depth > 0 else 1


def divide(position: Position, depth: int) -> dict[int, int]:
    """Return the count of each legal action: the lines of `depth` plies (>= 1) that begin with it."""
    game, known = position.game, len(position.past)
    lines = Lines(
        states=np.zeros(depth + 1, game.state_dtype),
        past=np.zeros((known + depth) * game.looks_back, np.int64),
        legal=np.zeros((depth, game.max_legal), np.int32),
        left=np.zeros(depth, np.int64),
    )
    lines.states[0] = position.state
    lines.past[:known] = position.past
    asks = not getattr(game, "perft_through_draws", False)
    count = options(game, lines.states[0], position.past, lines.legal[0], asks)
    return {int(action): count_lines(game, lines, known, int(action), asks) for action in lines.legal[0, :count].copy()}


@kernel
def options(game, state, past, legal, asks):
    """Write the legal actions of a state and return their number: none where the game is over, if the rules are asked."""
    if asks and outcome(game, state, past) != ONGOING:
        return np.int64(0)
    return np.int64(legal_actions(game, state, past, legal))


@kernel
def count_options(game, state, past, legal, asks):
    """Return the number that `options` returns; legal: scratch."""
    if asks and outcome(game, state, past) != ONGOING:
        return np.int64(0)
    return np.int64(count_legal(game, state, past, legal))


@kernel
def count_lines(game, lines, known, action, asks):
    """Return the number of lines of full length that begin with an action. lines: modified, but for what was given."""
    lines = borrowed(lines)
    states, past, legal, left = lines.states, lines.past, lines.legal, lines.left
    last = left.shape[0] - 1
    looks_back = min(past.shape[0], 1)
    total, ply = int(last == 0), 0
    legal[0, 0] = action
    left[0] = int(last > 0)
    while ply >= 0:
        if left[ply] == 0:
            ply -= 1
            continue
        left[ply] -= 1
        if looks_back:
            past[known + ply] = key(game, states[ply])
        states[ply + 1] = states[ply]
        play(game, states[ply + 1], legal[ply, left[ply]])
        before = past[: (known + ply + 1) * looks_back]
        if ply + 1 == last:
            total += count_options(game, states[last], before, legal[last], asks)
        else:
            ply += 1
            left[ply] = options(game, states[ply], before, legal[ply], asks)
    return total
