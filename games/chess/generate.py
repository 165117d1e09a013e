"""Legal moves, found for whole boards at a time: a word of target squares for each direction.

A pinned piece is left in the directions of its pin only, and when the king is in check, targets are limited to what
ends the check: so all that is found is legal, and no move has to be tried. In each direction, a target is reached by one
piece alone, the nearest of mine against the direction; pawns, the king and castling fit in with the sliding pieces.
"""

import numpy as np

from games.bits import lowest_bit, popcount
from games.chess.actions import NUMBERS, PROMOTIONS
from games.chess.boards import (
    FILE,
    KING_STEPS,
    KNIGHT_JUMPS,
    LINES,
    MY_LONG,
    MY_SHORT,
    NOT_A,
    NOT_H,
    NOTHING,
    ONE,
    RANK,
    STEPS,
    UP_EAST,
    UP_WEST,
    checkers,
    highest_bit,
    jumps,
    kings,
    rays,
    scratch,
    union,
)
from games.jit import kernel

E1, F1_G1, B1_C1_D1, C1_D1 = np.uint64(1 << 4), np.uint64(3 << 5), np.uint64(7 << 1), np.uint64(3 << 2)
C1, G1 = np.uint64(1 << 2), np.uint64(1 << 6)
# [row + target]: where the source of a move may be: the nearest piece on a ray against the direction, or a knight.
# The nearest has the highest number in the first four rows, which lead up the board or east, the lowest in the next.
ROWS = tuple(np.uint64(64 * row) for row in range(9))
_BACK = [union(square, ((-files, -ranks),), 7) for files, ranks in STEPS for square in range(64)]
SOURCES = np.concatenate([np.array(_BACK, np.uint64), KNIGHT_JUMPS])
RANK_3 = np.uint64(0xFF << 16)


@kernel
def _escape(state, king, attackers):
    """Return the targets that end a check, for all pieces but the king.

    king: its square; attackers: the pieces that give check, at least one.
    """
    if attackers & (attackers - ONE):
        return NOTHING  # from two sides: only the king can move
    between = ((ONE << np.uint64(king)) - ONE) ^ (attackers - ONE)  # by their numbers
    for line in range(4):
        through = LINES[line * 64 + king]
        if through & attackers:
            return attackers | (through & between)
    return attackers  # a knight


@kernel
def _threats(state, my_king, empty):
    """Return the squares that the other player attacks, and what their pieces see on upright, rising, level, falling lines.

    They see through my king: he cannot step back from a sliding piece.
    """
    theirs = state.theirs
    straights, diagonals, pawns = theirs & state.straights, theirs & state.diagonals, theirs & state.pawns
    north, northeast, east, northwest, south, southwest, west, southeast = rays(
        straights, diagonals, straights, diagonals, empty | my_king
    )
    upright, rising, level, falling = north | south, northeast | southwest, east | west, northwest | southeast
    attacked = upright | rising | level | falling | jumps(theirs & state.knights)
    attacked |= ((pawns >> UP_WEST) & NOT_A) | ((pawns >> UP_EAST) & NOT_H) | KING_STEPS[lowest_bit(kings(state) & theirs)]
    return attacked, upright, rising, level, falling


@kernel
def _pawn_targets(state, straight, rising, falling, empty, allowed):
    """Return the targets of my pawns ahead and to both sides, en passant apart; and the promotions among them (see targets).

    straight, rising, falling: the pieces that may move ahead, to the east, to the west.
    """
    ahead = ((state.pawns & straight) << RANK) & empty
    ahead |= ((ahead & RANK_3) << RANK) & empty
    ahead &= allowed
    east = ((state.pawns & rising) << UP_EAST) & NOT_A & state.theirs & allowed
    west = ((state.pawns & falling) << UP_WEST) & NOT_H & state.theirs & allowed
    promotions = (ahead >> np.uint64(56)) | ((east >> np.uint64(57)) << np.uint64(8)) | ((west >> np.uint64(56)) << np.uint64(15))
    return ahead, east, west, promotions


