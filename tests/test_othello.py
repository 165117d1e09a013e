"""Othello against OpenSpiel, a slow board, published perft counts, and positions made by hand."""

import re
from itertools import product

import numpy as np
import pytest
from outside import DATA, needs
from random_games import Spiel, check_notation, compare, in_state, letters_of, random_position

from games import GameError, MoveError, find
from games.conformance import check
from games.jit import kernel
from games.othello import Othello
from games.perft import perft
from games.position import Position
from games.probe import content
from games.rules import DRAW, LOSS, ONGOING, WIN, initial, legal_actions, outcome, play

PERFT = [4, 12, 56, 244, 1396, 8200, 55092, 390216, 3005288]  # A. Bik 2009; passes count as plies
COUNTS = DATA / "perft" / "othello.txt"
SHORTEST = "e6 f4 e3 f6 g5 d6 e7 f5 c5"  # the shortest game: O has no discs left


class SlowOthello:
    """Othello as one would explain it. Cells (row, column) hold None, or 0 and 1 for the players' discs."""

    def __init__(self, size):
        self.size, self.to_play = size, 0
        self.cells = dict.fromkeys(product(range(size), repeat=2))
        low, high = size // 2 - 1, size // 2
        self.cells |= {(low, low): 1, (high, high): 1, (low, high): 0, (high, low): 0}

    def flipped(self, player, cell):
        """Return the discs that a disc of `player` on a cell encloses."""
        found = []
        if self.cells[cell] is not None:
            return found
        for down, right in product((-1, 0, 1), repeat=2):
            line, (row, column) = [], cell
            while (down, right) != (0, 0):
                row, column = row + down, column + right
                if self.cells.get((row, column)) != 1 - player:
                    break
                line.append((row, column))
            if self.cells.get((row, column)) == player:
                found += line
        return found

    def moves(self, player):
        return [row * self.size + column for row, column in self.cells if self.flipped(player, (row, column))]

    def legal(self):
        return self.moves(self.to_play) or [self.size**2]

    def play(self, action):
        if action < self.size**2:
            cell = divmod(action, self.size)
            for other in [*self.flipped(self.to_play, cell), cell]:
                self.cells[other] = self.to_play
        self.to_play = 1 - self.to_play

    def result(self):
        if self.moves(0) or self.moves(1):
            return None
        discs = list(self.cells.values())
        return int(np.sign(discs.count(0) - discs.count(1)))


@pytest.mark.parametrize("size", [4, 6, 8])
def test_laws(size):
    check(find(f"othello:size={size}"), games=10)


def test_perft():
    assert [perft(Position(Othello()), depth) for depth in range(1, 10)] == PERFT


@kernel
def games_over(game, depth, states, legal, left, past):
    """Return how many games are over after fewer than `depth` plies.

    states: [depth] records, legal: [depth, max_legal] int32, left: [depth] int64, scratch; past: [0] int64.
    """
    initial(game, states[0])
    left[0] = legal_actions(game, states[0], past, legal[0])
    ply, found = 0, 0
    while ply >= 0:
        if left[ply] == 0 or ply + 1 == depth:
            ply -= 1
            continue
        left[ply] -= 1
        states[ply + 1] = states[ply]
        play(game, states[ply + 1], legal[ply, left[ply]])
        if outcome(game, states[ply + 1], past) != ONGOING:
            found += 1
        else:
            ply += 1
            left[ply] = legal_actions(game, states[ply], past, legal[ply])
    return found


