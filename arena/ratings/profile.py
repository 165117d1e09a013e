"""The profile likelihood of rating differences: how it falls off around its maximum, and where it has fallen so far.

A contrast is a difference of two players' strengths, ln π, written as [p] factors of the parameters (arena/ratings/davidson.py).
Its profile at a value is the highest likelihood of all parameters that give it that value.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from arena.ratings.davidson import Counts, FloatArray, Likelihood

# A standard error in ln π beyond which nothing bounds a difference. Where something does, the largest seen are below 20;
# where nothing does, the curvature of the penalty alone is left, and the error is 1000 and more.
OPEN = 100.0
FAR = 60.0  # in ln π, 10,000 Elo: where the likelihood has not fallen by then, it never does
FALLEN = 3.0  # of the logarithm: more than the penalties account for
WIDEST = 2.0  # in ln π: the first step of the search for an end
EXACT = 1e-3  # of an end, in standard errors
MOST_STEPS = 60


class Profile:
    """The maximum of a likelihood and the falls around it."""

    def __init__(self, counts: Counts, players: int) -> None:
        self.players, self.likelihood = players, Likelihood(counts, players)
        best, top = self.likelihood.maximise(np.zeros((1, players + 2)))
        self.best, self.top = best[0], float(top[0])
        self.covariance = np.linalg.inv(self.likelihood.slope(best)[1][0])

    def contrasts(self, players: Sequence[int] | NDArray[np.intp], others: int | NDArray[np.intp]) -> FloatArray:
        """Return [K, p] contrasts: each player's strength less the other's."""
        contrasts = np.zeros((len(players), self.players + 2))
        rows = np.arange(len(players))
        contrasts[rows, players] += 1.0
        contrasts[rows, others] -= 1.0
        return contrasts

    def errors(self, contrasts: FloatArray) -> FloatArray:
        """Return the standard error of each contrast, [K]: beyond OPEN where nothing bounds it on one side or both."""
        return np.sqrt(((contrasts @ self.covariance) * contrasts).sum(1))

    def closed(self, contrasts: FloatArray) -> NDArray[np.bool_]:
        """Return [K, 2] whether the likelihood falls as a contrast goes down, and up, as far as one likes."""
        both = np.repeat(contrasts, 2, axis=0)
        return (self.fall(both, np.tile([-FAR, FAR], len(contrasts)))[0] > FALLEN).reshape(-1, 2)

    def fall(self, contrasts: FloatArray, values: FloatArray, start: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Return how far below its maximum the likelihood is where contrasts have these values, [K], and where, [K, p].

        start: [K, p] points near by, if known.
        """
        way = contrasts @ self.covariance
        way /= (contrasts * way).sum(1, keepdims=True)
        start = np.tile(self.best, (len(values), 1)) if start is None else start
        start = start + way * (values - (contrasts * start).sum(1))[:, None]
        points, heights = self.likelihood.maximise(start, contrasts)
        return np.maximum(self.top - heights, 0), points

    def limits(self, contrasts: FloatArray, sides: FloatArray, falls: FloatArray) -> FloatArray:
        """Return where the likelihood has fallen by so much, [K].

        sides: -1 for the place below the maximum, 1 for that above; falls: [K] how far. The likelihood must fall that far there.
        The square root of the fall is nearly linear in the contrast, so regula falsi (Illinois) needs few steps.
        """
        goal = np.sqrt(2 * falls)
        inner, under = contrasts @ self.best, -goal
        outer = inner + sides * np.minimum(goal * self.errors(contrasts), WIDEST)
        over, points = self._excess(contrasts, outer, goal, None)
        while (short := over < 0).any():
            further = np.where(short, 3 * outer - 2 * inner, outer)
            inner, under, outer = np.where(short, outer, inner), np.where(short, over, under), further
            over, points = self._excess(contrasts, outer, goal, points)
        place, last = outer, np.zeros(len(goal), np.intp)
        for _ in range(MOST_STEPS):
            place = outer - over * (outer - inner) / (over - under)
            there, points = self._excess(contrasts, place, goal, points)
            if (np.abs(there) < EXACT).all():
                break
            beyond = there >= 0
            weight = np.where(last == np.where(beyond, 1, -1), 0.5, 1.0)  # an end that stays a second time counts half
            last = np.where(beyond, 1, -1)
            under, over = np.where(beyond, under * weight, there), np.where(beyond, there, over * weight)
            inner, outer = np.where(beyond, inner, place), np.where(beyond, place, outer)
        return place

    def _excess(
        self, contrasts: FloatArray, values: FloatArray, goal: FloatArray, points: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the root of twice the fall, less the goal, and the points."""
        fall, points = self.fall(contrasts, values, points)
        return np.sqrt(2 * fall) - goal, points
