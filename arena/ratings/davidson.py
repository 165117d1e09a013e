"""The model behind ratings: Bradley and Terry's, with draws (Davidson) and an advantage of moving first (Beaver).

Of a game of i, who moves first, and j:

    P(i wins) ∝ π_i θ        P(j wins) ∝ π_j / θ        P(draw) ∝ ν √(π_i π_j)

A strength π is told as Elo = 400 log10 π: whatever the share of draws, the odds of winning to losing are
10^(difference / 400), colours aside (Elo 1978). The advantage of moving first is 400 log10 θ². Sources: Davidson 1970, "On
extending the Bradley-Terry model to accommodate ties in paired comparison experiments", JASA 65:317, equation 2.6;
Davidson and Beaver 1977, "On extending the Bradley-Terry model to incorporate within-pair order effects",
Biometrics 33:693, whose γ is θ^-2.

The parameters x, [p] = [n + 2], are ln π of each player, 2 ln θ and ln ν. In these the log-likelihood is concave, and
Newton's method finds the maximum, also where a contrast a · x is held at a value.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

# A penalty of RIDGE/2 x² keeps what the games leave open (a player who lost every game) at a finite value, where the
# likelihood is at its least upper bound to 1e-4. What the games do tell moves by less than 0.001 Elo.
RIDGE = 1e-7
MOST_STEPS = 200
LONGEST_STEP = 4.0  # of any parameter: far from the maximum the curvature, and Newton's trust in it, mean little
MOST_HALVINGS = 30
ROUNDING = 1e-13  # relative error of a log-likelihood
CLOSE = 1e-12  # relative: twice what another step would gain


class Counts(NamedTuple):
    """Games by who moved first and who second, [c] each."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    wins: FloatArray  # of the first player
    draws: FloatArray
    losses: FloatArray


