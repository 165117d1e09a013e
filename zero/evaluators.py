"""What the search asks about its leaves: uniform priors, random rollouts, a network (zero/network), or one of yours.

An evaluator takes a batch of positions and says for each what the policy and the outcome will be. All are the same
thing to the search.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import kernel
from games.rules import DRAW, LOSS, ONGOING, WIN, legal_actions, outcome, play
from zero.random import random_below
from zero.search.walk import Batch

FloatArray = NDArray[np.float32]
SHIFTS = 64  # ways to lay the random priors of rollouts over a batch


class Evaluations(NamedTuple):
    """What an evaluator says of `rows` positions."""

    logits: FloatArray  # [rows, num_actions] of the policy; only those of legal actions are read
    wdl: FloatArray  # [rows, 3] probabilities of win, draw, loss for the player to move


class Evaluator(Protocol):
    def submit(self, batch: Batch, rows: int) -> Callable[[], Evaluations]:
        """Begin to evaluate the first `rows` positions of the batch; the function returned waits for the answer.

        The batch must not be written to before that. The arrays of the answer may be reused by the next call.
        """


class Uniform:
    """Knows nothing: all moves alike, every position even."""

    def __init__(self, game: Game, places: int) -> None:
        self.answer = Evaluations(np.zeros((places, game.num_actions), np.float32), np.zeros((places, 3), np.float32))
        self.answer.wdl[:, 0] = self.answer.wdl[:, 2] = 0.5

    def submit(self, batch: Batch, rows: int) -> Callable[[], Evaluations]:
        return lambda: Evaluations(self.answer.logits[:rows], self.answer.wdl[:rows])


class Rollouts:
    """Priors all but uniform, and the outcome of one game played to its end by random moves.

    The priors differ by up to 1 %, at random: where there are more moves than simulations, chance decides which are
    looked at, and not the order of the cells. A rollout begins without memory of earlier positions; games that go round
    in circles end as draws after max_plies.
    """

    def __init__(self, game: Game, places: int, seed: int = 0) -> None:
        self.game = game
        self.random = np.array([seed], np.uint64)
        self.legal = np.zeros(game.max_legal, np.int32)
        self.wdl = np.zeros((places, 3), np.float32)
        self.dice = np.random.default_rng(seed)
        self.logits = self.dice.uniform(0.0, 0.01, (places + SHIFTS, game.num_actions)).astype(np.float32)

    def submit(self, batch: Batch, rows: int) -> Callable[[], Evaluations]:
        wdl, shift = self.wdl[:rows], int(self.dice.integers(SHIFTS))
        self.play_on(batch, wdl)
        return lambda: Evaluations(self.logits[shift : shift + rows], wdl)

    def play_on(self, batch: Batch, wdl: FloatArray) -> None:
        """Write the outcomes of games from the first len(wdl) positions of the batch into wdl, [rows, 3]."""
        roll_out(self.game, self.game.max_plies, batch.states, self.random, self.legal, wdl)


@kernel
def roll_out(game, most_plies, states, random, legal, wdl):
    """Play a random game from each of the first len(wdl) positions, none of which is over.

    states: [at least rows], left as they are; random: [1] uint64 generator state, modified; legal: [max_legal] int32, scratch;
    wdl: [rows, 3] float32, modified: one for the outcome, seen by the player to move at the start.
    """
    trial = np.empty_like(states[:1])
    nothing = np.empty(0, np.int64)
    for row in range(wdl.shape[0]):
        trial[0] = states[row]
        result, sign, plies = ONGOING, 1, 0
        while result == ONGOING and plies < most_plies:
            count = legal_actions(game, trial[0], nothing, legal)
            play(game, trial[0], legal[random_below(random, 0, count)])
            sign = -sign
            plies += 1
            result = outcome(game, trial[0], nothing)
        value = DRAW if result == ONGOING else result * sign
        wdl[row, 0] = value == WIN
        wdl[row, 1] = value == DRAW
        wdl[row, 2] = value == LOSS
