"""Chess for people: FEN, moves as SAN or UCI, and the board as text. Here python-chess speaks for us."""

import re
from typing import Any

import chess
import numpy as np

from games.chess.actions import ACTIONS, BISHOP, KNIGHT, MOVES, QUEEN, ROOK
from games.chess.boards import MY_LONG, MY_SHORT, STATE, THEIR_LONG, THEIR_SHORT
from games.errors import GameError, MoveError

PROMOTIONS = {chess.QUEEN: QUEEN, chess.KNIGHT: KNIGHT, chess.BISHOP: BISHOP, chess.ROOK: ROOK}
BECOMES = {promotion: piece for piece, promotion in PROMOTIONS.items()}
RIGHTS = ((MY_SHORT, 7), (MY_LONG, 0), (THEIR_SHORT, 63), (THEIR_LONG, 56))  # and the square of the rook
SIZES = {chess.QUEEN: 1, chess.ROOK: 2, chess.BISHOP: 2, chess.KNIGHT: 2}  # of each player's first army
PROBLEMS = {
    chess.STATUS_NO_WHITE_KING: "White has no king",
    chess.STATUS_NO_BLACK_KING: "Black has no king",
    chess.STATUS_TOO_MANY_KINGS: "a player has more than one king",
    chess.STATUS_PAWNS_ON_BACKRANK: "a pawn stands on the first or last rank",
    chess.STATUS_TOO_MANY_WHITE_PAWNS: "White has more than 8 pawns",
    chess.STATUS_TOO_MANY_BLACK_PAWNS: "Black has more than 8 pawns",
    chess.STATUS_TOO_MANY_WHITE_PIECES: "White has more than 16 pieces",
    chess.STATUS_TOO_MANY_BLACK_PIECES: "Black has more than 16 pieces",
    chess.STATUS_BAD_CASTLING_RIGHTS: "a king or rook with the right to castle is not in its place",
    chess.STATUS_INVALID_EP_SQUARE: "no pawn can just have passed the en passant square",
    chess.STATUS_OPPOSITE_CHECK: "the player who is not to move is in check",
}


def board_of(state: Any) -> chess.Board:
    """Return the position as a board of python-chess, without the moves that led to it."""
    white = int(state["ply"]) % 2 == 0
    words = {name: int(state[name]) for name in ("mine", "theirs", "pawns", "knights", "diagonals", "straights")}
    if not white:
        words = {name: chess.flip_vertical(word) for name, word in words.items()}
    board = chess.Board(None)
    board.turn = white
    board.occupied_co[white], board.occupied_co[not white] = words["mine"], words["theirs"]
    board.occupied = words["mine"] | words["theirs"]
    board.pawns, board.knights = words["pawns"], words["knights"]
    board.queens = words["diagonals"] & words["straights"]
    board.bishops, board.rooks = words["diagonals"] ^ board.queens, words["straights"] ^ board.queens
    board.kings = board.occupied & ~(words["pawns"] | words["knights"] | words["diagonals"] | words["straights"])
    turn = 0 if white else 56
    castling = int(state["castling"])
    board.castling_rights = sum(chess.BB_SQUARES[square ^ turn] for right, square in RIGHTS if castling & right)
    board.ep_square = int(state["passant"]) ^ turn if state["takers"] else None
    board.halfmove_clock = int(state["clock"])
    board.fullmove_number = int(state["ply"]) // 2 + 1
    return board


def state_of(board: chess.Board) -> Any:
    """Return the record of a position that stands on a board of python-chess."""
    state = np.zeros(1, STATE)[0]
    white, turn = board.turn, 0 if board.turn else 56
    words = {
        "mine": board.occupied_co[white],
        "theirs": board.occupied_co[not white],
        "pawns": board.pawns,
        "knights": board.knights,
        "diagonals": board.bishops | board.queens,
        "straights": board.rooks | board.queens,
        "takers": sum({chess.BB_SQUARES[move.from_square] for move in board.generate_legal_ep()}),
    }
    for name, word in words.items():
        state[name] = word if white else chess.flip_vertical(word)
    state["passant"] = board.ep_square ^ turn if words["takers"] and board.ep_square is not None else -1
    state["castling"] = sum(right for right, square in RIGHTS if board.castling_rights & chess.BB_SQUARES[square ^ turn])
    state["clock"] = board.halfmove_clock
    state["ply"] = board.ply()
    return state


