"""What a player is, and the kinds that need no file of their own: random, search with an evaluator, policy head alone.

All players take many positions at once, so that the games of a match run in one batch. Whatever is left to chance
comes from the seed that a player is made with.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from games.game import Game
from games.position import Position
from zero.evaluators import Evaluator, FloatArray, Rollouts
from zero.search.forest import forest_bytes
from zero.search.searcher import Found, Searcher
from zero.search.settings import SearchSettings
from zero.search.walk import allocate_batch

if TYPE_CHECKING:
    from zero.rollout_policy import RolloutPolicy

MOST_TREES = 512  # positions searched at once: enough to fill a network's batches
MOST_BYTES = 2**30  # memory of all trees of a player; more positions are searched in several goes
# Of mcts:SIMULATIONS. One rollout says little, so more exploration than with a network: over AlphaZero's 1.25 this is worth
# 70 Elo at 200 simulations of Connect Four and 57 at 1000 (400 games each); 4.0 was no better.
ROLLOUT_SEARCH = SearchSettings(policy="puct", c_init=2.5)


class Thought(NamedTuple):
    """What a player thinks of a position; everything is said for the player to move there."""

    action: int  # the move it would play
    value: float | None = None  # expected outcome in [-1, 1]; None where the player has no idea
    wdl: tuple[float, float, float] | None = None  # probabilities of win, draw and loss, where it knows them
    plies: int | None = None  # plies to the end of the game, where the outcome is certain


class PlayerFailedError(Exception):
    """A player cannot go on: its program hangs, has ended, or answers what is no legal move. It says which."""


class PlayerResignedError(PlayerFailedError):
    """A player gives the game up: it has lost, and nothing is wrong with it."""


class TimeLeft(NamedTuple):
    """What a contest's time control leaves a player for its next move, in seconds."""

    seconds: float  # to be spent on this move: the limit of a move, or what its clock suggests
    clock: tuple[float, float] | None = None  # left of the whole game to this player and to the other; None without clocks
    increment: float = 0.0  # a clock gains after each move
    moves_to_go: int | None = None  # until it gains its time again; None where it has to last for the game


class Player(ABC):
    """Anything that picks a move. A kind of player says in `consider` what it thinks of positions."""

    at_once = MOST_TREES  # games that it plays at once in a contest
    workers = 1  # positions that it considers side by side: so many take no longer than one
    time_left: TimeLeft | None = None  # set before each `consider` by a contest with a time control; most take no notice

    def __init__(self, game: Game, name: str) -> None:
        self.game = game
        self.name = name  # as one would type it

    @abstractmethod
    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        """Return what the player thinks of each position. None of them is over.

        Raises PlayerFailedError where a program behind it does not answer as it should.
        """

    def attempt(self, positions: Sequence[Position]) -> list[Thought | PlayerFailedError]:
        """Return what the player thinks of each position, or how it failed there. None of them is over."""
        try:
            return list(self.consider(positions))
        except PlayerFailedError as error:
            return [error] * len(positions)

    def choose(self, positions: Sequence[Position]) -> list[int]:
        """Return the action that the player plays in each position. None of them is over."""
        return [thought.action for thought in self.consider(positions)]

    def think(self, position: Position) -> Thought:
        """Return what the player thinks of one position that is not over."""
        return self.consider([position])[0]

    def close(self) -> None:  # noqa: B027  (most players have nothing to do)
        """End what the player has running beside us: the processes of an engine. It can be asked again all the same."""


class RandomPlayer(Player):
    """Plays any legal action, all alike."""

    def __init__(self, game: Game, seed: int) -> None:
        super().__init__(game, "random")
        self.random = random.Random(seed)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        return [Thought(self.random.choice(position.legal_actions())) for position in positions]


