"""Groups of stones on bitboards, and the key of a board: what the rules of Go and the reading of positions share."""

import numpy as np

from games.bits import lowest_bit
from games.go.bitboards import count, load, lowest, neighbours, point, scramble, several, some, store, word, word_count
from games.jit import kernel

ONE, ZERO = np.uint64(1), np.uint64(0)


@kernel
def reciprocal(stride):
    """Return the factor for which index * factor >> 16 is index // stride, for all boards up to 19×19."""
    return 65536 // stride + 1


@kernel
def stone_key(index, colour):
    """Return what a stone adds to the key (63 random bits as int64): the XOR of all stones identifies a board.

    index: bit number of its point; colour: 0 Black, 1 White.
    """
    return np.int64(scramble(2 * index + colour + 1) >> ONE)


@kernel
def stones_key(stones, colour):
    """Return what some stones of one colour add to the key."""
    total = np.int64(0)
    for i in range(word_count(stones)):
        rest = word(stones, i)
        while rest != ZERO:
            total ^= stone_key(64 * i + lowest_bit(rest), colour)
            rest &= rest - ONE
    return total


@kernel
def flood(seed, inside, stride):
    """Return the points of `inside` that are connected with those of `seed`, which lie inside."""
    group = seed
    while True:
        grown = group | neighbours(group, stride) & inside
        if not some(grown ^ group):
            return group
        group = grown


@kernel
def group_in_atari(seed, stones, empty, stride):
    """Return the group of `stones` that contains `seed` if it has less than two liberties, else no points."""
    group = seed
    while True:
        reached = neighbours(group, stride)
        if several(reached & empty):
            return group ^ group
        grown = group | reached & stones
        if not some(grown ^ group):
            return group
        group = grown


@kernel
def atari_after(stone, captured, mine, theirs, empty, atari, stride):
    """Return which stones are in atari after a stone was put and stones of the other were captured.

    stone, captured: the points of these; mine, theirs, empty: the board then; atari: which stones were in it before.
    """
    beside = neighbours(stone, stride)
    atari = atari & ~captured
    relieved = (beside | neighbours(captured, stride)) & mine & atari  # they had one liberty, and have gained another
    if some(relieved):  # or are one group with the stone now, which is looked at next
        atari = atari & ~flood(relieved, mine & atari, stride)
    atari = atari | group_in_atari(stone, mine, empty, stride)
    rest = beside & theirs
    while some(rest):  # groups that lost a liberty; they had two or more, or would have been captured
        seed = lowest(rest)
        group = group_in_atari(seed, theirs, empty, stride)
        atari = atari | group
        rest = rest & ~(group | seed)
    return atari


@kernel
def lead_of(mine, theirs, empty, stride):
    """Return how many points more one colour has than the other, by Tromp-Taylor without komi.

    A point counts for a colour if it has a stone of it, or if it is empty and reaches that colour alone. Points that
    reach both are counted for both here, which makes no difference.
    """
    mine = mine | flood(neighbours(mine, stride) & empty, empty, stride)
    theirs = theirs | flood(neighbours(theirs, stride) & empty, empty, stride)
    return count(mine) - count(theirs)


@kernel
def set_up(game, state, cells):
    """Put stones on an empty board, and return the action of a point whose group has no liberty, or -1.

    state: the first position, but for its ply; modified.
    cells: [size * size] int8, by rows from the top: 0 empty, 1 the player to move, 2 the other.
    """
    stride, colour = game.size + 1, np.int64(state.ply & 1)
    board = load(state.mine_or_empty)
    mine = theirs = board ^ board
    for action in range(cells.shape[0]):
        stone = point(board, action + action // game.size)
        if cells[action] == 1:
            mine = mine | stone
        elif cells[action] == 2:
            theirs = theirs | stone
    empty, atari, dead = board & ~mine & ~theirs, board ^ board, -1
    for action in range(cells.shape[0]):
        if cells[action] > 0:
            stone = point(board, action + action // game.size)
            group = group_in_atari(stone, mine if cells[action] == 1 else theirs, empty, stride)
            atari = atari | group
            if some(group) and not some(neighbours(group, stride) & empty):
                dead = action
    store(state.mine_or_empty, mine | empty)
    store(state.theirs_or_empty, theirs | empty)
    store(state.atari, atari)
    state.key = stones_key(mine, colour) ^ stones_key(theirs, 1 - colour)
    return dead
