"""The fast policy of rollouts: a linear softmax over small patterns, and games that it plays to their end in a kernel.

Source: Silver et al. 2016 (AlphaGo), Methods, "Rollout policy". Its softmax is a product of one factor for each feature
of a move, so that no exponential is taken while it plays.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.catalogue import spec_of
from games.game import Game
from games.jit import borrowed, kernel
from games.patterns import NOWHERE, acts_on, turned
from games.rules import DRAW, LOSS, ONGOING, WIN, key, legal_actions, outcome, play
from zero.errors import CheckpointError
from zero.evaluators import Evaluator, Rollouts
from zero.features import SLOTS, Tables, allocate_room, describe, tables_of
from zero.files import read_arrays, write_arrays
from zero.random import seed_of, uniform
from zero.search.walk import Batch

KIND = "rollout-policy"
STEEPEST = 20.0  # a weight beyond that counts as this


class RolloutPolicy(NamedTuple):
    """A policy of one game. Probabilities of actions are proportional to exp(sum of the weights of their features)."""

    game: Game
    tables: Tables
    weights: NDArray[np.float32]  # [R]; only those that features share are used
    report: dict[str, Any]  # what its training said

    def factors(self) -> NDArray[np.float32]:
        """Return [R] exp(weight) of every feature."""
        return np.exp(np.clip(self.weights[self.tables.shared], -STEEPEST, STEEPEST)).astype(np.float32)


def new_rollout_policy(game: Game, lookahead: int) -> RolloutPolicy:
    """Return the policy that plays all actions alike, but takes a win at once where it looks ahead."""
    tables = tables_of(game, lookahead)
    return RolloutPolicy(game, tables, np.zeros(len(tables.shared), np.float32), {})


def write_rollout_policy(path: Path, policy: RolloutPolicy) -> None:
    """Write a policy in one step: only the weights that are not zero."""
    numbers = np.flatnonzero(policy.weights).astype(np.int32)
    header = {
        "game": spec_of(policy.game),
        "lookahead": policy.tables.lookahead,
        "starts": policy.tables.starts.tolist(),
        "report": policy.report,
    }
    write_arrays(path, KIND, header, {"numbers": numbers, "weights": policy.weights[numbers]})


def read_rollout_policy(path: Path, game: Game | None = None) -> RolloutPolicy:
    """Read a policy. Raises CheckpointError where it is none, is damaged, or is one of another game than `game`."""
    from games.catalogue import find
    from games.errors import GameError

    header, arrays = read_arrays(path, KIND)
    if game is not None and header.get("game") != spec_of(game):
        raise CheckpointError(f"{path}: expected a rollout policy of {spec_of(game)}, got one of {header.get('game')}")
    try:
        game = find(str(header["game"])) if game is None else game
        lookahead = int(header["lookahead"])
        policy = new_rollout_policy(game, lookahead)
        numbers, weights, report = arrays["numbers"], arrays["weights"], dict(header["report"])
    except GameError as error:
        raise CheckpointError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: its header cannot be read: {error}") from None
    tables = policy.tables
    fits = header.get("starts") == tables.starts.tolist() and numbers.shape == weights.shape and numbers.dtype == np.int32
    if not fits or (len(numbers) and not (numbers.min() > 0 and numbers.max() < len(tables.shared))):
        raise CheckpointError(f"{path}: its features are not those that this version has for {spec_of(game)}")
    if not 0 <= lookahead <= 2:
        raise CheckpointError(f"{path}: expected a lookahead of 0, 1 or 2 plies, got {lookahead}")
    if not np.isfinite(weights).all():
        raise CheckpointError(f"{path}: expected weights that are numbers, got some that are not")
    policy.weights[numbers] = weights
    return policy._replace(report=report)


@kernel
def choose(factors, room, count, win, random, row):
    """Draw one of the first `count` legal actions in proportion to its factors; one that wins at once is taken.

    factors: [R] float32; room: as `describe` left it, room.weights is modified; win: what that returned;
    random: [n] uint64 generator states, of which random[row] is used and modified.
    """
    if win >= 0:
        return np.int64(room.legal[win])
    features, sums, total = room.features, room.weights, 0.0
    for i in range(count):
        weight = 1.0
        for slot in range(SLOTS):
            weight *= factors[features[i, slot]]
        total += weight
        sums[i] = total
    drawn = uniform(random, row) * total
    i = 0
    while i < count - 1 and sums[i] <= drawn:
        i += 1
    return np.int64(room.legal[i])


@kernel
def roll_out_policy(game, t, factors, room, most_plies, states, random, count, wdl):
    """Play `count` games from each of the first len(wdl) positions, none of which is over.

    states: [at least rows], left as they are; random: [rows] uint64 generator states, modified.
    wdl:    [rows, 3] float32, modified: shares of wins, draws, losses of the player to move at the start.
    A rollout remembers its own positions, for games that look back, not those before it; its first move has no last move
    to answer. Games that go round in circles end as draws after `most_plies`. Returns the plies of all.
    """
    t, room = borrowed(t), borrowed(room)
    total = 0
    for row in range(wdl.shape[0]):
        wins = draws = losses = 0
        for _ in range(count):
            room.states[0] = states[row]
            value, plies = _roll_out(game, t, factors, room, most_plies, random, row)
            wins += value == WIN
            draws += value == DRAW
            losses += value == LOSS
            total += plies
        wdl[row, 0], wdl[row, 1], wdl[row, 2] = wins / count, draws / count, losses / count
    return total


@kernel
def _roll_out(game, t, factors, room, most_plies, random, row):
    """Play the game in room.states[0] to its end; return the outcome for the player to move at first, and the plies."""
    state, past, back = room.states[0], room.past, t.looks_back
    result, sign, plies, last_action, last_cell = ONGOING, 1, 0, NOWHERE, NOWHERE
    while result == ONGOING and plies < most_plies:
        count = legal_actions(game, state, past[: plies * back], room.legal)
        win = describe(game, t, room, plies, count, last_action, last_cell)
        last_action = choose(factors, room, count, win, random, row)
        last_cell = acts_on(game, state, last_action)
        if last_cell >= 0:
            last_cell = turned(game, last_cell)
        if back:
            past[plies] = key(game, state)
        play(game, state, last_action)
        sign = -sign
        plies += 1
        result = outcome(game, state, past[: plies * back])
    return (DRAW if result == ONGOING else result * sign), plies


class PolicyRollouts(Rollouts):
    """Random rollouts' priors, all but uniform, and the mean outcome of `count` games that a rollout policy plays.

    Where the search knows the keys of its positions (it has a cache), the games of a position are drawn from these and
    the seed: asked again, the same position gets the same outcome, and a cache of them stays true. Else all are new.
    """

    def __init__(self, game: Game, places: int, policy: RolloutPolicy, count: int = 1, seed: int = 0) -> None:
        super().__init__(game, places, seed)
        self.policy, self.count, self.seed = policy, count, seed
        self.factors, self.room = policy.factors(), allocate_room(game)
        self.streams = np.zeros(places, np.uint64)
        self.asked = self.plies = 0  # positions and plies so far

    def play_on(self, batch: Batch, wdl: NDArray[np.float32]) -> None:
        seed_rows(self.streams, self.seed, batch.keys, len(wdl), self.asked)
        self.asked += len(wdl)
        tables, most = self.policy.tables, self.game.max_plies
        self.plies += roll_out_policy(
            self.game, tables, self.factors, self.room, most, batch.states, self.streams, self.count, wdl
        )


@kernel
def seed_rows(random, seed, keys, rows, asked):
    """Write where the streams of some rows begin. keys: [rows, 2] uint64, zero where nobody hashed them."""
    for row in range(rows):
        if keys[row, 1] == np.uint64(0):
            random[row] = seed_of(seed, asked + row, 0)
        else:
            random[row] = seed_of(seed, keys[row, 0], keys[row, 1])


def rollouts_of(policy: RolloutPolicy, count: int = 1, seed: int = 0) -> Callable[[Game, int], Evaluator]:
    """Return what a Searcher makes its evaluator with."""
    return lambda game, places: PolicyRollouts(game, places, policy, count, seed)
