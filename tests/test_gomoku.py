"""Gomoku and other games of k in a row against OpenSpiel, boards read as text, and positions made by hand."""

import re
from itertools import pairwise, product
from operator import itemgetter

import pytest
from random_games import Spiel, check_notation, compare, in_state, letters_of, random_position

from games import GameError, MoveError, find
from games.conformance import check
from games.gomoku import Gomoku
from games.perft import perft
from games.position import Position
from games.probe import content
from games.rules import DRAW, LOSS, ONGOING

SIZES = [  # boards of one to six words, oblong ones, and a length for which one side only has room
    Gomoku(3, 3, 3),
    Gomoku(19, 3, 19),
    Gomoku(8, 8, 4, True),
    Gomoku(),
    *(
        pytest.param(game, marks=pytest.mark.slow)
        for game in (Gomoku(3, 19, 4), Gomoku(9, 9), Gomoku(13, 10, 5, True), Gomoku(17, 16, 6, True), Gomoku(19, 19))
    ),
]


class SlowGomoku:
    """All rows, columns and diagonals as one text, in which a pattern looks for who has won."""

    def __init__(self, game):
        rows, columns = game.rows, game.columns
        lines = [[row * columns + column for column in range(columns)] for row in range(rows)]
        lines += [[row * columns + column for row in range(rows)] for column in range(columns)]
        for slope, first in product((1, -1), range(-rows, rows + columns)):
            cells = [(row, first + slope * row) for row in range(rows)]
            lines.append([row * columns + column for row, column in cells if 0 <= column < columns])
        edge = rows * columns  # stands between the lines
        self.texts = itemgetter(*(cell for line in lines for cell in [*line, edge]))
        self.cells = ["."] * edge + ["/"]
        found = "(?<!{0}){0}{{{1}}}(?!{0})" if game.exact else "{0}{{{1}}}"
        self.patterns = [re.compile(found.format(letter, game.length)) for letter in "XO"]
        self.plies, self.winner = 0, None

    def legal(self):
        return [cell for cell, letter in enumerate(self.cells) if letter == "."]

    def play(self, action):
        player = self.plies % 2
        self.cells[action] = "XO"[player]
        self.plies += 1
        if self.patterns[player].search("".join(self.texts(self.cells))):
            self.winner = player

    def result(self):
        if self.winner is not None:
            return 1 - 2 * self.winner
        return None if "." in self.cells else 0


@pytest.mark.parametrize("game", SIZES, ids=str)
def test_laws(game):
    check(game, games=1 if game.num_actions > 100 else 4)


def test_perft():
    assert [perft(Position(Gomoku()), depth) for depth in (1, 2, 3)] == [225, 225 * 224, 225 * 224 * 223]


def test_three_in_a_row_is_tic_tac_toe():
    ours, theirs = Position(find("gomoku:rows=3,columns=3,length=3")), Position(find("tic_tac_toe"))
    counts = [perft(ours, depth) for depth in range(1, 10)]
    assert counts == [9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872]  # 362,880 without wins
    assert counts == [perft(theirs, depth) for depth in range(1, 10)]


@pytest.mark.parametrize(("rows", "columns", "length"), [(15, 15, 5), (19, 19, 6), (3, 19, 4)])
def test_random_games_against_open_spiel(rows, columns, length):
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game(f"mnk(m={columns},n={rows},k={length})")
    compare(Gomoku(rows, columns, length), lambda: Spiel(game), 50_000 if rows == 15 else 5_000)


def test_random_games_against_open_spiels_other_gomoku():
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("gomoku(size=9,connect=5)")
    compare(Gomoku(9, 9), lambda: Spiel(game), 5_000)


@pytest.mark.slow
def test_many_random_games_against_open_spiel():
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("mnk(m=15,n=15,k=5)")
    compare(Gomoku(), lambda: Spiel(game), 10_000_000, seed=1)


@pytest.mark.parametrize("game", SIZES, ids=str)
def test_random_games_against_text(game):
    compare(game, lambda: SlowGomoku(game), 2_000)


def test_random_games_of_exactly_five_against_text():
    """On 7×7 cells half of the games see six in a row, or more."""
    for game, plies in ((Gomoku(15, 15, 5, True), 50_000), (Gomoku(7, 7, 3, True), 5_000)):
        compare(game, lambda game=game: SlowGomoku(game), plies)