@pytest.mark.slow
@needs(COUNTS)
def test_deep_perft():
    """The published counts go on counting a game that is over, as one line, at every greater depth; ours do not."""
    published = next(line for line in COUNTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    game = Othello()
    for depth, lines in enumerate(published.split()[:12], 1):
        scratch = np.zeros(depth, game.state_dtype), np.zeros((depth, game.max_legal), np.int32), np.zeros(depth, np.int64)
        over = games_over(game, depth, *scratch, np.empty(0, np.int64))
        assert over == (0 if depth < 10 else [228, 584, 6968][depth - 10])
        assert perft(Position(game), depth) + over == int(lines)


def test_complete_games_of_4x4():
    """60,060 games in all, and the player who moves second can win (OEIS A124005; J. Feinstein 1993 for 6×6)."""
    position, games, values = Position(Othello(4)), {}, {}

    def visit():
        where = position.state.tobytes()
        if where not in games:
            games[where], values[where] = 1, position.outcome()
            if position.outcome() == ONGOING:
                games[where], values[where] = 0, LOSS
                for action in position.legal_actions():
                    position.play(action)
                    count, value = visit()
                    position.undo()
                    games[where] += count
                    values[where] = max(values[where], -value)
        return games[where], values[where]

    assert visit() == (60060, LOSS)


def test_random_games_against_open_spiel():
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("othello")
    compare(Othello(), lambda: Spiel(game), 50_000)


@pytest.mark.slow
def test_many_random_games_against_open_spiel():
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("othello")
    compare(Othello(), lambda: Spiel(game), 10_000_000, seed=1)


@pytest.mark.parametrize(("size", "plies"), [(4, 2000), (6, 4000), (8, 1000)])
def test_random_games_against_slow_board(size, plies):
    compare(Othello(size), lambda: SlowOthello(size), plies)


@pytest.mark.parametrize("size", [4, 6, 8])
def test_planes_and_text_show_the_board(size, random):
    for _ in range(20):
        position = random_position(Othello(size), random)
        game, planes = position.game, position.planes()
        cells = letters_of(planes, position.to_play)
        assert game.state_text(position.state) == f"{cells.replace('.', '-')} {'XO'[position.to_play]}"
        assert np.flatnonzero(planes[2]).tolist() == [action for action in position.legal_actions() if action < size**2]
        assert [line.split()[1:] for line in game.draw(position.state).splitlines()[1:]] == [
            list(cells[row * size : (row + 1) * size]) for row in range(size)
        ]
        again = in_state(game, game.state_text(position.state))
        assert content(again.state) == content(position.state)
        assert again.legal_actions() == position.legal_actions()


@pytest.mark.parametrize("size", [4, 6, 8])
def test_notation(size, random):
    check_notation(Othello(size), random, 10)


def test_symmetries_are_those_of_the_first_position():
    assert len(Othello().symmetries.actions) == 4
    start = Position(Othello()).planes()[:2].reshape(2, -1)
    for cells in Othello().symmetries.cells:
        np.testing.assert_array_equal(start[:, cells], start)


def test_rule_first_moves():
    position = Position(Othello())
    assert position.move_names() == ["d3", "c4", "f5", "e6"]
    position.play(position.read_move("D3"))
    assert position.to_play == 1
    assert position.draw().splitlines() == [
        "  a b c d e f g h",
        "1 . . . . . . . .",
        "2 . . . . . . . .",
        "3 . . .(X). . . .",
        "4 . . . X X . . .",
        "5 . . . X O . . .",
        "6 . . . . . . . .",
        "7 . . . . . . . .",
        "8 . . . . . . . .",
    ]
    assert position.move_names() == ["c3", "e3", "c5"]


def test_rule_flips_in_all_directions():
    rows = "X.X.X.../.OOO..../XO.OOOOX/.OOOX.../X.OXO.../..O..O../..O...O./..X....X X"
    position = in_state(Othello(), rows)
    position.play(position.read_move("c3"))
    assert position.game.state_text(position.state).count("X") == 28  # 10, one put, 17 flipped
    assert "O" not in position.game.state_text(position.state)[:64]
    assert (position.outcome(), position.winner()) == (LOSS, 0)


LONGEST = {
    "row": [(0, column) for column in range(8)],
    "column": [(row, 7) for row in range(8)],
    "diagonal": [(row, row) for row in range(8)],
    "other diagonal": [(row, 7 - row) for row in range(8)],
}


@pytest.mark.parametrize("line", LONGEST.values(), ids=LONGEST)
@pytest.mark.parametrize("closed", [True, False])
def test_rule_longest_lines(line, closed):
    """Six discs are flipped from either end, and none where the line ends on a free cell."""
    for cells in (line, line[::-1]):
        board = [["." for _ in range(8)] for _ in range(8)]
        for row, column in product((3, 4), repeat=2):
            board[row][column] = "X"
        for row, column in cells[1:7]:
            board[row][column] = "O"
        if closed:
            board[cells[0][0]][cells[0][1]] = "X"
        before = "/".join("".join(row) for row in board)
        position = in_state(Othello(), f"{before} X")
        action = cells[7][0] * 8 + cells[7][1]
        if not closed:
            assert action not in position.legal_actions()
            continue
        position.play(action)
        after = position.game.state_text(position.state)[:64]
        assert "O" not in after
        assert after.count("X") == before.count("X") + 7


def test_rule_lines_do_not_run_over_the_edge():
    """Discs that are neighbours by number only: h1 and a2, in every direction and on every size."""
    for size in (4, 6, 8):
        last, middle = size - 1, size // 2
        for row in range(size - 1):
            board = [["." for _ in range(size)] for _ in range(size)]
            for cell in product((middle - 1, middle), repeat=2):
                board[cell[0]][cell[1]] = "O"  # no X stands where it could enclose these
            board[row][last], board[row][last - 1] = "O", "X"  # X O at the right edge: nothing behind
            position = in_state(Othello(size), "/".join("".join(line) for line in board) + " X")
            slow = SlowOthello(size)
            slow.cells = {(r, c): {".": None, "X": 0, "O": 1}[board[r][c]] for r, c in slow.cells}
            assert (position.legal_actions() or None) == (slow.legal() if slow.result() is None else None)


def test_rule_pass_where_nothing_else_is_legal():
    position = in_state(Othello(4), "..../.XXO/.XX./.... X")
    assert position.outcome() == ONGOING
    assert position.move_names() == ["pass"]
    assert position.legal_actions() == [16]
    position.play(position.read_move("PASS"))
    assert (position.to_play, position.move_names()) == (1, ["a2", "b4"])
    with pytest.raises(MoveError, match="pass is not legal here: expected one of a2 b4"):
        position.read_move("pass")
    assert position.draw() == "  a b c d\n1 . . . .\n2 . X X O\n3 . X X .\n4 . . . ."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("..../.XX./.XX./.... O", LOSS),  # no moves for either, twelve cells free
        ("..../.XX./.XX./.... X", WIN),
        ("XXXX/XXXX/OOOO/OOOO X", DRAW),
        ("XXXX/XXXX/OOOO/OOOO O", DRAW),
        ("XXXX/XXXX/XOOO/OOOO X", WIN),
        ("XXXX/XXXX/XOOO/OOOO O", LOSS),
        ("XXXX/XXXO/OOOO/OOOO X", LOSS),
    ],
)
def test_rule_more_discs_win(text, expected):
    position = in_state(Othello(4), text)
    assert position.outcome() == expected
    assert position.legal_actions() == []