@kernel
def _castlings(state, occupied, attacked):
    """Return the squares that a king who is not in check can castle to."""
    reached = NOTHING
    if state.castling & MY_SHORT and (occupied | attacked) & F1_G1 == NOTHING:
        reached = G1
    if state.castling & MY_LONG and (occupied & B1_C1_D1) | (attacked & C1_D1) == NOTHING:
        reached |= C1
    return reached


@kernel
def targets(state):
    """Return where the pieces of the player to move can go, eleven words.

    The first eight: by direction, the targets of all but knights. Then the squares that a knight may go to, the knights
    that are not pinned, and promotions: bits 0 to 7 straight ahead, by file, 8 to 14 to the east, 15 to 21 to the west.
    """
    mine = state.mine
    occupied = mine | state.theirs
    empty = ~occupied
    my_king = kings(state) & mine
    king = lowest_bit(my_king)
    attacked, upright, rising, level, falling = _threats(state, my_king, empty)

    # A piece of mine that a sliding piece sees on a line on which my king sees it is pinned to that line. (If it is seen
    # through my king, he is in check from his other side, and no move off the line would help: nothing is lost.)
    king_n, king_ne, king_e, king_nw, king_s, king_sw, king_w, king_se = rays(my_king, my_king, my_king, my_king, empty)
    upright &= (king_n | king_s) & mine
    rising &= (king_ne | king_sw) & mine
    level &= (king_e | king_w) & mine
    falling &= (king_nw | king_se) & mine
    free = mine & ~(upright | rising | level | falling)
    upright, rising, level, falling = free | upright, free | rising, free | level, free | falling  # may move on these lines

    allowed, castlings = ~mine, NOTHING
    if my_king & attacked:
        allowed &= _escape(state, king, checkers(state, king, occupied, state.theirs))
    elif state.castling & (MY_SHORT | MY_LONG):
        castlings = _castlings(state, occupied, attacked)

    straights, diagonals = state.straights, state.diagonals
    north, northeast, east, northwest, south, southwest, west, southeast = rays(
        straights & upright, diagonals & rising, straights & level, diagonals & falling, empty
    )
    ahead, aside_east, aside_west, promotions = _pawn_targets(state, upright, rising, falling, empty, allowed)
    if state.takers:
        behind = ONE << np.uint64(state.passant)
        aside_east |= (state.takers << UP_EAST) & behind
        aside_west |= (state.takers << UP_WEST) & behind

    steps = KING_STEPS[king] & ~mine & ~attacked
    north = (north & allowed) | (king_n & steps) | ahead
    northeast = (northeast & allowed) | (king_ne & steps) | aside_east
    east = (east & allowed) | (king_e & (steps | castlings))
    northwest = (northwest & allowed) | (king_nw & steps) | aside_west
    south = (south & allowed) | (king_s & steps)
    southwest = (southwest & allowed) | (king_sw & steps)
    west = (west & allowed) | (king_w & (steps | castlings))
    southeast = (southeast & allowed) | (king_se & steps)
    return north, northeast, east, northwest, south, southwest, west, southeast, allowed, state.knights & free, promotions


@kernel
def count_moves(game, state):
    """Return the number of legal moves of a position (int64), without writing them. It looks at no draw."""
    north, northeast, east, northwest, south, southwest, west, southeast, allowed, knights, promotions = targets(state)
    count = popcount(north) + popcount(northeast) + popcount(east) + popcount(northwest)
    count += popcount(south) + popcount(southwest) + popcount(west) + popcount(southeast)
    while knights:
        count += popcount(KNIGHT_JUMPS[lowest_bit(knights)] & allowed)
        knights &= knights - ONE
    return count + 3 * popcount(promotions)


@kernel
def _queue(queue, end, reached, pieces, row):
    """Put moves of one kind at the end of a queue, if there are any, and return its new end (int64).

    reached: their targets; pieces: those that may move; row: of SOURCES, uint64.
    """
    queue[end] = reached
    queue[end + 1] = pieces
    queue[end + 2] = row
    return end + 4 if reached else end


