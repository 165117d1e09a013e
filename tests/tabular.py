"""Tic-tac-toe by tables: policies with a logit for each state and action, and what they are worth, by going through all games.

A state is a number: its place among all boards where the player to move has as many stones as the other or one less.
Nothing here knows of the engine's rules.
"""

from functools import cache

import numpy as np
import torch
from torch import nn

from zero.evaluators import Evaluations

POWERS = 3 ** np.arange(9)
BOARDS = np.arange(3**9)[:, None] // POWERS % 3  # 1 for a stone of the player to move, 2 for one of the other
LEAD = (BOARDS == 2).sum(1) - (BOARDS == 1).sum(1)
VALID = np.flatnonzero((LEAD == 0) | (LEAD == 1))
PLACES = np.searchsorted(VALID, np.arange(3**9))  # of a board among the valid ones
STATES = len(VALID)
ROWS = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def numbers_of(planes):
    """Return the states of planes [B, 3, 3, 3], numpy or torch: stones of the player to move, of the other, free cells."""
    flat = np.asarray(planes).reshape(len(planes), 3, 9).astype(np.int64)
    return PLACES[(flat[:, 0] + 2 * flat[:, 1]) @ POWERS]


class TableNetwork(nn.Module):
    """planes -> logits of the policy, logits of win, draw, loss; float64, a parameter for each."""

    def __init__(self, logits):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits, dtype=torch.float64))
        self.outcome = nn.Parameter(torch.zeros(STATES, 3, dtype=torch.float64))

    def forward(self, planes):
        states = torch.from_numpy(numbers_of(planes))
        return self.logits[states], self.outcome[states]


class TableEvaluator:
    """The same tables for playing: logits [STATES, 9], V [STATES] in [-1, 1]."""

    def __init__(self, logits, values):
        self.logits, self.values = logits, values

    def submit(self, batch, rows):
        states = numbers_of(batch.planes[:rows])
        wdl = np.zeros((rows, 3))
        wdl[:, 0], wdl[:, 2] = (1 + self.values[states]) / 2, (1 - self.values[states]) / 2
        return lambda: Evaluations(self.logits[states], wdl)


def random_logits(seed):
    """Return logits of a policy with clear likes and dislikes, [STATES, 9] float32."""
    return np.random.default_rng(seed).normal(0.0, 1.0, (STATES, 9)).astype(np.float32)


@cache
def cells_of(state):
    """Return the nine cells of a state: 0, 1 or 2."""
    return tuple(int(content) for content in BOARDS[VALID[state]])


@cache
def after(state, action):
    """Return the state after a move, seen by the other player."""
    cells = list(cells_of(state))
    cells[action] = 1
    return int(PLACES[sum((0, 2, 1)[content] * 3**cell for cell, content in enumerate(cells))])


@cache
def result(state):
    """Return the outcome for the player to move: -1 where the other has three in a row, 0 on a full board, else None."""
    cells = cells_of(state)
    if any(all(cells[cell] == 2 for cell in row) for row in ROWS):
        return -1
    return None if 0 in cells else 0


def probabilities(logits, state):
    """Return the policy of a state as a list of (action, probability)."""
    free = [action for action in range(9) if cells_of(state)[action] == 0]
    weights = np.exp(logits[state, free].astype(float) - logits[state, free].max())
    return list(zip(free, weights / weights.sum(), strict=True))


class Exact:
    """What a learner with one policy gets against opponents with others: by going through all games, without sampling."""

    def __init__(self, learner, opponent):
        self.learner, self.opponent = learner, opponent
        self.known = {}

    def value(self, state):
        """Return the expected outcome for the learner, who is to move."""
        if state not in self.known:
            known = result(state)
            chances = probabilities(self.learner, state) if known is None else []
            self.known[state] = sum(p * self.worth(state, a) for a, p in chances) if known is None else float(known)
        return self.known[state]

    def worth(self, state, action):
        """Return the expected outcome for the learner who makes this move."""
        theirs = after(state, action)
        found = result(theirs)
        if found is not None:
            return -float(found)
        return sum(p * self.value(after(theirs, a)) for a, p in probabilities(self.opponent, theirs))

    def values(self):
        """Return V [STATES], 0 where the learner never comes to move."""
        self.gradient()
        found = np.zeros(STATES)
        for state, value in self.known.items():
            found[state] = value
        return found

    def visits(self):
        """Return [STATES] how often the learner is to move in a state, per game; colours are drawn at random."""
        found, waiting = np.zeros(STATES), {0: 0.5}
        for reply, probability in probabilities(self.opponent, 0):
            waiting[after(0, reply)] = 0.5 * probability
        while waiting:
            later = {}
            for state, weight in waiting.items():
                found[state] += weight
                for action, mine in probabilities(self.learner, state):
                    theirs = after(state, action)
                    if result(theirs) is not None:
                        continue
                    for reply, other in probabilities(self.opponent, theirs):
                        reached = after(theirs, reply)
                        if result(reached) is None:
                            later[reached] = later.get(reached, 0.0) + weight * mine * other
            waiting = later
        return found

    def score(self):
        """Return the expected outcome of a game, colours at random."""
        second = sum(p * self.value(after(0, a)) for a, p in probabilities(self.opponent, 0))
        return 0.5 * self.value(0) + 0.5 * second

    def gradient(self):
        """Return the gradient of `score` by the learner's logits, [STATES, 9]: visits · π(a|s) (Q(s, a) - V(s))."""
        found, visits = np.zeros((STATES, 9)), self.visits()
        for state in np.flatnonzero(visits):
            for action, probability in probabilities(self.learner, state):
                found[state, action] = visits[state] * probability * (self.worth(state, action) - self.value(state))
        return found
