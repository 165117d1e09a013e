"""Which checkpoints of a run to rate, and who plays whom so that few games tell much.

First neighbours meet. Then, match by match, the two players whose games tell the most: the largest product of the
information that a game of theirs is expected to give and the variance of their difference so far (the step of a D-optimal
design: it multiplies the determinant of the information matrix by the most; Wynn 1970, "The sequential generation of
D-optimum experimental designs"). That ties distant checkpoints together as far as their games are not one-sided.
"""

from typing import Any

import numpy as np

from arena.ratings.davidson import Counts, Likelihood, count
from arena.ratings.table import Outcome


def chosen(generations: list[int], most: int, every: int | None) -> list[int]:
    """Return which of the generations (ascending) to rate: multiples of a step, the first and the last."""
    step = every or 1
    while True:
        found = [number for number in generations if number % step == 0 or number in (generations[0], generations[-1])]
        if every or len(found) <= most or step > generations[-1]:
            return found
        step *= 2


def next_pair(players: int, chain: int, games: list[Outcome], target: int) -> tuple[int, int] | None:
    """Return which two players are to meet next, None where enough was played (see the module's text).

    chain: the first so many players are neighbours of each other in their order; the others have none.
    """
    met = {frozenset(game[:2]) for game in games}
    for i in range(chain - 1):
        if frozenset((i, i + 1)) not in met:
            return i, i + 1
    if len(games) >= target:
        return None
    return divmod(int(np.argmax(expected_gain(players, chain, games))), players)


def expected_gain(players: int, chain: int, games: list[Outcome]) -> Any:
    """Return [n, n] how much a game of each two is expected to tell: its information times the variance of their difference.

    Only here, half an imaginary win and half a loss between neighbours, and between the others and all, keep apart what was
    won by all games from what is known.
    """
    first, second, results, _ = zip(*games, strict=True) if games else ((), (), (), ())
    seen = count(first, second, results, players)
    ties = [(i, i + 1) for i in range(chain - 1)] + [(i, j) for j in range(chain, players) for i in range(j)]
    one, other = (np.array(side, np.intp) for side in zip(*ties, strict=True))
    half = np.full(len(ties), 0.5)
    counts = Counts(*(np.concatenate(parts) for parts in zip(seen, (one, other, half, 0 * half, half), strict=True)))
    likelihood = Likelihood(counts, players)
    best = likelihood.maximise(np.zeros((1, players + 2)))[0]
    covariance = np.linalg.inv(likelihood.slope(best)[1][0])[:players, :players]
    variance = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    half_odds = (best[0, :players, None] - best[0, :players]) / 2
    weights = np.exp([half_odds, -half_odds, np.full_like(half_odds, best[0, -1])])
    win, loss, draw = weights / weights.sum(0)
    return np.triu(((1 - draw) - (win - loss) ** 2) / 4 * variance, 1)
