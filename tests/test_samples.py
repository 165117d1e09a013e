"""What the network learns from: positions played again, targets on the right actions, and a window that can be restored."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from played_games import games_of, positions_of, self_play
from scipy.stats import chisquare
from toy_games import Ring

from games import find
from games.position import Position
from games.rules import ONGOING
from selfplay.records import Records
from selfplay.samples import Window
from selfplay.settings import LearningSettings, SelfPlaySettings
from selfplay.slots import FULL, OPENING, QUICK
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
RING = Ring()
SEARCH = SearchSettings(policy="gumbel", simulations=12)
SELFPLAY = SelfPlaySettings(games=12, positions=400, cache_mb=1.0, threads=1, full_share=0.6)
LEARNING = LearningSettings(symmetries=False)


@pytest.fixture(scope="module")
def records():
    return self_play(GAME, SEARCH, SELFPLAY, resign_below=-0.15).records[0]


@pytest.fixture(scope="module")
def ring_records():
    return self_play(RING, SEARCH, SELFPLAY).records[0]


@pytest.fixture(params=["tic_tac_toe", "ring"])
def either(request, records, ring_records):
    """Return a game and records of it."""
    return (GAME, records) if request.param == "tic_tac_toe" else (RING, ring_records)


def only(records, ply):
    """Return the records with a single ply to learn from."""
    kinds = np.where(np.arange(len(records.kinds)) == ply, FULL, QUICK).astype(np.int8)
    return records._replace(kinds=kinds)


def samples_of(game, records, settings, count=1, seed=0):
    """Return a batch drawn from these records alone."""
    window = Window(game, replace(settings, batch_size=count))
    window.add(records)
    (samples,) = window.batches(1, np.random.default_rng(seed))
    return samples


def plies_of(game, records, step):
    """Go through every step-th ply to learn from: (its index, the game, the position before it, its record)."""
    index = 0
    for played in games_of(records):
        for position, ply in zip(positions_of(game, played), played.plies, strict=False):
            if ply.kind == FULL and index % step == 0:
                yield index, played, position, ply
            index += 1


def policy_over_actions(game, position, ply):
    """Return the recorded policy with a place for every action, [num_actions]."""
    policy = np.zeros(game.num_actions)
    policy[position.legal_actions()] = np.array(ply.policy) / sum(ply.policy)
    return policy


def test_positions_are_played_again(either):
    game, records = either
    seen = 0
    for index, _, position, ply in plies_of(game, records, 3):
        samples = samples_of(game, only(records, index), LEARNING)
        assert np.array_equal(samples.planes[0], position.planes())
        assert np.flatnonzero(samples.legal[0]).tolist() == position.legal_actions()
        assert samples.policy[0] == pytest.approx(policy_over_actions(game, position, ply), abs=1e-6)
        assert samples.policy[0].sum() == pytest.approx(1)
        seen += 1
    assert seen > 30


def turned(cell, turns, mirrored):
    """Return where a cell of the 3×3 board goes: mirrored along the diagonal or not, then turned by quarters."""
    row, column = divmod(cell, 3)
    if mirrored:
        row, column = column, row
    for _ in range(turns):
        row, column = column, 2 - row
    return 3 * row + column


def test_symmetries_are_those_of_the_board(records):
    """Each sample is what the turned or mirrored game would have brought, and every symmetry comes about."""
    images = [(turns, mirrored) for turns in range(4) for mirrored in (False, True)]
    for index, _, position, ply in list(plies_of(GAME, records, 1))[::12]:
        samples = samples_of(GAME, only(records, index), replace(LEARNING, symmetries=True), count=80)
        expected = set()
        for image in images:
            other = Position(GAME)
            for action in position.actions:
                other.play(turned(action, *image))
            policy = policy_over_actions(GAME, position, ply)
            moved = np.zeros(9, np.float32)
            moved[[turned(action, *image) for action in range(9)]] = policy
            legal = [action in other.legal_actions() for action in range(9)]
            expected.add((other.planes().tobytes(), tuple(np.round(moved, 4).tolist()), tuple(legal)))
        seen = {
            (planes.tobytes(), tuple(np.round(policy, 4).tolist()), tuple(legal.tolist()))
            for planes, policy, legal in zip(samples.planes, samples.policy, samples.legal, strict=True)
        }
        assert seen == expected  # 80 draws miss one of 8 with a chance of 2e-4


@pytest.mark.parametrize("symmetries", [False, True])
def test_action_as_target(records, symmetries):
    """The action that was played, on the cell where the turned board has it."""
    settings = replace(LEARNING, symmetries=symmetries, policy_target="action")
    for index, _, position, ply in plies_of(GAME, records, 7):
        samples = samples_of(GAME, only(records, index), settings, count=20)
        position.play(ply.action)
        after = {}
        for turns in range(4):
            for mirrored in (False, True):
                other = Position(GAME)
                for action in position.actions[:-1]:
                    other.play(turned(action, turns, mirrored))
                after.setdefault(other.planes().tobytes(), set()).add(turned(ply.action, turns, mirrored))
        for planes, policy in zip(samples.planes, samples.policy, strict=True):
            assert sorted(policy) == [0] * 8 + [1]
            assert int(np.argmax(policy)) in after[planes.tobytes()]
            assert symmetries or int(np.argmax(policy)) == ply.action


def test_outcome_is_for_the_player_to_move(either):
    game, records = either
    results, given_up = set(), 0
    for index, played, position, _ in plies_of(game, records, 2):
        samples = samples_of(game, only(records, index), replace(LEARNING, search_value_share=0.0))
        winner = {1: 0, 0: None, -1: 1}[played.outcome]
        expected = [winner == position.to_play, winner is None, winner == 1 - position.to_play]
        assert samples.wdl[0].tolist() == expected
        results.add((position.to_play, played.outcome))
        given_up += played.given_up
    assert len(results) == 6
    assert given_up > 10 or game is RING


def test_ending_is_the_last_position_with_the_same_player_to_move(either):
    game, records = either
    behind_the_end = 0
    for index, played, position, _ in plies_of(game, records, 3):
        samples = samples_of(game, only(records, index), LEARNING)
        last = Position(game)
        for ply in played.plies[: len(played.plies) - (len(played.plies) - position.ply) % 2]:
            last.play(ply.action)
        assert last.to_play == position.to_play
        assert np.array_equal(samples.ending[0], last.planes())
        behind_the_end += last.outcome() != ONGOING
    assert behind_the_end > 10
    assert samples_of(game, records, replace(LEARNING, ending_weight=0.0), count=5).ending.shape[:2] == (5, 0)


def test_ending_is_turned_with_its_position(records):
    """What lies on the board stays there until the end: turned alike, no stone of a position is missing in its ending."""
    samples = samples_of(GAME, records, replace(LEARNING, symmetries=True), count=500)
    stones = samples.planes[:, :2] > 0
    assert np.all(samples.ending[:, :2][stones] > 0)
    assert stones.sum() > 500


def test_search_value_is_mixed_in(records):
    for index, _, _, ply in plies_of(GAME, records, 5):
        outcome, search, mixed = (
            samples_of(GAME, only(records, index), replace(LEARNING, search_value_share=share)).wdl[0]
            for share in (0.0, 1.0, 0.25)
        )
        assert search.sum() == pytest.approx(1, abs=1e-6)
        assert search.min() >= 0
        assert search[0] - search[2] == pytest.approx(ply.value, abs=0.02)  # but for what draws leave no room for
        assert search[1] == pytest.approx(ply.draw, abs=1e-6)
        assert mixed == pytest.approx(0.75 * outcome + 0.25 * search, abs=1e-6)


def test_only_moves_searched_in_full_are_learned_from(records):
    assert {*records.kinds.tolist()} == {OPENING, QUICK, FULL}
    samples = samples_of(GAME, records, LEARNING, count=3000)
    allowed = {position.planes().tobytes() for _, _, position, _ in plies_of(GAME, records, 1)}
    assert {planes.tobytes() for planes in samples.planes} <= allowed


def shard(surprise, quick=0):
    """Return records of nothing but kinds and surprise."""
    kinds = np.array([FULL] * len(surprise) + [QUICK] * quick, np.int8)
    empty = {name: np.zeros(0) for name in Records._fields}
    return Records(**{**empty, "kinds": kinds, "surprise": np.array([*surprise, *[9.0] * quick], np.float32)})


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_surprise_draws_in_the_stated_proportions(records, share):
    """A share goes by surprise, the rest to all alike: over two shards, with moves between that teach nothing."""
    plies = np.flatnonzero(records.kinds == FULL)
    chosen = plies[np.linspace(0, len(plies) - 1, 12).astype(int)]
    surprise = np.array([0.0, 1.0, 2.0, 0.5, 3.0, 0.25, 0.0, 1.5, 0.75, 2.5, 0.1, 4.0])
    window = Window(GAME, replace(LEARNING, surprise=share))
    for half in (slice(0, 6), slice(6, 12)):
        kinds = np.full(len(records.kinds), QUICK, np.int8)
        kinds[chosen[half]] = FULL
        weights = np.zeros(len(records.kinds), np.float32)
        weights[chosen[half]] = surprise[half]
        window.add(records._replace(kinds=kinds, surprise=weights))
    samples = window.batches(1, np.random.default_rng(3)).draw(20_000)
    identity = [samples_of(GAME, only(records, ply), LEARNING) for ply in chosen]
    names = [(one.planes.tobytes(), one.policy.tobytes()) for one in identity]
    expected: dict = {}
    for name, weight in zip(names, (1 - share) / 12 + share * surprise / surprise.sum(), strict=True):
        expected[name] = expected.get(name, 0) + weight * 20_000
    seen = dict.fromkeys(expected, 0)
    for planes, policy in zip(samples.planes, samples.policy, strict=True):
        seen[planes.tobytes(), policy.tobytes()] += 1
    drawn = [name for name in expected if expected[name] > 0]
    assert sum(seen[name] for name in expected if expected[name] == 0) == 0
    assert chisquare([seen[name] for name in drawn], [expected[name] for name in drawn]).pvalue > 1e-4


def test_without_surprise_all_are_alike(records):
    flat = records._replace(surprise=np.zeros_like(records.surprise))
    one, two = (samples_of(GAME, flat, replace(LEARNING, surprise=share), count=50) for share in (0.0, 0.9))
    for mine, theirs in zip(one, two, strict=True):
        assert np.array_equal(mine, theirs)


def test_the_same_generator_draws_the_same_batches(records):
    one, two, three = (samples_of(GAME, records, LearningSettings(), count=50, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one, two, strict=True))
    assert not np.array_equal(one.planes, three.planes)


def test_number_of_batches(records):
    window = Window(GAME, replace(LEARNING, batch_size=8))
    window.add(records)
    batches = window.batches(5, np.random.default_rng(0))
    assert len(batches) == 5
    assert [len(samples.planes) for samples in batches] == [8] * 5


def test_size_of_the_window():
    """c while there are few; from there it grows at first as 0.4 of what is new, in the end as N^0.75 (KataGo)."""
    window = Window(GAME, LearningSettings(window=10_000))
    for few in (0, 1, 9_999, 10_000):
        window.total = few
        assert window.size() == 10_000
    window.total = 10_100
    assert window.size() == pytest.approx(10_040, abs=1)
    sizes = []
    for total in (10**12, 16 * 10**12):
        window.total = total
        sizes.append(window.size())
    assert sizes[1] / sizes[0] == pytest.approx(8, rel=1e-3)
    window.total = 160_000  # 1 + 0.4 · (16^0.75 - 1) / 0.75 = 1 + 0.4 · 7 / 0.75
    assert window.size() == pytest.approx(10_000 * (1 + 2.8 / 0.75), abs=1)


@given(
    size=st.integers(1, 60),
    positions=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=25),
)
def test_a_restored_window_is_the_undisturbed_one(size, positions):
    """After any generation: from the newest shard backwards until it is full."""
    undisturbed = Window(GAME, LearningSettings(window=size))
    shards = []
    for full, quick in positions:
        shards.append(shard([1.0] * full, quick))
        undisturbed.add(shards[-1])
        restored = Window(GAME, LearningSettings(window=size))
        restored.total = sum(count for count, _ in positions[: len(shards)])
        for one in reversed(shards):
            if restored.full():
                break
            restored.add_older(one)
        assert restored.total == undisturbed.total
        mine, theirs = ([id(one) for one in window.shards] for window in (restored, undisturbed))
        # What holds no position to learn from may be there or not: nothing is drawn from it.
        bare = {id(one) for one in shards if not np.any(one.kinds == FULL)}
        assert [one for one in mine if one not in bare] == [one for one in theirs if one not in bare]


def test_a_window_holds_what_it_wants_and_no_shard_more():
    window = Window(GAME, LearningSettings(window=100))
    for _ in range(30):
        window.add(shard([1.0] * 30))
        held = [int(np.count_nonzero(one.kinds == FULL)) for one in window.shards]
        assert sum(held) >= min(window.size(), window.total)
        assert len(held) == 1 or sum(held[1:]) < window.size()