@kernel
def write_legal(state, out):
    """Write the legal actions in ascending order and return their number (int64). out: cells of int32.

    All moves go through one loop: a loop for each direction would end ten times at a moment that cannot be foretold.
    """
    north, northeast, east, northwest, south, southwest, west, southeast, allowed, knights, promotions = targets(state)
    mine = state.mine
    queue = scratch()
    end = _queue(queue, np.int64(0), north, mine, ROWS[0])
    end = _queue(queue, end, northeast, mine, ROWS[1])
    end = _queue(queue, end, east, mine, ROWS[2])
    end = _queue(queue, end, northwest, mine, ROWS[3])
    end = _queue(queue, end, south, mine, ROWS[4])
    end = _queue(queue, end, southwest, mine, ROWS[5])
    end = _queue(queue, end, west, mine, ROWS[6])
    end = _queue(queue, end, southeast, mine, ROWS[7])
    while knights:
        knight = knights & (~knights + ONE)
        end = _queue(queue, end, KNIGHT_JUMPS[lowest_bit(knights)] & allowed, knight, ROWS[8])
        knights ^= knight
    queue[end] = NOTHING

    count, place, reached = 0, 0, queue[0]
    while reached:
        following = queue[place + 4]
        target = lowest_bit(reached)
        row = queue[place + 2]
        sources = SOURCES[row + np.uint64(target)] & queue[place + 1]
        source = lowest_bit(sources) if row >= ROWS[4] else highest_bit(sources)
        out[count] = NUMBERS[source * 64 + target]
        count += 1
        rest = reached & (reached - ONE)
        place += 4 if rest == NOTHING else 0
        reached = rest if rest else following
    while promotions:
        first = PROMOTIONS + 3 * lowest_bit(promotions)
        promotions &= promotions - ONE
        for action in range(first, first + 3):
            out[count] = action
            count += 1
    return count


@kernel
def in_check(state):
    """Return whether the player to move is in check."""
    return checkers(state, lowest_bit(kings(state) & state.mine), state.mine | state.theirs, state.theirs) != NOTHING


@kernel
def can_move(game, state):
    """Return whether there is a legal move. Where not in check, moves of pieces that cannot be pinned are looked at first."""
    mine, theirs = state.mine, state.theirs
    occupied = mine | theirs
    bit = kings(state) & mine
    king = lowest_bit(bit)
    straight, diagonal = LINES[king] | LINES[king + 128], LINES[king + 64] | LINES[king + 192]
    leapers = (KNIGHT_JUMPS[king] & state.knights) | ((((bit << UP_EAST) & NOT_A) | ((bit << UP_WEST) & NOT_H)) & state.pawns)
    attackers = ((straight & state.straights) | (diagonal & state.diagonals) | leapers) & theirs
    movers = mine
    if attackers:  # perhaps: there may be something between
        north, northeast, east, northwest, south, southwest, west, southeast = rays(bit, bit, bit, bit, ~occupied)
        straight, diagonal = north | south | east | west, northeast | southwest | northwest | southeast
        attackers = ((straight & state.straights) | (diagonal & state.diagonals) | leapers) & theirs
        movers = mine & ~(straight | diagonal)  # what the king does not see cannot be pinned
    if not attackers:
        found = ((state.pawns & movers) << RANK) & ~occupied
        found |= jumps(state.knights & movers) & ~mine
        rooks, bishops = state.straights & movers, state.diagonals & movers
        steps = (rooks << RANK) | (rooks >> RANK) | ((rooks << FILE) & NOT_A) | ((rooks >> FILE) & NOT_H)
        steps |= ((bishops << UP_EAST) | (bishops >> UP_WEST)) & NOT_A
        steps |= ((bishops << UP_WEST) | (bishops >> UP_EAST)) & NOT_H
        if found | (steps & ~mine):
            return True
    return count_moves(game, state) != 0
