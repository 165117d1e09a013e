"""Movetext of PGN, read by a kernel: standard algebraic notation to actions, some thousand games a second.

The kernel answers only where nothing is doubtful. Whatever it does not know (an illegal or ambiguous move, text that is
none, a comment that does not end) it leaves to python-chess, which says what it is: see arena/files/main_lines.py.
"""

import numpy as np

from games.bits import popcount
from games.chess.actions import BISHOP, KNIGHT, MOVES, QUEEN, ROOK
from games.chess.boards import ONE, kings
from games.jit import kernel
from games.rules import ONGOING, initial, key, legal_actions, outcome, play

# How a text was read: to its end; to the end of the game by our rules; not at all; nor can it be, as a comment doesn't end.
WHOLE, PLAYED_ON, DOUBTFUL, TORN = 0, 1, 2, 3
NO_RESULT, WHITE_WON, BLACK_WON, DRAWN, UNFINISHED = 0, 1, 2, 3, 4  # the result as the text tells it
LF = 10
NONE = -1
PAWN, KING = 0, 5  # kinds of pieces, by the place of their letter in LETTERS
LETTERS = np.frombuffer(b"PNBRQK", np.uint8)
WORDS = tuple(np.frombuffer(word, np.uint8) for word in (b"1-0", b"0-1", b"1/2-1/2", b"*"))  # by result, from WHITE_WON on
CASTLINGS = tuple(np.frombuffer(word, np.uint8) for word in (b"O-O", b"0-0", b"O-O-O", b"0-0-0"))
BLANK, BREAK, ENDING = 1, 2, 4  # letters between words: blanks and line breaks, and what else ends a word
CLASSES = np.zeros(256, np.uint8)
CLASSES[np.frombuffer(b" \t", np.uint8)] = BLANK
CLASSES[np.frombuffer(b"\r\n", np.uint8)] = BLANK | BREAK
CLASSES[np.frombuffer(b"{}();$!?.", np.uint8)] = ENDING
PROMOTIONS = np.array([NONE, KNIGHT, BISHOP, ROOK, QUEEN, NONE], np.int64)  # [kind]


@kernel
def read_moves(game, text, state, past, legal, actions):
    """Read the main line of one game that begins at the first position; return (plies, how, result, outcome).

    text:    [n] uint8, all that follows the tags of a game, without blanks at its end.
    state:   [1] record, past: [max_plies] int64, legal: [max_legal] int32: scratch.
    actions: [max_plies] int32, modified: the moves.
    outcome: at the end, for the player to move there; ONGOING where the game goes on.
    """
    initial(game, state[0])
    i, plies, depth, result, ended = 0, 0, 0, NO_RESULT, ONGOING
    while i < len(text):
        letter = text[i]
        if letter == ord(";") or (letter == ord("%") and (i == 0 or CLASSES[text[i - 1]] & BREAK)):
            while i < len(text) and not CLASSES[text[i]] & BREAK:
                i += 1
        elif letter == LF and _is_empty(text, i):
            return plies, DOUBTFUL, result, ended  # it ends a game, but here something follows
        elif CLASSES[letter] & BLANK:
            i += 1
        elif letter == ord("{"):
            while i < len(text) and text[i] != ord("}"):
                i += 1
            if i == len(text):
                return plies, TORN, result, ended
            i += 1
        elif letter == ord("(") and plies > 0:
            depth += 1
            i += 1
        elif depth > 0:
            depth -= letter == ord(")")
            i += 1
        elif result != NO_RESULT:
            return plies, DOUBTFUL, result, ended
        elif letter == ord("!") or letter == ord("?") or letter == ord("."):
            i += 1
        elif letter == ord("$"):
            i += 1
            while i < len(text) and _is_digit(text[i]):
                i += 1
        else:
            end = _end_of_word(text, i)
            result = _result(text, i, end)
            if result == NO_RESULT and not _is_number(text, i, end):
                if ended != ONGOING:
                    return plies, PLAYED_ON, NO_RESULT, ended
                action = _action(state[0], text, i, end, legal[: legal_actions(game, state[0], past[:plies], legal)])
                if action == NONE:
                    return plies, DOUBTFUL, result, ended
                actions[plies] = action
                past[plies] = key(game, state[0])
                play(game, state[0], action)
                plies += 1
                ended = outcome(game, state[0], past[:plies])
            i = end
    return plies, WHOLE if depth == 0 else TORN, result, ended


@kernel
def _is_empty(text, i):
    """Return whether the line that ends at i is empty; the first line of a text is not counted as such."""
    i -= 1
    while i >= 0 and CLASSES[text[i]] & BLANK and text[i] != LF:
        i -= 1
    return i >= 0 and text[i] == LF


