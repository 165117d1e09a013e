"""The positions that a learner visits, and what an expert would do there."""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.players.player import Player, PlayerFailedError
from arena.ratings.intervals import wilson
from games.game import Game
from games.position import Position
from games.rules import ONGOING
from selfplay.expert.fingerprints import fingerprints
from selfplay.expert.games import NOTHING, ExpertGames, join, take
from selfplay.policy_games import PolicyGames
from zero.errors import PlayerError
from zero.evaluators import Evaluator
from zero.search.walk import allocate_batch

GAMES = 512  # that the learner plays at a time, and positions that both are asked about at once
Watch = Callable[[str, float], None]


class Labelled(NamedTuple):
    """Games of a learner with the expert's labels, and how often both wanted the same."""

    games: ExpertGames  # outcomes ONGOING: how the learner's games ended says nothing of the expert's
    labels: int  # of visits
    asked: int  # different positions that the expert was asked about
    failures: int  # visits to positions for which the expert had no answer
    agreed: int  # labels that are the learner's best action


class Disagreement(NamedTuple):
    """How a learner differs from an expert in the states that it visits itself: one of each of many games."""

    positions: int
    wrong: int  # where the learner's best action is not the expert's
    cross_entropy: float  # mean of -log π(the expert's action)

    @property
    def rate(self) -> float:
        """The share of positions where they differ."""
        return self.wrong / self.positions

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of that share (Wilson); the positions are independent."""
        return wilson(self.rate, self.positions)


def learner_games(game: Game, learner: Evaluator, seed: int, first: int, count: int) -> ExpertGames:
    """Return games that a learner plays against itself, each action drawn from its policy, without labels."""
    played = PolicyGames(game, [learner], GAMES, seed, first, count)
    for _ in played.steps():
        pass
    starts = np.concatenate([[0], np.cumsum(played.lengths)]).astype(np.int64)
    actions = played.actions[np.arange(game.max_plies) < played.lengths[:, None]]
    nothing, ratings = np.full(len(actions), NOTHING, np.int32), np.zeros((count, 2), np.int16)
    return ExpertGames(starts, np.full(count, ONGOING, np.int8), ratings, actions, nothing)


def label_visits(game: Game, learner: Evaluator, expert: Player, wanted: int, seed: int, watch: Watch) -> Labelled:
    """Let a learner play until it has made `wanted` visits to positions, and label these.

    Each different position is asked about once, and all visits to it get that label: what is visited often counts for much,
    as it does where the learner plays. learner: takes GAMES positions at once.
    Raises PlayerError where the expert answers for no position.
    """
    parts: list[ExpertGames] = []
    while (visits := sum(len(part.actions) for part in parts)) < wanted:
        watch("visiting", visits / wanted)
        parts.append(learner_games(game, learner, seed, len(parts) * GAMES, GAMES))
    games, plies = join(parts), np.arange(wanted)
    games = take(games, np.unique(games.owners(plies)))
    numbers = fingerprints(game, games.starts, games.actions)[plies]
    _, firsts, kinds = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(firsts)  # of the different positions, by when they came first
    asked = _positions(game, games, firsts[order])
    answers = ask(learner, expert, asked, len(order), lambda share: watch("labelling", share))
    place = np.argsort(order)[kinds]  # of the answer for each visit
    labels = answers.labels[place]
    games.labels[plies] = labels
    known = labels != NOTHING
    agreed = int((labels == answers.best[place])[known].sum())
    return Labelled(games, int(known.sum()), len(order), int((~known).sum()), agreed)


def disagreement(game: Game, learner: Evaluator, expert: Player, count: int, seed: int, watch: Watch) -> Disagreement:
    """Ask the expert about a random position of each of `count` games that the learner plays against itself."""
    games = learner_games(game, learner, seed, 0, count)
    dice = np.random.default_rng(seed)
    plies = games.starts[:-1] + (dice.random(count) * np.diff(games.starts)).astype(np.int64)
    answers = ask(learner, expert, _positions(game, games, plies), count, lambda share: watch("asking the expert", share))
    told = answers.labels != NOTHING
    wrong = int((answers.labels != answers.best)[told].sum())
    return Disagreement(int(told.sum()), wrong, float(-answers.logarithms[told].mean()))


class Answers(NamedTuple):
    """What an expert and a learner say of n positions."""

    labels: NDArray[np.int32]  # [n] the expert's action, NOTHING where it failed
    best: NDArray[np.int32]  # [n] the learner's best action
    logarithms: NDArray[np.float64]  # [n] log π(label) of the learner


def ask(
    learner: Evaluator, expert: Player, positions: Iterator[Position], count: int, watch: Callable[[float], None]
) -> Answers:
    """Ask both about `count` positions. Raises PlayerError where the expert has an answer for none of them."""
    found = Answers(np.full(count, NOTHING, np.int32), np.zeros(count, np.int32), np.zeros(count))
    reason, batch = "", allocate_batch(expert.game, GAMES)
    for start in range(0, count, GAMES):
        part = list(itertools.islice(positions, GAMES))
        for i, position in enumerate(part):
            batch.planes[i] = position.planes()
        logits = learner.submit(batch, len(part))().logits.astype(np.float64)
        for i, answer in enumerate(expert.attempt(part), start):
            legal = part[i - start].legal_actions()
            own = logits[i - start, legal]
            found.best[i] = legal[int(np.argmax(own))]
            if isinstance(answer, PlayerFailedError):
                reason = str(answer)
                continue
            found.labels[i] = answer.action
            found.logarithms[i] = own[legal.index(answer.action)] - own.max() - np.log(np.exp(own - own.max()).sum())
        watch((start + len(part)) / count)
    if count and (found.labels == NOTHING).all():
        raise PlayerError(f"expert {expert.name!r} answered for none of {count} positions: {reason}")
    return found


def _positions(game: Game, games: ExpertGames, plies: NDArray[np.int64]) -> Iterator[Position]:
    """Give the position at each ply; plies: ascending."""
    owner, position = -1, Position(game)
    for ply, mine in zip(plies.tolist(), games.owners(plies).tolist(), strict=True):
        if mine != owner:
            owner, position = mine, Position(game)
        for action in games.actions[games.starts[mine] + position.ply : ply]:
            position.play(int(action))
        yield position.copy()
