"""The rules of Go as kernels: whole boards at a time, one bit a point (see games/go/bitboards.py).

A group in atari has one liberty. Which groups are in atari stands in the state, and is kept up to date by `play`, for
only groups next to the stone or next to what it captures can change. All legal points follow from that in a few steps:
an empty point can be taken if it is next to another empty point, to a group of the player that is not in atari, or to
a group of the other that is.
"""

import numpy as np

from games.bits import lowest_bit
from games.go.bitboards import count, load, lowest, neighbours, point, some, store, word, word_count
from games.go.game import Go
from games.go.groups import ONE, ZERO, atari_after, flood, lead_of, reciprocal, stone_key, stones_key
from games.jit import kernel
from games.patterns import NOWHERE, acts_on, board, trait
from games.rules import DRAW, LOSS, ONGOING, WIN, initial, key, legal_actions, outcome, play


@kernel
def last_ply(game):
    """Return the ply at which the game is over at the latest: Go.max_plies."""
    return game.ply_limit if game.ply_limit > 0 else 2 * game.size * game.size


@initial.of(Go)
def _initial(game, state):
    board = load(state.atari)
    board = board ^ board
    store(state.atari, board)
    store(state.mine_taken, board)
    store(state.theirs_taken, board)
    for row in range(game.size):
        for column in range(game.size):
            board = board | point(board, row * (game.size + 1) + column)
    store(state.mine_or_empty, board)
    store(state.theirs_or_empty, board)
    state.key = 0
    state.ply = 0
    state.passes = 0
    state.fresh = 0
    state.mine_lost = 0
    state.theirs_lost = 0


@kernel
def _occurs(past, wanted):
    """Return whether a key is among those of the past. It never stops early, and so looks at several keys at a time."""
    times = 0
    for i in range(past.shape[0]):
        times += int(past[i] == wanted)
    return times > 0


@kernel
def _repeats(state, past, suspects, prey, stride):
    """Return those of some legal points where a stone would bring an earlier board back (positional superko).

    prey: groups of the other in atari.
    """
    colour = np.int64(state.ply & 1)
    found = suspects ^ suspects
    while some(suspects):
        stone = lowest(suspects)
        suspects = suspects ^ stone
        after = state.key ^ stones_key(stone, colour)
        captured = neighbours(stone, stride) & prey
        if some(captured):
            after ^= stones_key(flood(captured, prey, stride), 1 - colour)
        if _occurs(past, after):
            found = found | stone
    return found


@legal_actions.of(Go)
def _legal_actions(game, state, past, out):
    stride = game.size + 1
    mine_or_empty, theirs_or_empty, atari = load(state.mine_or_empty), load(state.theirs_or_empty), load(state.atari)
    empty = mine_or_empty & theirs_or_empty
    prey = theirs_or_empty & ~empty & atari
    legal = empty & neighbours(mine_or_empty & ~atari | prey, stride)
    # A board that comes back by a stone at p had the player's stone at p before, and that was captured since. It also
    # had the stone that the other has just played, if the player does not capture that now; but before that was played
    # its point was empty, so an earlier stone of the other had been captured there too, and it is not `fresh`.
    suspects = legal & load(state.mine_taken)
    if state.fresh:
        suspects = suspects & neighbours(prey, stride)
    if some(suspects) and past.shape[0] > 0:
        legal = legal & ~_repeats(state, past, suspects, prey, stride)
    factor, number = reciprocal(stride), 0
    for i in range(word_count(legal)):
        rest = word(legal, i)
        while rest != ZERO:
            index = 64 * i + lowest_bit(rest)
            out[number] = index - (index * factor >> 16)
            number += 1
            rest &= rest - ONE
    out[number] = game.size * game.size
    return number + 1


@play.of(Go)
def _play(game, state, action):
    mine_or_empty, theirs_or_empty = load(state.mine_or_empty), load(state.theirs_or_empty)
    mine_taken, theirs_taken = load(state.mine_taken), load(state.theirs_taken)
    state.fresh = 0
    if action == game.size * game.size:
        state.passes += 1
    else:
        state.passes = 0
        stride, colour = game.size + 1, np.int64(state.ply & 1)
        index = np.int64(action + action // game.size)
        atari = load(state.atari)
        stone = point(atari, index)
        state.fresh = int(not some(stone & mine_taken))
        empty = mine_or_empty & theirs_or_empty & ~stone
        mine, theirs = mine_or_empty & ~theirs_or_empty | stone, theirs_or_empty & ~mine_or_empty
        state.key ^= stone_key(index, colour)
        captured = neighbours(stone, stride) & theirs & atari
        if some(captured):
            captured = flood(captured, theirs & atari, stride)
            state.key ^= stones_key(captured, 1 - colour)
            state.theirs_lost += count(captured)
            theirs_taken = theirs_taken | captured
            theirs = theirs & ~captured
            empty = empty | captured
        store(state.atari, atari_after(stone, captured, mine, theirs, empty, atari, stride))
        mine_or_empty, theirs_or_empty = mine | empty, theirs | empty
    store(state.mine_or_empty, theirs_or_empty)
    store(state.theirs_or_empty, mine_or_empty)
    store(state.mine_taken, theirs_taken)
    store(state.theirs_taken, mine_taken)
    state.mine_lost, state.theirs_lost = state.theirs_lost, state.mine_lost
    state.ply += 1


@outcome.of(Go)
def _outcome(game, state, past):
    if state.passes < 2 and state.ply < last_ply(game):
        return ONGOING
    mine_or_empty, theirs_or_empty = load(state.mine_or_empty), load(state.theirs_or_empty)
    empty = mine_or_empty & theirs_or_empty
    lead = lead_of(mine_or_empty & ~empty, theirs_or_empty & ~empty, empty, game.size + 1)
    lead += game.komi if state.ply & 1 else -game.komi
    return WIN if lead > 0 else LOSS if lead < 0 else DRAW


@key.of(Go)
def _key(game, state):
    return state.key


@acts_on.of(Go)
def _acts_on(game, state, action):
    return action if action < game.size * game.size else NOWHERE


@board.of(Go)
def _board(game, state, cells):
    for row in range(game.size):
        for column in range(game.size):
            index = row * (game.size + 1) + column
            place = np.uint64(index & 63)
            mine, theirs = state.mine_or_empty[index >> 6] >> place & ONE, state.theirs_or_empty[index >> 6] >> place & ONE
            cells[row * game.size + column] = (ONE - theirs) + (ONE - mine) * np.uint64(2)  # where both are set it is empty


@trait.of(Go)
def _trait(game, state, action):
    """1: the stone touches a group of the player that has one liberty; 2: it captures; 3: both."""
    if action == game.size * game.size:
        return 0
    stride, atari = game.size + 1, load(state.atari)
    beside = neighbours(point(atari, np.int64(action + action // game.size)), stride) & atari
    return int(some(beside & ~load(state.theirs_or_empty))) + 2 * int(some(beside & ~load(state.mine_or_empty)))
