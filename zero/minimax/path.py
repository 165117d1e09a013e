"""The path that a method takes, and what we measure on it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zero.minimax import rates, verdict
from zero.minimax.equilibrium import INTERIOR, Equilibrium, OptimalSet
from zero.minimax.gradients import softmax
from zero.minimax.methods import METHODS
from zero.minimax.payoffs import FloatArray, MatrixGame
from zero.minimax.settings import Settings

FARTHEST = 1e307  # logits beyond this count as this far away, so that sums of them stay in the range of a float64


@dataclass(frozen=True, eq=False)
class Run:
    """The path of one method, with its measures: [T + 1] float64 each, at the start and after each step.

    logits:      [T + 1, m + n] float64, player 1's and player 2's.
    rest:        [m + n] joint logits at which the method stands still: for an anchored method its point at rest, for the
                 others the equilibrium; None where there is no such point (an equilibrium that leaves actions out).
    diverged_at: the step whose logits left the range of a float64; None if all T = steps were made.
    """

    game: MatrixGame
    method: str
    settings: Settings
    logits: FloatArray
    equilibrium: Equilibrium
    rest: FloatArray | None
    diverged_at: int | None

    @cached_property
    def strategies(self) -> FloatArray:
        """Both players' strategies; [T + 1, m + n]."""
        rows = self.rows
        return np.concatenate([softmax(self.logits[:, :rows]), softmax(self.logits[:, rows:])], axis=1)

    @cached_property
    def averages(self) -> FloatArray:
        """The mean of the strategies from the start to each step; [T + 1, m + n]."""
        return np.cumsum(self.strategies, axis=0) / np.arange(1, len(self.logits) + 1)[:, None]

    @cached_property
    def distance(self) -> FloatArray:
        """The Euclidean distance of both strategies together from the nearest equilibrium; [T + 1]."""
        if self.equilibrium.unique:
            return np.linalg.norm(self.strategies - self.equilibrium.joint, axis=1)
        return _distance_from_many(self.game, self.equilibrium, self.strategies)

    @cached_property
    def logit_distance(self) -> FloatArray | None:
        """The distance of the logits, centred for each player, from the point at rest; [T + 1].

        Without a point at rest, that of the logits of the actions that the equilibrium uses, together with the probability
        of the others. None where there are many equilibria.
        """
        if self.rest is None and not self.equilibrium.unique:
            return None
        apart = []
        for player in (slice(0, self.rows), slice(self.rows, None)):
            logits, target = self.logits[:, player], self.equilibrium.joint[player]
            used = target >= INTERIOR if self.rest is None else np.ones(len(target), dtype=bool)
            offset = np.clip(logits[:, used], -FARTHEST, FARTHEST)
            offset -= np.log(target[used]) if self.rest is None else np.clip(self.rest[player], -FARTHEST, FARTHEST)
            apart += [offset - (offset / offset.shape[1]).sum(axis=1, keepdims=True), self.strategies[:, player][:, ~used]]
        return _norms(np.concatenate(apart, axis=1))

    @cached_property
    def exploitability(self) -> FloatArray:
        """What best responses to the strategies would gain, both players' gains together; [T + 1]."""
        return self._gaps(self.strategies)

    @cached_property
    def average_exploitability(self) -> FloatArray:
        """The exploitability of the average strategies; [T + 1]."""
        return self._gaps(self.averages)

    @cached_property
    def fit(self) -> "verdict.Fit":
        """The factor per step, where on the path it was measured, and the verdict."""
        return verdict.judge(self)

    @property
    def verdict(self) -> str:
        """Whether the path `diverges`, `cycles` or `converges`."""
        return self.fit.verdict

    @property
    def factor(self) -> float | None:
        """The measured factor per step by which the distance changes; None where there was nothing to measure."""
        return self.fit.factor

    @cached_property
    def expected_factor(self) -> float | None:
        """The factor per step near the point at rest, by linear theory, exact gradients; None where there is none."""
        alpha, method = self.settings.alpha, METHODS[self.method]
        if self.rest is None or self.settings.gradients == "sampled":
            return None
        if method.decays and self.settings.decay > 0:
            return rates.expected_factor_with_decay(self.game, self.rest, alpha, self.settings.decay, method.one_learner)
        plain = {"anchored": "simgad", "single-anchored": "single"}.get(self.method, self.method)
        return rates.expected_factor(plain, alpha, rates.singular_values(self.game, self.equilibrium))

    @property
    def rest_strategies(self) -> FloatArray | None:
        """The strategies at the point at rest; [m + n], or None."""
        if self.rest is None:
            return None
        return np.concatenate([softmax(self.rest[: self.rows]), softmax(self.rest[self.rows :])])

    @property
    def rows(self) -> int:
        """The number of actions of player 1, whose entries come first."""
        return len(self.game.payoff)

    def _gaps(self, strategies: FloatArray) -> FloatArray:
        row, column = np.split(strategies, [self.rows], axis=1)
        gaps = (column @ self.game.payoff.T).max(axis=1) - (row @ self.game.payoff).min(axis=1)
        return np.maximum(gaps, 0.0)


def _distance_from_many(game: MatrixGame, equilibrium: Equilibrium, strategies: FloatArray) -> FloatArray:
    low = game.payoff.min()
    spread = (game.payoff.max() - low) or 1.0
    unit, value = (game.payoff - low) / spread, (equilibrium.value - low) / spread
    sets = OptimalSet(unit, value), OptimalSet(-unit.T, -value)
    parts = np.split(strategies, [len(game.payoff)], axis=1)
    nearest = [[where.nearest(strategy) for strategy in part] for where, part in zip(sets, parts, strict=True)]
    return np.linalg.norm(strategies - np.concatenate(nearest, axis=1), axis=1)


def _norms(vectors: FloatArray) -> FloatArray:
    """Return the length of each vector, without overflow on the way; [T, k] to [T]."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)
    with np.errstate(over="ignore"):
        return np.minimum(scale * np.linalg.norm(vectors / scale[:, None], axis=1), np.finfo(np.float64).max)
