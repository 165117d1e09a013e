"""Chess as people read and type it: FEN, SAN, UCI, games of masters, the board; and what is refused."""

import re

import chess
import numpy as np
import pytest
from chess_tools import Games, board_of
from outside import DATA, needs

from games import GameError, MoveError, find
from games.chess import Chess
from games.chess.actions import ACTIONS, MOVES
from games.position import Position
from games.rules import legal_actions, play

PGN = DATA / "chess" / "games.pgn"
START = chess.STARTING_FEN


def pgn_games(count):
    """Return (moves, result) of the first games of the collection; comments and variations there are none."""
    with PGN.open() as file:
        text = file.read(count * 3000)
    for game in re.split(r"\n\n(?=\[Event )", text)[:count]:
        words = re.sub(r"\[[^\]]*\]", "", game).split()
        moves = [re.sub(r"^\d+\.+", "", word) for word in words]
        yield [move for move in moves[:-1] if move], words[-1]


def replay_masters(count):
    game, out, games, nothing = Chess(claims=False, plies=2000), np.zeros(218, np.int32), 0, np.empty(0, np.int64)
    for moves, result in pgn_games(count):
        assert result in ("1-0", "0-1", "1/2-1/2")
        state = game.read_state(START)
        for move in moves:
            action = game.parse_move(state, move)
            assert action in out[: legal_actions(game, state, nothing, out)]
            assert game.move_name(state, action) == move
            play(game, state, action)
        games += 1
    assert games == count


@needs(PGN)
def test_games_of_masters():
    replay_masters(200)


@pytest.mark.slow
@needs(PGN)
def test_many_games_of_masters():
    replay_masters(5000)


def test_actions_are_the_moves_of_queen_and_knight_and_promotions():
    """The set of Lc0: a queen's and a knight's moves on the empty board, and three more for each way to promote."""
    moves = [(int(move) & 63, int(move) >> 6 & 63, int(move) >> 12) for move in MOVES]
    expected = set()
    for square in chess.SQUARES:
        board = chess.Board(None)
        for piece in (chess.QUEEN, chess.KNIGHT):
            board.set_piece_at(square, chess.Piece(piece, chess.WHITE))
            expected |= {(square, target, 0) for target in board.attacks(square)}
        if 48 <= square < 56:
            targets = {square + 8, *chess.SquareSet(chess.BB_PAWN_ATTACKS[chess.WHITE][square])}
            expected |= {(square, target, promotion) for target in targets for promotion in (1, 2, 3)}
    assert len(moves) == len(set(moves)) == Chess().num_actions == 1858
    assert set(moves) == expected == set(ACTIONS)


def test_every_move_of_random_games_has_one_name():
    for number in range(15):
        games = Games(Chess(), 5)
        games.play(number)
        for ply in range(0, games.plies, 7):
            state, board = games.states[ply], board_of(games.states[ply])
            names = [games.game.move_name(state, action) for action in games.legal_at(ply)]
            assert sorted(names) == sorted(board.san(move) for move in board.legal_moves)
            for action, name in zip(games.legal_at(ply), names, strict=True):
                assert games.game.parse_move(state, name) == action
                assert games.game.parse_move(state, board.parse_san(name).uci()) == action
            assert games.game.read_state(games.game.state_text(state)).tobytes() == state.tobytes()


def test_moves_as_a_person_types_them():
    position = Position(find("chess"))
    for text, name in [("e2e4", "e4"), ("e7-e5", "e5"), ("Ng1f3", "Nf3"), ("b8c6", "Nc6"), ("Bf1-b5", "Bb5"), ("a6", "a6")]:
        action = position.read_move(text)
        assert position.game.move_name(position.state, action) == name
        position.play(action)
    for text in ("O-O", "0-0", "e1g1"):
        assert position.game.move_name(position.state, position.read_move(text)) == "O-O"


@pytest.mark.parametrize(
    ("fen", "text", "message"),
    [
        (START, "e5", "expected a legal move, got 'e5'"),
        (START, "", "expected a move as in Nf3"),
        (START, "--", "expected a move as in Nf3"),
        (START, "0000", "expected a move as in Nf3"),
        (START, "Z0", "expected a move as in Nf3"),
        (START, "e2e4q", "expected a move as in Nf3"),
        (START, "a1b4", "expected a move as in Nf3"),
        (START, "e2e4 ", "expected a move as in Nf3"),
        (START, "i9", "expected a move as in Nf3"),
        ("4k3/8/8/8/8/5N2/8/1N2K3 w - - 0 1", "Nd2", "several can play 'Nd2'"),
        ("7k/4P3/8/8/8/8/8/4K3 w - - 0 1", "e7e8", "the piece that the pawn becomes, as in e7e8q"),
        ("7k/4P3/8/8/8/8/8/4K3 w - - 0 1", "e7e8k", "expected a legal move"),
        ("7k/4P3/8/8/8/8/8/4K3 w - - 0 1", "e8", "expected a legal move"),
    ],
)
def test_unreadable_moves(fen, text, message):
    with pytest.raises(MoveError, match=message):
        Chess().parse_move(Chess().read_state(fen), text)


def test_readable_moves_need_not_be_legal():
    position = Position(Chess())
    assert Chess().parse_move(position.state, "e2e5") not in position.legal_actions()
    with pytest.raises(MoveError, match="e2e5 is not legal here: expected one of"):
        position.read_move("e2e5")


