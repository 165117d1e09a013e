"""Alpha-beta search of any game, exact as far as it sees: the kernel behind minimax:DEPTH.

A position is worth WIN_SCORE - n where the player to move can force a win in n plies, -(WIN_SCORE - n) where the other
can, and 0 where nobody can within the depth (a draw, or the end is too far away). So quick wins and slow losses are
preferred. Transposition table and move ordering save work and change no score.

The kernel keeps its path in arrays instead of recursing: it can stop after a number of nodes, so that Ctrl-C works.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import borrowed, kernel
from games.rules import DRAW, ONGOING, WIN, key, legal_actions, outcome, play
from zero.search.cache import K1, SEED1, mix

WIN_SCORE = 1 << 24
INFINITE = 1 << 25
EXACT, AT_LEAST, AT_MOST = 0, 1, 2  # what a stored score says of the true one
PLACES = 1 << 16  # of the transposition table

FRAME = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("alpha", np.int32),  # window on entry; scores count plies from the start of the search
                ("beta", np.int32),
                ("best", np.int32),  # best score so far
                ("action", np.int32),  # and its action
                ("count", np.int16),  # legal actions; 0 where the score is known without search
                ("next", np.int16),  # how many of them have been tried
            ],
            align=True,
        ),
    )
)
ENTRY = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("score", np.int32),  # counts plies from the entry's position
                ("action", np.int32),
                ("depth", np.int16),  # plies it was searched to; 0 means an empty place
                ("bound", np.int8),
            ],
            align=True,
        ),
    )
)


class Stack(NamedTuple):
    """The arrays of a search to depth D, with M legal actions at most and C places in the table (0: no table)."""

    states: NDArray[Any]  # [D + 1] game.state_dtype: the path
    words: NDArray[Any]  # [D + 1, W] unsigned integers: the same memory
    frames: NDArray[Any]  # [D + 1] FRAME
    legal: NDArray[np.int32]  # [D + 1, M]
    past: NDArray[np.int64]  # keys of the positions before the path, then of the path; empty if never read
    cutoffs: NDArray[np.int64]  # [num_actions] how often, and how early, an action refuted the one before
    entries: NDArray[Any]  # [C] ENTRY
    boards: NDArray[Any]  # [C, W] the positions of the entries
    ply: NDArray[np.int64]  # [1] where on the path the search stands


def allocate(game: Game, depth: int) -> Stack:
    """Return the arrays for searches up to `depth` plies. Games that look back get no table: their scores depend on the path."""
    size = game.state_dtype.itemsize
    width = next(width for width in (8, 4, 2, 1) if size % width == 0)
    places = 0 if game.looks_back else PLACES
    states = np.zeros(depth + 1, game.state_dtype)
    return Stack(
        states=states,
        words=states.view(np.uint8).reshape(depth + 1, size).view(f"u{width}"),
        frames=np.zeros(depth + 1, FRAME),
        legal=np.zeros((depth + 1, game.max_legal), np.int32),
        past=np.zeros((game.max_plies + depth + 1) * game.looks_back, np.int64),
        cutoffs=np.zeros(game.num_actions, np.int64),
        entries=np.zeros(places, ENTRY),
        boards=np.zeros((places, size // width), f"u{width}"),
        ply=np.zeros(1, np.int64),
    )


@kernel
def place_of(s, ply):
    """Return the place in the table of the position at `ply`; the table is not empty."""
    hashed = SEED1
    for i in range(s.words.shape[1]):
        hashed = mix(hashed, np.uint64(s.words[ply, i]), K1)
    return np.int64(hashed & np.uint64(s.entries.shape[0] - 1))


@kernel
def same_board(s, ply, place):
    """Return whether a place of the table holds the position at `ply`."""
    for i in range(s.words.shape[1]):  # noqa: SIM110  (numba has no all())
        if s.boards[place, i] != s.words[ply, i]:
            return False
    return True


@kernel
def shifted(score, plies):
    """Return a score that counts `plies` more to the end of the game."""
    if score > 0:
        return score - plies
    return score + plies if score < 0 else 0


@kernel
def recall(s, ply, depth):
    """Take the score of the frame at `ply` from the table, if it is there for that depth and window.

    Returns the action to try first: the entry's, or -1; frame.count = 0 says that the score is known.
    """
    if s.entries.shape[0] == 0:
        return -1
    place = place_of(s, ply)
    entry, frame = s.entries[place], s.frames[ply]
    if entry.depth == 0 or not same_board(s, ply, place):
        return -1
    score, bound = shifted(entry.score, ply), entry.bound
    above, below = bound == AT_LEAST and score >= frame.beta, bound == AT_MOST and score <= frame.alpha
    if entry.depth == depth - ply and (bound == EXACT or above or below):
        frame.best = score
        frame.count = 0
    return entry.action


@kernel
def open_frame(game, s, ply, depth, before, alpha, beta):
    """Begin the frame at `ply`: its score where the game or the depth ends there, else its moves.

    before: how many keys of s.past were there before the search.
    """
    frame = s.frames[ply]
    frame.alpha, frame.beta, frame.best, frame.action = alpha, beta, -INFINITE, -1
    frame.count, frame.next = 0, 0
    past = s.past[: before + ply] if s.past.shape[0] > 0 else s.past
    result = outcome(game, s.states[ply], past)
    if result != ONGOING:
        frame.best = WIN_SCORE - ply if result == WIN else 0 if result == DRAW else ply - WIN_SCORE
        return
    if ply == depth:
        frame.best = 0
        return
    legal = s.legal[ply]
    frame.count = legal_actions(game, s.states[ply], past, legal)
    first = recall(s, ply, depth)
    for i in range(frame.count):
        if legal[i] == first:
            legal[i] = legal[0]
            legal[0] = first
            frame.action = first


@kernel
def next_action(s, ply):
    """Return the action that the frame at `ply` tries next: the table's first, then those that refuted most."""
    frame, legal = s.frames[ply], s.legal[ply]
    at = np.int64(frame.next)
    best = at
    if at > 0 or frame.action < 0:
        for i in range(at + 1, frame.count):
            if s.cutoffs[legal[i]] > s.cutoffs[legal[best]]:
                best = np.int64(i)
    legal[at], legal[best] = legal[best], legal[at]
    frame.next += 1
    return legal[at]


