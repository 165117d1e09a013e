"""Position: moves, undo, and what rules that look back are given of the past."""

import numpy as np
import pytest
from toy_games import Planted, Ring

from games import MoveError, find
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, WIN


def played(game, *actions):
    position = Position(game)
    for action in actions:
        position.play(action)
    return position


def test_moves_and_undo():
    position = played(find("connect_four"), 3, 3, 4)
    board = position.draw()
    assert (position.ply, position.to_play, position.actions) == (3, 1, [3, 3, 4])
    position.play(2)
    assert position.undo() == 2
    assert position.draw() == board
    for _ in range(3):
        position.undo()
    assert position.draw() == Position(find("connect_four")).draw()
    with pytest.raises(MoveError, match="there is no move to take back"):
        position.undo()


def test_illegal_moves_change_nothing():
    position = played(find("connect_four:rows=4,columns=4"), 0, 0, 0, 0)
    for action in (0, 4, -1):
        with pytest.raises(MoveError, match=rf"expected a legal action, one of \[1, 2, 3\], got {action}"):
            position.play(action)
    with pytest.raises(MoveError, match="1 is not legal here: expected one of 2 3 4"):
        position.read_move("1")
    assert position.ply == 4


def test_a_game_that_is_over_has_no_moves():
    position = played(find("tic_tac_toe"), 0, 3, 1, 4, 2)
    assert (position.outcome(), position.winner(), position.legal_actions()) == (LOSS, 0, [])
    with pytest.raises(MoveError, match=r"one of \[\], got 5"):
        position.play(5)


@pytest.mark.parametrize("length", [3, 4])
@pytest.mark.parametrize(("result", "winner"), [(1, 0), (0, None), (-1, 1)])
def test_winner_is_a_player_whoever_is_to_move(length, result, winner):
    position = played(Planted(length, 2, result), *[1] * length)
    assert position.winner() == winner
    to_move_first = length % 2 == 0
    assert position.outcome() == {1: WIN, 0: DRAW, -1: LOSS}[result if to_move_first else -result]
    assert played(Planted(length, 2, result), 0).winner() is None
    assert played(Planted(length, 2, result), 0).outcome() == ONGOING


def test_rules_are_given_the_past():
    position = played(Ring(6), 1, 0, 3)  # places 0, 1, 1, 4
    assert position.past.tolist() == [0, 1, 1]
    assert position.legal_actions() == [0, 1]  # a pass, or on to 5; 0 and 1 are taken
    assert [int(frame["token"]) for frame in position.frames(2)] == [1, 1]
    assert [int(frame["token"]) for frame in position.frames(9)] == [1, 1, 0]
    position.undo()
    position.undo()
    assert position.past.tolist() == [0]
    assert position.legal_actions() == [0, 1, 2, 3]


def test_planes_show_history_and_past():
    planes = played(Ring(6), 1, 0, 3).planes()
    assert [int(np.argmax(planes[i, 0])) for i in range(3)] == [4, 1, 1]
    assert planes[5, 0].tolist() == [1, 2, 0, 0, 0, 0]
    start = Position(Ring(6)).planes()
    assert start[0, 0, 0] == 1
    assert start[1:].sum() == 0


def test_games_that_do_not_look_back_have_no_past():
    assert len(played(find("connect_four"), 1, 2, 3).past) == 0


@pytest.mark.parametrize("spec", ["tic_tac_toe", "connect_four", "othello:size=4", "gomoku", "hex:size=4", "go:size=5", "chess"])
def test_what_a_game_began_with_is_compared_by_its_fields(spec):
    game = find(spec)
    one, other = Position(game), played(game, Position(game).legal_actions()[0])
    assert one.start == other.start == one.copy().start
    assert Position(game, other.state).start != one.start
    fields = game.state_dtype
    noise = np.frombuffer(b"\xff" * fields.itemsize, fields).copy()
    for name in fields.names:
        noise[name] = one.state[name]
    assert Position(game, noise[0]).start == one.start  # what stands between the fields is nothing
