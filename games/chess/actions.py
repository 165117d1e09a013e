"""The 1858 actions: which move has which number.

The moves are those of Lc0: every move of a queen (1456) and of a knight (336) on an empty board, and 66 more for
promotions to something else than a queen. A pawn that promotes to a queen, castling (the king's two steps) and en
passant are the plain moves of their squares. As boards, moves are seen by the player to move.

They are numbered so that a generator which goes through whole boards finds them in ascending order:

    0    queen's moves   by direction (boards.STEPS), then by target square, then by distance
    1456 knight's moves  by source, then by target
    1792 promotions      straight (8 files), east (7), west (7); each to knight, bishop, rook
"""

import numpy as np

from games.chess.boards import JUMPS, STEPS, squares_from

KNIGHT_MOVES, PROMOTIONS, NUM_ACTIONS = 1456, 1792, 1858
QUEEN, KNIGHT, BISHOP, ROOK = 0, 1, 2, 3  # what a pawn becomes; 0 also for all other moves


def _numbered() -> list[tuple[int, int, int]]:
    """Return (source, target, promotion) of each action."""
    moves = []
    for files, ranks in STEPS:
        for target in range(64):
            moves += [(source, target, QUEEN) for source in squares_from(target, (-files, -ranks))]
    for source in range(64):
        moves += [(source, target, QUEEN) for target in sorted(s for jump in JUMPS for s in squares_from(source, jump, 1))]
    for files in (0, 1, -1):
        for target in range(56, 64):
            if 0 <= target % 8 - files < 8:
                moves += [(target - 8 - files, target, piece) for piece in (KNIGHT, BISHOP, ROOK)]
    return moves


_MOVES = _numbered()
ACTIONS = {move: action for action, move in enumerate(_MOVES)}
# [action]: source + 64 * target + 4096 * promotion.
MOVES = np.array([source + 64 * target + 4096 * promotion for source, target, promotion in _MOVES], np.int16)
# [source * 64 + target]: the action, but for promotions to less than a queen; -1 where there is none.
NUMBERS = np.full(64 * 64, -1, np.int16)
for _action in range(PROMOTIONS):
    NUMBERS[_MOVES[_action][0] * 64 + _MOVES[_action][1]] = _action
