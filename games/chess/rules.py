"""The rules of chess as kernels: moves on the board, repetition, and the ends of a game."""

import numpy as np

from games.bits import lowest_bit, popcount
from games.chess.actions import BISHOP, KNIGHT, MOVES, QUEEN, ROOK
from games.chess.boards import (
    LIGHT,
    MY_LONG,
    MY_SHORT,
    NOT_A,
    NOT_H,
    NOTHING,
    ONE,
    RANK,
    RANK_8,
    THEIR_LONG,
    THEIR_SHORT,
    cells,
    checkers,
    flipped,
    kings,
)
from games.chess.game import Chess
from games.chess.generate import can_move, count_moves, in_check, write_legal
from games.jit import kernel
from games.rules import DRAW, LOSS, ONGOING, count_legal, initial, key, legal_actions, outcome, play

E1, A1, H1, A8, H8 = 4, 0, 7, 56, 63
# [square]: the castling rights that a move from or to this square leaves.
KEPT = np.full(64, MY_SHORT | MY_LONG | THEIR_SHORT | THEIR_LONG, np.int8)
KEPT[[E1, A1, H1, A8, H8]] -= np.array([MY_SHORT | MY_LONG, MY_LONG, MY_SHORT, THEIR_LONG, THEIR_SHORT], np.int8)
# The first position.
WHITE, BLACK = np.uint64(0x0000_0000_0000_FFFF), np.uint64(0xFFFF_0000_0000_0000)
PAWNS, KNIGHTS = np.uint64(0x00FF_0000_0000_FF00), np.uint64(0x4200_0000_0000_0042)
DIAGONALS, STRAIGHTS = np.uint64(0x2C00_0000_0000_002C), np.uint64(0x8900_0000_0000_0089)
# Odd numbers without a pattern, the words of the SHA-512 initial values: one for each word of a position, and one for all.
MIXERS = (
    np.uint64(0x6A09E667F3BCC909),
    np.uint64(0xBB67AE8584CAA73B),
    np.uint64(0x3C6EF372FE94F82B),
    np.uint64(0xA54FF53A5F1D36F1),
    np.uint64(0x510E527FADE682D1),
    np.uint64(0x9B05688C2B3E6C1F),
    np.uint64(0x1F83D9ABFB41BD6B),
)
SPREAD = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)


@initial.of(Chess)
def _initial(game, state):
    state.mine = WHITE
    state.theirs = BLACK
    state.pawns = PAWNS
    state.knights = KNIGHTS
    state.diagonals = DIAGONALS
    state.straights = STRAIGHTS
    state.takers = NOTHING
    state.ply = 0
    state.clock = 0
    state.passant = -1
    state.castling = MY_SHORT | MY_LONG | THEIR_SHORT | THEIR_LONG


@legal_actions.of(Chess)
def _legal_actions(game, state, past, out):
    return write_legal(state, cells(out))


@count_legal.of(Chess)
def _count_legal(game, state, past, out):
    return count_moves(game, state)


@kernel
def _moved(board, gone, source, target):
    """Return a board of pieces of a kind after a move. gone: the source, the target and what is captured en passant."""
    return (board & ~gone) | (((board >> np.uint64(source)) & ONE) << np.uint64(target))


@kernel
def _takers(state, pushed, passant):
    """Return the pawns of the player to move that may capture the pawn on `pushed` by moving to `passant`, two squares."""
    captured = ONE << np.uint64(pushed)
    around = ((captured << ONE) & NOT_A) | ((captured >> ONE) & NOT_H)
    candidates = around & state.pawns & state.mine
    king = lowest_bit(kings(state) & state.mine)
    occupied = ((state.mine | state.theirs) ^ captured) | (ONE << np.uint64(passant))
    takers = NOTHING
    while candidates:
        candidate = candidates & (~candidates + ONE)
        candidates ^= candidate
        if not checkers(state, king, occupied ^ candidate, state.theirs ^ captured):
            takers |= candidate
    return takers


