"""Positions of a collection: each once an epoch, on one side of the split, as the network would see it in play."""

import numpy as np
import pytest
from expert_games import collection, outcome_for_first, random_game, records_of

from games import find
from games.position import Position
from games.rules import ONGOING
from selfplay.expert import drawing
from selfplay.expert.drawing import PARTS, Collection, outcome_targets
from selfplay.expert.games import NOTHING, from_records, read_games, write_games
from selfplay.samples import Samples
from zero.errors import CheckpointError, RunError

GAME = find("tic_tac_toe")


def games_of(random, shards=5, count=12):
    return [[random_game(GAME, random) for _ in range(count)] for _ in range(shards)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "games"


def drawn(games, part="training", epoch=0, size=16, symmetries=False, seed=3, skip=0):
    """Return the batches of an epoch."""
    return list(games.batches(part, epoch, size, symmetries, np.random.default_rng(seed), skip))


def joined(batches):
    return Samples(*(np.concatenate(arrays) for arrays in zip(*batches, strict=True)))


def rows(samples):
    """Return what can be compared of each position; how its game ended is not asked for."""
    assert samples.ending.shape[1] == 0
    return [tuple(array[i].tobytes() for array in samples[:4]) for i in range(len(samples.planes))]


def expected_rows(positions):
    """Return the same of games, by their rules alone."""
    found = []
    for finished in positions:
        outcome, position = outcome_for_first(finished), Position(GAME)
        for action in finished.actions:
            policy, legal = np.zeros(9, np.float32), np.zeros(9, np.bool_)
            policy[action] = 1.0
            legal[position.legal_actions()] = True
            result = outcome if position.to_play == 0 else -outcome
            wdl = np.array([result == 1, result == 0, result == -1], np.float32)
            found.append((position.planes().tobytes(), policy.tobytes(), legal.tobytes(), wdl.tobytes()))
            position.play(action)
    return found


@pytest.mark.parametrize("mixed", [1, 2, 4, 100])
def test_every_position_comes_once_an_epoch(mixed, folder, random, monkeypatch):
    """In both parts together, as the rules have it, however many shards are mixed; each batch but the last is full."""
    monkeypatch.setattr(drawing, "MIXED", mixed)
    shards = games_of(random)
    games = Collection(collection(folder, GAME, shards), GAME, 7, 0.3)
    found = []
    for part in PARTS:
        batches = drawn(games, part)
        sizes = [len(samples.planes) for samples in batches]
        assert sum(sizes) == games.positions(part) > 50
        assert sizes[:-1] == [16] * (len(sizes) - 1)
        found += rows(joined(batches))
    assert sorted(found) == sorted(expected_rows([position for shard in shards for position in shard]))


def test_a_game_stands_on_one_side_whatever_shard_it_is_in(folder, random):
    """Duplicates too; the share of games is about what was asked for; another seed splits otherwise."""
    first = games_of(random, 1, 300)[0]
    games = Collection(collection(folder, GAME, [first, first[::-1]]), GAME, 1, 0.2)
    sides = {}
    for part in PARTS:
        for shard in games.shards(part, None):
            for start, end in zip(shard.starts[:-1], shard.starts[1:], strict=True):
                sides.setdefault(tuple(shard.actions[start:end].tolist()), set()).add(part)
    assert all(len(parts) == 1 for parts in sides.values())
    assert games.games("validation") + games.games("training") == 600
    different = len(sides)
    share = sum("validation" in parts for parts in sides.values()) / different
    assert abs(share - 0.2) < 4 * (0.16 / different) ** 0.5  # fails by chance once in 16,000 seeds
    other = Collection(folder, GAME, 2, 0.2)
    assert other.games("validation") != games.games("validation") or other.positions("validation") != games.positions(
        "validation"
    )


def test_of_two_games_one_is_measured_with(folder, random):
    games = Collection(collection(folder, GAME, games_of(random, 1, 2)), GAME, 0, 0.001)
    assert (games.games("training"), games.games("validation")) == (1, 1)
    games = Collection(folder, GAME, 0, 0.0)
    assert (games.games("training"), games.games("validation")) == (2, 0)
    assert drawn(games, "validation") == []


def test_orders_are_random_and_the_same_again(folder, random):
    games = Collection(collection(folder, GAME, games_of(random)), GAME, 0)
    one, same, later, other = (
        rows(joined(drawn(games, epoch=epoch, seed=seed))) for epoch, seed in ((0, 3), (0, 3), (1, 3), (0, 4))
    )
    assert one == same
    assert one != later
    assert one != other
    assert sorted(one) == sorted(later) == sorted(other)
    assert one != rows(joined(drawn(games, size=10_000, seed=9)))


@pytest.mark.parametrize("symmetries", [False, True])
@pytest.mark.parametrize("skip", [1, 7, 20, 1000])
def test_an_epoch_can_be_gone_on_with(skip, symmetries, folder, random):
    games = Collection(collection(folder, GAME, games_of(random)), GAME, 0)
    whole, rest = drawn(games, symmetries=symmetries), drawn(games, symmetries=symmetries, skip=skip)
    assert len(rest) == max(len(whole) - skip, 0)
    for one, other in zip(whole[skip:], rest, strict=True):
        assert rows(one) == rows(other)


def turned(cell, turns, mirrored):
    """Return where a cell of the 3×3 board goes: mirrored along the diagonal or not, then turned by quarters."""
    row, column = divmod(cell, 3)
    if mirrored:
        row, column = column, row
    for _ in range(turns):
        row, column = column, 2 - row
    return 3 * row + column


def test_symmetries_are_those_of_the_board(folder, random):
    """Each position is one of the game turned or mirrored as a whole, and all eight come about."""
    finished = random_game(GAME, random)
    games = Collection(collection(folder, GAME, [[finished]]), GAME, 0, 0.0)
    seen = {row for seed in range(80) for row in rows(joined(drawn(games, symmetries=True, seed=seed)))}
    expected = set()
    for turns in range(4):
        for mirrored in (False, True):
            other = Position(GAME)
            for action in finished.actions:
                other.play(turned(action, turns, mirrored))
            expected |= set(expected_rows([other]))
    assert seen == expected  # 80 draws miss one of 8 with a chance of 2e-4, for each of nine plies at most


def labels(games, part="training"):
    return np.concatenate([shard.labels for shard in games.shards(part, None)])


def test_players_below_a_rating_are_not_learned_from(folder, random):
    collection(folder, GAME, games_of(random, 2), ratings=(2500, 2300))
    for least, parities in ((0, {0, 1}), (2300, {0, 1}), (2301, {0}), (2501, set())):
        games = Collection(folder, GAME, 0, 0.0, min_rating=least)
        found = set()
        for shard in games.shards("training", None):
            plies = shard.labelled()
            found |= set(((plies - shard.starts[shard.owners(plies)]) % 2).tolist())
        assert found == parities
        assert games.positions("training") == np.count_nonzero(labels(games) != NOTHING)
    unknown = Collection(collection(folder, GAME, games_of(random, 2)), GAME, 0, 0.0, min_rating=1)
    assert unknown.positions("training") == 0


def test_only_winners_are_learned_from(folder, random):
    shards = games_of(random, 3)
    games = Collection(collection(folder, GAME, shards), GAME, 0, 0.0, learn_from="winner")
    samples = joined(drawn(games, size=10_000))
    assert np.all(samples.wdl == [1, 0, 0])
    won = [position for shard in shards for position in shard if position.outcome() != 0]
    assert len(samples.planes) == sum((position.ply + 1) // 2 for position in won)  # who moved last has won


def test_outcomes_that_are_not_known_have_no_target(random):
    games = from_records(records_of(GAME, [random_game(GAME, random) for _ in range(2)]))
    games = games._replace(outcomes=np.array([ONGOING, 1], np.int8))
    targets = outcome_targets(games, np.arange(len(games.actions)))
    first = int(games.starts[1])
    assert np.all(targets[:first] == 0)
    assert targets[first:].tolist() == [[1, 0, 0] if i % 2 == 0 else [0, 0, 1] for i in range(len(targets) - first)]


def test_few_shards_are_in_memory(folder, random, monkeypatch):
    """No shard is read before it is needed, and what was drawn from is let go of."""
    games = Collection(collection(folder, GAME, games_of(random, 12, 3)), GAME, 0)
    calls = []
    monkeypatch.setattr(drawing, "read_games", lambda path, game: calls.append(path) or read_games(path, game))
    batches = games.batches("training", 0, 4, False, np.random.default_rng(0))
    next(batches)
    assert len(calls) == drawing.MIXED
    assert len(list(batches)) > 10
    assert len(calls) == len(set(calls)) == 12


def test_collections_that_cannot_be_used(folder, random):
    with pytest.raises(RunError, match="expected a collection of games, found no shard there"):
        Collection(folder, GAME, 0)
    collection(folder, GAME, games_of(random, 1))
    with pytest.raises(CheckpointError, match="expected games of connect_four"):
        Collection(folder, find("connect_four"), 0)
    path = folder / "000000.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match="torn"):
        Collection(folder, GAME, 0)


def test_labels_may_differ_from_what_was_played(folder, random):
    """What an expert would have done where another player moved: DAgger's games."""
    games = from_records(records_of(GAME, [random_game(GAME, random)]))
    position, wanted = Position(GAME), []
    for action in games.actions:
        wanted.append(position.legal_actions()[-1])
        position.play(int(action))
    folder.mkdir()
    write_games(folder / "000000.safetensors", GAME, games._replace(labels=np.array(wanted, np.int32)))
    shards = Collection(folder, GAME, 0, 0.0)
    (shard,) = shards.shards("training", None)
    samples = shards.samples([(shard, np.arange(len(wanted)))], np.zeros(len(wanted), np.int64))
    assert samples.policy.argmax(1).tolist() == wanted
    assert np.array_equal(samples.policy.sum(1), np.ones(len(wanted)))
