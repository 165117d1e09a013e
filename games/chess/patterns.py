"""What fast policies see of a chess position (games/patterns.py): what stands where, and what a move does."""

import numpy as np

from games.chess.actions import MOVES
from games.chess.boards import NOT_A, NOT_H, NOTHING, ONE, UP_EAST, UP_WEST
from games.chess.game import Chess
from games.jit import kernel
from games.patterns import OTHER, OWN, acts_on, board, trait, turned


@acts_on.of(Chess)
def _acts_on(game, state, action):
    return np.int64(MOVES[action]) >> 6 & 63


@turned.of(Chess)
def _turned(game, cell):
    return cell ^ 56


@board.of(Chess)
def _board(game, state, cells):
    for square in range(64):
        if state.mine >> np.uint64(square) & ONE:
            cells[square] = OWN
        elif state.theirs >> np.uint64(square) & ONE:
            cells[square] = OTHER


@kernel
def _kind(state, bit):
    """Return what stands on a square that is not empty: 0 pawn, 1 knight, 2 bishop, 3 rook, 4 queen, 5 king."""
    if state.pawns & bit:
        return 0
    if state.knights & bit:
        return 1
    if state.diagonals & bit:
        return 4 if state.straights & bit else 2
    return 3 if state.straights & bit else 5


@trait.of(Chess)
def _trait(game, state, action):
    """Tell which piece goes where, what it captures, and whether a pawn of the other guards that square."""
    move = np.int64(MOVES[action])
    target = move >> 6 & 63
    bit = ONE << np.uint64(target)
    guards = (((bit << UP_EAST) & NOT_A) | ((bit << UP_WEST) & NOT_H)) & state.pawns & state.theirs
    captured = _kind(state, bit) + 1 if state.theirs & bit else 0
    kinds = _kind(state, ONE << np.uint64(move & 63)) * 6 + captured
    return (kinds * 2 + int(guards != NOTHING)) * 64 + target + 1
