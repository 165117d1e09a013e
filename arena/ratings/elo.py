"""Elo differences from paired games, with intervals.

The two games of a pair share an opening and swap colours, so their results hang together: a lopsided opening gives
each player a win. Pairs, not games, are the independent trials. A pair's score is 0, ¼, ½, ¾ or 1 (the "pentanomial"
counts of chess engine testing: Van den Bergh 2019, "A practical introduction to the GSPRT").

Score and Elo: s = 1 / (1 + 10^(-elo / 400)), so elo = 400 log10(s / (1 - s)) (Elo 1978).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from arena.ratings.intervals import wilson


class Elo(NamedTuple):
    """How much stronger the first player is; infinite where nothing bounds it."""

    difference: float
    low: float  # 95 % interval; where all pairs were won or all lost, a one-sided 95 % bound
    high: float


def elo_of(score: float) -> float:
    """Return the Elo difference that gives the expected score, infinite for 0 and 1."""
    if score <= 0.0 or score >= 1.0:
        return math.copysign(math.inf, score - 0.5)
    return 400.0 * math.log10(score / (1.0 - score))


def score_interval(pairs: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the expected score, from the scores of pairs in [0, 1].

    It is Wilson's, with the effective sample size n / d instead of n (Korn and Graubard 1998). d is the variance of
    the pairs' scores over that of wins and losses of the same mean, m (1 - m): the more draws, the smaller. One
    imaginary pair with d = 1 is added, so that a few pairs that happen to be equal don't make the interval vanish.

    Where all n pairs scored 1 (or 0), one-sided: if a pair scores 1 with a probability under 0.05^(1/n), then all do
    with a probability under 5 %; so the expected score is at least that, with 95 % confidence.
    """
    count = len(pairs)
    if count == 0:
        return 0.0, 1.0
    mean = sum(pairs) / count
    if mean in (0.0, 1.0):
        bound = 0.05 ** (1 / count)
        return (bound, 1.0) if mean == 1.0 else (0.0, 1.0 - bound)
    variance = sum((score - mean) ** 2 for score in pairs) / count
    design = min(1.0, variance / (mean * (1 - mean)) + 1 / count)
    return wilson(mean, count / design)


def elo_difference(pairs: Sequence[float]) -> Elo:
    """Return the Elo difference and its 95 % interval, from the scores in [0, 1] of pairs of games."""
    low, high = score_interval(pairs)
    mean = sum(pairs) / len(pairs) if pairs else 0.5
    return Elo(elo_of(mean), elo_of(low), elo_of(high))