class SearchPlayer(Player):
    """Searches with an evaluator: a checkpoint's network, or random rollouts.

    evaluator: as for a Searcher; cache_mb: size of the evaluation cache, 0 where an evaluation is not the same twice.
    """

    def __init__(
        self, game: Game, name: str, settings: SearchSettings, evaluator: Callable[[Game, int], Evaluator], cache_mb: float = 64
    ) -> None:
        super().__init__(game, name)
        self.settings, self.evaluator, self.cache_mb = settings, evaluator, cache_mb
        tree = forest_bytes(game, 1, settings.simulations, settings.leaves)
        self.most_trees = max(1, min(MOST_TREES, MOST_BYTES // tree))
        self.searcher: Searcher | None = None

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        thoughts: list[Thought] = []
        for start in range(0, len(positions), self.most_trees):
            part = positions[start : start + self.most_trees]
            found = self._searcher(len(part)).search(part)
            thoughts += [_thought(found, i) for i in range(len(part))]
        return thoughts

    def _searcher(self, trees: int) -> Searcher:
        """Return the searcher, made or made anew for at least that many trees."""
        if self.searcher is None or len(self.searcher.forest.trees) < trees:
            self.searcher = None  # its memory is free again before the next one takes some
            self.searcher = Searcher(self.game, self.settings, self.evaluator, trees, self.cache_mb)
        return self.searcher


def wdl_of(value: float, draw: float) -> tuple[float, float, float]:
    """Return the probabilities of win, draw and loss, given the expected outcome and the probability of a draw."""
    win, loss = (min(1.0, max(0.0, (1.0 - draw + sign * value) / 2)) for sign in (1, -1))
    return win, draw, loss


def _thought(found: Found, i: int) -> Thought:
    value, draw = float(found.values[i]), float(found.draws[i])
    return Thought(int(found.actions[i]), value, wdl_of(value, draw))


def rollout_player(
    game: Game, simulations: int, seed: int, name: str | None = None, policy: "RolloutPolicy | None" = None
) -> SearchPlayer:
    """Return the player mcts:SIMULATIONS: PUCT with uniform priors, each leaf worth the outcome of one game.

    policy: plays these games; None: they are random.
    """
    settings = replace(ROLLOUT_SEARCH, simulations=simulations)
    text = name or f"mcts:{simulations}"
    if policy is None:
        return SearchPlayer(game, text, settings, lambda game, places: Rollouts(game, places, seed), cache_mb=0)
    from zero.rollout_policy import rollouts_of

    return SearchPlayer(game, text, settings, rollouts_of(policy, seed=seed), cache_mb=0)


class PolicyPlayer(Player):
    """A network without search: the legal action with the highest logit, the lowest among equals.

    temperature: where it is above 0, an action is drawn from policy^(1 / temperature) instead; seed: of these choices.
    """

    def __init__(
        self, game: Game, name: str, evaluator: Callable[[Game, int], Evaluator], temperature: float = 0.0, seed: int = 0
    ) -> None:
        super().__init__(game, name)
        self.temperature, self.random = temperature, np.random.default_rng(seed)
        self.batch = allocate_batch(game, MOST_TREES)
        self.evaluator = evaluator(game, MOST_TREES)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        thoughts: list[Thought] = []
        for start in range(0, len(positions), MOST_TREES):
            thoughts += self._consider(positions[start : start + MOST_TREES])
        return thoughts

    def _consider(self, positions: Sequence[Position]) -> list[Thought]:
        for i, position in enumerate(positions):
            self.batch.planes[i] = position.planes()
            self.batch.states[i] = position.state
        logits, wdl = self.evaluator.submit(self.batch, len(positions))()
        thoughts = []
        for i, position in enumerate(positions):
            legal = position.legal_actions()
            win, draw, loss = (float(probability) for probability in wdl[i])
            thoughts.append(Thought(legal[self._pick(logits[i, legal])], win - loss, (win, draw, loss)))
        return thoughts

    def _pick(self, logits: FloatArray) -> int:
        """Return which of the legal actions to play, given their logits."""
        if self.temperature == 0.0:
            return int(np.argmax(logits))
        weights = np.exp((logits.astype(np.float64) - logits.max()) / self.temperature)
        return int(self.random.choice(len(weights), p=weights / weights.sum()))