def test_rule_a_player_without_discs_has_lost():
    position = Position(Othello())
    for move in SHORTEST.split():
        assert position.outcome() == ONGOING
        position.play(position.read_move(move))
    assert (position.outcome(), position.winner()) == (LOSS, 0)
    assert position.game.state_text(position.state).count("X") == 13


def test_rules_without_the_jit(python):
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_rule_", __file__, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("size", [0, 2, 5, 7, 10, -8, True, 8.0, "8"])
def test_other_sizes_are_refused(size):
    with pytest.raises(GameError, match=re.escape(f"othello: expected size 4, 6 or 8, got {size!r}")):
        Othello(size).validate()


@pytest.mark.parametrize("text", ["", "d", "3", "d0", "d9", "i1", "dd", "d3 ", "d03", "passes", "ｄ3", "d３", "-1", "PA SS"])
def test_unreadable_moves_are_refused(text):
    with pytest.raises(MoveError, match=re.escape(f"expected a cell from a1 to h8 or pass, got {text!r}")):
        Position(Othello()).read_move(text)


def test_what_is_not_legal_is_refused():
    with pytest.raises(MoveError, match="pass is not legal here: expected one of d3 c4 f5 e6"):
        Position(Othello()).read_move("pass")
    with pytest.raises(MoveError, match="d4 is not legal here"):
        Position(Othello()).read_move("d4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "othello: expected a board, a blank, and X or O to move, got ''"),
        ("-----XX--XX-----", "othello: expected a board, a blank, and X or O to move"),
        ("-----XX--XX----- W", "othello: expected a board, a blank, and X or O to move"),
        ("-----XX--XX---- X", "othello: expected 16 cells, got 15 in"),
        ("..../.XX./.XX. X", "othello: expected 4 rows, got 3 in"),
        ("..../.XX./.XX./..... X", "othello: expected 4 cells in row 4 from the top, got 5 in"),
        ("..../.XX./.X#./.... X", "othello: expected X, O or . in column c of row 3 from the top, got '#' in"),
        ("..../.X../.XX./.... X", "othello: expected discs on the four cells in the middle, got c2 free in"),
    ],
)
def test_unreadable_positions_are_refused(text, message):
    with pytest.raises(GameError, match=re.escape(message)):
        Othello(4).read_state(text)
