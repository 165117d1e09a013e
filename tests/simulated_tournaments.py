"""Tournaments whose true ratings are known: games drawn from the formulas of Davidson and of Davidson and Beaver."""

import math
from typing import NamedTuple

import numpy as np

from arena.ratings.davidson import Counts, Likelihood
from arena.ratings.table import ELO, Outcome


class World(NamedTuple):
    """What is true."""

    elo: np.ndarray  # [n], the first is 0
    first_move: float  # Elo
    draw: float  # ν
    bias: float = 0.0  # standard deviation, in Elo, of what an opening is worth to who moves first


def random_world(random, players, bias=0.0):
    """Return a world of players some hundred Elo apart."""
    elo = random.normal(0, 200, players)
    return World(elo - elo[0], random.normal(0, 80), random.choice([0.05, 0.5, 2.0]), bias)


def chances(elo, draw):
    """Return the chances of a win, a draw and a loss for who moves first; elo: above the second, the first move included."""
    strength = 10 ** (elo / 400)
    weights = np.array([strength, draw * np.sqrt(strength), np.ones_like(strength)])
    return weights / weights.sum(0)


def meetings(players, gauntlet):
    """Return who meets whom: each the others, or the first the others."""
    return [(i, j) for i in range(1 if gauntlet else players) for j in range(i + 1, players)]


def best_ratings(world, gauntlet):
    """Return the Elo that fits best where each opening favours a side: what ratings from ever more games come to.

    Openings are averaged over (Gauss and Hermite's quadrature); the fit of the average chances is that of the likelihood.
    """
    size = len(world.elo)
    places, weights = np.polynomial.hermite_e.hermegauss(41)
    columns = []
    for i, j in meetings(size, gauntlet):
        for first, second in ((i, j), (j, i)):
            lead = world.elo[first] - world.elo[second] + world.first_move
            columns.append((first, second, *(1e4 * chances(lead + world.bias * places, world.draw) @ weights / weights.sum())))
    first, second, wins, draws, losses = (np.array(column) for column in zip(*columns, strict=True))
    likelihood = Likelihood(Counts(first, second, wins, draws, losses), size)
    best = likelihood.maximise(np.zeros((1, size + 2)))[0][0]
    return ELO * (best[:size] - best[0])


def tournament(random, world, games, gauntlet=False, paired=True):
    """Return the games, `games` (even) of each meeting, in pairs with swapped colours. paired: the pairs are told."""
    played = []
    for i, j in meetings(len(world.elo), gauntlet):
        opening = random.normal(0, world.bias, games // 2) if world.bias else np.zeros(games // 2)
        for first, second in ((i, j), (j, i)):
            win, draw, _ = chances(world.elo[first] - world.elo[second] + world.first_move + opening, world.draw)
            drawn = random.random(games // 2)
            results = np.where(drawn < win, 1.0, np.where(drawn < win + draw, 0.5, 0.0))
            numbers = [1000 * (i * len(world.elo) + j) + k if paired else None for k in range(games // 2)]
            played += [Outcome(first, second, float(result), pair) for result, pair in zip(results, numbers, strict=True)]
    return played


def binomial_bounds(share, trials, z):
    """Return how many of the trials succeed with that share, up to z standard deviations."""
    spread = z * math.sqrt(share * (1 - share) * trials)
    return share * trials - spread, share * trials + spread
