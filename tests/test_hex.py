"""Hex against OpenSpiel, a board searched from scratch at each move, and positions made by hand."""

import re
from math import perm

import numpy as np
import pytest
from random_games import Spiel, check_notation, compare, in_state, letters_of, random_position

from games import GameError, MoveError, find
from games.conformance import check
from games.game import Game
from games.hex import Hex
from games.perft import perft
from games.position import Position
from games.probe import content
from games.rules import LOSS, ONGOING

GAMES = [  # boards of one to six words
    *(Hex(2), Hex(2, True), Hex(3, True), Hex(5), Hex(8), Hex(11, True)),
    *(pytest.param(game, marks=pytest.mark.slow) for game in (Hex(9, True), Hex(11), Hex(13), Hex(16), Hex(17), Hex(19, True))),
]


class SlowHex:
    """Hex as one would explain it, on cells (row, column): X joins row 0 and the last one, O column 0 and the last one.

    Actions are numbered as the player to move sees the board: O sees rows as columns.
    """

    def __init__(self, game):
        self.size, self.swap, self.plies = game.size, game.swap, 0
        self.stones = ({*()}, {*()})

    def seen(self, cell):
        row, column = cell if self.plies % 2 == 0 else cell[::-1]
        return row * self.size + column

    def legal(self):
        cells = [(row, column) for row in range(self.size) for column in range(self.size)]
        free = sorted(self.seen(cell) for cell in cells if cell not in self.stones[0] | self.stones[1])
        return [*free, self.size**2] if self.swap and self.plies == 1 else free

    def play(self, action):
        player = self.plies % 2
        if action == self.size**2:
            ((row, column),) = self.stones[0]
            self.stones[0].clear()
            self.stones[1].add((column, row))
        else:
            row, column = divmod(action, self.size)
            self.stones[player].add((row, column) if player == 0 else (column, row))
        self.plies += 1

    def result(self):
        return 1 if self.connected(0) else -1 if self.connected(1) else None

    def connected(self, player):
        """Return whether a chain leads from line 0 to the last one."""
        chain = [cell for cell in self.stones[player] if cell[player] == 0]
        seen = {*chain}
        while chain:
            row, column = chain.pop()
            if (row, column)[player] == self.size - 1:
                return True
            for down, right in ((-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0)):
                cell = (row + down, column + right)
                if cell in self.stones[player] and cell not in seen:
                    seen.add(cell)
                    chain.append(cell)
        return False


class SpielHex(Spiel):
    """OpenSpiel's Hex, which numbers the cells alike for both players."""

    def __init__(self, game, size):
        super().__init__(game)
        self.cells = np.arange(size**2).reshape(size, size).T.reshape(-1)  # its own inverse
        self.rows = self.cells.tolist()

    def legal(self):
        legal = super().legal()
        return legal if self.state.current_player() == 0 else np.sort(self.cells[legal]).tolist()

    def play(self, action):
        super().play(action if self.state.current_player() == 0 else self.rows[action])


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_laws(game):
    report = check(game, games=1 if game.size > 9 else 8)
    assert report.draws == 0


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_perft_before_anybody_can_have_connected(size):
    """n² · (n² - 1) · … for 2n - 1 plies."""
    plies = min(2 * size - 1, 6)
    counts = [perft(Position(Hex(size)), depth) for depth in range(1, plies + 1)]
    assert counts == [perm(size**2, depth) for depth in range(1, plies + 1)]


def lines(board, depth, played=()):
    """Return how many lines of play there are, each played from the first move on."""
    slow = board()
    for action in played:
        slow.play(action)
    if depth == 0:
        return 1
    return 0 if slow.result() is not None else sum(lines(board, depth - 1, (*played, action)) for action in slow.legal())


@pytest.mark.parametrize(("game", "depth"), [(Hex(2), 4), (Hex(2, True), 5), (Hex(3), 4), (Hex(3, True), 4)], ids=str)
def test_perft_of_small_boards(game, depth):
    counts = [perft(Position(game), plies) for plies in range(1, depth + 1)]
    assert counts == [lines(lambda: SlowHex(game), plies) for plies in range(1, depth + 1)]


@pytest.mark.parametrize(("size", "plies"), [(11, 50_000), (3, 2_000), (8, 5_000), (19, 5_000)])
def test_random_games_against_open_spiel(size, plies):
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game(f"hex(board_size={size})")
    compare(Hex(size), lambda: SpielHex(game, size), plies)


