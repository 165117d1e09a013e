"""Trees in company: several leaves at a time, the cache, duplicates, bounds, and what does not fit."""

import re

import numpy as np
import pytest
from search_tools import Hashed, random_noise, random_position, random_settings
from search_trees import assert_sound, finish, mark, tree_of, untouched
from toy_games import Misere, Ring

from games import find
from games.position import Position
from zero.errors import SettingsError
from zero.search import forest
from zero.search.cache import allocate_cache
from zero.search.forest import NONE, OVER, PROVEN, allocate
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings
from zero.search.walk import advance, gather

CONNECT_FOUR = find("connect_four")
GAMES = [find("tic_tac_toe"), find("connect_four:rows=4,columns=4"), CONNECT_FOUR, Ring(7)]
TREES = 6


def same(found, other, rows=slice(None), other_rows=slice(None)):
    for one, two in zip(found, other, strict=True):
        np.testing.assert_array_equal(one[rows], two[other_rows])


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("policy", ["puct", "gumbel"])
def test_trees_are_sound_and_keep_to_their_place(policy, seed):
    """One to eight leaves at a time: exactly the simulations asked for, no virtual loss left, no write beyond."""
    random = np.random.default_rng([seed, policy == "gumbel", 7])
    game = GAMES[seed % len(GAMES)]
    leaves, loss = int(random.integers(1, 9)), float(random.choice([0.0, 0.3, 1.0, 3.0]))
    settings = random_settings(random, policy, leaves=leaves, virtual_loss=loss)
    positions = [random_position(game, random) for _ in range(TREES)]
    noise = random_noise(game, settings, random, positions)
    searcher = Searcher(game, settings, Hashed(seed), TREES + 1, cache_mb=float(random.choice([0, 0.05])))
    f = searcher.forest
    mark(f)
    found = searcher.search(positions, noise)
    for t, position in enumerate(positions):
        assert_sound(game, f, t, position)
        tree = f.trees[t]
        if tree.win == NONE and f.nodes[tree.root].status not in (OVER, PROVEN):
            assert found.visits[t].sum() == settings.simulations
        nodes, edges = (t + 1) * (len(f.nodes) // (TREES + 1)), (t + 1) * (len(f.edges) // (TREES + 1))
        assert untouched(f.nodes[tree.nodes : nodes])
        assert untouched(f.edges[tree.edges : edges])
    nodes, edges = TREES * (len(f.nodes) // (TREES + 1)), TREES * (len(f.edges) // (TREES + 1))
    assert untouched(f.nodes[nodes:])
    assert untouched(f.edges[edges:])
    assert untouched(f.states[nodes:])


def test_several_leaves_fill_a_batch():
    """Virtual loss sends the leaves of one round to different nodes."""
    settings = SearchSettings(policy="puct", simulations=200, leaves=8, win_at_once=False)
    evaluator = Hashed(3, spread=0.5)
    searcher = Searcher(CONNECT_FOUR, settings, evaluator, 1, cache_mb=0)
    rows = []
    submit = evaluator.submit

    def watch(batch, count):
        leaves = searcher.forest.leaf[0, : searcher.forest.trees[0].leaves]
        assert len({*leaves.tolist()}) == len(leaves) == count
        rows.append(count)
        return submit(batch, count)

    evaluator.submit = watch
    searcher.search([Position(CONNECT_FOUR)])
    assert sum(rows) == 201
    assert max(rows) == 8
    assert len(rows) < 60


@pytest.mark.parametrize("policy", ["puct", "gumbel"])
@pytest.mark.parametrize("game", GAMES, ids=repr)
def test_cached_search_is_the_uncached_one(game, policy, random):
    for _ in range(4):
        settings = random_settings(random, policy)
        positions = [random_position(game, random) for _ in range(TREES)]
        noise = random_noise(game, settings, random, positions)
        searchers = [Searcher(game, settings, Hashed(5), TREES, cache_mb) for cache_mb in (0, 0.002, 4)]
        found = [searcher.search(positions, noise) for searcher in searchers]
        same(found[0], found[1])
        same(found[0], found[2])
        for t in range(TREES):
            roots = [tree_of(searcher.forest, searcher.forest.trees[t].root) for searcher in searchers]
            assert roots[0] == roots[1] == roots[2]
        asked = searchers[2].evaluator.asked
        same(found[0], searchers[2].search(positions, noise))  # and again, all from the cache but what another pushed out
        again = searchers[2].evaluator.asked
        assert again <= asked * 1.05
        assert searchers[2].forest.trees["simulations"].sum() == 2 * searchers[0].forest.trees["simulations"].sum()
        searchers[2].forget()
        same(found[0], searchers[2].search(positions, noise))
        assert searchers[2].evaluator.asked == again + asked


def test_noise_and_root_temperature_stay_out_of_the_cache():
    settings = SearchSettings(policy="puct", simulations=30, noise=0.5, root_temperature=1.5, win_at_once=False)
    position = Position(CONNECT_FOUR)
    noise = np.array([[1.0, 0, 0, 0, 0, 0, 0]])
    quiet = Searcher(CONNECT_FOUR, settings, Hashed(1), 1, cache_mb=0).search([position])
    searcher = Searcher(CONNECT_FOUR, settings, Hashed(1), 1, cache_mb=1)
    noisy = searcher.search([position], noise)
    same(searcher.search([position]), quiet)
    assert noisy.visits[0, 0] > quiet.visits[0, 0]


@pytest.mark.parametrize("policy", ["puct", "gumbel"])
@pytest.mark.parametrize("leaves", [1, 4])
def test_trees_do_not_influence_each_other(policy, leaves, random):
    """Alone, in company, and in another order: the same answers. Without a cache, which several leaves can feel."""
    settings = random_settings(random, policy, leaves=leaves, simulations=60)
    for game in GAMES:
        positions = [random_position(game, random) for _ in range(TREES)]
        noise = random_noise(game, settings, random, positions)
        together = Searcher(game, settings, Hashed(9), TREES, cache_mb=0).search(positions, noise)
        order = random.permutation(TREES)
        searcher = Searcher(game, settings, Hashed(9), TREES + 3, cache_mb=0)
        same(together, searcher.search([positions[i] for i in order], noise[order]), order)
        for t in range(TREES):
            same(together, searcher.search([positions[t]], noise[[t]]), [t])


def test_equal_positions_are_asked_once_a_round():
    position = Position(CONNECT_FOUR)
    position.play(3)
    settings = SearchSettings(policy="gumbel", simulations=40)
    alone, crowd, uncached = (Hashed(2) for _ in range(3))
    one = Searcher(CONNECT_FOUR, settings, alone, 1, cache_mb=1).search([position])
    many = Searcher(CONNECT_FOUR, settings, crowd, 8, cache_mb=1).search([position] * 8)
    Searcher(CONNECT_FOUR, settings, uncached, 8, cache_mb=0).search([position] * 8)
    same(many, one, slice(None), [0] * 8)
    assert crowd.asked == alone.asked
    assert uncached.asked >= 8 * alone.asked


def test_gather_gives_every_leaf_the_row_of_its_position(random):
    settings = SearchSettings(policy="puct", simulations=50, leaves=3, win_at_once=False)
    positions = [random_position(CONNECT_FOUR, random, plies) for plies in (0, 1, 1, 0, 2, 0, 5)] * 2
    positions = [position for position in positions if position.legal_actions()]
    for distinct in (False, True):
        searcher = Searcher(CONNECT_FOUR, settings, Hashed(4), len(positions), cache_mb=1 if distinct else 0)
        searcher.search(positions, goes_on=iter([True, True, False]).__next__)
        f, batch = searcher.forest, searcher.batch
        advance(CONNECT_FOUR, searcher.parameters, f, searcher.cache, 0, len(positions))
        rows = gather(f, batch, distinct)
        leaves = [(t, slot) for t in range(len(positions)) for slot in range(f.trees[t].leaves)]
        assert len(leaves) > len(positions)
        for t, slot in leaves:
            row = f.row[t, slot]
            assert row < rows
            np.testing.assert_array_equal(batch.planes[row], f.planes[t, slot])
            assert batch.states[row].item() == f.states[f.leaf[t, slot]].item()
        planes = {batch.planes[row].tobytes() for row in range(rows)}
        assert len(planes) < len(leaves)
        assert rows == (len(planes) if distinct else len(leaves))
        owners = [(int(owner) // settings.leaves, int(owner) % settings.leaves) for owner in batch.owner[:rows]]
        assert owners == sorted(owners)  # in the order of trees
        assert [int(f.row[owner]) for owner in owners] == list(range(rows))


def test_early_end_leaves_a_search_that_can_be_read(random):
    for policy in ("puct", "gumbel"):
        settings = SearchSettings(policy=policy, simulations=100, leaves=2, win_at_once=False)
        for rounds in range(4):
            searcher = Searcher(CONNECT_FOUR, settings, Hashed(1), 2, cache_mb=0)
            positions = [Position(CONNECT_FOUR), random_position(CONNECT_FOUR, random, 4)]
            found = searcher.search(positions, goes_on=iter([True] * rounds + [False]).__next__)
            assert found.policy.sum(axis=1) == pytest.approx(1)
            assert (found.visits.sum(axis=1) < 100).all()
            for t, position in enumerate(positions):
                assert_sound(CONNECT_FOUR, searcher.forest, t, position)
                assert found.actions[t] in position.legal_actions()


def test_positions_that_are_over_are_read_as_they_are():
    game = find("tic_tac_toe")
    lost, drawn = Position(game), Position(game)
    for action in (0, 3, 1, 4, 2):
        lost.play(action)
    for action in (0, 1, 2, 4, 3, 5, 7, 6, 8):
        drawn.play(action)
    for policy in ("puct", "gumbel"):
        found = Searcher(game, SearchSettings(policy=policy), Hashed(1), 2).search([lost, drawn])
        assert found.actions.tolist() == [-1, -1]
        assert found.values.tolist() == [-1, 0]
        assert found.draws.tolist() == [0, 1]
        assert found.visits.sum() == found.policy.sum() == 0


def test_more_positions_than_trees_are_refused():
    with pytest.raises(ValueError, match="expected at most 1 positions, got 2"):
        Searcher(Misere(5), SearchSettings(), Hashed(1), 1).search([Position(Misere(5))] * 2)


def test_what_does_not_fit_into_memory_is_refused_in_one_line(monkeypatch):
    message = r"^1000 trees of 1000000 simulations can take [\d.]+ GiB, but [\d.]+ GiB of memory is free: take fewer .*$"
    monkeypatch.setattr(forest, "free_memory", lambda: 8 * 2**30)
    with pytest.raises(SettingsError, match=message) as raised:
        Searcher(CONNECT_FOUR, SearchSettings(simulations=10**6), Hashed(1), 1000)
    assert "\n" not in str(raised.value)


def test_more_edges_than_numbers_are_refused(monkeypatch):
    monkeypatch.setattr(forest, "free_memory", lambda: 2**60)
    with pytest.raises(SettingsError, match=re.escape("can have 7000007000 edges, but a forest numbers 2147483647 at most")):
        allocate(CONNECT_FOUR, 1000, 10**6)


def test_cache_takes_no_more_than_it_may():
    for megabytes in (0, 0.0001, 0.5, 1, 3.9):
        cache = allocate_cache(CONNECT_FOUR, megabytes)
        places = len(cache.keys)
        assert places == 0 or places.bit_count() == 1
        assert cache.keys.nbytes + cache.values.nbytes + cache.logits.nbytes <= megabytes * 2**20
    assert len(allocate_cache(CONNECT_FOUR, 0).keys) == 0


def test_forest_takes_what_it_says():
    """The bytes that are promised cover all arrays that grow with simulations."""
    for leaves in (1, 4):
        f = allocate(CONNECT_FOUR, 10, 500, leaves)
        grown = sum(array.nbytes for array in (f.states, f.nodes, f.edges, f.moved, f.words))
        assert forest.forest_bytes(CONNECT_FOUR, 10, 500, leaves) == grown


def test_finish_is_search():
    """The helper of these tests that drives a forest by hand does what Searcher.search does."""
    settings = SearchSettings(policy="puct", simulations=50)
    searcher = Searcher(CONNECT_FOUR, settings, Hashed(8), 1, cache_mb=0)
    searcher.search([Position(CONNECT_FOUR)], goes_on=iter([True, False]).__next__)
    assert finish(searcher, 1) > 0
    other = Searcher(CONNECT_FOUR, settings, Hashed(8), 1, cache_mb=0)
    other.search([Position(CONNECT_FOUR)])
    assert tree_of(searcher.forest, 0) == tree_of(other.forest, 0)


@pytest.mark.parametrize("policy", ["puct", "gumbel"])
@pytest.mark.parametrize("spread", [100.0, 1e6, 3e38])
def test_certain_networks_are_searched_too(policy, spread, random):
    """Logits so far apart that priors round to zero: all that is told stays finite."""
    for game in GAMES:
        settings = random_settings(random, policy, simulations=100)
        positions = [random_position(game, random) for _ in range(TREES)]
        noise = random_noise(game, settings, random, positions)
        searcher = Searcher(game, settings, Hashed(6, spread), TREES, cache_mb=0)
        found = searcher.search(positions, noise)
        for t, position in enumerate(positions):
            assert_sound(game, searcher.forest, t, position)
            assert np.isfinite(found.policy[t]).all()
            assert found.policy[t].sum() == pytest.approx(1 if position.legal_actions() else 0)
            assert abs(found.values[t]) <= 1
