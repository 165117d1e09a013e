"""The network's input: pieces, repetition and what else decides what a position is worth, all planes of zeros and ones.

Row 0 is the far side of the board, column 0 the a-file, as White sees the board; for Black, ranks are mirrored. Counts
are shown exactly, by a plane for each binary digit: from those a first layer can weigh up the count itself.
"""

import numpy as np

from games.bits import lowest_bit
from games.chess.boards import ONE, cells, flipped, kings
from games.chess.game import CLOCK_DIGITS, PLIES_DIGITS, Chess
from games.chess.rules import position_key, times_before
from games.jit import kernel
from games.rules import encode


@kernel
def _put(planes, plane, board):
    """Mark the squares of a board in a plane."""
    while board:
        square = lowest_bit(board)
        board &= board - ONE
        planes[plane, 7 - (square >> 3), square & 7] = 1


@kernel
def _fill(planes, plane):
    """Mark all cells of a plane."""
    for row in range(8):
        for column in range(8):
            planes[plane, row, column] = 1


@kernel
def _put_digits(planes, plane, number, digits):
    """Fill those of the planes from `plane` on whose binary digit of a number is one, the lowest first."""
    for k in range(digits):
        if number >> k & 1:
            _fill(planes, plane + k)


@kernel
def _put_pieces(planes, plane, state, turned):
    """Mark the pieces of the player to move in six planes from `plane`, those of the other in the next six.

    turned: whether the position is to be seen by the other player.
    """
    queens = state.diagonals & state.straights
    for side in range(2):
        pieces = state.mine if (side == 1) == turned else state.theirs
        for kind in range(6):
            if kind == 0:
                board = state.pawns
            elif kind == 1:
                board = state.knights
            elif kind == 2:
                board = state.diagonals & ~queens
            elif kind == 3:
                board = state.straights & ~queens
            elif kind == 4:
                board = queens
            else:
                board = kings(state)
            board &= pieces
            _put(planes, plane + 6 * side + kind, flipped(board) if turned else board)


@encode.of(Chess)
def _encode(game, states, past, planes):
    repeats = 1 if game.claims else 3
    plane = np.int64(0)
    for i in range(len(states)):
        _put_pieces(planes, plane, states[i], i % 2 == 1)
        plane += 12
        clock = np.int64(states[i].clock)
        if clock >= 4:
            times = times_before(position_key(game, states[i]), cells(past), len(past) - i, clock, repeats)
            _put_digits(planes, plane, (1 << times) - 1, repeats)
        plane += repeats
    plane = game.history * (12 + repeats)
    _put_digits(planes, plane, np.int64(states[0].castling), 4)
    if states[0].takers:
        _put(planes, plane + 4, ONE << np.uint64(states[0].passant))
    _put_digits(planes, plane + 5, np.int64(states[0].clock), CLOCK_DIGITS)
    left = min(game.plies - np.int64(states[0].ply), 2**PLIES_DIGITS - 1)
    _put_digits(planes, plane + 5 + CLOCK_DIGITS, left, PLIES_DIGITS)
