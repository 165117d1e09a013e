"""Go for people and networks: notation, drawing, positions as text, planes, and what is said of bad input."""

import re

import numpy as np
import pytest
from slow_go import BLACK, EMPTY, SlowGo, other

from games import GameError, MoveError, find, spec_of
from games.go import Go
from games.go.game import NEAR_LIMIT
from games.position import Position, position_of
from games.rules import ONGOING


def random_position(game, random, plies):
    position = Position(game)
    while position.outcome() == ONGOING and position.ply < plies:
        actions = position.legal_actions()
        position.play(actions[random.integers(len(actions))])
    return position


@pytest.mark.parametrize("size", range(5, 20))
def test_notation(size):
    position = Position(Go(size))
    names = position.move_names()
    letters = "ABCDEFGHJKLMNOPQRST"[:size]
    assert names == [f"{letter}{size - row}" for row in range(size) for letter in letters] + ["pass"]
    for action, name in enumerate(names):
        assert [position.read_move(text) for text in (name, name.lower(), name.upper())] == [action] * 3
    assert position.game.num_actions == size * size + 1


@pytest.mark.parametrize("size", [5, 9, 19])
def test_notation_under_symmetries(size, random):
    """The image of a point has the name that its turned or mirrored row and column give."""
    game = Go(size)
    maps = [lambda x, y: (x, y), lambda x, y: (y, -x), lambda x, y: (-x, -y), lambda x, y: (-y, x)]
    maps += [lambda x, y: (y, x), lambda x, y: (x, -y), lambda x, y: (-y, -x), lambda x, y: (-x, y)]
    middle, letters, found = (size - 1) / 2, "ABCDEFGHJKLMNOPQRST", []
    for table in game.symmetries.actions:
        assert table[-1] == size * size
        kinds = set(range(8))
        for action in range(size * size):
            old, new = (game.move_name(None, int(a)) for a in (table[action], action))
            x, y = letters.index(new[0]) - middle, int(new[1:]) - 1 - middle
            there = (letters.index(old[0]) - middle, int(old[1:]) - 1 - middle)
            kinds &= {kind for kind in kinds if maps[kind](x, y) == there}
        assert len(kinds) == 1
        found += kinds
    assert sorted(found) == list(range(8))
    assert found[0] == 0


@pytest.mark.parametrize(
    "text",
    ["", "I5", "A0", "A10", "K1", "J10", "A01", "5A", "A", "9", "pas", "pass ", " A1", "A1\n", "Ａ1", "A１", "paſſ", "-1", "A-1"],
)
def test_moves_that_are_none(text):
    with pytest.raises(MoveError, match=re.escape(f"expected a point from A1 to J9 (no letter I) or pass, got {text!r}")):
        Position(find("go")).read_move(text)


def test_moves_that_are_not_legal():
    position = Position(Go(5))
    position.play(12)
    with pytest.raises(MoveError, match="C3 is not legal here: expected one of A5 B5"):
        position.read_move("C3")
    for action in (-1, 12, 26, 1000):
        with pytest.raises(MoveError, match=f"expected a legal action, .* got {action}"):
            position.play(action)


def test_drawing():
    position = position_of(Go(7), "B1 A1 A2 E5 pass")
    board = """
   A B C D E F G
 7 . . . . . . . 7
 6 . . . . . . . 6
 5 . . + . O . . 5
 4 . . . + . . . 4
 3 . . + . + . . 3
 2 X . . . . . . 2
 1 . X . . . . . 1
   A B C D E F G
X has captured 1, O 0
X passed"""
    assert position.draw() == board[1:]
    position.undo()
    assert " 5 . . + .(O). . 5" in position.draw()
    position.undo()
    assert " 2(X). . . . . . 2" in position.draw()
    assert " 1 . X . . . .(O)1" in position_of(Go(7), "B1 G1").draw()


