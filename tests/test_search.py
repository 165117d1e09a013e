"""The kernels against the slow reference search: identical visits on every root, over thousands of random trees."""

import numpy as np
import pytest
from search_tools import Hashed, random_noise, random_position, random_settings, reference
from toy_games import Misere, Planted, Ring

from games import find
from zero.search.searcher import Searcher

TREES = 16  # in one forest
GAMES = [
    find("tic_tac_toe"),
    *(find(f"connect_four:rows={rows},columns={columns}") for rows, columns in ((4, 4), (4, 5), (5, 4), (5, 6), (6, 7))),
    Ring(7),
    Planted(4, 3, -1),
    Misere(12),
]


def random_evaluator(random):
    steps = int(random.choice([0, 0, 0, 2]))
    return Hashed(int(random.integers(2**32)), float(random.choice([0.0, 1.0, 2.0, 5.0])), steps, bool(random.random() < 0.2))


def compare(game, settings, random):
    """Search random positions with the kernels and slowly; require the same answers."""
    evaluator = random_evaluator(random)
    positions = [random_position(game, random) for _ in range(TREES)]
    noise = random_noise(game, settings, random, positions)
    cache_mb = float(random.choice([0, 0.02, 1]))
    found = Searcher(game, settings, evaluator, TREES, cache_mb).search(positions, noise)
    for t, position in enumerate(positions):
        slow = reference(position, settings, evaluator, noise[t])
        where = f"{settings} after {position.actions}"
        root = slow.root
        assert found.actions[t] == slow.action(), where
        assert found.values[t] == pytest.approx(slow.value(), abs=1e-6), where
        expected = np.zeros(game.num_actions, np.int64)
        expected[root.actions] = [root.visits[action] for action in root.actions]
        assert found.visits[t].tolist() == expected.tolist(), where
        if root.actions:
            policy = np.zeros(game.num_actions)
            policy[root.actions] = [slow.policy()[action] for action in root.actions]
            np.testing.assert_allclose(found.policy[t], policy, atol=1e-6, err_msg=where)
        for action in root.actions:
            if root.visits[action]:
                assert found.q[t, action] == pytest.approx(slow.q(action), abs=1e-6), where
        if slow.draws:
            assert found.draws[t] == pytest.approx(slow.draw(), abs=1e-6), where


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("policy", ["puct", "gumbel"])
def test_visits_are_those_of_the_reference(policy, seed):
    random = np.random.default_rng([seed, policy == "gumbel"])
    compare(GAMES[seed % len(GAMES)], random_settings(random, policy), random)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000))
@pytest.mark.parametrize("policy", ["puct", "gumbel"])
def test_visits_are_those_of_the_reference_at_length(policy, seed):
    random = np.random.default_rng([1000, seed, policy == "gumbel"])
    compare(GAMES[seed % len(GAMES)], random_settings(random, policy), random)
