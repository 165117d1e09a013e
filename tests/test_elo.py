"""Elo differences and intervals: numbers worked out by hand or printed in the literature, and coverage by simulation."""

import math

import numpy as np
import pytest

from arena.ratings.elo import elo_difference, elo_of, score_interval
from arena.ratings.intervals import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3 (Wilson's score)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(successes, trials, low, high):
    assert wilson(successes / trials, trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    mirrored = wilson(1 - successes / trials, trials)
    assert mirrored == (pytest.approx(1 - high, abs=5e-5), pytest.approx(1 - low, abs=5e-5))


def test_wilson_without_trials_knows_nothing():
    assert wilson(0.5, 0) == (0.0, 1.0)


def test_elo_of_known_scores():
    assert elo_of(0.5) == 0.0
    assert elo_of(0.75) == pytest.approx(190.85, abs=0.005)  # 400 log10 3
    assert elo_of(10 / 11) == pytest.approx(400.0)  # ten to one
    assert elo_of(1 / 11) == pytest.approx(-400.0)
    assert elo_of(1.0) == math.inf
    assert elo_of(0.0) == -math.inf


def test_the_interval_of_four_pairs_worked_out_by_hand():
    # mean ½, variance 1/8, that of wins and losses 1/4: d = 1/2 + 1/4, effective size 16/3, z²/n = 0.72027,
    # half width 1.95996 · √(0.25 · 3/16 + 0.72027 · 3/64) / 1.72027 = 0.32353
    low, high = score_interval([1.0, 0.5, 0.5, 0.0])
    assert (low, high) == (pytest.approx(0.17647, abs=1e-5), pytest.approx(0.82353, abs=1e-5))


def test_where_all_pairs_were_won_the_bound_is_one_sided():
    won = elo_difference([1.0] * 10)
    assert won.difference == won.high == math.inf
    assert won.low == pytest.approx(400 * math.log10(0.741134 / 0.258866), abs=0.01)  # 0.05^(1/10) = 0.741134
    lost = elo_difference([0.0] * 10)
    assert lost.difference == lost.low == -math.inf
    assert lost.high == pytest.approx(-won.low)


def test_no_pairs_say_nothing():
    assert elo_difference([]) == (0.0, -math.inf, math.inf)


def test_swapping_the_players_turns_the_interval_round(random):
    for _ in range(200):
        pairs = random.choice([0.0, 0.25, 0.5, 0.75, 1.0], size=random.integers(1, 40))
        one, other = elo_difference(list(pairs)), elo_difference(list(1 - pairs))
        assert one.low < one.difference < one.high or math.isinf(one.difference)
        for a, b in ((one.difference, other.difference), (one.low, other.high), (one.high, other.low)):
            assert a == -b or a == pytest.approx(-b, abs=1e-6)


def test_pairs_that_agree_tell_more_than_lopsided_ones():
    lopsided = elo_difference([1.0, 0.0] * 50)  # each player wins both games of half of the openings
    even = elo_difference([0.5] * 100)
    assert even.high - even.low < 0.3 * (lopsided.high - lopsided.low)


@pytest.mark.parametrize(
    "chances",
    [
        (0.5, 0, 0, 0, 0.5),
        (0.1, 0, 0, 0, 0.9),
        (0.05, 0.2, 0.5, 0.2, 0.05),
        (0, 0.03, 0.94, 0.03, 0),
        (0.02, 0.08, 0.2, 0.3, 0.4),
        (0, 0, 0.02, 0.08, 0.9),
    ],
)
@pytest.mark.parametrize("pairs", [20, 50, 200])
def test_the_interval_covers_the_truth(chances, pairs, random):
    """95 % intervals should hold the true score in at least 93 % of matches.

    Of 4000 simulated matches we ask for 92 %: a procedure that covers 93 % fails that once in a hundred times
    (2.5 standard deviations of 0.4 %); the seed is fixed.
    """
    values = np.array([0, 0.25, 0.5, 0.75, 1])
    truth = float(values @ np.array(chances))
    counts = random.multinomial(pairs, chances, size=4000)
    intervals = (score_interval(np.repeat(values, row).tolist()) for row in counts)
    covered = sum(low <= truth <= high for low, high in intervals)
    assert covered / 4000 >= 0.92
