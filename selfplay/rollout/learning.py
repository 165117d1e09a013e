"""One pass over games: a rollout policy's predictions of the labelled moves, and its steps towards them, in a kernel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import borrowed, kernel
from games.patterns import NOWHERE, acts_on, turned
from games.rules import initial, key, legal_actions, play
from selfplay.expert.games import ExpertGames
from zero.features import SLOTS, Tables, allocate_room, describe

SUMS = 7
POSITIONS, LOSS, HITS, UNIFORM_LOSS, UNIFORM_HITS, ILLEGAL, WINNING = range(SUMS)  # what a pass counts
SMALL = 0.1  # that Adagrad's sums of squares begin with, so that rare features do not jump


class Weights(NamedTuple):
    """What is learned, and what Adagrad needs; R feature numbers."""

    weights: NDArray[np.float32]  # [R]
    squares: NDArray[np.float64]  # [R] SMALL + sum of the squared gradients so far
    gradient: NDArray[np.float64]  # [R] zeros between positions
    touched: NDArray[np.int32]  # [max_legal * SLOTS] the numbers whose gradient is not zero


def new_weights(game: Game, tables: Tables) -> Weights:
    """Return weights of zero: all actions alike."""
    size = len(tables.shared)
    return Weights(
        np.zeros(size, np.float32), np.full(size, SMALL), np.zeros(size), np.zeros(game.max_legal * SLOTS, np.int32)
    )


class Pass:
    """Goes over games again and again with the same scratch."""

    def __init__(self, game: Game, tables: Tables) -> None:
        self.game, self.tables, self.room = game, tables, allocate_room(game)
        self.learned = new_weights(game, tables)

    def over(self, games: ExpertGames, order: NDArray[np.int64], rate: float = 0.0) -> NDArray[np.float64]:
        """Return [SUMS] what a pass over some games counts; learns on the way where the rate is above 0."""
        sums = np.zeros(SUMS)
        go_over(self.game, self.tables, self.room, self.learned, games, order, rate, sums)
        return sums


@kernel
def go_over(game, t, room, learned, games, order, rate, sums):
    """Play games again; at each labelled ply predict the label, count, and where rate > 0 make a step of Adagrad.

    order: [n] int64, the games; sums: [SUMS] float64, added to.
    Losses are natural logarithms. A label that is not legal is counted and passed over.
    Source of the step: Duchi, Hazan, Singer 2011.
    """
    t, room, learned, games = borrowed(t), borrowed(room), borrowed(learned), borrowed(games)
    state, legal, past, back = room.states[0], room.legal, room.past, t.looks_back
    for g in order:
        start = games.starts[g]
        initial(game, state)
        last_action, last_cell = np.int64(NOWHERE), np.int64(NOWHERE)
        for ply in range(start, games.starts[g + 1]):
            before, label = ply - start, games.labels[ply]
            if label >= 0:
                count = legal_actions(game, state, past[: before * back], legal)
                win = describe(game, t, room, before, count, last_action, last_cell)
                chosen = -1
                for i in range(count):
                    chosen = i if legal[i] == label else chosen
                if chosen < 0:
                    sums[ILLEGAL] += 1
                else:
                    sums[WINNING] += win >= 0
                    learn(t, room, learned, count, chosen, rate, sums)
            last_action = np.int64(games.actions[ply])
            last_cell = acts_on(game, state, last_action)
            if last_cell >= 0:
                last_cell = turned(game, last_cell)
            if back:
                past[before] = key(game, state)
            play(game, state, last_action)


@kernel
def learn(t, room, learned, count, chosen, rate, sums):
    """Count the prediction of one position, and where rate > 0 step down the gradient of its loss.

    room: as `describe` left it; chosen: which of the `count` legal actions the label is.
    """
    probabilities = room.weights
    loss, best = predict(t.shared, learned.weights, room.features, count, chosen, probabilities)
    sums[POSITIONS] += 1
    sums[LOSS] += loss
    sums[HITS] += best == chosen
    sums[UNIFORM_LOSS] += np.log(np.float64(count))
    sums[UNIFORM_HITS] += 1.0 / count
    if rate > 0.0:
        used = add_gradient(t.shared, room.features, count, chosen, probabilities, learned.gradient, learned.touched)
        for i in range(used):
            number = learned.touched[i]
            slope = learned.gradient[number]
            learned.gradient[number] = 0.0
            learned.squares[number] += slope * slope
            learned.weights[number] -= rate * slope / np.sqrt(learned.squares[number])


@kernel
def predict(shared, weights, features, count, chosen, probabilities):
    """Write the softmax over `count` actions into probabilities, float64; return the loss of `chosen`, and the best action."""
    highest, best = -np.inf, 0
    for i in range(count):
        logit = 0.0
        for slot in range(SLOTS):
            logit += weights[shared[features[i, slot]]]
        probabilities[i] = logit
        if logit > highest:
            highest, best = logit, i
    total = 0.0
    for i in range(count):
        probabilities[i] = np.exp(probabilities[i] - highest)
        total += probabilities[i]
    for i in range(count):
        probabilities[i] /= total
    return -np.log(max(probabilities[chosen], 1e-300)), best


@kernel
def add_gradient(shared, features, count, chosen, probabilities, gradient, touched):
    """Add the gradient of -log(probability of `chosen`) to `gradient`, which is zero; return how many weights it has.

    The weight of a feature is moved by Σ over actions that have it of (probability - [the action is chosen]).
    touched: written, their numbers. Number 0, no feature, is left out.
    """
    used = 0
    for i in range(count):
        slope = probabilities[i] - (1.0 if i == chosen else 0.0)
        for slot in range(SLOTS):
            number = shared[features[i, slot]]
            if number > 0 and slope != 0.0:
                if gradient[number] == 0.0:
                    touched[used] = number
                    used += 1
                gradient[number] += slope
    return used

