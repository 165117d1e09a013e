"""Self-play: records that hold by the rules, and games that depend on nothing but (network, settings, seed, number)."""

from dataclasses import replace

import numpy as np
import pytest
from played_games import check_game, positions_of, self_play
from search_tools import Hashed
from toy_games import Ring

from games import find
from selfplay.actor import Actor
from selfplay.settings import SelfPlaySettings
from selfplay.slots import FULL, OPENING, QUICK
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
RING = Ring()  # looks back and shows history
GUMBEL = SearchSettings(policy="gumbel", simulations=12)
PUCT = SearchSettings(policy="puct", simulations=12)
PLAIN = replace(PUCT, noise=0.0)
SELFPLAY = SelfPlaySettings(games=12, positions=300, cache_mb=1.0, threads=1)


WAYS = {
    "gumbel": (GAME, GUMBEL, SELFPLAY),
    "gumbel, no cache": (GAME, GUMBEL, replace(SELFPLAY, cache_mb=0.0)),
    "puct": (GAME, PUCT, SELFPLAY),
    "puct with reuse": (GAME, replace(PUCT, reuse=True, root_temperature=1.25), SELFPLAY),
    "several leaves": (GAME, replace(PUCT, leaves=4, simulations=30), SELFPLAY),
    "several leaves, reuse, no cache": (GAME, replace(PUCT, leaves=3, reuse=True), replace(SELFPLAY, cache_mb=0.0)),
    "playout cap": (GAME, GUMBEL, replace(SELFPLAY, full_share=0.3, quick_simulations=3)),
    "playout cap, puct with reuse": (GAME, replace(PUCT, reuse=True), replace(SELFPLAY, full_share=0.3, quick_simulations=3)),
    "no look at wins": (GAME, replace(GUMBEL, win_at_once=False), SELFPLAY),
    "one simulation": (GAME, replace(GUMBEL, simulations=1), SELFPLAY),
    "one game at a time": (GAME, GUMBEL, replace(SELFPLAY, games=1, positions=30)),
    "history and superko": (RING, GUMBEL, SELFPLAY),
    "history and superko, reuse": (RING, replace(PUCT, reuse=True), SELFPLAY),
}


def hold_by_the_rules(way, groups):
    game, search, settings = WAYS[way]
    series = self_play(game, search, settings, generations=3, groups=groups)
    assert len(series.finished) > 3
    for played in series.finished:
        check_game(game, played, search.win_at_once)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "one game at a time"])
def test_every_game_holds_by_the_rules(way, groups):
    hold_by_the_rules(way, groups)


@pytest.mark.slow  # numba sees arrays of one tree as another type: it compiles all kernels anew
@pytest.mark.parametrize("groups", [1, 2])
def test_one_game_at_a_time_holds_by_the_rules(groups):
    hold_by_the_rules("one game at a time", groups)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("way", ["gumbel", "puct with reuse", "history and superko"])
def test_each_slot_plays_its_numbers_one_after_another(way, groups):
    game, search, settings = WAYS[way]
    series = self_play(game, search, settings, generations=3, groups=groups)
    slots = settings.games * groups
    numbers = sorted([played.number for played in series.finished] + [*series.parked])
    assert len(numbers) == len({*numbers})
    assert len(series.parked) == slots
    for slot in range(slots):
        mine = [number for number in numbers if number % slots == slot]
        assert mine == [slot + i * slots for i in range(len(mine))]
        assert mine[-1] in series.parked


@pytest.mark.parametrize("search", [GUMBEL, PUCT, replace(PUCT, simulations=30)], ids=["gumbel", "puct", "puct 30"])
def test_a_game_depends_on_its_number_alone(search):
    """Not on threads, groups, the number of games, the cache, or the generations that it reaches into."""
    base = self_play(GAME, search, replace(SELFPLAY, full_share=0.7), generations=3).plies
    for changes, others in (
        ({"threads": 2}, {}),
        ({"threads": 3}, {"fresh": True}),
        ({"cache_mb": 0.0}, {}),
        ({"games": 7}, {"groups": 2}),
        ({"games": 5, "positions": 700}, {"fresh": True}),
    ):
        settings = replace(SELFPLAY, full_share=0.7, **changes)
        other = self_play(GAME, search, settings, generations=2, **others).plies
        common = {*base} & {*other}
        assert len(common) > 50
        for number in common:
            plies = min(len(base[number]), len(other[number]))  # in one of them the game may still be in progress
            assert base[number][:plies] == other[number][:plies]


@pytest.mark.parametrize("way", ["gumbel", "gumbel, no cache", "puct with reuse", "several leaves", "playout cap"])
def test_neither_threads_nor_a_new_actor_change_anything(way):
    game, search, settings = WAYS[way]
    settings = replace(settings, positions=2000)  # long enough for most positions to be in the cache
    base = self_play(game, search, settings, generations=2)
    for threads, fresh in ((1, True), (2, False), (3, True)):
        other = self_play(game, search, replace(settings, threads=threads), generations=2, fresh=fresh)
        assert other.counts == base.counts
        assert other.parked == base.parked
        for mine, theirs in zip(base.records, other.records, strict=True):
            for name, one, two in zip(mine._fields, mine, theirs, strict=True):
                assert np.array_equal(one, two), name


def test_another_seed_gives_other_games():
    one, two = (self_play(GAME, GUMBEL, SELFPLAY, seed=seed).plies for seed in (1, 2))
    same = sum([p.action for p in one[i]] == [p.action for p in two[i]] for i in range(12))
    assert same < 3


