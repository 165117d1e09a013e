"""Worlds whose values are known from the start: a wrong sign anywhere in the search shows."""

import numpy as np
import pytest
from toy_games import Misere, Planted

from games import find
from games.position import Position
from zero.evaluators import Evaluations, Rollouts, Uniform
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings

POLICIES = ["puct", "gumbel"]


class Knows:
    """Tells the planted outcome of every position of a Planted game."""

    def __init__(self, game, places):
        self.result = game.result

    def submit(self, batch, rows):
        ply = batch.planes[:rows].reshape(rows, -1).sum(axis=1)  # one cell a ply
        value = np.where(ply % 2 == 0, self.result, -self.result)[:, None]
        wdl = (value == np.array([1, 0, -1])).astype(np.float32)
        return lambda: Evaluations(np.zeros((rows, 9), np.float32), wdl)


def played(game, *actions):
    position = Position(game)
    for action in actions:
        position.play(action)
    return position


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("leaves", [1, 4])
@pytest.mark.parametrize("result", [1, 0, -1])
@pytest.mark.parametrize("length", [1, 2, 5])
def test_what_is_known_everywhere_is_found_everywhere(policy, leaves, result, length):
    game = Planted(length, 3, result)
    positions = [played(game, *[1] * ply) for ply in range(length)]
    settings = SearchSettings(policy=policy, simulations=60, leaves=leaves, win_at_once=False)
    found = Searcher(game, settings, Knows, length).search(positions)
    for ply in range(length):
        value = result if ply % 2 == 0 else -result
        assert found.values[ply] == pytest.approx(value)
        assert found.q[ply][found.visits[ply] > 0] == pytest.approx(value)
        assert found.draws[ply] == pytest.approx(float(result == 0))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("leaves", [1, 4])
@pytest.mark.parametrize("result", [1, -1])
def test_who_was_to_win_is_seen_from_terminal_positions_alone(policy, leaves, result):
    """The evaluator knows nothing: the value grows out of games that end in the tree."""
    game = Planted(4, 2, result)
    positions = [played(game, *[0] * ply) for ply in range(4)]
    settings = SearchSettings(policy=policy, simulations=200, leaves=leaves, win_at_once=False, prove=False)
    found = Searcher(game, settings, Uniform, 4).search(positions)
    signs = np.array([result, -result, result, -result])
    assert (found.values * signs > [0.8, 0.9, 0.95, 0.99]).all()
    assert (found.q[range(4), found.visits.argmax(axis=1)] * signs > 0.9).all()
    assert found.q[3] * signs[3] == pytest.approx(1)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("leaves", [1, 4])
@pytest.mark.parametrize("result", [1, 0, -1])
def test_what_is_proven_is_known_for_certain(policy, leaves, result):
    """Two moves a ply, four plies: a few simulations see all of it, and the search ends there."""
    game = Planted(4, 2, result)
    settings = SearchSettings(policy=policy, simulations=200, leaves=leaves, win_at_once=False)
    positions = [played(game, *[0] * ply) for ply in range(4)]
    found = Searcher(game, settings, Uniform, 4).search(positions)
    assert found.values.tolist() == [result, -result, result, -result]
    assert found.draws.tolist() == [float(result == 0)] * 4
    assert (found.visits.sum(axis=1) < 60).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_move_that_loses_for_certain_is_not_played(policy):
    """The other threatens to win in one column: moves elsewhere lose at once."""
    position = played(find("connect_four"), 3, 0, 3, 6, 3)
    found = Searcher(position.game, SearchSettings(policy=policy, simulations=120), Uniform, 1).search([position])
    assert found.actions[0] == 3
    refuted = found.q[0] == -1
    assert (found.policy[0][refuted] == 0).all()
    assert refuted.sum() >= 2


@pytest.mark.parametrize(("policy", "evaluator"), [("puct", Uniform), ("gumbel", Uniform), ("puct", Rollouts)])
@pytest.mark.parametrize("heap", range(2, 9))
def test_last_mover_loses(policy, evaluator, heap):
    """Whoever leaves 1, 5, 9 … matches wins: the search takes what leaves that many, and sees who wins."""
    game = Misere(heap)
    settings = SearchSettings(policy=policy, simulations=600, win_at_once=False)
    found = Searcher(game, settings, evaluator, 1).search([Position(game)])
    if heap % 4 == 1:
        assert found.values[0] < -0.5
    else:
        assert found.actions[0] == (heap - 1) % 4 - 1
        assert found.values[0] > 0.5


@pytest.mark.parametrize("policy", POLICIES)
def test_win_at_once_is_played_without_search(policy):
    game = find("connect_four")
    first, second, none = played(game, 0, 1, 0, 1, 0, 1), played(game, 0, 1, 0, 1, 2, 1, 3), played(game, 0, 1, 0, 1)
    found = Searcher(game, SearchSettings(policy=policy, simulations=20), Uniform, 3).search([first, second, none])
    assert found.actions[:2].tolist() == [0, 1]
    assert found.values[:2].tolist() == [1, 1]
    assert found.draws[:2].tolist() == [0, 0]
    assert found.policy[0].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert found.visits.sum(axis=1).tolist() == [0, 0, 20]
    settings = SearchSettings(policy=policy, simulations=60, win_at_once=False)
    searched = Searcher(game, settings, Uniform, 2).search([first, second])
    assert searched.actions.tolist() == [0, 1]
    assert searched.values.min() > 0.4


@pytest.mark.parametrize("policy", POLICIES)
def test_a_threat_is_met(policy):
    """The opponent has three in a row: every other move loses at once."""
    position = played(find("connect_four"), 3, 0, 3, 6, 3)
    found = Searcher(position.game, SearchSettings(policy=policy, simulations=150, considered=7), Uniform, 1).search([position])
    assert found.actions.tolist() == [3]
    others = found.q[0, [0, 1, 2, 4, 5, 6]]
    assert np.nanmax(others) < found.q[0, 3]


@pytest.mark.parametrize("result", [1, 0, -1])
@pytest.mark.parametrize("ply", [0, 1, 2, 3])
def test_rollouts_tell_the_outcome_to_the_player_to_move(result, ply):
    game = Planted(4, 3, result)
    searcher = Searcher(game, SearchSettings(policy="puct", simulations=1, win_at_once=False), Rollouts, 1)
    searcher.search([played(game, *[2] * ply)], goes_on=lambda: False)  # the root alone
    value = result if ply % 2 == 0 else -result
    assert searcher.forest.nodes[0].value == value
    assert searcher.forest.nodes[0].draw_sum == (result == 0)
