"""What the network sees of a position of chess: read back from the planes, it is the position."""

import chess
import numpy as np
import pytest
from chess_tools import Games, board_of, replay

from games.chess import Chess
from games.position import Position
from games.rules import encode


def planes_at(games, ply):
    """Return the planes of a position of a game by name, [8, 8] each."""
    game = games.game
    planes = np.zeros(game.plane_shape, np.uint8)
    first = max(0, ply - game.history + 1)
    encode(game, games.states[first : ply + 1][::-1], games.past[:ply], planes)
    assert planes.max() <= 1
    return dict(zip(game.plane_names, planes, strict=True))


def constant(plane):
    """Return the value of a plane whose cells are all equal."""
    assert plane.min() == plane.max()
    return int(plane[0, 0])


def number(planes, start):
    """Return the count that the planes `start…, digit 1, 2, 4, …` show."""
    found = {name: plane for name, plane in planes.items() if name.startswith(start)}
    assert found
    return sum(int(name.split(" ")[-1]) * constant(plane) for name, plane in found.items())


def squares(plane, white):
    """Return the set of squares marked in a plane, as python-chess numbers them."""
    found = {(7 - int(row)) * 8 + int(column) for row, column in np.argwhere(plane)}
    return found if white else {square ^ 56 for square in found}


def check_pieces(planes, board, white, when):
    for side, colour in (("my", white), ("their", not white)):
        for kind, name in enumerate(("pawns", "knights", "bishops", "rooks", "queens", "king"), start=chess.PAWN):
            assert squares(planes[f"{side} {name}{when}"], white) == set(board.pieces(kind, colour)), when


@pytest.mark.parametrize(
    "game", [Chess(plies=150), Chess(claims=False, plies=250, history=3), Chess(claims=False, plies=60, history=8)], ids=repr
)
def test_planes_show_the_position(game):
    for i in range(2):
        games, before = Games(game, 7, shuffling=True), []
        games.play(i)
        for ply, board, _, times in replay(games):
            before.append((board.copy(stack=False), times))
            if ply < games.plies:
                check_planes(planes_at(games, ply), before, game)
        assert len(before) > 20


def check_planes(planes, before, game):
    """Check the planes of the last of some positions. before: (board, how often it stood there by then), from ply 0 on."""
    ply, board = len(before) - 1, before[-1][0]
    for ago in range(game.history):
        when = "" if ago == 0 else f", {ago} ply ago" if ago == 1 else f", {ago} plies ago"
        if ago > ply:
            assert not any(plane.any() for name, plane in planes.items() if name.endswith(when))
            continue
        earlier, times = before[ply - ago]
        check_pieces(planes, earlier, board.turn, when)
        for least, words in enumerate(("before", "twice before", "three times before")[: 1 if game.claims else 3], 1):
            assert constant(planes[f"position stood {words}{when}"]) == (times > least)
    for side, colour in (("my", board.turn), ("their", not board.turn)):
        assert constant(planes[f"{side} right to castle short"]) == board.has_kingside_castling_rights(colour)
        assert constant(planes[f"{side} right to castle long"]) == board.has_queenside_castling_rights(colour)
    passant = {board.ep_square} if board.has_legal_en_passant() else set()
    assert squares(planes["en passant square"], board.turn) == passant
    assert number(planes, "plies since the last capture or pawn move") == board.halfmove_clock
    assert number(planes, "plies to the limit") == min(127, game.plies - ply)


def test_equal_planes_mean_equal_positions():
    """Equal but for the mirror: White's and Black's positions may look alike, with the same moves."""
    seen = {}
    for i in range(60):
        games = Games(Chess(plies=300), 8, shuffling=i % 2 == 0)
        games.play(i)
        for ply in range(games.plies):
            planes = np.zeros(games.game.plane_shape, np.uint8)
            encode(games.game, games.states[ply : ply + 1], games.past[:ply], planes)
            state = games.states[ply]
            content = [int(state[name]) for name in state.dtype.names if name != "ply"], games.legal_at(ply)
            assert seen.setdefault(planes.tobytes(), content) == content, board_of(state).fen()
    assert len(seen) > 5000


def test_the_first_position():
    position = Position(Chess())
    planes = dict(zip(position.game.plane_names, position.planes(), strict=True))
    assert len(planes) == len(position.planes()) == 33
    assert planes["my pawns"].tolist()[6] == [1] * 8  # row 0 is far away
    assert planes["my king"].tolist()[7] == [0, 0, 0, 0, 1, 0, 0, 0]
    position.play(position.read_move("e4"))
    planes = dict(zip(position.game.plane_names, position.planes(), strict=True))
    assert planes["my king"].tolist()[7] == [0, 0, 0, 0, 1, 0, 0, 0]  # files are not mirrored
    assert planes["their pawns"].tolist()[3] == [0, 0, 0, 0, 1, 0, 0, 0]
