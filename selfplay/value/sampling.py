"""Positions of a policy's games against itself, each with how its game ended: what a value network learns from.

Positions of one game share its outcome, so a network that sees all of them remembers games instead of judging positions.
Source: Silver et al. 2016 (AlphaGo), Methods, "Value network: regression"; there the mean squared error was 0.19 on what had
been learned from and 0.37 on other games, against 0.226 and 0.234 with one position a game.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from selfplay.policy_games import UNIFORM, PolicyGames, Step
from zero.boards import streams_of
from zero.evaluators import Evaluator

Sampling = Literal["one", "alphago", "all"]
MAIN, OPENING = 0, 1  # numbers of the policies
NONE = -1
PICKS, RANDOM_PLIES = 1, 2  # of a seed's streams, beside that of the moves


class Positions(NamedTuple):
    """S positions, by game and ply."""

    planes: NDArray[np.uint8]  # [S, P, R, C]
    outcomes: NDArray[np.int8]  # [S] WIN, DRAW or LOSS for the player to move
    plies: NDArray[np.int32]  # [S]
    games: NDArray[np.int64]  # [S] numbers


def shares(seed: int, purpose: int, numbers: NDArray[np.int64], plies: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return [n] numbers in [0, 1), each from its own stream. purpose: tells streams of one seed apart."""
    own = streams_of(seed, np.array([purpose]), np.array([-1]))[0] >> np.uint64(1)
    return (streams_of(int(own), numbers, plies) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def play_and_sample(
    game: Game,
    policies: Sequence[Evaluator],
    sampling: Sampling,
    seed: int,
    numbers: range,
    slots: int,
    last_ply: int,
    watch: Callable[[float], None] = lambda share: None,
) -> tuple[Positions, PolicyGames]:
    """Play the games with these numbers and take positions from them; return these, and the games.

    policies: [MAIN] plays; with sampling "alphago", [OPENING] plays the plies before the random one.
    sampling: "one": a random position of each game. "all": every one. "alphago": U is drawn from 1 to last_ply; the opening
              policy makes U - 1 moves, the next is any legal one, then the main policy plays; the position after the random
              move is taken, and no other. Games that are over by then give none.
    """
    movers = random_plies = None
    if sampling == "alphago":
        drawn = shares(seed, RANDOM_PLIES, np.arange(numbers.start, numbers.stop), np.zeros(len(numbers), np.int32))
        random_plies = (drawn * last_ply).astype(np.int32)  # U - 1
        movers = movers_of(random_plies, game.max_plies)
    games = PolicyGames(game, policies, slots, seed, numbers.start, len(numbers), movers)
    return gather(games, sampling, random_plies, watch), games


def movers_of(random_plies: NDArray[np.int32], longest: int) -> NDArray[np.int8]:
    """Return [n, longest] who moves: the opening policy, at its random ply anything, then the main policy."""
    plies, random = np.arange(longest), random_plies[:, None]
    return np.select([plies < random, plies == random], [OPENING, UNIFORM], MAIN).astype(np.int8)


def gather(
    games: PolicyGames, sampling: Sampling, random_plies: NDArray[np.int32] | None, watch: Callable[[float], None]
) -> Positions:
    """Play games to their ends and return the positions that are taken from them."""
    every = sampling == "all"
    planes = [np.zeros((0 if every else games.count, *games.game.plane_shape), np.uint8)]
    plies = np.full(games.count, NONE, np.int32)  # that are taken; not of "all"
    seen: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
    for step in games.steps():
        if every:
            planes.append(step.planes.copy())
            seen.append((step.games, step.plies))
        else:
            chosen = np.flatnonzero(_is_taken(games, step, random_plies))
            plies[step.games[chosen]] = step.plies[chosen]
            planes[0][step.games[chosen]] = step.planes[chosen]
        watch(float((games.lengths > 0).mean()))
    if every:
        owners, at = (np.concatenate(parts) for parts in zip(*seen, strict=True))
        shown = np.concatenate(planes)
    else:
        owners = np.flatnonzero(plies != NONE)
        at, shown = plies[owners], planes[0][owners]
    outcomes = np.where(at % 2 == 0, games.outcomes[owners], -games.outcomes[owners]).astype(np.int8)
    return Positions(shown, outcomes, at, games.first + owners)


def _is_taken(games: PolicyGames, step: Step, random_plies: NDArray[np.int32] | None) -> NDArray[np.bool_]:
    """Return [n] whether a position is taken, in place of one that was taken from its game before."""
    if random_plies is not None:
        return step.plies == random_plies[step.games] + 1
    # The n-th position with probability 1/n: when the game is over, each of its positions is the one with the same chance.
    return shares(games.seed, PICKS, games.first + step.games, step.plies) * (step.plies + 1) < 1
