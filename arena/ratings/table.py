"""Ratings of all players of a tournament from the games they played, with 95 % intervals.

Strengths, the advantage of moving first and the share of draws are fitted together, by maximum likelihood without a prior
(arena/ratings/davidson.py). Intervals are those of the profile likelihood (arena/ratings/profile.py): a difference to the
anchor belongs to the interval where the best fit with that difference is not much less likely than the best of all, by 1.92
in the logarithm (Wilks 1938).

Who won, or lost, every game against those that the anchor can be compared with has no finite rating: it is infinite, and
the interval has one side. That ends where the log-likelihood has fallen by -ln 0.05: beyond, so clean a sweep has a chance
under 5 %. Players that no games connect have no difference at all: it is NaN, in an interval without ends.

The games of a pair share an opening, so their results hang together: an opening that favours one side gives each player a
win. Where pairs are told, they are the independent trials (else games are). The fall of the likelihood is then measured in
units of c, the variance of the difference by the spread of whole trials' scores (the sandwich, Liang and Zeger 1986) over that
by the model (the vertical adjustment of Chandler and Bate 2007, "Inference for clustered data using the independence
loglikelihood"), and 1.96 gives way to the quantile of Student's t. In 400 simulated tournaments whose openings favour a side
by 400 Elo (one standard deviation), 96 % of such intervals held the truth, and 98 % of wider ones that take games as
independent. Openings that come again between two players who don't vary their moves break the assumption.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from arena.ratings.davidson import FloatArray, count
from arena.ratings.profile import OPEN, Profile
from zero.errors import PlayerError

ELO = 400 / math.log(10)  # of a factor e in strength
SWEEP = -math.log(0.05)  # how far the likelihood may fall where the other side has no end
TRIFLE = 0.01  # a fall that penalties alone account for, where games tell nothing
MANY = 1e9  # degrees of freedom with which Student's t is the normal distribution


class Outcome(NamedTuple):
    """A game that is over. Players by number; `first` moved first."""

    first: int
    second: int
    result: float  # 1 the first player won, ½ draw, 0 the second won
    pair: int | None = None  # the same number for two games of the same players from one opening; None: it stands alone


class Rating(NamedTuple):
    """A player's strength in Elo above the anchor's."""

    elo: float  # infinite where every game was won, or lost; NaN where no games connect the player with the anchor
    low: float  # 95 % interval; one-sided where elo is infinite
    high: float
    games: int
    score: float  # points per game: a win is 1, a draw ½
    draws: float  # share


class Table(NamedTuple):
    """The ratings of a tournament."""

    names: tuple[str, ...]
    ratings: list[Rating]  # in the order of the names
    first_move: float  # Elo advantage of moving first; NaN where nothing bounds it
    draw: float  # ν: between equals, a draw is ν/2 times as likely as a decided game
    superiority: FloatArray  # [n, n] likelihood that the row is stronger than the column; ½ on the diagonal
    anchor: int


def rate(names: Sequence[str], games: Sequence[Outcome], anchor: str | None = None, anchor_elo: float = 0.0) -> Table:
    """Return the ratings of one player or more from their games.

    anchor: who has the rating `anchor_elo`; None: the first of those that most others can be compared with.
    Raises PlayerError for an anchor that is not there.
    """
    if anchor is not None and anchor not in names:
        raise PlayerError(f"anchor {anchor!r}: expected one of {', '.join(names)}")
    size = len(names)
    first, second, results, _ = zip(*games, strict=True) if games else ((), (), (), ())
    profile = Profile(count(first, second, results, size), size)
    trials = Trials(profile, games)
    zero = _centre(profile) if anchor is None else list(names).index(anchor)
    others = [player for player in range(size) if player != zero]
    found = dict(zip(others, _intervals(profile, trials, profile.contrasts(others, zero)), strict=True)) | {zero: (0.0, 0.0, 0.0)}
    ratings = []
    for player in range(size):
        elo, low, high = (anchor_elo + ELO * end for end in found[player])
        ratings.append(Rating(elo, low, high, *_results(player, games)))
    told = profile.covariance[-2, -2] < OPEN**2
    first_move = ELO * float(profile.best[-2]) if told else math.nan
    draw = math.exp(profile.best[-1]) if 0.5 in results else 0.0
    return Table(tuple(names), ratings, first_move, draw, _superiority(profile, trials), zero)


class Trials:
    """What is independent of each other, pairs of games or games, and how the results within one hang together."""

    def __init__(self, profile: Profile, games: Sequence[Outcome]) -> None:
        self.profile = profile
        self.paired = any(game.pair is not None for game in games)
        self.size = 1.0  # games of a trial
        if not self.paired:
            return
        numbers: dict[object, int] = {}
        named = [(i,) if game.pair is None else (*sorted(game[:2]), game.pair) for i, game in enumerate(games)]
        trial = np.array([numbers.setdefault(name, len(numbers)) for name in named])
        self.size = len(games) / len(numbers)
        first, second, results, _ = (np.array(column) for column in zip(*games, strict=True))
        self.scores = np.zeros((len(numbers), profile.players + 2))  # of each trial: the gradient of its log-likelihood
        np.add.at(self.scores, trial, profile.likelihood.gradients(profile.best, first, second, results))
        met = _meetings(profile.players, first, second)
        meetings = np.unique(met)
        of_trial = np.zeros(len(numbers), np.intp)
        of_trial[trial] = np.searchsorted(meetings, met)
        self.trials = np.bincount(of_trial)  # of each meeting
        counts = profile.likelihood.counts
        cells = np.searchsorted(meetings, _meetings(profile.players, counts.first, counts.second))
        self.cells = np.equal.outer(cells, np.arange(len(meetings))).astype(np.float64)  # [c, meetings] 1 where it belongs

    def dependence(self, contrasts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return c of bounded contrasts, [K], and Student's degrees of freedom.

        These are one less than the effective number of trials, (Σ q)² / Σ q², q being what a trial tells of the contrast.
        One imaginary trial with c = 1 keeps the interval from vanishing where a few trials happen to be equal.
        """
        if not self.paired:
            return np.ones(len(contrasts)), np.full(len(contrasts), MANY)
        ways = contrasts @ self.profile.covariance
        spread = ((ways @ self.scores.T) ** 2).sum(1) / (contrasts * ways).sum(1)
        told = self.profile.likelihood.told(self.profile.best, ways) @ self.cells
        trials = told.sum(1) ** 2 / (told**2 / self.trials).sum(1)
        return (trials * spread + 1) / (trials + 1), np.maximum(trials - 1, 1)


