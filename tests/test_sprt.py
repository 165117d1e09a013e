"""The sequential test: numbers of other programs, error rates and stopping times by simulation, and the order of pairs."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from simulated_tournaments import binomial_bounds

from arena.ratings.sprt import LaunchOrder, Sprt, log_likelihood_ratio, score_of
from zero.errors import SettingsError

SCORES = np.arange(5) / 4
# Distributions of a pair's score: many draws as in chess, few, and lopsided openings that give each player a win.
SHAPES = {
    "draws": (0.02, 0.2, 0.56, 0.2, 0.02),
    "decided": (0.25, 0.05, 0.4, 0.05, 0.25),
    "lopsided": (0.06, 0.04, 0.8, 0.04, 0.06),
}


def tilted(shape, score):
    """Return the distribution nearest to `shape` (in the sense of Kullback and Leibler) with that expected score."""
    low, high = -50.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2
        weights = np.array(shape) * np.exp(middle * SCORES)
        low, high = (middle, high) if weights @ SCORES / weights.sum() < score else (low, middle)
    return weights / weights.sum()


@pytest.mark.parametrize(
    ("counts", "elo0", "elo1", "llr"),
    [
        # fastchess, app/tests/sprt_test.cpp, "logistic pentanomial" 1 and 2; it compares to 1 %
        ((223, 9863, 21279, 10037, 246), 0.5, 2.5, -3.07),
        ((871, 26175, 55983, 26678, 821), 0.0, 2.0, -4.98),
    ],
)
def test_fastchess_gives_the_same_ratio(counts, elo0, elo1, llr):
    assert float(log_likelihood_ratio(np.array(counts, float), elo0, elo1)) == pytest.approx(llr, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_ratio_of_the_best_distributions_with_these_scores(seed):
    """The two maxima are found again by a general method, over all distributions with the expected score."""
    random = np.random.default_rng(seed)
    counts = random.multinomial(200, random.dirichlet([2] * 5)) + 1.0

    def highest(score):
        constraints = [
            {"type": "eq", "fun": lambda logs: np.exp(logs).sum() - 1},
            {"type": "eq", "fun": lambda logs: np.exp(logs) @ SCORES - score},
        ]
        found = minimize(
            lambda logs: -(counts @ logs) / 200, np.log(counts / counts.sum()), method="SLSQP", constraints=constraints,
            options={"maxiter": 500, "ftol": 1e-12},
        )  # fmt: skip
        assert found.success
        return -found.fun * 200

    expected = highest(score_of(40)) - highest(score_of(-10))
    assert float(log_likelihood_ratio(counts, -10, 40)) == pytest.approx(expected, abs=1e-3)


def test_turning_the_players_round_turns_the_sign(random):
    for _ in range(50):
        counts = random.integers(0, 30, 5).astype(float)
        one, other = log_likelihood_ratio(counts, -3, 8), log_likelihood_ratio(counts[::-1], -8, 3)
        assert float(one) == pytest.approx(-float(other), abs=1e-9)


def test_bounds_are_walds():
    test = Sprt(0, 10, alpha=0.05, beta=0.1)
    assert (test.lower, test.upper) == (pytest.approx(math.log(0.1 / 0.95)), pytest.approx(math.log(0.9 / 0.05)))
    assert (test.state, test.llr, test.pairs) == ("going on", 0.0, 0)


def test_it_stops_once_and_for_all():
    test = Sprt(0, 100)
    while test.state == "going on":
        test.add(3)
    assert test.state == "accept H1"
    pairs, ratio = test.pairs, test.llr
    for _ in range(100):
        test.add(0)
    assert (test.state, test.pairs, test.llr) == ("accept H1", pairs, ratio)
    other = Sprt(0, 100)
    for _ in range(100):
        other.add(1)
    assert other.state == "accept H0"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((5, 5), "expected elo0 < elo1, got 5 and 5"),
        ((5, 0), "expected elo0 < elo1"),
        ((0, math.inf), "expected elo0 < elo1"),
        ((0, math.nan), "expected elo0 < elo1"),
        ((0, 5, 0.0), "expected alpha above 0 and below 0.5, got 0"),
        ((0, 5, 0.05, 0.5), "expected beta above 0 and below 0.5, got 0.5"),
    ],
)
def test_bad_numbers(numbers, expected):
    with pytest.raises(SettingsError, match=expected):
        Sprt(*numbers)


def test_pairs_count_in_the_order_of_launch(random):
    scores = random.integers(0, 5, 300).tolist()
    order = LaunchOrder()
    counted = []
    ended = set()
    for pair in random.permutation(300).tolist():
        counted += order.finished(pair, scores[pair])
        ended.add(pair)
        gap = next(number for number in range(301) if number not in ended)
        assert len(counted) == gap  # as far as there is no gap, and no further
    assert counted == scores


def run(random, chances, elo0, elo1, tests, most):
    """Return of many simulated tests at once which accepted H1, and after how many pairs each stopped."""
    lower, upper = Sprt(elo0, elo1).lower, Sprt(elo0, elo1).upper
    counts = np.zeros((tests, 5))
    going = np.arange(tests)
    accepted, stopped = np.zeros(tests, bool), np.full(tests, most)
    for pairs in range(1, most + 1):
        counts[going, random.choice(5, len(going), p=chances)] += 1
        ratio = log_likelihood_ratio(counts[going], elo0, elo1)
        over = (ratio >= upper) | (ratio <= lower)
        accepted[going[over]], stopped[going[over]] = ratio[over] >= upper, pairs
        going = going[~over]
        if not len(going):
            return accepted, stopped
    raise AssertionError(f"{len(going)} of {tests} tests have not stopped after {most} pairs")


def walds_expectation(chances, elo0, elo1):
    """Return the pairs that a test of α = β = 5 % is expected to take where elo1 is true (Wald 1945, without the excess)."""
    bound = 0.95 * math.log(0.95 / 0.05) + 0.05 * math.log(0.05 / 0.95)
    a, b = tilted(chances, score_of(elo0)), tilted(chances, score_of(elo1))
    variance = b @ SCORES**2 - (b @ SCORES) ** 2
    drift = (score_of(elo1) - score_of(elo0)) ** 2 / (2 * variance)  # of the ratio, a pair
    assert drift == pytest.approx(float(b @ np.log(b / a)), rel=0.1)
    return bound / drift


def check(random, shape, tests, elo0, elo1, most):
    """Require error rates of at most 5 % and stopping times near Wald's. Three standard deviations."""
    chances0, chances1 = (tilted(SHAPES[shape], score_of(elo)) for elo in (elo0, elo1))
    wrong, _ = run(random, chances0, elo0, elo1, tests, most)
    right, stopped = run(random, chances1, elo0, elo1, tests, most)
    most_errors = binomial_bounds(0.05, tests, 3)[1]
    assert wrong.sum() <= most_errors
    assert (~right).sum() <= most_errors
    expected = walds_expectation(SHAPES[shape], elo0, elo1)
    assert 0.9 <= stopped.mean() / expected <= 1.15


def test_error_rates_and_stopping_times(random):
    check(random, "draws", 200, 0, 40, 3000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "elo0", "elo1"),
    [("draws", 0, 20), ("decided", 0, 20), ("lopsided", 0, 20), ("draws", -10, 10), ("lopsided", 30, 50)],
)
def test_error_rates_and_stopping_times_of_2000_tests(shape, elo0, elo1, random):
    check(random, shape, 2000, elo0, elo1, 20_000)


def test_counting_pairs_when_they_end_would_lean(random):
    """What the order of launch prevents: lost pairs end first; where all are counted as they end, H0 is accepted too often."""
    chances = tilted(SHAPES["decided"], score_of(80))
    errors = {"launched": 0, "ended": 0}
    for _ in range(20):
        scores = random.choice(5, 400, p=chances)
        ends = np.arange(400) + np.where(scores < 2, 0, 100)  # 100 pairs run at a time; those lost take no time
        for name, sequence in (("launched", scores), ("ended", scores[np.argsort(ends, kind="stable")])):
            test = Sprt(0, 80)
            for score in sequence:
                test.add(int(score))
            errors[name] += test.state == "accept H0"
    assert errors["launched"] <= 4
    assert errors["ended"] >= 12
