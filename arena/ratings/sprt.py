"""A sequential test of two players: it stops as soon as pairs of games tell which of two Elo differences fits.

Generalised sequential probability ratio test on the five scores of a pair: H0 says the expected score is that of elo0, H1
that of elo1; the log-likelihood ratio (LLR) is that of the two distributions over 0, ¼, ½, ¾, 1 which fit the pairs best
under each. Wald's bounds (1945): H1 is accepted at ln((1 - β) / α), H0 at ln(β / (1 - α)). Sources: Van den Bergh 2019,
"A practical introduction to the GSPRT", and "The generalized maximum likelihood ratio for the expectation value of a
distribution", proposition 1.1; fishtest and fastchess do the same ("logistic", pentanomial).

Elo is logistic in the score, s = 1 / (1 + 10^(-elo / 400)), as in arena/ratings/elo.py.

Pairs count in the order in which they were launched. Games that end early are not like the others (a quick win, a short
draw); were they counted when they end, the stop would lean towards their results.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zero.errors import SettingsError

SCORES = np.arange(5) / 4  # of a pair
UNSEEN = 1e-3  # pairs, in place of none, so that any expected score is possible (fishtest's value)
HALVINGS = 60  # of the interval in which a multiplier is sought

State = Literal["going on", "accept H0", "accept H1"]


class Sprt:
    """A test in progress. Raises SettingsError where its numbers make no sense."""

    def __init__(self, elo0: float, elo1: float, alpha: float = 0.05, beta: float = 0.05) -> None:
        """
        elo0, elo1:  the differences to tell apart, elo0 < elo1.
        alpha, beta: the chance to accept H1 where elo0 is true, and H0 where elo1 is.
        """
        if not (math.isfinite(elo0) and math.isfinite(elo1) and elo0 < elo1):
            raise SettingsError(f"expected elo0 < elo1, got {elo0:g} and {elo1:g}")
        for name, share in (("alpha", alpha), ("beta", beta)):
            if not 0 < share < 0.5:
                raise SettingsError(f"expected {name} above 0 and below 0.5, got {share:g}")
        self.elo0, self.elo1 = elo0, elo1
        self.lower, self.upper = math.log(beta / (1 - alpha)), math.log((1 - beta) / alpha)
        self.counts = [0] * 5  # pairs with each score
        self.llr = 0.0
        self.state: State = "going on"

    @property
    def pairs(self) -> int:
        """Pairs that have been counted."""
        return sum(self.counts)

    def add(self, pair_score: int) -> None:
        """Count the next pair in the order of launch, unless the test has ended. pair_score: 0 to 4 quarters of all points."""
        if self.state != "going on":
            return
        self.counts[pair_score] += 1
        self.llr = float(log_likelihood_ratio(np.array(self.counts, np.float64), self.elo0, self.elo1))
        if self.llr >= self.upper:
            self.state = "accept H1"
        elif self.llr <= self.lower:
            self.state = "accept H0"


class LaunchOrder:
    """Puts the results of pairs that end in any order back into the order in which they were launched."""

    def __init__(self) -> None:
        self.next = 0  # the first pair that has not ended
        self.waiting: dict[int, int] = {}

    def finished(self, pair: int, pair_score: int) -> list[int]:
        """Return the scores that can be counted now that a pair (numbered from 0) has ended: a prefix has no gaps."""
        self.waiting[pair] = pair_score
        ready = []
        while self.next in self.waiting:
            ready.append(self.waiting.pop(self.next))
            self.next += 1
        return ready


def score_of(elo: float) -> float:
    """Return the expected score of a player who is so much stronger."""
    return float(1 / (1 + 10 ** (-elo / 400)))


def log_likelihood_ratio(counts: NDArray[np.float64], elo0: float, elo1: float) -> NDArray[np.float64]:
    """Return the LLR of elo1 against elo0. counts: [..., 5] pairs that scored 0, ¼, ½, ¾, 1; the result is [...].

    The likeliest distribution with the expected score s is p_i = p̂_i / (1 + m (a_i - s)), a_i being the pairs' scores and p̂
    their shares. m solves Σ p̂_i (a_i - s) / (1 + m (a_i - s)) = 0, whose left side falls from +∞ to -∞ between two poles.
    """
    seen = np.where(counts == 0, UNSEEN, counts)[..., None, :]
    expected = np.array([score_of(elo0), score_of(elo1)])
    away = SCORES - expected[:, None]  # [2, 5]
    low = np.broadcast_to(-1 / (1 - expected), (*counts.shape[:-1], 2))
    high = np.broadcast_to(1 / expected, low.shape)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        right = (seen * away / (1 + middle[..., None] * away)).sum(-1) > 0  # the root lies further right
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    height = -(seen * np.log1p((low + high)[..., None] / 2 * away)).sum(-1)
    return height[..., 1] - height[..., 0]
