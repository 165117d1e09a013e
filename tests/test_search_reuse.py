"""Keeping the subtree of the move that is played: nothing below it changes, and the search goes on as the reference does."""

import numpy as np
import pytest
from search_tools import Hashed, random_noise, random_position, random_settings, reference
from search_trees import assert_sound, finish, tree_of
from toy_games import Ring

from games import find
from games.position import Position
from zero.search.forest import NONE, OPEN, Forest
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings
from zero.search.tree import keep_subtree, plant

GAMES = [find("tic_tac_toe"), find("connect_four:rows=4,columns=5"), find("connect_four"), Ring(8)]
TREES = 3


def after(position, action):
    """Return the position after one more move."""
    follower = Position(position.game)
    for move in [*position.actions, action]:
        follower.play(move)
    return follower


def tell_past(searcher, t, position):
    """Give tree t the past of its next root."""
    f = searcher.forest
    f.trees[t].past = len(position.past)
    f.past[t, : len(position.past)] = position.past
    frames = position.frames(position.game.history - 1)
    f.trees[t].frames = len(frames)
    f.frames[t, : len(frames)] = frames


def slices(f, t):
    """Return the bytes of what belongs to tree t."""
    return [array[len(array) // len(f.trees) * t : len(array) // len(f.trees) * (t + 1)].tobytes() for array in f]


@pytest.mark.parametrize("seed", range(16))
def test_what_is_kept_is_what_was_there(seed):
    """For every child of the root that is open: the tree afterwards equals the child before, record for record."""
    random = np.random.default_rng([seed, 1])
    game = GAMES[seed % len(GAMES)]
    settings = random_settings(random, "puct", noise=0.0, root_temperature=1.0, simulations=150, win_at_once=False)
    positions = [random_position(game, random, int(random.integers(4))) for _ in range(TREES)]
    searcher = Searcher(game, settings, Hashed(seed), TREES, cache_mb=0)
    searcher.search(positions)
    whole, kept = searcher.forest, 0
    for t, position in enumerate(positions):
        root = whole.nodes[whole.trees[t].root]
        for number in range(root.first_edge, root.first_edge + root.edge_count):
            edge = whole.edges[number]
            if edge.child == NONE or whole.nodes[edge.child].status != OPEN:
                continue
            f = searcher.forest = Forest(*(array.copy() for array in whole))
            expected, others = tree_of(f, edge.child), [slices(f, other) for other in range(TREES) if other != t]
            follower = after(position, int(edge.action))
            tell_past(searcher, t, follower)
            keep_subtree(game, searcher.parameters, f, t, number, 10, 0.0)
            assert tree_of(f, f.trees[t].root) == expected
            assert_sound(game, f, t, follower)
            assert others == [slices(f, other) for other in range(TREES) if other != t]
            assert f.trees[t].budget == 10
            kept += 1
    assert kept >= TREES


@pytest.mark.parametrize("seed", range(24))
def test_games_with_reuse_are_those_of_the_reference(seed):
    """A game from start to end, every search but the first in what the one before left, with noise at each root."""
    random = np.random.default_rng([seed, 2])
    game = GAMES[seed % len(GAMES)]
    budget = int(random.integers(2, 120))
    settings = random_settings(random, "puct", reuse=True, simulations=budget, win_at_once=bool(seed % 3 == 0))
    evaluator = Hashed(seed, spread=float(random.choice([0.5, 3.0])))
    searcher, position = Searcher(game, settings, evaluator, 1, cache_mb=float(random.choice([0, 1]))), Position(game)
    noise = random_noise(game, settings, random, [position])
    found, slow = searcher.search([position], noise), reference(position, settings, evaluator, noise[0])
    f, reused = searcher.forest, 0
    while True:
        root = f.nodes[f.trees[0].root]
        actions = f.edges["action"][root.first_edge : root.first_edge + root.edge_count].tolist()
        visits = f.edges["visits"][root.first_edge : root.first_edge + root.edge_count].tolist()
        assert actions == slow.root.actions
        assert visits == list(slow.root.visits.values())
        assert_sound(game, f, 0, position)
        assert found is None or found.actions[0] == slow.action()
        action, found = int(random.choice(actions)), None
        position.play(action)
        if position.outcome() != 2:
            break
        noise = random_noise(game, settings, random, [position])
        f.noise[0] = noise[0]
        tell_past(searcher, 0, position)
        number = root.first_edge + actions.index(action)
        child = slow.root.children.get(action)
        if f.edges[number].child != NONE and f.nodes[f.edges[number].child].status == OPEN:
            assert child.value is not None
            keep_subtree(game, searcher.parameters, f, 0, number, budget, settings.noise)
            reused += 1
        else:
            assert child is None or child.value is None or child.certain is not None
            child = None
            plant(game, searcher.parameters, f, 0, position.state, budget, settings.noise)
        finish(searcher, 1)
        slow = reference(position, settings, evaluator, noise[0], child)
    assert reused > 0 or budget < 10 or settings.win_at_once


def test_visits_kept_count_towards_the_next_search():
    game = find("connect_four")
    settings = SearchSettings(policy="puct", simulations=100, reuse=True, win_at_once=False)
    position, evaluator = Position(game), Hashed(1)
    searcher = Searcher(game, settings, evaluator, 1, cache_mb=0)
    found = searcher.search([position])
    action = int(found.actions[0])
    kept, asked = int(found.visits[0, action]) - 1, evaluator.asked
    position.play(action)
    tell_past(searcher, 0, position)
    keep_subtree(game, searcher.parameters, searcher.forest, 0, int(searcher.forest.nodes[0].first_edge) + action, 100, 0.0)
    finish(searcher, 1)
    assert kept > 0
    assert evaluator.asked - asked <= 100 - kept
    assert searcher.forest.nodes[0].visits == 101
