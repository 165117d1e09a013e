"""Games of self-play as Python sees them, and the laws that each must hold by the rules alone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from search_tools import Hashed

from games.position import Position
from games.rules import LOSS, ONGOING
from selfplay.actor import Actor
from selfplay.slots import FULL, OPENING, QUICK


class Ply(NamedTuple):
    """One line of a record."""

    action: int
    kind: int
    value: float
    draw: float
    best: float
    surprise: float
    policy: tuple[int, ...]  # in units of 1 / 65535


class Played(NamedTuple):
    """A finished game."""

    number: int
    outcome: int
    given_up: bool
    plies: list[Ply]


def games_of(records):
    """Return the finished games of some records."""
    found = []
    for i, number in enumerate(records.games):
        plies = [
            Ply(
                int(records.actions[j]),
                int(records.kinds[j]),
                float(records.values[j]),
                float(records.draws[j]),
                float(records.best[j]),
                float(records.surprise[j]),
                tuple(records.policies[records.policy_starts[j] : records.policy_starts[j + 1]].tolist()),
            )
            for j in range(records.starts[i], records.starts[i + 1])
        ]
        found.append(Played(int(number), int(records.outcomes[i]), bool(records.given_up[i]), plies))
    return found


def games_in_progress(parked):
    """Return the plies of each game that two generations share, by number."""
    found = {int(number): [] for number in parked.numbers}
    start = 0
    for row in parked.rows.rows:
        policy = tuple(parked.rows.policies[start : start + row["count"]].tolist())
        start += int(row["count"])
        numbers = (float(row[name]) for name in ("value", "draw", "best", "surprise"))
        found[int(row["game"])].append(Ply(int(row["action"]), int(row["kind"]), *numbers, policy))
    return found


class Series(NamedTuple):
    """Some generations of self-play."""

    finished: list[Played]
    parked: dict[int, list[Ply]]  # after the last generation
    records: list  # of each generation
    counts: list  # of each generation

    @property
    def plies(self):
        """The plies of every game that was begun, by number."""
        return {**{game.number: game.plies for game in self.finished}, **self.parked}


def self_play(
    game, search, settings, generations=1, evaluator: Callable = Hashed, seed=0, groups=1, fresh=False, resign_below=-2.0
) -> Series:
    """Play some generations. evaluator: called with a seed; fresh: does each generation get an actor of its own?"""
    records, counts, parked, actor = [], [], None, None
    for _ in range(generations):
        if actor is None or fresh:
            actor = Actor(game, search, settings, evaluator(1), seed, groups)
        record, parked, count = actor.generation(parked, resign_below)
        records.append(record)
        counts.append(count)
    return Series([played for record in records for played in games_of(record)], games_in_progress(parked), records, counts)


def positions_of(game, played):
    """Return the position before each recorded ply of a game."""
    position, found = Position(game), []
    for ply in played.plies:
        found.append(copy_of(position))
        if ply is not played.plies[-1] or not played.given_up:
            position.play(ply.action)
    return [*found, position]


def copy_of(position):
    """Return a position of its own with the same moves."""
    other = Position(position.game)
    for action in position.actions:
        other.play(action)
    return other


def winning_action(position):
    """Return the first action that wins at once, or None."""
    for action in position.legal_actions():
        position.play(action)
        won = position.outcome() == LOSS  # for the other, who is to move now
        position.undo()
        if won:
            return action
    return None


def check_game(game, played, wins_at_once=True):
    """Check a finished game against the rules: moves, policies, values, how it ended."""
    position = Position(game)
    searched = False
    for index, ply in enumerate(played.plies):
        assert position.outcome() == ONGOING
        assert ply.action in position.legal_actions()
        assert ply.kind in (OPENING, QUICK, FULL)
        assert ply.kind != OPENING or not searched, "random moves come first"
        searched = searched or ply.kind != OPENING
        check_ply(position, ply, wins_at_once)
        if index < len(played.plies) - 1 or not played.given_up:
            position.play(ply.action)
    assert searched
    if played.given_up:
        assert position.outcome() == ONGOING
        assert played.outcome == (-1 if position.to_play == 0 else 1), "who gives up has lost"
    else:
        assert position.outcome() != ONGOING
        assert played.outcome == {None: 0, 0: 1, 1: -1}[position.winner()]


def check_ply(position, ply, wins_at_once):
    """Check one line of a record: its policy and its values."""
    legal = position.legal_actions()
    assert len(ply.policy) == (len(legal) if ply.kind == FULL else 0)
    if ply.kind == OPENING:
        assert ply[2:] == (0.0, 0.0, 0.0, 0.0, ())
        return
    assert -1 <= ply.value <= 1
    assert -1e-6 <= ply.draw <= 1 + 1e-6
    assert ply.best >= ply.value
    winning = winning_action(position) if wins_at_once else None
    if winning is not None:
        assert (ply.action, ply.value, ply.draw, ply.best) == (winning, 1, 0, 1)
    if ply.kind == FULL:
        assert abs(sum(ply.policy) - 65535) <= len(legal) / 2
        assert 0 <= ply.surprise < np.inf
        if winning is not None:
            assert ply.policy == tuple(65535 * (action == winning) for action in legal)
    else:
        assert ply.surprise == 0
