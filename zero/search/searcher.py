"""Searching many positions at once, from Python: what matches, analysis and play in the terminal use."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.position import Position
from zero.evaluators import Evaluator
from zero.search.cache import allocate_cache, clear
from zero.search.forest import allocate, bare
from zero.search.result import read_root
from zero.search.settings import SearchSettings, parameters
from zero.search.tree import plant
from zero.search.walk import absorb, advance, allocate_batch, gather, remember


class Found(NamedTuple):
    """What the search of n positions found; values are for the player to move in each."""

    actions: NDArray[np.int64]  # [n] the move to play; -1 where the game is over
    values: NDArray[np.float64]  # [n] in [-1, 1]
    draws: NDArray[np.float64]  # [n] probability of a draw
    visits: NDArray[np.int64]  # [n, num_actions] of the root's edges
    policy: NDArray[np.float64]  # [n, num_actions] the search's policy, zero for illegal actions
    q: NDArray[np.float64]  # [n, num_actions] mean value of each action, NaN where it has no visits


class Searcher:
    """A forest with its cache and an evaluator.

    evaluator: made by a function from (game, places in a batch), so that it can allocate for it.
    trees:     positions that can be searched at once.
    cache_mb:  size of the evaluation cache, 0 for none.
    legal:     as for `allocate`.
    """

    def __init__(
        self,
        game: Game,
        settings: SearchSettings,
        evaluator: Callable[[Game, int], Evaluator],
        trees: int = 1,
        cache_mb: float = 16,
        legal: int | None = None,
    ) -> None:
        self.game, self.settings = game, settings
        self.parameters = parameters(game, settings)
        self.forest = allocate(game, trees, settings.simulations, settings.leaves, legal)
        self.cache = allocate_cache(game, cache_mb)
        self.batch = allocate_batch(game, trees * settings.leaves)
        self.bare, self._bare_batch = bare(self.forest), bare(self.batch)  # the same memory
        self.evaluator = evaluator(game, trees * settings.leaves)

    def search(
        self, positions: Sequence[Position], noise: NDArray[np.float64] | None = None, goes_on: Callable[[], bool] | None = None
    ) -> Found:
        """Search each position with the simulations of the settings.

        noise:   [n, max_legal] samples for the edges of the roots: added to the logits by Gumbel, mixed into the
                 priors by PUCT (where the settings have noise). Default: none.
        goes_on: asked after each round, the first of which evaluates the roots; the search ends early where it says no.
        """
        f, p, count = self.forest, self.parameters, len(positions)
        if count > len(f.trees):
            raise ValueError(f"expected at most {len(f.trees)} positions, got {count}")
        f.noise[:count] = 0.0 if noise is None else noise
        for t, position in enumerate(positions):
            self.plant(t, position, 0.0 if noise is None else self.settings.noise_share(self.game))
        while advance(self.game, p, f, self.cache, 0, count) < count:
            self.evaluate(count)
            if goes_on is not None and not goes_on():
                break
        return self._read(count)

    def forget(self) -> None:
        """Empty the evaluation cache, as is due when the evaluator changes."""
        clear(self.cache)

    def plant(self, t: int, position: Position, noise: float = 0.0) -> None:
        """Begin the search of a position in tree t."""
        self.tell_past(t, position)
        plant(self.game, self.parameters, self.forest, t, position.state, self.settings.simulations, noise)

    def tell_past(self, t: int, position: Position) -> None:
        """Write what came before the root of tree t into the forest."""
        f = self.forest
        f.trees[t].past = len(position.past)
        f.past[t, : len(position.past)] = position.past
        frames = position.frames(self.game.history - 1)
        f.trees[t].frames = len(frames)
        f.frames[t, : len(frames)] = frames

    def evaluate(self, count: int) -> None:
        """Ask the evaluator about the leaves of the first `count` trees, and back its answers up."""
        f = self.forest
        f.trees["leaves"][count:] = 0
        rows = gather(f, self.batch, len(self.cache.keys) > 0)
        if rows:
            logits, wdl = self.evaluator.submit(self.batch, rows)()
            remember(self.bare, self.cache, self._bare_batch, rows, logits, wdl)
            absorb(self.parameters, self.bare, logits, wdl, 0, count)

    def _read(self, count: int) -> Found:
        actions = self.game.num_actions
        found = Found(
            np.zeros(count, np.int64),
            np.zeros(count),
            np.zeros(count),
            np.zeros((count, actions), np.int64),
            np.zeros((count, actions)),
            np.zeros((count, actions)),
        )
        for t in range(count):
            best, value, draw = read_root(
                self.parameters, self.bare, t, found.visits[t], found.policy[t], found.q[t]
            )
            found.actions[t], found.values[t], found.draws[t] = best, value, draw
        return found