@pytest.mark.slow
def test_many_random_games_against_open_spiel():
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("hex(board_size=11)")
    compare(Hex(), lambda: SpielHex(game, 11), 10_000_000, seed=1)


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_random_games_against_slow_board(game):
    compare(game, lambda: SlowHex(game), 1_000)


def test_random_games_with_swap_against_slow_board():
    game = Hex(5, True)
    compare(game, lambda: SlowHex(game), 50_000)


@pytest.mark.slow
def test_many_random_games_with_swap_against_slow_board():
    game = Hex(4, True)
    compare(game, lambda: SlowHex(game), 10_000_000, seed=1)


def solve(game: Game):
    """Return the outcome of the first position under perfect play."""
    position, values = Position(game), {}

    def visit():
        where = position.state.tobytes()
        if where not in values:
            values[where] = position.outcome()
            for action in position.legal_actions():
                position.play(action)
                values[where] = max(values[where], -visit()) if values[where] != ONGOING else -visit()
                position.undo()
                if values[where] == 1:
                    break
        return values[where]

    return visit()


@pytest.mark.parametrize("size", [2, 3])
def test_who_begins_wins_but_for_the_swap(size):
    """J. Nash 1952: the second player of Hex cannot have a winning strategy; so who may swap has one."""
    assert solve(Hex(size)) == 1
    assert solve(Hex(size, True)) == -1


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_planes_and_text_show_the_board(game, random):
    for plies in (0, 1, 2, None, None):
        position = random_position(game, random, plies)
        planes, size = position.planes(), game.size
        assert (planes[:3].sum(axis=0) == 1).all()
        assert [action for action in position.legal_actions() if action < size**2] == np.flatnonzero(planes[2]).tolist()
        if game.swap:
            assert (planes[3] == (position.ply == 1)).all()
        shown = planes if position.to_play == 0 else planes.transpose(0, 2, 1)
        cells = letters_of(shown, position.to_play)
        rows = [cells[row * size : (row + 1) * size] for row in range(size)]
        assert game.state_text(position.state) == f"{'/'.join(rows)} {'XO'[position.to_play]}"
        drawn = game.draw(position.state).splitlines()
        assert ["".join(line.split()[1:]) for line in drawn[1:]] == rows
        assert content(in_state(game, game.state_text(position.state)).state) == content(position.state)


@pytest.mark.parametrize("game", [Hex(3, True), Hex(11, True)], ids=str)
def test_notation(game, random):
    check_notation(game, random, 4)
    assert len(game.symmetries.actions) == 2


def played(game, moves):
    """Return the position after some moves."""
    position = Position(game)
    for move in moves.split():
        position.play(position.read_move(move))
    return position


def test_rule_notation_is_the_same_for_both_players():
    position = played(Hex(4), "b1 c1 D3 a4")
    assert position.actions == [1, 8, 11, 3]  # O's cells are mirrored: c1 is seen as a3, a4 as d1
    assert position.draw().splitlines() == [
        "  a b c d",
        "1 . X O .",
        " 2 . . . .",
        "  3 . . . X",
        "   4(O). . .",
    ]
    assert position.game.state_text(position.state) == ".XO./..../...X/O... X"


def test_rule_board_fits_a_terminal():
    position = played(Hex(19), "s19")
    lines = position.draw().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[19] == " " * 18 + "19" + " ." * 18 + "(X)"


@pytest.mark.parametrize(
    ("moves", "winner"),
    [
        ("b1 a1 b2 a2 b3", 0),  # straight down
        ("c1 a1 b2 b1 a3", 0),  # below and left is a neighbour
        ("a1 c1 b2 b1 c3", None),  # below and right is not
        ("b3 a2 b1 b2 a1 c2", 1),  # straight across
        ("a1 a3 a2 b2 b3 c1", 1),
        ("b2 a1 b1 a2 c3 a3", None),  # O joins above and below: those are X's sides
        ("b1 a2 b3 c2 b2", 0),  # the stone between two chains
        ("b3 a2 b2 c2 b1", 0),  # from below
    ],
)
def test_rule_who_is_connected(moves, winner):
    words = moves.split()
    position = played(Hex(3), " ".join(words[:-1]))
    assert position.outcome() == ONGOING
    position.play(position.read_move(words[-1]))
    assert position.winner() == winner
    assert position.outcome() == (ONGOING if winner is None else LOSS)


def test_rule_a_long_chain_is_reached_by_its_last_stone():
    """X winds through the whole board; the last stone joins that with the upper side. O has all other cells."""
    rows = ["X" * 19 if row % 2 == 1 else "O" * 18 + "X" if row % 4 == 2 else "X" + "O" * 18 for row in range(19)]
    rows[0] = "O" * 9 + "." + "O" * 9
    rows[18] = "X" + "O" * 18
    position = in_state(Hex(19), "/".join(rows) + " X")
    assert position.outcome() == ONGOING
    assert position.move_names() == ["j1"]
    position.play(9)
    assert (position.outcome(), position.winner()) == (LOSS, 0)


