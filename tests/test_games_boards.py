"""The rules of our games against slow boards: every position on the way of random games, and every line of four."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_games import Spiel, compare
from slow_boards import SlowConnectFour, SlowTicTacToe

from games import MoveError, find
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, outcome

SIZES = [(rows, columns) for rows in range(4, 9) for columns in range(4, 9)]
NOTHING = np.empty(0, np.int64)


def assert_equal(position, slow):
    """What the rules say of a position is what the slow board says."""
    assert position.ply == slow.moves
    assert position.to_play == slow.to_play
    assert position.winner() == slow.winner()
    expected = LOSS if slow.winner() is not None else DRAW if slow.over() else ONGOING  # who is to move did not move last
    assert position.outcome() == expected
    assert position.legal_actions() == ([] if slow.over() else slow.legal())
    planes = np.zeros(position.game.plane_shape, np.uint8)
    for cell, stone in slow.cells.items():
        if stone is not None:
            planes[(0 if stone == slow.to_play else 1, *cell)] = 1
    for cell in slow.reachable():
        planes[(2, *cell)] = 1
    if len(planes) > 3:  # Connect Four alone tells who began, and what completes a line
        planes[3] = slow.to_play == 0
        for plane, player in ((4, slow.to_play), (5, 1 - slow.to_play)):
            for cell in slow.completing(player):
                planes[(plane, *cell)] = 1
    np.testing.assert_array_equal(position.planes(), planes)


@given(size=st.sampled_from(SIZES), choices=st.lists(st.integers(0, 7), max_size=64))
def test_connect_four(size, choices):
    rows, columns = size
    position, slow = Position(find(f"connect_four:rows={rows},columns={columns}")), SlowConnectFour(rows, columns)
    assert_equal(position, slow)
    for choice in choices:
        if slow.over():
            break
        action = slow.legal()[choice % len(slow.legal())]
        position.play(action)
        slow.play(action)
        assert_equal(position, slow)
    board = position.draw().split("\n")
    assert board[:rows] == slow.draw()
    assert board[rows] == " ".join(str(column + 1) for column in range(columns))


def test_tic_tac_toe_everywhere():
    """All 5478 positions that can be reached."""
    position, slow, seen = Position(find("tic_tac_toe")), SlowTicTacToe(), set()

    def visit():
        if position.state.tobytes() in seen:
            return
        seen.add(position.state.tobytes())
        assert_equal(position, slow)
        assert [row[2:] for row in position.draw().split("\n")[:3]] == slow.draw()
        for action in position.legal_actions():
            position.play(action)
            slow.play(action)
            visit()
            assert position.undo() == action
            slow.undo(action)

    visit()
    assert len(seen) == 5478


def outcome_of(game, stones):
    """Return the outcome where the player who has just moved has these stones and the other none."""
    state = np.zeros(1, game.state_dtype)
    state["theirs"][0] = sum(1 << (column * game.rows + game.rows - 1 - row) for row, column in stones)
    return outcome(game, state[0], NOTHING)


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_every_line_wins_and_nothing_less(rows, columns):
    game, lines = find(f"connect_four:rows={rows},columns={columns}"), SlowConnectFour(rows, columns).lines
    assert len(lines) == rows * (columns - 3) + (rows - 3) * columns + 2 * (rows - 3) * (columns - 3)
    for line in lines:
        assert outcome_of(game, line) == LOSS
        for missing in line:
            assert outcome_of(game, [cell for cell in line if cell != missing]) == ONGOING


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (4, 8), (8, 4), (6, 7)])
def test_lines_do_not_run_over_the_edge(rows, columns, random):
    """Four bits at equal distances win only where they are a line on the board; so do random stones."""
    game, slow = find(f"connect_four:rows={rows},columns={columns}"), SlowConnectFour(rows, columns)
    lines = [set(line) for line in slow.lines]

    def cell(bit):
        return rows - 1 - bit % rows, bit // rows

    for stride in (1, rows - 1, rows, rows + 1):
        for first in range(rows * columns - 3 * stride):
            stones = [cell(first + i * stride) for i in range(4)]
            assert outcome_of(game, stones) == (LOSS if set(stones) in lines else ONGOING)
    for _ in range(1000):
        stones = {cell(int(bit)) for bit in np.flatnonzero(random.random(rows * columns) < random.uniform(0.1, 0.6))}
        expected = LOSS if any(line <= stones for line in lines) else DRAW if len(stones) == rows * columns else ONGOING
        assert outcome_of(game, stones) == expected


def test_full_board_of_64_cells_is_a_draw():
    game = find("connect_four:rows=8,columns=8")
    state = np.zeros(1, game.state_dtype)
    # Pairs of columns that alternate in height and colour: no four in a line anywhere.
    bits = [0, 0]
    for column, row in product(range(8), range(8)):
        bits[(column // 2 + row) % 2] |= 1 << (column * 8 + row)
    state["mine"][0], state["theirs"][0] = bits
    assert bits[0] | bits[1] == 2**64 - 1
    assert outcome(game, state[0], NOTHING) == DRAW


@pytest.mark.parametrize("text", ["0", "8", "", "x", "١", "²", "11", " 1", "9" * 5000, "-1", "1.0"])
def test_connect_four_refuses_what_is_not_a_column(text):
    position = Position(find("connect_four"))
    with pytest.raises(MoveError, match="expected a column from 1 to 7, got"):
        position.read_move(text)


def test_tic_tac_toe_notation():
    position = Position(find("tic_tac_toe"))
    assert position.move_names() == ["a3", "b3", "c3", "a2", "b2", "c2", "a1", "b1", "c1"]
    assert position.read_move("B2") == 4
    for text in ("d1", "a4", "a", "a11", "１a"):
        with pytest.raises(MoveError, match="expected a cell from a1 to c3, got"):
            position.read_move(text)


@pytest.mark.parametrize("name", ["connect_four", "tic_tac_toe"])
@pytest.mark.parametrize("plies", [50_000, pytest.param(10_000_000, marks=pytest.mark.slow)])
def test_open_spiel(name, plies):
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game(name)
    assert compare(find(name), lambda: Spiel(game), plies)[0] >= plies