def _meetings(players: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the number of each game's, or cell's, two players, whoever moved first."""
    return np.minimum(first, second) * players + np.maximum(first, second)


def _centre(profile: Profile) -> int:
    """Return the first player whose difference to most others is bounded."""
    size = profile.players
    one, other = np.divmod(np.arange(size * size), size)
    return int(np.argmin((profile.errors(profile.contrasts(one, other)) > OPEN).reshape(size, size).sum(1)))


def _intervals(profile: Profile, trials: Trials, contrasts: FloatArray) -> list[tuple[float, float, float]]:
    """Return contrasts at the maximum, with the ends of their intervals (see the module's text)."""
    bounded = profile.errors(contrasts) <= OPEN
    closed = np.ones((len(contrasts), 2), bool)
    closed[~bounded] = profile.closed(contrasts[~bounded])
    falls = np.full(len(contrasts), SWEEP * trials.size)
    dependence, freedom = trials.dependence(contrasts[bounded])
    falls[bounded] = stdtrit(freedom, 0.975) ** 2 / 2 * dependence
    ends = np.tile([-np.inf, np.inf], (len(contrasts), 1))
    rows, sides = np.nonzero(closed)
    ends[rows, sides] = profile.limits(contrasts[rows], 2.0 * sides - 1, falls[rows])
    middle = contrasts @ profile.best
    middle[~bounded] = np.select([closed[~bounded, 0], closed[~bounded, 1]], [np.inf, -np.inf], np.nan)
    return [(float(best), float(low), float(high)) for best, (low, high) in zip(middle, ends, strict=True)]


def _superiority(profile: Profile, trials: Trials) -> FloatArray:
    """Return [n, n] the likelihood that the row is stronger than the column, from the root of the likelihood ratio."""
    likely = np.full((profile.players, profile.players), 0.5)
    one, other = np.triu_indices(profile.players, 1)
    contrasts = profile.contrasts(one, other)
    bounded = profile.errors(contrasts) <= OPEN
    dependence, freedom = np.full(len(one), trials.size), np.full(len(one), MANY)
    dependence[bounded], freedom[bounded] = trials.dependence(contrasts[bounded])
    fall = profile.fall(contrasts, np.zeros(len(one)))[0]
    fall[~bounded & (fall < TRIFLE)] = 0.0
    likely[one, other] = stdtr(freedom, np.sign(contrasts @ profile.best) * np.sqrt(2 * fall / dependence))
    likely[other, one] = 1 - likely[one, other]
    return likely


def _results(player: int, games: Sequence[Outcome]) -> tuple[int, float, float]:
    """Return a player's number of games, points per game, and share of draws; half a point where there are no games."""
    points = [game.result if game.first == player else 1 - game.result for game in games if player in game[:2]]
    if not points:
        return 0, 0.5, 0.0
    return len(points), sum(points) / len(points), points.count(0.5) / len(points)