@kernel
def _is_digit(letter):
    """Return whether a letter is a decimal digit."""
    return ord("0") <= letter <= ord("9")


@kernel
def _end_of_word(text, start):
    """Return the end of a word: a move, a number of a move without its dots, or a result."""
    i = start + 1
    while i < len(text) and CLASSES[text[i]] == 0:
        i += 1
    return i


@kernel
def _is_number(text, start, end):
    """Return whether a word is the number of a move; 0000 is a move that is none."""
    for i in range(start, end):
        if not _is_digit(text[i]):
            return False
    return text[start] != ord("0")


@kernel
def _same(text, start, end, word):
    """Return whether text[start:end] is a word, [n] uint8."""
    same = end - start == len(word)
    for i in range(len(word)):
        same = same and text[start + i] == word[i]
    return same


@kernel
def _result(text, start, end):
    """Return the result that a word tells, NO_RESULT where it tells none."""
    for i in range(len(WORDS)):
        if _same(text, start, end, WORDS[i]):
            return i + WHITE_WON
    return NO_RESULT


@kernel
def _action(state, text, start, end, legal):
    """Return the legal action that a word names, NONE where there is not exactly one.

    legal: the legal actions. A word is read from its end: check, promotion, target, capture, rank and file of the source, piece.
    """
    if text[end - 1] == ord("+") or text[end - 1] == ord("#"):
        end -= 1
    for i in range(len(CASTLINGS)):
        if _same(text, start, end, CASTLINGS[i]):
            return _castling(state, legal, 6 if i < 2 else 2)
    promotion, rank, file, kind = NONE, NONE, NONE, PAWN
    if end - start >= 3 and _kind(text[end - 1]) > PAWN:
        promotion = PROMOTIONS[_kind(text[end - 1])]
        if promotion == NONE:
            return NONE
        end -= 2 if text[end - 2] == ord("=") else 1
    if end - start < 2 or not (ord("1") <= text[end - 1] <= ord("8") and ord("a") <= text[end - 2] <= ord("h")):
        return NONE
    target = (int(text[end - 1]) - ord("1")) * 8 + int(text[end - 2]) - ord("a")
    end -= 2
    if end > start and (text[end - 1] == ord("x") or text[end - 1] == ord("-")):
        end -= 1
    if end > start and ord("1") <= text[end - 1] <= ord("8"):
        rank = int(text[end - 1]) - ord("1")
        end -= 1
    if end > start and ord("a") <= text[end - 1] <= ord("h"):
        file = int(text[end - 1]) - ord("a")
        end -= 1
    if end > start:
        kind = _kind(text[end - 1])
        end -= 1
        if kind <= PAWN:
            return NONE
    if end > start:
        return NONE
    if kind == PAWN and file == NONE:
        file = target & 7
    return _only(state, legal, kind, target, promotion, file, rank)


@kernel
def _kind(letter):
    """Return the kind of a piece, NONE where a letter names none."""
    for kind in range(len(LETTERS)):
        if LETTERS[kind] == letter:
            return kind
    return NONE


@kernel
def _only(state, legal, kind, target, promotion, file, rank):
    """Return the one legal action of such a piece to a square, seen by White; NONE where there are none or several.

    promotion: what the pawn becomes, file, rank: where the piece comes from; each NONE where the text tells nothing.
    """
    turned = 56 * (np.int64(state.ply) & 1)
    found = NONE
    for action in legal:
        move = np.int64(MOVES[action])
        source, becomes = move & 63, move >> 12
        if (move >> 6) & 63 != target ^ turned or _kind_on(state, source) != kind:
            continue
        if kind == PAWN and target ^ turned >= 56:
            if becomes != promotion:
                continue
        elif promotion != NONE:
            continue
        if kind == KING and abs(source - (target ^ turned)) == 2:
            continue  # castling has a name of its own
        seen = source ^ turned
        if (file == NONE or file == seen & 7) and (rank == NONE or rank == seen >> 3):
            if found != NONE:
                return NONE
            found = int(action)
    return found


@kernel
def _castling(state, legal, target):
    """Return the action of castling to a square of the first rank, seen by the player to move; NONE where it is not legal."""
    for action in legal:
        if MOVES[action] == 4 + 64 * target and _kind_on(state, 4) == KING:
            return int(action)
    return NONE


@kernel
def _kind_on(state, square):
    """Return the kind of the piece on a square."""
    bit = ONE << np.uint64(square)
    if state.pawns & bit:
        return PAWN
    if state.knights & bit:
        return 1
    if kings(state) & bit:
        return KING
    return 1 + popcount(state.diagonals & bit) + 2 * popcount(state.straights & bit)
