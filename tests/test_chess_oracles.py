"""The rules of chess against python-chess and OpenSpiel: random games and random positions, move by move."""

import chess
import numpy as np
import pytest
from chess_tools import NO_PAST, Games, board_of, expected_moves, expected_outcome, facts, replay

from games.chess import Chess
from games.chess.generate import count_moves, in_check
from games.chess.notation import state_of
from games.chess.rules import times_before
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, key, legal_actions, outcome, play

KINDS = [
    (Chess(), False),
    (Chess(), True),
    (Chess(claims=False), True),
    (Chess(claims=False, plies=5898), False),
    (Chess(plies=120), False),
]


def compare(game, shuffling, plies, seed=0):
    """Compare random games of `plies` plies or more with python-chess; return how often a position came at most, and ends."""
    games, number, most, ends = Games(game, seed, shuffling), 0, 0, {DRAW: 0, LOSS: 0}
    while plies > 0:
        games.play(number)
        for ply, board, moves, times in replay(games):
            state = games.states[ply]
            expected = expected_outcome(game, board, bool(moves), times)
            assert expected == (ONGOING if ply < games.plies else games.outcome), board.fen()
            assert count_moves(game, state) == len(moves)
            assert times_before(key(game, state), games.past, ply, board.halfmove_clock, 99) == times - 1
            if expected == ONGOING:
                assert games.legal_at(ply) == list(moves), board.fen()
            most = max(most, times)
        ends[games.outcome] += 1
        plies -= games.plies + 1
        number += 1
    return most, ends


@pytest.mark.parametrize(("game", "shuffling"), KINDS)
def test_random_games(game, shuffling):
    most, ends = compare(game, shuffling, 10_000)
    assert most <= (3 if game.claims else 5)
    if shuffling:
        assert most == (3 if game.claims else 5)
        assert ends[DRAW] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("game", "shuffling"), KINDS)
def test_many_random_games(game, shuffling):
    """Ten million plies in all."""
    compare(game, shuffling, 2_000_000, seed=1)


def random_board(random):
    """Return a random position with up to 16 pieces a side that python-chess finds possible but for its history."""
    while True:
        board = chess.Board(None)
        count = int(random.integers(0, 24))
        squares = [int(square) for square in random.permutation(64)[: count + 2]]
        board.set_piece_at(squares[0], chess.Piece(chess.KING, chess.WHITE))
        board.set_piece_at(squares[1], chess.Piece(chess.KING, chess.BLACK))
        for square in squares[2:]:
            kind, colour = int(random.choice([1, 1, 1, 2, 3, 4, 5])), bool(random.integers(2))
            if kind != chess.PAWN or 8 <= square < 56:
                board.set_piece_at(square, chess.Piece(kind, colour))
        if random.random() < 0.5:  # kings and rooks where they can castle
            for colour, rank in ((chess.WHITE, 0), (chess.BLACK, 7)):
                old, new = board.king(colour), chess.square(4, rank)
                board.remove_piece_at(old)
                if board.piece_type_at(new) == chess.KING:
                    break
                board.set_piece_at(new, chess.Piece(chess.KING, colour))
                for file in (0, 7):
                    if board.piece_type_at(chess.square(file, rank)) != chess.KING:
                        board.set_piece_at(chess.square(file, rank), chess.Piece(chess.ROOK, colour))
            else:
                board.castling_rights = sum(s for s in (1, 1 << 7, 1 << 56, 1 << 63) if random.random() < 0.7)
                board.castling_rights = board.clean_castling_rights()
        board.turn = bool(random.integers(2))
        pushed = [s for s in board.pieces(chess.PAWN, not board.turn) if chess.square_rank(s) == (4 if board.turn else 3)]
        if pushed:
            behind = 8 if board.turn else -8
            board.ep_square = pushed[0] + behind
            if board.piece_at(pushed[0] + behind) or board.piece_at(pushed[0] + 2 * behind):
                board.ep_square = None
        kings = [len(board.pieces(chess.KING, colour)) for colour in chess.COLORS]
        if kings == [1, 1] and not board.status() & (chess.STATUS_OPPOSITE_CHECK | chess.STATUS_INVALID_EP_SQUARE):
            return board


def test_random_positions(random):
    """Positions that games seldom come to: many pins, double checks, en passant that uncovers the king."""
    game, out, seen = Chess(), np.zeros(218, np.int32), dict.fromkeys(("check", "double check", "passant", "castling"), 0)
    for _ in range(1500):
        board = random_board(random)
        state = state_of(board)
        moves = expected_moves(board, state)
        count = legal_actions(game, state, NO_PAST, out)
        assert out[:count].tolist() == list(moves), board.fen()
        assert count_moves(game, state) == count
        assert in_check(state) == board.is_check()
        assert outcome(game, state, NO_PAST) == expected_outcome(game, board, bool(moves), 1), board.fen()
        checkers = len(board.checkers())
        seen["check"] += checkers > 0
        seen["double check"] += checkers > 1
        seen["passant"] += board.has_legal_en_passant()
        seen["castling"] += any(board.generate_castling_moves())
        if count:
            action = int(random.choice(list(moves)))
            assert game.parse_move(state, board.san(moves[action])) == action
            play(game, state, action)
            board.push(moves[action])
            assert facts(board_of(state)) == facts(board)
    assert min(seen.values()) > 10, seen


def test_insufficient_material_is_what_python_chess_says(random):
    for _ in range(2000):
        board = chess.Board(None)
        squares = [int(square) for square in random.permutation(64)[: 2 + int(random.integers(0, 5))]]
        for i, square in enumerate(squares):
            kind = chess.KING if i < 2 else int(random.choice([chess.BISHOP, chess.BISHOP, chess.KNIGHT, chess.ROOK]))
            board.set_piece_at(square, chess.Piece(kind, i % 2 == 0))
        if not board.was_into_check():
            assert outcome(Chess(), state_of(board), NO_PAST) == expected_outcome(Chess(), board, any(board.legal_moves), 1), (
                board.fen()
            )


def compare_with_open_spiel(pyspiel, games, random):
    """Play random games with OpenSpiel, whose draws are those of `claims`."""
    plain = str.maketrans("", "", "+#")
    for _ in range(games):
        theirs, ours = pyspiel.load_game("chess").new_initial_state(), Position(Chess(plies=2000))
        while ours.outcome() == ONGOING:
            assert not theirs.is_terminal(), board_of(ours.state).fen()
            actions = ours.legal_actions()
            assert len(theirs.legal_actions()) == len(actions), board_of(ours.state).fen()
            action = int(random.choice(actions))
            name = ours.game.move_name(ours.state, action).translate(plain)
            named = (a for a in theirs.legal_actions() if theirs.action_to_string(a).translate(plain) == name)
            theirs.apply_action(next(named))
            ours.play(action)
        assert theirs.is_terminal(), board_of(ours.state).fen()
        winner = ours.winner()
        assert theirs.returns() == [0, 0] if winner is None else theirs.returns()[1 - winner] == 1  # 0 is Black there


def test_open_spiel(random):
    compare_with_open_spiel(pytest.importorskip("pyspiel"), 3, random)


@pytest.mark.slow
def test_open_spiel_at_length(random):
    compare_with_open_spiel(pytest.importorskip("pyspiel"), 500, random)