@pytest.mark.slow
def test_many_random_games_of_exactly_five_against_text():
    game = Gomoku(exact=True)
    compare(game, lambda: SlowGomoku(game), 10_000_000, seed=1)


@pytest.mark.parametrize("game", SIZES, ids=str)
def test_planes_and_text_show_the_board(game, random):
    for _ in range(5):
        position = random_position(game, random)
        planes = position.planes()
        cells = letters_of(planes, position.to_play)
        assert [action for action, letter in enumerate(cells) if letter == "."] == position.legal_actions()
        assert (planes.sum(axis=0) == 1).all()
        rows = [cells[row * game.columns : (row + 1) * game.columns] for row in range(game.rows)]
        assert game.state_text(position.state) == f"{'/'.join(rows)} {'XO'[position.to_play]}"
        drawn = game.draw(position.state).splitlines()
        assert ["".join(line.split()[1:]) for line in drawn[:-1]] == rows
        assert content(in_state(game, game.state_text(position.state)).state) == content(position.state)


@pytest.mark.parametrize("game", [Gomoku(), Gomoku(3, 19, 4), Gomoku(7, 5, 4, True)], ids=str)
def test_notation(game, random):
    check_notation(game, random, 2)
    assert len(game.symmetries.actions) == (8 if game.rows == game.columns else 4)


def test_rule_middle_and_corners():
    position = Position(Gomoku())
    names = dict(zip(position.legal_actions(), position.move_names(), strict=True))
    assert (names[112], names[0], names[14], names[210], names[224]) == ("h8", "a15", "o15", "a1", "o1")
    assert names[6 * 15 + 8] == "i9"  # no letter is left out
    position.play(position.read_move("H8"))
    lines = position.draw().splitlines()
    assert lines[7] == " 8 . . . . . . .(X). . . . . . ."
    assert lines[15] == "   a b c d e f g h i j k l m n o"
    assert max(map(len, Position(Gomoku(19, 19)).draw().splitlines())) <= 80


def alone(game, cells, last):
    """Return the outcome after X has put stones on `cells` and then on `last`; the stones of O lie far apart."""
    spread = [(0, column) for column in range(0, game.columns, 2)]
    spread += [(row, column) for row in range(2, game.rows, 2) for column in range(0, game.columns, 2)]
    free = [cell for cell in spread if cell not in {*cells, last}]
    board = [["." for _ in range(game.columns)] for _ in range(game.rows)]
    for letter, chosen in (("X", cells), ("O", free[: len(cells)])):
        for row, column in chosen:
            board[row][column] = letter
    position = in_state(game, "/".join("".join(row) for row in board) + " X")
    assert position.outcome() == ONGOING
    position.play(last[0] * game.columns + last[1])
    return position.outcome()


DIRECTIONS = [(0, 1), (1, 0), (1, 1), (1, -1)]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_rule_five_wins_wherever_the_last_stone_falls(direction, exact):
    game = Gomoku(7, 8, 5, exact)
    for row, column in product(range(7), range(8)):
        line = [(row + i * direction[0], column + i * direction[1]) for i in range(5)]
        if not all(0 <= r < 7 and 0 <= c < 8 for r, c in line):
            continue
        for last in line:
            assert alone(game, [cell for cell in line if cell != last], last) == LOSS
        for four in (line[:4], line[1:]):
            assert alone(game, [cell for cell in four if cell != four[2]], four[2]) == ONGOING


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_rule_six_win_in_free_style_only(direction):
    start = (1, 9 if direction == (1, -1) else 1)
    line = [(start[0] + i * direction[0], start[1] + i * direction[1]) for i in range(9)]
    for length in (6, 7, 8, 9):
        for gap in range(max(0, length - 5), min(5, length)):  # no five before the last stone falls
            cells = [cell for i, cell in enumerate(line[:length]) if i != gap]
            for exact, expected in ((False, LOSS), (True, ONGOING)):
                assert alone(Gomoku(exact=exact), cells, line[gap]) == expected


def test_rule_six_and_five_at_once_win():
    six = [(5, column) for column in range(1, 7)]
    five = [(row, 3) for row in range(3, 8)]
    cells = [cell for cell in {*six, *five} if cell != (5, 3)]
    assert alone(Gomoku(exact=True), cells, (5, 3)) == LOSS