@kernel
def close_frame(s, ply, depth):
    """Keep what the frame at `ply` found: in the table, and which action refuted the move before."""
    frame = s.frames[ply]
    if frame.best >= frame.beta:
        s.cutoffs[frame.action] += (depth - ply) ** 2
    if s.entries.shape[0] == 0:
        return
    place = place_of(s, ply)
    entry = s.entries[place]
    entry.score = shifted(frame.best, -ply)
    entry.action = frame.action
    entry.depth = depth - ply
    entry.bound = AT_LEAST if frame.best >= frame.beta else AT_MOST if frame.best <= frame.alpha else EXACT
    for i in range(s.words.shape[1]):
        s.boards[place, i] = s.words[ply, i]


@kernel
def begin(game, s, depth, before, action, alpha, beta):
    """Begin to score a move of the root, which stands in s.states[0] with `before` keys of s.past before it.

    alpha, beta: the window, seen by the other player, who is to move after it.
    """
    s = borrowed(s)
    if s.past.shape[0] > 0:
        s.past[before] = key(game, s.states[0])
    s.states[1] = s.states[0]
    play(game, s.states[1], action)
    s.ply[0] = 1
    open_frame(game, s, 1, depth, before, alpha, beta)


@kernel
def go_on(game, s, depth, before, nodes):
    """Search on for about `nodes` nodes; return whether the move of the root is scored.

    Then s.frames[1].best is the score, seen by the other player (fail-soft: a bound where it lies outside the window).
    Source: Knuth and Moore 1975, "An analysis of alpha-beta pruning".
    """
    s = borrowed(s)
    for _ in range(nodes):
        ply = s.ply[0]
        frame = s.frames[ply]
        if frame.next < frame.count and frame.best < frame.beta:
            if s.past.shape[0] > 0:
                s.past[before + ply] = key(game, s.states[ply])
            s.states[ply + 1] = s.states[ply]
            play(game, s.states[ply + 1], next_action(s, ply))
            open_frame(game, s, ply + 1, depth, before, -frame.beta, -max(frame.alpha, frame.best))
            s.ply[0] = ply + 1
            continue
        if frame.count > 0:
            close_frame(s, ply, depth)
        if ply == 1:
            return True
        above = s.frames[ply - 1]
        if -frame.best > above.best:
            above.best = -frame.best
            above.action = s.legal[ply - 1, above.next - 1]
        s.ply[0] = ply - 1
    return False