@pytest.mark.parametrize(("size", "stars"), [(5, 1), (6, 0), (7, 5), (8, 4), (9, 5), (13, 5), (14, 4), (15, 9), (19, 9)])
def test_star_points(size, stars):
    board = Position(Go(size)).draw()
    assert board.count("+") == stars
    lines = board.splitlines()
    assert [line.split()[1:-1] for line in lines[1 : size + 1]] == [line.split()[1:-1] for line in lines[size:0:-1]]
    assert max(map(len, lines)) <= 80
    assert len(lines) == size + 3


@pytest.mark.parametrize("size", [5, 9, 19])
def test_text_of_positions(size, random):
    game = Go(size)
    for plies in (0, 1, 2, 30, 31, 2 * size * size):
        position = random_position(game, random, plies)
        text = game.state_text(position.state)
        again = Position(game, game.read_state(text))
        assert game.state_text(again.state) == text
        for name in ("mine_or_empty", "theirs_or_empty", "atari", "key", "ply", "passes"):
            np.testing.assert_array_equal(again.state[name], position.state[name])
        assert again.outcome() == position.outcome()
        assert {*again.legal_actions()} >= {*position.legal_actions()}


def test_text_of_a_position():
    game = Go(5)
    text = "...../.X.../..O../...../..... X 3"
    with pytest.raises(GameError, match="expected an even number of plies with X to move, got 3"):
        game.read_state(text)
    assert game.state_text(game.read_state("...../.x.../..o../...../..... o")) == "...../.X.../..O../...../..... O 1"
    assert game.state_text(game.read_state("...../.X.../..O../...../..... X")) == "...../.X.../..O../...../..... X 0"
    for passes in ("", " pass", " pass pass"):
        text = f"...../.X.../..O../...../..... X 4{passes}"
        assert game.state_text(game.read_state(text)) == text
    assert Position(game, game.read_state(text)).outcome() != ONGOING
    assert Position(game, game.read_state("...../...../...../...../..... X 50")).outcome() != ONGOING
    assert position_of(game, text).state["ply"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a position as ROWS X|O [PLY] [pass [pass]], got ''"),
        ("...../...../...../...../.....", "expected a position as ROWS X|O"),
        ("...../...../...../..... X", "expected 5 rows apart by '/', got 4 in "),
        ("....../...../...../...../..... X", "expected 5 points of X, O or '.' in row 1 from the top, got '......'"),
        ("...../..../...../...../..... X", "expected 5 points of X, O or '.' in row 2 from the top, got '....'"),
        ("...../...../..B../...../..... X", "expected 5 points of X, O or '.' in row 3 from the top, got '..B..'"),
        ("...../...../...../...../..... B", "expected X or O to move, got 'B'"),
        ("...../...../...../...../..... X -2", "expected a number of plies from 0 to 50, got '-2'"),
        ("...../...../...../...../..... X 52", "expected a number of plies from 0 to 50, got '52'"),
        ("...../...../...../...../..... X ²", "expected a number of plies from 0 to 50, got '²'"),
        ("...../...../...../...../..... O 2", "expected an odd number of plies with O to move, got 2"),
        ("...../...../...../...../..... X 2 pass pass pass", "expected at most 2 times 'pass' after ply 2, got 'pass pass pass'"),
        ("...../...../...../...../..... O pass pass", "expected at most 1 times 'pass' after ply 1, got 'pass pass'"),
        ("...../...../...../...../..... X 2 ko", "expected at most 2 times 'pass' after ply 2, got 'ko'"),
        ("OX.../X..../...../...../..... X", "expected every group to have a liberty, but that of A5 has none"),
    ],
)
def test_texts_that_are_no_position(text, message):
    with pytest.raises(GameError, match=f"^go: {re.escape(message)}"):
        Go(5).read_state(text)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("go:size=4", "go: expected size from 5 to 19, got 4"),
        ("go:size=20", "go: expected size from 5 to 19, got 20"),
        ("go:size=9.0", "game 'go:size=9.0': expected int for size, got '9.0'"),
        ("go:komi=0.25", "go: expected a komi of whole or half points from -81 to 81, got 0.25"),
        ("go:komi=82", "go: expected a komi of whole or half points from -81 to 81, got 82.0"),
        ("go:komi=nan", "go: expected a komi of whole or half points from -81 to 81, got nan"),
        ("go:komi=inf", "go: expected a komi of whole or half points from -81 to 81, got inf"),
        ("go:size=5,komi=-25.5", "go: expected a komi of whole or half points from -25 to 25, got -25.5"),
        ("go:history=0", "go: expected history from 1 to 8, got 0"),
        ("go:history=9", "go: expected history from 1 to 8, got 9"),
        ("go:ply_limit=-1", "go: expected ply_limit from 0 to 10000, got -1"),
        ("go:ply_limit=10001", "go: expected ply_limit from 0 to 10000, got 10001"),
    ],
)
def test_parameters_that_make_no_sense(spec, message):
    with pytest.raises(GameError, match=f"^{re.escape(message)}$"):
        find(spec)