def read_fen(text: str, plies: int) -> Any:
    """Return the record of a position in FEN; the counters may be left out. Raises GameError.

    plies: the limit of the game, in which the position has to be.
    """
    fields = text.split()
    if len(fields) not in (4, 6):
        raise GameError(f"chess: expected a FEN of 6 fields, or 4 without counters, got {len(fields)} in {text!r}")
    if not re.fullmatch(r"[1-8KQRBNPkqrbnp/]+", fields[0]):
        raise GameError(f"chess: expected rows of KQRBNPkqrbnp and 1 to 8, with / between, got {fields[0]!r} in {text!r}")
    if not re.fullmatch(r"-|K?Q?k?q?", fields[2]):
        raise GameError(f"chess: expected castling rights, some of KQkq or -, got {fields[2]!r} in {text!r}")
    clock, number = fields[4:] or ("0", "1")
    if not re.fullmatch(r"[0-9]{1,3}", clock) or int(clock) > 150:
        raise GameError(f"chess: expected a halfmove clock from 0 to 150, got {clock!r} in {text!r}")
    if not re.fullmatch(r"[0-9]{1,5}", number) or not 1 <= int(number) <= plies // 2 + 1:
        raise GameError(f"chess: expected a move number from 1 to {plies // 2 + 1}, got {number!r} in {text!r}")
    try:
        board = chess.Board(" ".join([*fields[:4], clock, number]))
    except ValueError as error:
        raise GameError(f"chess: {error}") from None
    if board.ply() > plies:
        raise GameError(f"chess: expected a position of at most {plies} plies, got {board.ply()} in {text!r}")
    problem = _problem(board)
    if problem:
        raise GameError(f"chess: {problem} in {text!r}")
    return state_of(board)


def _problem(board: chess.Board) -> str:
    """Return what makes no sense in a position, "" where it does."""
    status = board.status()
    for flag, words in PROBLEMS.items():
        if status & flag:
            return words
    for colour, side in ((chess.WHITE, "White"), (chess.BLACK, "Black")):
        added = sum(max(0, len(board.pieces(piece, colour)) - size) for piece, size in SIZES.items())
        if added + len(board.pieces(chess.PAWN, colour)) > 8:
            return f"{side} has more pieces than its pawns could have become"
    return ""


def move_of(state: Any, action: int) -> chess.Move:
    """Return an action as a move of python-chess."""
    source, target, promotion = int(MOVES[action]) & 63, int(MOVES[action]) >> 6 & 63, int(MOVES[action]) >> 12
    promotes = target >= 56 and int(state["pawns"]) >> source & 1
    turn = 56 * (int(state["ply"]) % 2)
    return chess.Move(source ^ turn, target ^ turn, BECOMES[promotion] if promotes else None)


def action_of(state: Any, move: chess.Move) -> int | None:
    """Return a move of python-chess as an action; None where no piece could ever make it."""
    turn = 56 * (int(state["ply"]) % 2)
    promotion = PROMOTIONS.get(move.promotion or chess.QUEEN, QUEEN)
    return ACTIONS.get((move.from_square ^ turn, move.to_square ^ turn, promotion))


def move_name(state: Any, action: int) -> str:
    """Return a legal action in standard algebraic notation."""
    return board_of(state).san(move_of(state, action))


def parse_move(state: Any, text: str) -> int:
    """Return the action that SAN (Nf3, exd5, O-O, e8=Q) or UCI (g1f3, e7e8q) names. Raises MoveError."""
    board = board_of(state)
    action = None
    if re.fullmatch(r"[a-h][1-8][a-h][1-8][qrbn]?", text):
        move = chess.Move.from_uci(text)
        at_end = chess.square_rank(move.to_square) == (7 if board.turn else 0)
        promotes = at_end and board.piece_type_at(move.from_square) == chess.PAWN
        if promotes and not move.promotion:
            raise MoveError(f"expected the piece that the pawn becomes, as in {text}q, got {text!r}")
        if promotes == bool(move.promotion):
            action = action_of(state, move)
    else:
        try:
            move = board.parse_san(text)
            action = action_of(state, move) if move else None
        except chess.AmbiguousMoveError:
            raise MoveError(f"expected a move of one piece, but several can play {text!r}") from None
        except chess.IllegalMoveError:
            raise MoveError(f"expected a legal move, got {text!r}") from None
        except ValueError:
            pass
    if action is None:
        raise MoveError(f"expected a move as in Nf3, exd5, O-O, e8=Q or g1f3, got {text[:20]!r}")
    return action


def draw(state: Any, last_action: int | None) -> str:
    """Return the board with White below; the piece that moved last stands in brackets."""
    board, last = board_of(state), None
    if last_action is not None:
        before = 56 * (1 - int(state["ply"]) % 2)  # who moved it saw the board from the other side
        last = (int(MOVES[last_action]) >> 6 & 63) ^ before
    lines = []
    for rank in reversed(range(8)):
        pieces = [board.piece_at(square) for square in range(rank * 8, rank * 8 + 8)]
        row = list(f"{rank + 1} " + "".join(f" {piece.symbol() if piece else '.'}" for piece in pieces) + " ")
        if last is not None and last // 8 == rank:
            row[2 + 2 * (last % 8)], row[4 + 2 * (last % 8)] = "()"
        lines.append("".join(row).rstrip())
    return "\n".join([*lines, "   a b c d e f g h", f"{'White' if board.turn else 'Black'} to move"])
