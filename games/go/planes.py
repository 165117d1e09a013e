"""What the network sees of a position of Go; Go.plane_names tells what each plane shows."""

from games.bits import lowest_bit
from games.go.bitboards import load, word, word_count
from games.go.game import NEAR_LIMIT, Go
from games.go.groups import ONE, ZERO, reciprocal
from games.go.rules import last_ply
from games.jit import kernel
from games.rules import encode


@kernel
def _mark(bits, planes, plane, size):
    """Write 1 into a plane at the points of a bitboard."""
    factor = reciprocal(size + 1)
    for i in range(word_count(bits)):
        rest = word(bits, i)
        while rest != ZERO:
            index = 64 * i + lowest_bit(rest)
            row = index * factor >> 16
            planes[plane, row, index - row * (size + 1)] = 1
            rest &= rest - ONE


@kernel
def _fill(planes, plane, size):
    """Write 1 into all of a plane."""
    for row in range(size):
        for column in range(size):
            planes[plane, row, column] = 1


@encode.of(Go)
def _encode(game, states, past, planes):
    for i in range(states.shape[0]):
        mine_or_empty, theirs_or_empty = load(states[i].mine_or_empty), load(states[i].theirs_or_empty)
        turned = i & 1  # every second position is seen by the other player
        _mark(mine_or_empty & ~theirs_or_empty, planes, 2 * i + turned, game.size)
        _mark(theirs_or_empty & ~mine_or_empty, planes, 2 * i + 1 - turned, game.size)
    plane = 2 * game.history
    _mark(load(states[0].mine_or_empty) & load(states[0].theirs_or_empty), planes, plane, game.size)
    _mark(load(states[0].atari), planes, plane + 1, game.size)
    if not states[0].ply & 1:
        _fill(planes, plane + 2, game.size)
    if states[0].passes > 0:
        _fill(planes, plane + 3, game.size)
    if states[0].ply + NEAR_LIMIT * game.size >= last_ply(game):
        _fill(planes, plane + 4, game.size)