def test_rule_rows_do_not_run_over_the_edge():
    """Stones whose numbers follow each other in a direction, but which stand on both sides of the board's edge."""
    game = Gomoku(8, 8)
    for step, start in product((1, 7, 8, 9), range(64)):
        numbers = [start + i * step for i in range(5)]
        cells = [divmod(number, 8) for number in numbers]
        if numbers[-1] >= 64:
            continue
        straight = all(abs(b[1] - a[1]) <= 1 for a, b in pairwise(cells))
        for last in (0, 2, 4):
            found = alone(game, [cell for i, cell in enumerate(cells) if i != last], cells[last])
            assert found == (LOSS if straight else ONGOING)


def test_rule_full_board_is_a_draw_and_the_last_stone_can_win():
    assert in_state(Gomoku(3, 3, 3), "XOX/XOO/OXX O").outcome() == DRAW
    position = in_state(Gomoku(3, 3, 3), "XOX/OXO/OX. X")
    position.play(8)
    assert (position.outcome(), position.legal_actions()) == (LOSS, [])
    position = in_state(Gomoku(3, 3, 3), "XOX/XOO/OX. X")
    position.play(8)
    assert (position.outcome(), position.legal_actions()) == (DRAW, [])


def test_rules_without_the_jit(python):
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_rule_", __file__, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((2, 15), "gomoku: expected rows from 3 to 19, got 2"),
        ((15, 20), "gomoku: expected columns from 3 to 19, got 20"),
        ((-15, 15), "gomoku: expected rows from 3 to 19, got -15"),
        ((15.0, 15), "gomoku: expected rows from 3 to 19, got 15.0"),
        ((True, 15), "gomoku: expected rows from 3 to 19, got True"),
        ((7, 9, 10), "gomoku: expected length from 3 to 9, the longer side, got 10"),
        ((15, 15, 2), "gomoku: expected length from 3 to 15, the longer side, got 2"),
        ((15, 15, "5"), "gomoku: expected length from 3 to 15, the longer side, got '5'"),
        ((15, 15, 5, 1), "gomoku: expected exact to be True or False, got 1"),
    ],
)
def test_other_parameters_are_refused(parameters, message):
    with pytest.raises(GameError, match=f"^{re.escape(message)}$"):
        Gomoku(*parameters).validate()


def test_parameters_by_name():
    assert find("gomoku:rows=19,columns=19,exact=true") == Gomoku(19, 19, 5, True)
    with pytest.raises(GameError, match="expected bool for exact, got 'maybe'"):
        find("gomoku:exact=maybe")


@pytest.mark.parametrize("text", ["", "h", "8", "h0", "h16", "p1", "hh", "h8 ", "h08", "swap", "ｈ8", "h８", "-1", "h8h8"])
def test_unreadable_moves_are_refused(text):
    with pytest.raises(MoveError, match=re.escape(f"expected a cell from a1 to o15, got {text!r}")):
        Position(Gomoku()).read_move(text)


def test_taken_cells_are_refused():
    position = Position(Gomoku(3, 3, 3))
    position.play(4)
    with pytest.raises(MoveError, match="b2 is not legal here: expected one of a3 b3 c3 a2 c2 a1 b1 c1"):
        position.read_move("b2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".../.../...", "gomoku: expected a board, a blank, and X or O to move, got"),
        (".../... X", "gomoku: expected 3 rows, got 2 in"),
        (".../..../... X", "gomoku: expected 3 cells in row 2 from the top, got 4 in"),
        (".../.1./... X", "gomoku: expected X, O or . in column b of row 2 from the top, got '1' in"),
        ("X../.../... X", "gomoku: expected as many X as O where X is to move, got 1 X and 0 O in"),
        ("X../.../..O O", "gomoku: expected one X more than O where O is to move, got 1 X and 1 O in"),
        ("XXX/OO./..O X", "gomoku: expected no winning line of X, who is to move, got"),
    ],
)
def test_unreadable_positions_are_refused(text, message):
    with pytest.raises(GameError, match=re.escape(message)):
        Gomoku(3, 3, 3).read_state(text)


def test_a_position_that_is_won_can_be_read():
    assert in_state(Gomoku(3, 3, 3), "XXX/OO./... O").outcome() == LOSS
    assert in_state(Gomoku(3, 4, 3, True), "XXXX/OO../O... O").outcome() == ONGOING
