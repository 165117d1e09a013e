"""The fast policy: its softmax, its rollouts against exact enumeration, its file."""

import numpy as np
import pytest
from scipy.stats import chi2
from test_features import ask, line_of

from games import find
from games.jit import borrowed, kernel
from games.patterns import NOWHERE, acts_on, turned
from games.position import Position
from games.rules import ONGOING, legal_actions
from zero.errors import CheckpointError
from zero.evaluators import Rollouts
from zero.features import allocate_room
from zero.files import write_arrays
from zero.rollout_policy import PolicyRollouts, choose, new_rollout_policy, read_rollout_policy, write_rollout_policy
from zero.search.walk import allocate_batch

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


def with_weights(game, lookahead, random, scale=0.5):
    """Return a policy with random weights."""
    policy = new_rollout_policy(game, lookahead)
    policy.weights[1:] = random.normal(0, scale, len(policy.weights) - 1)
    return policy


def probabilities(policy, position, answering=True):
    """Return {action: probability} as the definition says it: a softmax of sums of weights."""
    game, room, last, cell = policy.game, allocate_room(policy.game), NOWHERE, NOWHERE
    if position.actions and answering:
        before = position.copy()
        last = before.undo()
        cell = acts_on(game, before.state, last)
        cell = turned(game, cell) if cell >= 0 else NOWHERE
    room.states[0] = position.state
    count = legal_actions(game, position.state, np.zeros(0, np.int64), room.legal)
    win = ask(game, policy.tables, room, count, last, cell)
    if win >= 0:
        return {int(room.legal[win]): 1.0}
    logits = policy.weights[policy.tables.shared[room.features[:count]]].astype(np.float64).sum(1)
    weights = np.exp(logits - logits.max())
    return dict(zip(room.legal[:count].tolist(), weights / weights.sum(), strict=True))


@kernel
def draw_often(factors, room, count, random, drawn):
    room = borrowed(room)
    for i in range(drawn.shape[0]):
        drawn[i] = choose(factors, room, count, -1, random, 0)