@play.of(Chess)
def _play(game, state, action):
    move = np.int64(MOVES[action])
    source, target, promotion = move & 63, (move >> 6) & 63, move >> 12
    origin, bit = ONE << np.uint64(source), ONE << np.uint64(target)
    is_pawn = state.pawns & origin != NOTHING
    clock = 0 if (state.theirs & bit) | (state.pawns & origin) else state.clock + 1
    gone = origin | bit
    mine = (state.mine & ~gone) | bit
    if state.takers & origin and target == state.passant:
        gone |= bit >> RANK
    theirs = state.theirs & ~gone
    pawns = _moved(state.pawns, gone, source, target)
    knights = _moved(state.knights, gone, source, target)
    diagonals = _moved(state.diagonals, gone, source, target)
    straights = _moved(state.straights, gone, source, target)
    if pawns & bit & RANK_8:
        pawns ^= bit
        if promotion == KNIGHT:
            knights |= bit
        if promotion in (QUEEN, BISHOP):
            diagonals |= bit
        if promotion in (QUEEN, ROOK):
            straights |= bit
    two_steps = abs(target - source) == 2
    if two_steps and not (pawns | knights | diagonals | straights) & bit:
        rook = np.uint64(0b1010_0000) if target > source else np.uint64(0b0000_1001)  # where it leaves and where it goes
        straights ^= rook
        mine ^= rook
    state.mine = flipped(theirs)
    state.theirs = flipped(mine)
    state.pawns = flipped(pawns)
    state.knights = flipped(knights)
    state.diagonals = flipped(diagonals)
    state.straights = flipped(straights)
    castling = state.castling & KEPT[source] & KEPT[target]
    state.castling = castling >> 2 | (castling & 3) << 2
    state.ply += 1
    state.clock = clock
    state.takers = NOTHING
    state.passant = -1
    if target - source == 16 and is_pawn:
        takers = _takers(state, target ^ 56, target - 8 ^ 56)
        if takers:
            state.takers = takers
            state.passant = target - 8 ^ 56


@kernel
def _blend(word, mixer):
    """Return a word spread over all bits; equal words differ under different mixers."""
    word = (word ^ mixer) * SPREAD
    return (word ^ (word >> HALF)) * mixer


@key.of(Chess)
def position_key(game, state):
    """Positions are the same where the same player can make the same moves with the same pieces (FIDE Laws, 9.2.3)."""
    rest = np.uint64((np.int64(state.passant) + 1) * 32 + np.int64(state.castling) * 2 + (np.int64(state.ply) & 1))
    mixed = _blend(state.mine, MIXERS[0]) + _blend(state.theirs, MIXERS[1]) + _blend(state.pawns, MIXERS[2])
    mixed += _blend(state.knights, MIXERS[3]) + _blend(state.diagonals, MIXERS[4]) + _blend(state.straights, MIXERS[5])
    mixed += _blend(rest, MIXERS[6])
    mixed = (mixed ^ (mixed >> HALF)) * SPREAD
    return np.int64((mixed ^ (mixed >> HALF)) >> ONE)


@kernel
def times_before(identity, past, count, clock, most):
    """Return how often a position stood on the board before, at most `most`.

    identity: its key; past: cells of int64, of which the first `count` are the keys of the positions before it.
    clock: its own; what was before the last capture or pawn move cannot come again.
    """
    found = 0
    i = count - 4  # nor can what was two plies ago: the mover would have had to stay in place
    while i >= max(count - clock, 0):
        if past[i] == identity:
            found += 1
            if found == most:
                break
        i -= 2
    return found


@kernel
def is_insufficient(state):
    """Return whether no sequence of moves can mate: bare kings, one knight, or bishops all on squares of one colour."""
    if state.pawns | state.straights:
        return False
    if popcount(state.mine | state.theirs) <= 3:
        return True
    light = state.diagonals & LIGHT
    return state.knights == NOTHING and (not light or light == state.diagonals)


@kernel
def _ending(game, state, past, count):
    """Return the outcome, as the rule; past: cells of int64, the keys of the `count` positions before this one."""
    if not can_move(game, state):
        return LOSS if in_check(state) else DRAW
    clock = np.int64(state.clock)
    if is_insufficient(state) or clock >= (100 if game.claims else 150) or state.ply >= game.plies:
        return DRAW
    repeats = 2 if game.claims else 4
    if clock >= 4 * repeats and times_before(position_key(game, state), past, count, clock, repeats) == repeats:
        return DRAW
    return ONGOING


@outcome.of(Chess)
def _outcome(game, state, past):
    return _ending(game, state, cells(past), len(past))
