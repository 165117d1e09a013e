"""Many games side by side are the same games as one by one; sampled actions have the probabilities they should have."""

import numpy as np
import pytest
from scipy.stats import chi2
from toy_games import Ring

from games import MoveError, find
from games.position import Position
from games.rules import ONGOING
from zero.boards import Boards, sample_actions, streams_of

SHELF = ["tic_tac_toe", "connect_four", "othello:size=6", "go:size=5", "go:size=5,history=4", "chess:history=3", "hex:size=4"]


def same(boards, row, position):
    """Require a board to stand where a Position stands."""
    assert boards.plies[row] == position.ply
    assert boards.outcomes[row] == position.outcome()
    assert list(boards.legal[row, : boards.counts[row]]) == position.legal_actions()
    names = position.game.state_dtype.names
    assert all(np.array_equal(boards.states[row][name], position.state[name]) for name in names)
    planes = np.full((1, *position.game.plane_shape), 7, np.uint8)
    boards.planes([row], planes)
    assert np.array_equal(planes[0], position.planes())


def compare(game, count, plies, random):
    """Play random games on boards and on Positions; boards that are over begin anew, some are copied, some rest."""
    boards, positions = Boards(game, count), [Position(game) for _ in range(count)]
    for _ in range(plies):
        over = np.flatnonzero(boards.outcomes != ONGOING)
        boards.begin(over)
        for row in over:
            positions[row] = Position(game)
        one, other = random.permutation(count)[:2]
        if random.random() < 0.1:
            boards.copy([one], [other])
            positions[one] = positions[other].copy()
        rows = np.flatnonzero((boards.outcomes == ONGOING) & (random.random(count) < 0.8))
        actions = [random.choice(positions[row].legal_actions()) for row in rows]
        boards.play(rows, actions)
        for row, action in zip(rows, actions, strict=True):
            positions[row].play(action)
        for row in range(count):
            same(boards, row, positions[row])


@pytest.mark.parametrize("spec", SHELF)
def test_the_same_games_as_one_by_one(spec, random):
    game = find(spec)
    compare(game, 6, 160 if game.name in ("chess", "go") else 60, random)


def test_what_looks_back_sees_the_past_of_its_own_board(random):
    compare(Ring(6), 8, 80, random)


def test_without_the_jit(python):
    program = """
import sys; sys.path[:0] = sys.argv[1:]
import numpy as np
from test_boards import compare, test_sampling_takes_the_best_at_temperature_zero as best
from games import find
compare(find("go:size=5,history=3"), 2, 12, np.random.default_rng(0))
compare(find("tic_tac_toe"), 3, 12, np.random.default_rng(0))
best()
"""
    from conftest import ROOT

    done = python("-W", "ignore", "-c", program, str(ROOT / "tests"), str(ROOT), NUMBA_DISABLE_JIT="1")
    assert (done.returncode, done.stderr) == (0, "")


def test_illegal_moves_are_refused_and_change_nothing():
    boards = Boards(find("connect_four:rows=4,columns=4"), 3)
    for _ in range(4):
        boards.play([1], [2])
    before = [array.copy() for array in boards.table]
    for action in (2, 4, -1):
        with pytest.raises(MoveError, match=f"board 1: {action} is no legal action there"):
            boards.play([0, 1, 2], [2, action, 0])
    assert all(np.array_equal(now, then) for now, then in zip(boards.table, before, strict=True))
    over = Boards(find("tic_tac_toe"), 1)
    for action in (0, 3, 1, 4, 2):
        over.play([0], [action])
    with pytest.raises(MoveError, match="board 0: 8 is no legal action"):
        over.play([0], [8])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_sampled_actions_have_their_probabilities(temperature):
    """Pearson's test at a level of 1e-4, over the legal actions; the logarithms are those of the probabilities."""
    count, legal = 40_000, np.array([1, 2, 4, 7], np.int32)
    logits = np.array([9.0, 1.0, -0.5, 9.0, 0.3, 9.0, 9.0, 2.0], np.float32)
    weights = np.exp(logits[legal].astype(float) / temperature)
    expected = weights / weights.sum()
    streams = streams_of(5, np.arange(count), np.zeros(count))
    tiled = (np.tile(logits, (count, 1)), np.tile(np.append(legal, 0).astype(np.int32), (count, 1)))
    actions, logarithms = sample_actions(*tiled, np.full(count, 4, np.int32), temperature, streams)
    seen = np.array([(actions == action).sum() for action in legal])
    assert seen.sum() == count
    assert ((seen - count * expected) ** 2 / (count * expected)).sum() < chi2.isf(1e-4, 3)
    for action, probability in zip(legal, expected, strict=True):
        assert logarithms[actions == action] == pytest.approx(np.log(probability), abs=1e-9)


def test_sampling_takes_the_best_at_temperature_zero():
    logits = np.array([[5.0, 1.0, 3.0, 3.0], [5.0, 1.0, 3.0, 3.0]], np.float32)
    legal = np.array([[1, 2, 3, 0], [0, 1, 0, 0]], np.int32)
    actions, logarithms = sample_actions(logits, legal, np.array([3, 2], np.int32), 0.0, streams_of(0, [1, 2], [3, 4]))
    assert (list(actions), list(logarithms)) == ([2, 0], [0.0, 0.0])


def test_streams_are_told_apart():
    """By seed, by game, and by ply: among 30,000 there are no two alike."""
    games, plies = np.divmod(np.arange(10_000), 100)
    streams = np.concatenate([streams_of(seed, games, plies) for seed in (0, 1, 2**61)])
    assert len(np.unique(streams)) == 30_000
    assert np.array_equal(streams_of(1, games, plies), streams_of(1, games, plies))