def test_moves_are_drawn_as_often_as_the_softmax_says(random):
    """20 chi-square tests at 99.99 %: one of them fails by chance in 1 of 500 seeds, and this seed does not change."""
    policy = with_weights(CONNECT_FOUR, 0, random)
    for number in range(20):
        position = line_of(CONNECT_FOUR, random, 30)
        wanted, room, drawn = probabilities(policy, position, False), allocate_room(CONNECT_FOUR), np.zeros(4000, np.int64)
        room.states[0] = position.state
        count = legal_actions(CONNECT_FOUR, position.state, np.zeros(0, np.int64), room.legal)
        ask(CONNECT_FOUR, policy.tables, room, count, NOWHERE, NOWHERE)
        draw_often(policy.factors(), room, count, np.array([number], np.uint64), drawn)
        expected = np.array([wanted[action] for action in room.legal[:count].tolist()]) * len(drawn)
        found = np.array([(drawn == action).sum() for action in room.legal[:count]])
        assert found.sum() == len(drawn)
        if count > 1:
            assert ((found - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, count - 1)


def exact(policy, position, answering):
    """Return the exact [win, draw, loss] of the player to move, where both play by the policy, over all lines of play."""
    result = position.outcome()
    if result != ONGOING:
        return np.array([result == 1, result == 0, result == -1], float)
    total = np.zeros(3)
    for action, share in probabilities(policy, position, answering).items():
        position.play(action)
        total += share * exact(policy, position, True)[::-1]
        position.undo()
    return total


@pytest.mark.parametrize(("spec", "lookahead"), [("tic_tac_toe", 0), ("tic_tac_toe", 1), ("tic_tac_toe", 2), ("hex:size=3", 0)])
def test_rollouts_end_as_often_won_as_all_lines_of_play_say(spec, lookahead, random):
    """Within 4.5 standard deviations, for three shares of four positions: wrong in less than 1 of 10,000 cases."""
    game, positions, count = find(spec), [], 40_000
    policy = with_weights(game, lookahead, random, 1.5)
    while len(positions) < 4:
        position = line_of(game, random, 6)
        if game.num_actions - position.ply <= 6:
            positions.append(position)
    batch = allocate_batch(game, 4)
    for i, position in enumerate(positions):
        batch.states[i] = position.state
    found = PolicyRollouts(game, 4, policy, count, 5).submit(batch, 4)().wdl
    for row, position in zip(found, positions, strict=True):
        expected = exact(policy, position, False)  # the first move of a rollout has no last move to answer
        assert (np.abs(row - expected) <= 4.5 * np.sqrt(expected * (1 - expected) / count) + 1e-6).all()


def test_untrained_rollouts_without_lookahead_are_random_rollouts():
    """Two samples of 20,000 games of Connect Four: equal shares within 4.5 standard deviations of their difference."""
    batch, games = allocate_batch(CONNECT_FOUR, 100), 200
    for i in range(100):
        batch.states[i] = Position(CONNECT_FOUR).state
    policy = PolicyRollouts(CONNECT_FOUR, 100, new_rollout_policy(CONNECT_FOUR, 0), games)
    mine = policy.submit(batch, 100)().wdl.mean(0)
    random = Rollouts(CONNECT_FOUR, 100)
    theirs = np.mean([random.submit(batch, 100)().wdl.mean(0) for _ in range(games)], axis=0)
    assert (np.abs(mine - theirs) < 4.5 * np.sqrt(2 * theirs * (1 - theirs) / (100 * games))).all()


def test_a_win_at_once_is_taken():
    position = Position(CONNECT_FOUR)
    for column in "112233":
        position.play(int(column) - 1)
    batch = allocate_batch(CONNECT_FOUR, 1)
    batch.states[0] = position.state
    for lookahead, certain in ((1, True), (2, True), (0, False)):
        found = PolicyRollouts(CONNECT_FOUR, 1, new_rollout_policy(CONNECT_FOUR, lookahead), 200).submit(batch, 1)().wdl[0]
        assert (found[0] == 1) == certain


@pytest.mark.parametrize("spec", ["go:size=5", "chess:plies=60", "hex:size=4", "gomoku:rows=5,columns=5,length=4"])
def test_games_of_all_kinds_are_played_to_their_end(spec):
    game = find(spec)
    batch = allocate_batch(game, 8)
    for i in range(8):
        batch.states[i] = Position(game).state
    rollouts = PolicyRollouts(game, 8, new_rollout_policy(game, 1), 4)
    found = rollouts.submit(batch, 8)().wdl
    assert np.allclose(found.sum(1), 1)
    assert 0 < rollouts.plies <= 32 * game.max_plies


def test_the_same_position_gets_the_same_answer_where_the_search_knows_its_key():
    policy, batch = new_rollout_policy(CONNECT_FOUR, 0), allocate_batch(CONNECT_FOUR, 40)
    for i in range(40):
        batch.states[i] = Position(CONNECT_FOUR).state
    batch.keys[:] = np.arange(40)[:, None] // 2 + 1  # every two are the same position
    one, same, other = (PolicyRollouts(CONNECT_FOUR, 40, policy, 8, seed) for seed in (1, 1, 2))
    first = one.submit(batch, 40)().wdl.copy()
    assert (first == one.submit(batch, 40)().wdl).all()
    assert (first == same.submit(batch, 40)().wdl).all()
    assert (first[::2] == first[1::2]).all()
    assert len(np.unique(first[::2], axis=0)) > 3
    assert (first != other.submit(batch, 40)().wdl).any()
    batch.keys[:] = 0
    assert (one.submit(batch, 40)().wdl.copy() != one.submit(batch, 40)().wdl).any()  # nobody knows: new games each time


def test_a_policy_comes_back_from_its_file(tmp_path, random):
    policy = with_weights(TIC_TAC_TOE, 1, random)
    policy.weights[::2] = 0
    write_rollout_policy(tmp_path / "file", policy)
    for game in (None, TIC_TAC_TOE):
        found = read_rollout_policy(tmp_path / "file", game)
        assert found.game == TIC_TAC_TOE
        assert found.tables.lookahead == 1
        assert (found.weights == policy.weights).all()
        assert (found.factors() == policy.factors()).all()


def test_files_that_are_no_policy_of_the_game_are_refused_in_one_line(tmp_path, random):
    policy, path = with_weights(TIC_TAC_TOE, 1, random), tmp_path / "file"
    write_rollout_policy(path, policy)
    whole = path.read_bytes()
    for content in (b"", whole[:-9], whole[: len(whole) // 2], b"noise" * 1000, whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(content)
        with pytest.raises(CheckpointError) as caught:
            read_rollout_policy(path)
        assert "\n" not in str(caught.value)
    path.write_bytes(whole)
    with pytest.raises(CheckpointError, match=r"expected a rollout policy of connect_four.* got one of tic_tac_toe"):
        read_rollout_policy(path, CONNECT_FOUR)
    header = {"game": "tic_tac_toe", "lookahead": 1, "starts": policy.tables.starts.tolist(), "report": {}}
    odd = {"numbers": np.array([3], np.int32), "weights": np.array([np.nan], np.float32)}
    for changes, arrays, message in (
        ({}, odd, "weights that are numbers"),
        ({}, {**odd, "numbers": np.array([10**9], np.int32)}, "features are not those"),
        ({}, {**odd, "numbers": np.array([0], np.int32)}, "features are not those"),
        ({"starts": [1, 2]}, odd, "features are not those"),
        ({"lookahead": 9}, odd, "lookahead"),
        ({"lookahead": "x"}, odd, "cannot be read"),
        ({"game": "nowhere"}, odd, "unknown game"),
        ({}, {"numbers": odd["numbers"]}, "cannot be read"),
    ):
        write_arrays(path, "rollout-policy", {**header, **changes}, arrays)
        with pytest.raises(CheckpointError, match=message):
            read_rollout_policy(path)