def test_where_all_is_cached_no_slot_runs_ahead():
    series = self_play(GAME, GUMBEL, replace(SELFPLAY, positions=3000))
    share = np.bincount([played.number % 12 for played in series.finished], minlength=12) / len(series.finished)
    assert series.counts[0].cached > series.counts[0].evaluated
    assert share.min() > 0.5 / 12
    assert share.max() < 1.5 / 12


@pytest.mark.parametrize("search", [GUMBEL, PLAIN, replace(PLAIN, leaves=4)], ids=["gumbel", "puct", "four leaves"])
@pytest.mark.parametrize("share", [1.0, 0.4])
def test_each_search_gets_its_simulations(search, share):
    search = replace(search, win_at_once=False, prove=False)
    settings = replace(SELFPLAY, full_share=share, quick_simulations=5, cache_mb=0.0)
    series = self_play(GAME, search, settings)
    (counts,) = series.counts
    assert counts.simulations == counts.terminal + counts.evaluated
    assert counts.cached == 0
    done = [ply.kind for plies in series.plies.values() for ply in plies]
    # Every search takes the evaluation of its root and its budget; those in progress have begun.
    least = done.count(FULL) * (1 + search.simulations) + done.count(QUICK) * (1 + 5)
    assert least <= counts.simulations <= least + settings.games * search.simulations


def test_with_reuse_fewer_simulations_do():
    runs = [self_play(GAME, replace(PUCT, reuse=reuse), replace(SELFPLAY, cache_mb=0.0)) for reuse in (False, True)]
    searches = [sum(ply.kind == FULL for plies in run.plies.values() for ply in plies) for run in runs]
    without, with_reuse = (run.counts[0].simulations / count for run, count in zip(runs, searches, strict=True))
    assert with_reuse < 0.9 * without


def test_the_cache_saves_evaluations():
    without, with_cache = (self_play(GAME, GUMBEL, replace(SELFPLAY, cache_mb=size)).counts[0] for size in (0.0, 1.0))
    assert with_cache.cached > 0
    assert with_cache.evaluated < 0.7 * without.evaluated


def test_playout_cap_records_its_share_of_moves():
    series = self_play(GAME, GUMBEL, replace(SELFPLAY, full_share=0.3, quick_simulations=2, positions=600))
    kinds = [ply.kind for plies in series.plies.values() for ply in plies if ply.kind != OPENING]
    assert abs(kinds.count(FULL) / len(kinds) - 0.3) < 5 * np.sqrt(0.3 * 0.7 / len(kinds))  # five standard errors
    assert sum(ply.kind == FULL for played in series.finished for ply in played.plies) == len(
        [j for record in series.records for j in np.flatnonzero(np.diff(record.policy_starts))]
    )


@pytest.mark.parametrize("leaves", [1, 4])
@pytest.mark.parametrize("game", [GAME, RING], ids=["tic_tac_toe", "ring"])
def test_records_say_what_the_search_says(game, leaves):
    """Without noise, what is recorded of a position is what a Searcher finds there."""
    search = replace(PLAIN, leaves=leaves, root_temperature=1.3, simulations=20)
    settings = replace(SELFPLAY, cache_mb=0.0, full_share=0.5, quick_simulations=6)
    series = self_play(game, search, settings)
    pairs = [
        (position, ply)
        for played in series.finished
        for position, ply in zip(positions_of(game, played), played.plies, strict=False)
    ]
    for kind, simulations in ((FULL, 20), (QUICK, 6)):
        chosen = [(position, ply) for position, ply in pairs if ply.kind == kind]
        assert len(chosen) > 50
        searcher = Searcher(game, replace(search, simulations=simulations), Hashed(1), len(chosen), cache_mb=0)
        found = searcher.search([position for position, _ in chosen])
        for i, (position, ply) in enumerate(chosen):
            assert ply.value == pytest.approx(found.values[i], abs=1e-6)
            assert ply.draw == pytest.approx(found.draws[i], abs=1e-6)
            if kind == FULL:
                policy = found.policy[i, position.legal_actions()]
                assert np.abs(np.array(ply.policy) / 65535 - policy).max() <= 0.5 / 65535 + 1e-9
            if position.legal_actions() and found.values[i] < 1:
                q = found.q[i, ply.action]
                assert ply.best == pytest.approx(max(found.values[i], q if np.isfinite(q) else -1), abs=1e-6)


def test_surprise_is_the_divergence_from_the_prior():
    """With one simulation PUCT's policy is one action, so KL(policy | prior) is -log of that action's prior; 0 if it wins."""
    series = self_play(GAME, replace(PLAIN, simulations=1, win_at_once=False), replace(SELFPLAY, opening_share=0.0))
    evaluator = Hashed(1)(GAME, 1)
    seen = 0
    for played in series.finished[:40]:
        for position, ply in zip(positions_of(GAME, played), played.plies, strict=False):
            legal = position.legal_actions()
            logits = evaluator.one(position.planes())[0][legal].astype(float)
            prior = np.exp(logits) / np.exp(logits).sum()
            assert ply.policy[int(np.argmax(prior))] == 65535
            assert ply.surprise == pytest.approx(0 if ply.value == 1 else -np.log(prior.max()), abs=1e-5)
            seen += ply.value < 1
    assert seen > 100


def test_progress_is_told_after_each_round():
    told = []
    actor = Actor(GAME, GUMBEL, SELFPLAY, Hashed(1), 0)
    _, _, counts = actor.generation(None, progress=lambda done, counts: told.append((done, counts)))
    assert told[-1][1] == counts
    assert told[-1][0] >= SELFPLAY.positions > told[-2][0]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
