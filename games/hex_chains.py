"""Chains of stones on a board of hexagons: which are connected with the upper side, and does one reach the lower?

Each stone is looked at once when it is put, and once when its chain becomes connected with the upper side, so that a
whole game costs no more than its number of stones. The bitboards are those of `Hex.state_dtype`.
"""

import numpy as np

from games.bits import lowest_bit
from games.jit import kernel
from games.words import ONE, bit_of


@kernel
def put(state, player, size, cell):
    """Put a stone on a free cell; return whether it connects both of the player's sides.

    player, cell: whose stone, and where as that player sees the board. The state is modified, but for plies and won.
    """
    row = cell // size
    column = cell - row * size
    mirrored = column * size + row
    state.taken[player, cell >> 6] |= bit_of(cell)
    state.taken[1 - player, mirrored >> 6] |= bit_of(mirrored)
    if row > 0 and not _around(state.reached, player, size, row, column):
        state.loose[player, cell >> 6] |= bit_of(cell)
        return False
    return _reach(state, player, size, cell)


@kernel
def _reach(state, player, size, cell):
    """Count a stone as reached, and all loose ones that are connected with it; return whether one stands below.

    A stone that is loose moves to `front`, then to `reached`; in the end `front` is empty again.
    """
    word, arrived = cell >> 6, False
    state.front[word] |= bit_of(cell)
    while word < state.front.shape[0]:
        if not state.front[word]:
            word += 1
            continue
        cell = word * 64 + lowest_bit(state.front[word])
        row = cell // size
        state.front[word] &= ~bit_of(cell)
        state.reached[player, word] |= bit_of(cell)
        arrived = arrived or row == size - 1
        around = _around(state.loose, player, size, row, cell - row * size)
        while around:
            other = cell + (-size, 1 - size, -1, 1, size - 1, size)[lowest_bit(around)]
            around &= around - ONE
            state.loose[player, other >> 6] &= ~bit_of(other)
            state.front[other >> 6] |= bit_of(other)
            word = min(word, other >> 6)
    return arrived


@kernel
def _around(stones, player, size, row, column):
    """Return on which sides of a cell there are stones of the player, a uint64.

    Bits from the lowest: above, above and right, left, right, below and left, below.
    """
    cell = row * size + column
    above, below, left, right = row > 0, row < size - 1, column > 0, column < size - 1
    sides = _stone(stones, player, cell - size, above)
    sides |= _stone(stones, player, cell - size + 1, above and right) << np.uint64(1)
    sides |= _stone(stones, player, cell - 1, left) << np.uint64(2)
    sides |= _stone(stones, player, cell + 1, right) << np.uint64(3)
    sides |= _stone(stones, player, cell + size - 1, below and left) << np.uint64(4)
    return sides | _stone(stones, player, cell + size, below) << np.uint64(5)


@kernel
def _stone(stones, player, cell, on_board):
    """Return 1 where the cell is on the board and holds a stone of the player, else 0, a uint64."""
    cell = cell if on_board else 0
    return stones[player, cell >> 6] >> np.uint64(cell & 63) & np.uint64(on_board)
