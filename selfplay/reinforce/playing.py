"""Whole games between the learner and its opponents, all at once: one ply of every game at a time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.rules import ONGOING
from zero.boards import Boards, Rows, sample_actions, streams_of
from zero.evaluators import Evaluator
from zero.search.walk import Batch

OPENINGS = 1 << 40  # streams of random openings are numbered from here on, those of games from 0 on


class Plan(NamedTuple):
    """N games to be played."""

    opponents: NDArray[np.int64]  # [N] which opponent
    first: NDArray[np.bool_]  # [N] the learner begins
    openings: NDArray[np.int64]  # [N] random plies at the start
    groups: NDArray[np.int64]  # [N] numbers from 0 on: games of a group begin with the same random moves


class Trajectories(NamedTuple):
    """N games as the learner lived through them; D decisions in all, by ply, then by game."""

    planes: NDArray[np.uint8]  # [D, P, R, C]
    legal: NDArray[np.int32]  # [D, M], of which
    counts: NDArray[np.int32]  # [D] are legal actions
    actions: NDArray[np.int32]  # [D]
    logarithms: NDArray[np.float64]  # [D] of the probabilities that they were drawn with
    values: NDArray[np.float64]  # [D] V(s), for the learner
    games: NDArray[np.int64]  # [D] in [0, N)
    times: NDArray[np.int64]  # [D] which decision of its game it is, from 0 on
    outcomes: NDArray[np.int8]  # [N] z, for the learner
    plies: NDArray[np.int32]  # [N] length of the game
    evaluations: int  # positions that were evaluated, those of the opponents included

    def spread(self, flat: NDArray[Any]) -> NDArray[np.float64]:
        """Return [T, N]: the numbers [D] of decisions by time and game, 0 where there is none."""
        grid = np.zeros((int(self.times.max(initial=-1)) + 1, len(self.outcomes)))
        grid[self.times, self.games] = flat
        return grid

    def alive(self) -> NDArray[np.bool_]:
        """Return [T, N], True where there is a decision."""
        return self.spread(np.ones(len(self.games))) > 0

    def rewards(self) -> NDArray[np.float64]:
        """Return [T, N], the outcome at the last decision of each game, else 0."""
        lengths = np.bincount(self.games, minlength=len(self.outcomes))
        return self.spread(self.outcomes[self.games] * (self.times == lengths[self.games] - 1))


def draw_plan(random: np.random.Generator, games: int, opponents: int, group: int, opening_plies: int) -> Plan:
    """Return a plan of a mini-batch: colours and openings at random, the same for all games of a group, as is the opponent."""
    groups = np.arange(games) // group
    first = random.integers(2, size=games // group)[groups] == 0
    openings = random.integers(opening_plies + 1, size=games // group)[groups]
    return Plan(groups * opponents * group // games, first, openings, groups)


def paired_plan(random: np.random.Generator, games: int, opening_plies: int) -> Plan:
    """Return a plan against one opponent: pairs of games with the same opening and swapped colours."""
    pairs = np.arange(games) // 2
    openings = random.integers(opening_plies + 1, size=games)[pairs]
    return Plan(np.zeros(games, np.int64), np.arange(games) % 2 == 0, openings, pairs)


def play_games(
    game: Game,
    learner: Evaluator,
    opponents: Sequence[Evaluator],
    plan: Plan,
    seed: int,
    batch: Batch,
    record: bool = True,
) -> Trajectories:
    """Play the games of a plan; all players draw from their policies at temperature 1.

    batch:  scratch, with as many places as the evaluators take at once.
    record: keep the decisions? Without, all that is [D] is empty.
    """
    boards, ply, evaluations = Boards(game, len(plan.first)), 0, 0
    decisions = np.zeros(len(plan.first), np.int64)
    parts: list[tuple[Any, ...]] = []
    while len(live := np.flatnonzero(boards.outcomes == ONGOING)):
        opening = plan.openings[live] > ply
        _move_randomly(boards, live[opening], plan, seed)
        rows = live[~opening]
        mine = plan.first[rows] == (ply % 2 == 0)
        for index, opponent in enumerate(opponents):
            for part in _goes(rows[~mine & (plan.opponents[rows] == index)], batch):
                _move(boards, part, opponent, batch, seed)
        for part in _goes(rows[mine], batch):
            legal, counts = boards.legal[part], boards.counts[part]
            moved = _move(boards, part, learner, batch, seed)
            if record:
                parts.append((batch.planes[: len(part)].copy(), legal, counts, *moved, part, decisions[part]))
            decisions[part] += 1
        evaluations += len(rows)
        ply += 1
    turn = np.where((boards.plies % 2 == 0) == plan.first, 1, -1).astype(np.int8)
    columns = [np.concatenate(column) for column in zip(*(parts or [_no_decisions(game)]), strict=True)]
    named: dict[str, Any] = dict(zip(Trajectories._fields, columns, strict=False))
    return Trajectories(**named, outcomes=boards.outcomes * turn, plies=boards.plies, evaluations=evaluations)


def _goes(rows: Rows, batch: Batch) -> list[Rows]:
    """Return the rows in parts that fit into the batch."""
    places = len(batch.planes)
    return [rows[start : start + places] for start in range(0, len(rows), places)]


def _move(
    boards: Boards, rows: Rows, evaluator: Evaluator, batch: Batch, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Let a policy move on these boards; return its actions, the logarithms of their probabilities, and V. The batch keeps
    the planes that were seen."""
    boards.planes(rows, batch.planes)
    batch.states[: len(rows)] = boards.states[rows]
    logits, wdl = evaluator.submit(batch, len(rows))()
    streams = streams_of(seed, rows, boards.plies[rows])
    actions, logarithms = sample_actions(logits, boards.legal[rows], boards.counts[rows], 1.0, streams)
    boards.play(rows, actions)
    return actions, logarithms, wdl[:, 0].astype(np.float64) - wdl[:, 2]


def _move_randomly(boards: Boards, rows: Rows, plan: Plan, seed: int) -> None:
    """Make a random move on these boards, the same in all games of a group."""
    streams = streams_of(seed, OPENINGS + plan.groups[rows], boards.plies[rows])
    even = np.zeros((len(rows), boards.game.num_actions), np.float32)
    boards.play(rows, sample_actions(even, boards.legal[rows], boards.counts[rows], 1.0, streams)[0])


def _no_decisions(game: Game) -> tuple[Any, ...]:
    """Return the columns [D] of Trajectories for no decision at all."""
    whole, real = np.zeros(0, np.int64), np.zeros(0)
    planes, legal = np.zeros((0, *game.plane_shape), np.uint8), np.zeros((0, game.max_legal), np.int32)
    return planes, legal, whole.astype(np.int32), whole.astype(np.int32), real, real, whole, whole