def count(first: Sequence[int], second: Sequence[int], results: Sequence[float], players: int) -> Counts:
    """Return the counts of games; results: 1 where the first player won, ½ draw, 0 where the second did."""
    cell = np.asarray(first, np.intp) * players + np.asarray(second, np.intp)
    doubled = np.rint(2 * np.asarray(results, np.float64)).astype(np.intp)
    table = np.zeros((players * players, 3))
    np.add.at(table, (cell, doubled), 1.0)
    met = np.flatnonzero(table.sum(1))
    return Counts(met // players, met % players, table[met, 2], table[met, 1], table[met, 0])


class Likelihood:
    """The log-likelihood of games, for K points x [K, p] at once."""

    def __init__(self, counts: Counts, players: int) -> None:
        self.players, self.size, self.counts = players, players + 2, counts
        cells = np.arange(len(counts.first))
        self.design = np.zeros((len(cells), players + 1))  # η = design · (ln π, 2 ln θ): log odds of a win to a loss
        self.design[cells, counts.first] += 1.0
        self.design[cells, counts.second] -= 1.0
        self.design[:, players] = 1.0
        self.games = counts.wins + counts.draws + counts.losses
        self.margin = (counts.wins - counts.losses) / 2
        self.draws = counts.draws

    def chances(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the probabilities of a win and of a draw, [K, c] each, and the logarithm of their denominator."""
        half = x[:, :-1] @ self.design.T / 2
        log_sum = np.logaddexp(np.logaddexp(half, -half), x[:, -1:])
        return np.exp(half - log_sum), np.exp(x[:, -1:] - log_sum), log_sum

    def value(self, x: FloatArray) -> FloatArray:
        """Return the log-likelihood, less the penalties, [K]."""
        log_sum = self.chances(x)[2]
        seen = x[:, :-1] @ (self.design.T @ self.margin) + x[:, -1] * self.draws.sum()
        return seen - log_sum @ self.games - self._penalty(x)

    def _penalty(self, x: FloatArray) -> FloatArray:
        """Return the ridge, and what holds the strengths' sum at 0; the likelihood doesn't depend on it."""
        return RIDGE / 2 * (x**2).sum(1) + x[:, : self.players].sum(1) ** 2 / 2

    def slope(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the gradient [K, p], and the information [K, p, p]: minus the second derivatives."""
        win, draw, _ = self.chances(x)
        lead = win - (1 - win - draw)  # P(win) - P(loss)
        gradient = np.empty_like(x)
        gradient[:, :-1] = (self.margin - self.games * lead / 2) @ self.design
        gradient[:, -1] = self.draws.sum() - draw @ self.games
        gradient -= RIDGE * x
        gradient[:, : self.players] -= x[:, : self.players].sum(1, keepdims=True)
        information = np.empty((len(x), self.size, self.size))
        spread = self.games * ((1 - draw) - lead**2) / 4
        information[:, :-1, :-1] = (self.design.T * spread[:, None]) @ self.design
        information[:, :-1, -1] = information[:, -1, :-1] = -(self.games * lead * draw / 2) @ self.design
        information[:, -1, -1] = (draw * (1 - draw)) @ self.games
        information += RIDGE * np.eye(self.size)
        information[:, : self.players, : self.players] += 1.0
        return gradient, information

    def gradients(self, point: FloatArray, first: Any, second: Any, results: Any) -> FloatArray:
        """Return [games, p] the gradient of each game's log-likelihood at one point [p]. results: as in `count`."""
        rows = np.arange(len(results))
        gradients = np.zeros((len(rows), self.size))
        lead = point[first] - point[second] + point[-2]
        weights = np.exp([lead / 2, -lead / 2, np.full(len(rows), point[-1])])
        win, loss, draw = weights / weights.sum(0)
        surprise = results - 0.5 - (win - loss) / 2
        gradients[rows, first] += surprise
        gradients[rows, second] -= surprise
        gradients[:, -2] = surprise
        gradients[:, -1] = (results == 0.5) - draw
        return gradients

    def told(self, point: FloatArray, ways: FloatArray) -> FloatArray:
        """Return [K, c] what the games of each cell tell of a step along each way [K, p]: way · information · way."""
        win, draw, _ = self.chances(point[None])
        lead = win - (1 - win - draw)
        along, more = ways[:, :-1] @ self.design.T, ways[:, -1:]
        spread = ((1 - draw) - lead**2) / 4 * along**2 - lead * draw * along * more + draw * (1 - draw) * more**2
        return self.games * spread

    def maximise(self, x: FloatArray, contrasts: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Return where the likelihood is highest, [K, p], and how high, [K], from `x` on.

        contrasts: [K, p]; each contrast · θ stays what it is at the start.
        """
        value = self.value(x)
        for _ in range(MOST_STEPS):
            gradient, information = self.slope(x)
            step = _newton(gradient, information, contrasts)
            if ((gradient * step).sum(1) < CLOSE * (1 + np.abs(value))).all():
                break
            step *= np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(step).max(1, keepdims=True), 1e-300))
            x, value = self._walk(x, value, step)
        return x, value

    def _walk(self, x: FloatArray, value: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Go along each step, or a half of it, a quarter …, as far as the likelihood doesn't fall."""
        share = np.ones((len(x), 1))
        there = self.value(x + step)
        for _ in range(MOST_HALVINGS):
            fell = there < value - ROUNDING * np.abs(value)
            if not fell.any():
                break
            share[fell] /= 2
            there = self.value(x + share * step)
        return x + share * step, there


def _newton(gradient: FloatArray, information: FloatArray, contrasts: FloatArray | None) -> FloatArray:
    """Return Newton's step, [K, p]; with contrasts, the one that leaves them as they are."""
    step = np.linalg.solve(information, gradient[..., None])[..., 0]
    if contrasts is None:
        return step
    bent = np.linalg.solve(information, contrasts[..., None])[..., 0]
    return step - bent * ((contrasts * step).sum(1) / (contrasts * bent).sum(1))[:, None]