@pytest.mark.parametrize(
    ("fen", "message"),
    [
        ("", "expected a FEN of 6 fields, or 4 without counters, got 0 in ''"),
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR", "got 1"),
        (START + " 7", "got 7"),
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP w KQkq - 0 1", "expected 8 rows"),
        ("rnbqkbnr/ppppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "expected 8 columns"),
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPX/RNBQKBNR w KQkq - 0 1", "expected rows of KQRBNPkqrbnp"),
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQ~KBNR w KQkq - 0 1", "expected rows of KQRBNPkqrbnp"),
        (START.replace(" w ", " x "), "expected 'w' or 'b'"),
        (START.replace("KQkq", "kqKQ"), "expected castling rights, some of KQkq or -, got 'kqKQ'"),
        (START.replace("KQkq", "HAha"), "expected castling rights"),
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/1NBQKBNR w KQkq - 0 1", "with the right to castle is not in its place"),
        ("rnbq1bnr/ppppkppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "a king or rook with the right to castle"),
        (START.replace("- 0", "e3 0"), "no pawn can just have passed the en passant square"),
        (START.replace("- 0", "e9 0"), "invalid en passant part"),
        ("rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR w KQkq e3 0 1", "no pawn can just have passed the en passant square"),
        (START.replace("0 1", "-1 1"), "expected a halfmove clock from 0 to 150, got '-1'"),
        (START.replace("0 1", "151 1"), "expected a halfmove clock from 0 to 150, got '151'"),
        (START.replace("0 1", "x 1"), "expected a halfmove clock"),
        (START.replace("0 1", "٣ 1"), "expected a halfmove clock"),
        (START.replace("0 1", "0 0"), "expected a move number from 1 to 257, got '0'"),
        (START.replace("0 1", "0 258"), "expected a move number from 1 to 257, got '258'"),
        (START.replace("w KQkq - 0 1", "b KQkq - 0 257"), "expected a position of at most 512 plies, got 513"),
        ("8/8/8/8/8/8/8/8 w - - 0 1", "White has no king"),
        ("4k3/8/8/8/8/8/8/8 w - - 0 1", "White has no king"),
        ("8/8/8/8/8/8/8/4K3 w - - 0 1", "Black has no king"),
        ("4k3/8/8/8/8/8/8/K3K3 w - - 0 1", "a player has more than one king"),
        ("4k2R/8/8/8/8/8/8/4K3 w - - 0 1", "the player who is not to move is in check"),
        ("8/8/8/8/8/8/3k4/3K4 w - - 0 1", "the player who is not to move is in check"),
        ("P3k3/8/8/8/8/8/8/4K3 w - - 0 1", "a pawn stands on the first or last rank"),
        ("4k3/8/8/8/8/8/8/p3K3 b - - 0 1", "a pawn stands on the first or last rank"),
        ("4k3/pppppppp/p7/8/8/8/8/4K3 w - - 0 1", "Black has more than 8 pawns"),
        ("4k3/8/8/8/8/NNNNNNNN/NNNNNNNN/4K3 w - - 0 1", "White has more than 16 pieces"),
        ("4k3/8/8/8/8/8/QQQQQQQQ/QQ2K3 b - - 0 1", "White has more pieces than its pawns could have become"),
    ],
)
def test_positions_that_make_no_sense(fen, message):
    with pytest.raises(GameError, match=re.escape(message)) as raised:
        Chess().read_state(fen)
    assert "\n" not in str(raised.value)


def test_fen_comes_back():
    for fen in (START, "r3k2r/8/8/8/8/8/8/R3K2R b Kq - 42 77", "4k3/8/8/K2pP3/8/8/8/8 w - d6 0 1"):
        assert Chess().state_text(Chess().read_state(fen)) == fen
    # An en passant square counts where the capture is legal, however the FEN names it.
    assert Chess().state_text(Chess().read_state("rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1")).split()[3] == "-"
    assert Chess().state_text(Chess().read_state("8/8/8/K2pP2r/8/8/8/4k3 w - d6")) == "8/8/8/K2pP2r/8/8/8/4k3 w - - 0 1"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("chess:plies=0", "expected plies from 1 to 20000, got 0"),
        ("chess:plies=20001", "expected plies from 1 to 20000, got 20001"),
        ("chess:history=0", "expected history from 1 to 8, got 0"),
        ("chess:history=9", "expected history from 1 to 8, got 9"),
        ("chess:claims=perhaps", "expected bool for claims"),
        ("chess:size=10", "unknown parameter 'size'"),
    ],
)
def test_parameters_that_make_no_sense(spec, message):
    with pytest.raises(GameError, match=message):
        find(spec)


def test_parameters_of_wrong_type():
    for game in (Chess(claims=1), Chess(plies=True), Chess(history=1.0), Chess(plies="512")):
        with pytest.raises(GameError, match="chess: expected"):
            game.validate()


def test_the_board():
    position = Position(Chess())
    assert position.draw().split("\n") == [
        "8  r n b q k b n r",
        "7  p p p p p p p p",
        "6  . . . . . . . .",
        "5  . . . . . . . .",
        "4  . . . . . . . .",
        "3  . . . . . . . .",
        "2  P P P P P P P P",
        "1  R N B Q K B N R",
        "   a b c d e f g h",
        "White to move",
    ]
    position.play(position.read_move("a4"))
    assert position.draw().split("\n")[4] == "4 (P). . . . . . ."
    assert position.draw().endswith("Black to move")
    position.play(position.read_move("h5"))
    lines = position.draw().split("\n")
    assert lines[3] == "5  . . . . . . .(p)"
    assert lines[4] == "4  P . . . . . . ."
