"""Values and equilibria of matrix games, against a linear program written here, nashpy, and cases known by hand."""

import warnings

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from zero.minimax import MatrixGame, exploitability, lizard_spock, matching_pennies, rock_paper_scissors, solve
from zero.minimax.equilibrium import OptimalSet


def program_value(payoff):
    """The value by player 2's program in its textbook form: with payoffs above 0, minimise 1/v."""
    shift = 1 - payoff.min()
    result = linprog(-np.ones(payoff.shape[1]), A_ub=payoff + shift, b_ub=np.ones(len(payoff)), method="highs")
    return -1 / result.fun - shift


def random_payoffs():
    """200 games; those of small integers, of repeated and of constant rows have many equilibria."""
    rng = np.random.default_rng(2024)
    for number in range(200):
        rows, columns = rng.integers(1, 7, size=2)
        kind = number % 5
        payoff = rng.normal(size=(rows, columns))
        if kind == 1:
            payoff = rng.integers(-1, 2, size=(rows, columns)).astype(float)
        elif kind == 2:
            payoff = payoff[rng.integers(0, rows, rows)][:, rng.integers(0, columns, columns)]
        elif kind == 3:
            payoff = np.outer(rng.normal(size=rows), rng.normal(size=columns))
        elif kind == 4:
            square = rng.normal(size=(rows, rows)) * 10.0 ** rng.integers(-3, 4)
            payoff = square - square.T
        yield payoff


GAMES = list(random_payoffs())


def test_value_agrees_with_a_linear_program_and_exploitability_is_zero():
    for payoff in GAMES:
        found = solve(MatrixGame("random", payoff))
        size = max(1.0, np.abs(payoff).max())
        assert found.value == pytest.approx(program_value(payoff), abs=1e-9 * size)
        assert 0 <= exploitability(payoff, found.row, found.column) <= 1e-9
        for strategy in (found.row, found.column):
            assert strategy.min() >= 0
            assert strategy.sum() == pytest.approx(1, abs=1e-12)


def test_value_agrees_with_nashpy():
    for payoff in GAMES:
        game = nashpy.Game(payoff)
        row, column = game.linear_program()
        assert solve(MatrixGame("random", payoff)).value == pytest.approx(
            row @ payoff @ column, abs=1e-7 * (1 + abs(payoff).max())
        )


def test_small_games_agree_with_nashpy_s_supports():
    """Another algorithm: every equilibrium that nashpy enumerates pays the value, and a unique one is ours."""
    for payoff in (payoff for payoff in GAMES if max(payoff.shape) <= 3):
        found = solve(MatrixGame("random", payoff))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of games that have many equilibria
            for row, column in nashpy.Game(payoff).support_enumeration():
                assert row @ payoff @ column == pytest.approx(found.value, abs=1e-9)
                if found.unique:
                    np.testing.assert_allclose(np.r_[row, column], np.r_[found.row, found.column], atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_exploitability_is_never_negative_and_falls_to_zero_only_at_the_value(seed, rows, columns):
    rng = np.random.default_rng(seed)
    payoff = rng.normal(size=(rows, columns))
    row, column = rng.dirichlet(np.ones(rows)), rng.dirichlet(np.ones(columns))
    gap = exploitability(payoff, row, column)
    value = program_value(payoff)
    assert gap >= 0
    assert (row @ payoff).min() <= value + 1e-9  # weak duality: each player's guarantee is on its side of the value
    assert (payoff @ column).max() >= value - 1e-9
    assert gap == pytest.approx((payoff @ column).max() - (row @ payoff).min(), abs=1e-12)


@pytest.mark.parametrize(
    ("game", "value", "row", "column"),
    [
        (rock_paper_scissors(), 0, [1 / 3] * 3, [1 / 3] * 3),
        (lizard_spock(), 0, [1 / 5] * 5, [1 / 5] * 5),
        (matching_pennies(), 0, [1 / 2] * 2, [1 / 2] * 2),
        (MatrixGame("saddle", [[4, 1, 3], [5, 2, 9], [0, 0, 7]]), 2, [0, 1, 0], [0, 1, 0]),
        (MatrixGame("two by three", [[3, 0], [0, 1]]), 3 / 4, [1 / 4, 3 / 4], [1 / 4, 3 / 4]),
    ],
)
def test_known_games(game, value, row, column):
    found = solve(game)
    assert found.unique
    assert found.value == pytest.approx(value, abs=1e-12)
    np.testing.assert_allclose(found.row, row, atol=1e-12)
    np.testing.assert_allclose(found.column, column, atol=1e-12)


def test_lizard_and_spock_follow_the_rules():
    """Scissors cut paper, paper covers rock, rock crushes lizard, lizard poisons Spock, Spock smashes scissors, ..."""
    game = lizard_spock()
    beats = {
        "scissors": {"paper", "lizard"},
        "paper": {"rock", "spock"},
        "rock": {"lizard", "scissors"},
        "lizard": {"spock", "paper"},
        "spock": {"scissors", "rock"},
    }
    for i, first in enumerate(game.actions[0]):
        for j, second in enumerate(game.actions[1]):
            assert game.payoff[i, j] == (second in beats[first]) - (first in beats[second])


@pytest.mark.parametrize(
    ("payoff", "row", "column"),
    [
        ([[1, 1, 1], [1, 1, 1]], [1 / 2] * 2, [1 / 3] * 3),
        ([[1, 1, -1], [-1, -1, 1]], [1 / 2, 1 / 2], [1 / 4, 1 / 4, 1 / 2]),  # pennies with one side twice
        ([[3, 0, 1], [0, 2, 1]], [1 / 2, 1 / 2], [0, 0, 1]),  # player 1 may play from 1/3 to 1/2
    ],
)
def test_of_many_equilibria_the_nearest_to_uniform_play_is_returned(payoff, row, column):
    found = solve(MatrixGame("degenerate", payoff))
    assert not found.unique
    np.testing.assert_allclose(found.row, row, atol=1e-6)
    np.testing.assert_allclose(found.column, column, atol=1e-6)


def test_nearest_optimal_strategy_is_optimal_and_no_other_is_nearer():
    """The nearest point x of a convex set to y has (y - x)·(vertex - x) <= 0 for all vertices."""
    rng = np.random.default_rng(3)
    for payoff in [payoff for payoff in GAMES if len(payoff) > 1][::4]:
        spread = np.ptp(payoff) or 1.0
        unit = (payoff - payoff.min()) / spread
        value = program_value(unit)
        where = OptimalSet(unit, value)
        for _ in range(3):
            given = rng.normal(size=len(unit))
            nearest = where.nearest(given)
            assert (nearest @ unit).min() >= value - 1e-10
            vertex = linprog(
                -(given - nearest),
                A_ub=-unit.T,
                b_ub=np.full(unit.shape[1], -value + 1e-12),
                A_eq=np.ones((1, len(unit))),
                b_eq=[1.0],
            ).x
            assert (given - nearest) @ (vertex - nearest) <= 1e-7