def test_rule_swap_mirrors_the_stone_and_gives_it_to_the_other():
    game = Hex(4, True)
    position = played(game, "b1")
    assert position.move_names()[-1] == "swap"
    assert len(position.legal_actions()) == 16
    before = position.planes()
    position.play(position.read_move("SWAP"))
    assert position.draw().splitlines()[1:3] == ["1 . . . .", " 2(O). . ."]  # b1 became a2
    assert (position.to_play, position.outcome()) == (0, ONGOING)
    after = position.planes()
    np.testing.assert_array_equal(after[:3], before[:3])  # X sees what O saw
    assert (before[3].all(), after[3].any()) == (True, False)
    assert len(position.legal_actions()) == 15
    for move in ("a1", "b2", "c1", "c2", "d1", "d2"):
        assert position.outcome() == ONGOING
        position.play(position.read_move(move))
    assert position.winner() == 1
    with pytest.raises(MoveError, match="swap is not legal here"):
        played(game, "b1 swap").read_move("swap")
    with pytest.raises(MoveError, match="swap is not legal here"):
        played(game, "").read_move("swap")
    with pytest.raises(MoveError, match="swap is not legal here"):
        played(game, "b1 b2 b3").read_move("swap")


@pytest.mark.parametrize(
    ("text", "plies"), [("../.. X", 0), ("X./.. O", 1), ("O./.. X", 2), ("XO/.. X", 2), ("XO/.. O", 3), ("XO/O. X", 4)]
)
def test_rule_numbers_of_stones_tell_of_a_swap(text, plies):
    state = Hex(2, True).read_state(text)
    assert (int(state["plies"]), Hex(2, True).state_text(state)) == (plies, text)


def test_rules_without_the_jit(python):
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_rule_", __file__, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("size", [1, 0, -11, 20, True, 11.0, "11"])
def test_other_sizes_are_refused(size):
    with pytest.raises(GameError, match=re.escape(f"hex: expected size from 2 to 19, got {size!r}")):
        Hex(size).validate()


def test_other_parameters_are_refused():
    with pytest.raises(GameError, match="hex: expected swap to be True or False, got 1"):
        Hex(11, 1).validate()
    with pytest.raises(GameError, match="expected bool for swap, got 'yes'"):
        find("hex:swap=yes")


@pytest.mark.parametrize("text", ["", "a", "1", "a0", "a12", "l1", "a1 ", "a01", "pass", "ａ1", "a１", "-1", "a1b2"])
def test_unreadable_moves_are_refused(text):
    for game, expected in ((Hex(), "a cell from a1 to k11"), (Hex(swap=True), "a cell from a1 to k11 or swap")):
        with pytest.raises(MoveError, match=re.escape(f"expected {expected}, got {text!r}")):
            Position(game).read_move(text)
    with pytest.raises(MoveError, match="expected a cell from a1 to k11, got 'swap'"):
        Position(Hex()).read_move("swap")


def test_taken_cells_are_refused():
    with pytest.raises(MoveError, match="b1 is not legal here: expected one of a1 a2 b2"):
        played(Hex(2), "b1").read_move("b1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("../..", "hex: expected a board, a blank, and X or O to move, got"),
        ("../../.. X", "hex: expected 2 rows, got 3 in"),
        (".../.. X", "hex: expected 2 cells in row 1 from the top, got 3 in"),
        ("?./.. X", "hex: expected X, O or . in column a of row 1 from the top, got '?' in"),
        ("X./.. X", "hex: expected as many X as O, and one X more where O is to move, got 1 X and 0 O in"),
        ("O./.. X", "hex: expected as many X as O, and one X more where O is to move, got 0 X and 1 O in"),
        ("XO/XO X", "hex: expected no chain across the board of X, who is to move, got"),
    ],
)
def test_unreadable_positions_are_refused(text, message):
    with pytest.raises(GameError, match=re.escape(message)):
        Hex(2).read_state(text)


def test_positions_that_no_swap_explains_are_refused():
    for text in ("../.. O", "OO/.. X", "X./.. X"):
        with pytest.raises(GameError, match="hex: expected as many X as O"):
            Hex(2, True).read_state(text)


def test_a_position_that_is_won_can_be_read():
    assert in_state(Hex(2), "XO/X. O").outcome() == LOSS