def test_parameters():
    game = find("go:size=13,komi=6.5,history=4,ply_limit=500")
    assert game == Go(13, 6.5, 4, 500)
    assert find(spec_of(game)) == game
    assert spec_of(find("go")) == "go:size=9,komi=7.0,history=2,ply_limit=0"
    assert (game.history, game.max_plies, game.plane_shape) == (4, 500, (13, 13, 13))
    for size in ("9", None, True, 9.0):
        with pytest.raises(GameError, match="expected size from 5 to 19"):
            Go(size).validate()


def expected_planes(game, position, boards):
    """Return the planes of a position from what its boards look like. boards: of all plies up to it, as letters."""
    colour = BLACK if position.to_play == 0 else other(BLACK)
    slow = SlowGo(game.size, game.komi, game.max_plies, list(boards[-1]))
    board, planes = slow.board, []
    for back in range(game.history):
        shown = boards[-1 - back] if back < len(boards) else ""
        planes += [[letter == colour for letter in shown], [letter == other(colour) for letter in shown]]
    planes.append([letter == EMPTY for letter in board])
    planes.append([letter != EMPTY and len(slow.liberties(board, point)) == 1 for point, letter in enumerate(board)])
    passed = len(boards) > 1 and position.actions[-1] == game.size**2
    near = game.max_plies - position.ply <= NEAR_LIMIT * game.size
    planes += [[flag] * game.size**2 for flag in (position.to_play == 0, passed, near)]
    return np.array([plane or [False] * game.size**2 for plane in planes], np.uint8).reshape(game.plane_shape)


@pytest.mark.parametrize(("size", "history", "games"), [(5, 1, 6), (5, 3, 6), (9, 2, 2), (19, 8, 1)])
def test_planes(size, history, games, random):
    game = Go(size, history=history)
    assert len(game.plane_names) == game.plane_shape[0] == 2 * history + 5
    for _ in range(games):
        position, slow, boards = Position(game), SlowGo(size, 7.0, game.max_plies), []
        while position.outcome() == ONGOING:
            boards.append("".join(slow.board))
            if position.ply < 150:
                np.testing.assert_array_equal(position.planes(), expected_planes(game, position, boards))
            actions = position.legal_actions()
            action = actions[-1 if random.random() < 0.1 and position.state["passes"] == 0 else random.integers(len(actions))]
            position.play(action)
            slow.play(action)


def test_equal_planes_mean_equal_boards(random):
    """And equal legal actions, but for what a longer past bans."""
    game, seen, banned = Go(5, history=1, ply_limit=150), {}, 0
    for _ in range(150):
        position = Position(game)
        while position.outcome() == ONGOING:
            planes, actions = position.planes().tobytes(), position.legal_actions()
            board = game.state_text(position.state).split()[:2]
            free = Position(game, position.state).legal_actions()
            banned += free != actions
            assert seen.setdefault(planes, (board, free)) == (board, free)
            position.play(actions[random.integers(len(actions))])
    assert banned > 0


def test_draw_during_a_game_stays_within_its_columns(random):
    for size in (5, 10, 19):
        position = random_position(Go(size), random, size * size)
        lines = position.draw().splitlines()
        assert {line.rstrip()[-1] for line in lines[1 : size + 1]} <= {*"0123456789"}
        assert len({line.index(line.split()[0]) for line in (lines[0], lines[size + 1])}) == 1
