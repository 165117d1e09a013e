"""The fast policy: its softmax, its rollouts against exact enumeration, its training, its file and its command."""

import numpy as np
import pytest
from scipy.stats import chi2
from test_features import ask, line_of

from games import find
from games.jit import borrowed, kernel
from games.patterns import NOWHERE, acts_on, turned
from games.position import Position
from games.rules import ONGOING, legal_actions
from selfplay.expert.games import NOTHING, ExpertGames, take, write_games
from selfplay.rollout.learning import ILLEGAL, POSITIONS, Pass, add_gradient, predict
from selfplay.rollout.settings import RolloutSettings
from selfplay.rollout.training import lookahead_of, train_rollout_policy
from zero.cli import main
from zero.errors import CheckpointError, RunError, SettingsError
from zero.evaluators import Rollouts
from zero.features import ENDING, RESPONSE, SLOTS, allocate_room, tables_of
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


@pytest.mark.parametrize("lookahead", [0, 1, 2])
def test_rollouts_end_as_often_won_as_all_lines_of_play_say(lookahead, random):
    """Within 4.5 standard deviations, for three shares of four positions: wrong in less than 1 of 10,000 cases."""
    policy = with_weights(TIC_TAC_TOE, lookahead, random)
    positions, count = [], 4000
    while len(positions) < 4:
        position = line_of(TIC_TAC_TOE, random, 6)
        if position.ply >= 3:
            positions.append(position)
    batch = allocate_batch(TIC_TAC_TOE, 4)
    for i, position in enumerate(positions):
        batch.states[i] = position.state
    found = PolicyRollouts(TIC_TAC_TOE, 4, policy, count, 5).submit(batch, 4)().wdl
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


def test_the_gradient_is_that_of_the_loss(random):
    """Against central differences with respect to every weight that a position uses."""
    for spec, last_cell in (("tic_tac_toe", 4), ("connect_four", 38)):
        game = find(spec)
        policy = with_weights(game, 1, random)
        weights, tables = policy.weights.astype(np.float64), policy.tables
        position, room = line_of(game, random, 8), allocate_room(game)
        room.states[0] = position.state
        count = legal_actions(game, position.state, np.zeros(0, np.int64), room.legal)
        ask(game, tables, room, count, NOWHERE, last_cell)
        chosen, shares = int(random.integers(count)), np.zeros(game.max_legal)
        gradient, touched = np.zeros(len(weights)), np.zeros(count * SLOTS, np.int32)
        loss, _ = predict(tables.shared, weights, room.features, count, chosen, shares)
        assert loss == pytest.approx(-np.log(shares[chosen]))
        used = add_gradient(tables.shared, room.features, count, chosen, shares, gradient, touched)
        numbers = np.unique(tables.shared[room.features[:count]])
        assert set(np.flatnonzero(gradient)) <= set(touched[:used].tolist()) <= set(numbers.tolist()) - {0}
        for number in numbers[numbers > 0]:
            sides = []
            for sign in (1, -1):
                moved = weights.copy()
                moved[number] += sign * 1e-5
                sides.append(predict(tables.shared, moved, room.features, count, chosen, np.zeros(game.max_legal))[0])
            assert gradient[number] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=1e-7)
        assert room.features[:count, RESPONSE].any()


def recorded(game, random, count, choose):
    """Return games in which `choose` picks every move."""
    starts, actions, outcomes = [0], [], []
    for _ in range(count):
        position = Position(game)
        while position.outcome() == ONGOING:
            position.play(choose(position))
        actions += position.actions
        starts.append(len(actions))
        outcomes.append({0: 1, 1: -1, None: 0}[position.winner()])
    moves = np.array(actions, np.int32)
    labels = np.where(random.random(len(moves)) < 0.1, NOTHING, moves).astype(np.int32)
    return ExpertGames(np.array(starts), np.array(outcomes, np.int8), np.zeros((count, 2), np.int16), moves, labels)


def greedy(random):
    """Return an expert: takes a win at once, else prefers the middle of Connect Four."""

    def choose(position):
        legal = position.legal_actions()
        for action in legal:
            position.play(action)
            won = position.outcome() == -1
            position.undo()
            if won:
                return action
        weights = np.array([4.0 - abs(action - 3) for action in legal]) ** 2
        return int(random.choice(legal, p=weights / weights.sum()))

    return choose


class Split:
    """Games of which every fifth is held out, as a Collection gives them."""

    def __init__(self, games):
        self.games = games

    def shards(self, part, epoch):
        held_out = np.arange(len(self.games.outcomes)) % 5 == 0
        yield take(self.games, np.flatnonzero(held_out == (part == "validation")))


@pytest.fixture(scope="module")
def games():
    random = np.random.default_rng(3)
    return recorded(CONNECT_FOUR, random, 150, greedy(random))


def test_training_learns_what_the_expert_prefers(games, tmp_path):
    """The expert's own moves have a known entropy; the policy comes near it, and far below that of uniform play."""
    said = []
    report = train_rollout_policy(CONNECT_FOUR, Split(games), tmp_path / "a", seed=1, watch=said.append)
    policy = read_rollout_policy(tmp_path / "a", CONNECT_FOUR)
    assert policy.report == report
    assert report["lookahead"] == 2
    assert len(said) == 5
    assert report["perplexity"] < 0.75 * report["uniform_perplexity"]
    assert report["top1"] > 1.3 * report["uniform_top1"]
    assert report["positions"] + report["held_out_positions"] == len(games.labelled())
    found = probabilities(policy, Position(CONNECT_FOUR))
    expected = np.array([1, 4, 9, 16, 9, 4, 1]) / 44
    assert np.abs(np.array([found[column] for column in range(7)]) - expected).max() < 0.08
    assert found[0] == pytest.approx(found[6])  # the mirror image shares its weights
    assert policy.weights[policy.tables.starts[ENDING] + 1] > 1  # a win at once is liked


def test_the_same_seed_gives_the_same_bytes(games, tmp_path):
    settings = RolloutSettings(epochs=2)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train_rollout_policy(CONNECT_FOUR, Split(games), tmp_path / name, settings, seed)
    contents = [(tmp_path / name).read_bytes() for name in "abc"]
    assert contents[0] == contents[1] != contents[2]


def test_how_far_to_look_ahead_follows_from_the_game_and_the_games(random, games):
    assert lookahead_of(CONNECT_FOUR, Split(games)) == 2
    othello = find("othello:size=6")
    for most, expected in ((None, 1), (6, 0)):
        some = recorded(othello, random, 6, lambda position: int(random.choice(position.legal_actions())))
        if most is not None:
            early = np.arange(len(some.actions)) - np.repeat(some.starts[:-1], np.diff(some.starts)) < most
            some = some._replace(labels=np.where(early, some.labels, NOTHING))
        assert lookahead_of(othello, Split(some)) == expected


def test_labels_that_are_not_legal_are_counted(games):
    labels = games.labels.copy()
    labels[games.labelled()[::2]] = 99
    sums = Pass(CONNECT_FOUR, tables_of(CONNECT_FOUR, 0)).over(games._replace(labels=labels), np.arange(150))
    assert sums[ILLEGAL] == len(games.labelled()[::2])
    assert sums[POSITIONS] == len(games.labelled()[1::2])


def test_without_positions_there_is_nothing_to_learn(games, tmp_path):
    none = Split(games._replace(labels=np.full_like(games.labels, NOTHING)))
    with pytest.raises(RunError, match="no labelled position"):
        train_rollout_policy(CONNECT_FOUR, none, tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("rate", 0.0), ("rate", float("nan")), ("lookahead", 3)])
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(SettingsError, match=f"expected {name}"):
        RolloutSettings(**{name: value})


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


def test_the_command_learns_from_files_and_says_how_well(games, tmp_path, capsys):
    write_games(tmp_path / "games.safetensors", CONNECT_FOUR, games)
    command = ["rollout-policy", "connect_four", str(tmp_path / "games.safetensors"), "--threads", "1"]
    assert main([*command, "--run", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert "read 150 games" in said
    assert "epoch 5/5" in said
    assert "top-1" in said.splitlines()[-2]
    assert main([*command, "--file", str(tmp_path / "file")]) == 0
    policies = [read_rollout_policy(path, CONNECT_FOUR) for path in (tmp_path / "run" / "policy.safetensors", tmp_path / "file")]
    assert (policies[0].weights == policies[1].weights).all()


def test_what_a_person_got_wrong_is_one_line(games, tmp_path, capsys):
    write_games(tmp_path / "games.safetensors", CONNECT_FOUR, games)
    (tmp_path / "noise.pgn").write_bytes(bytes(range(256)) * 4000)
    data = str(tmp_path / "games.safetensors")
    for words, message in (
        (["connect_four"], "games to learn from"),
        (["connect_four", "nowhere"], "nowhere"),
        (["tic_tac_toe", data], "no game of tic_tac_toe"),
        (["connect_four", str(tmp_path / "noise.pgn")], "no game"),
        (["chess", str(tmp_path / "noise.pgn")], "no game"),
        (["connect_four", data, "--learning.epochs", "0"], "epochs"),
        (["connect_four", data, "--run", "a", "--file", "b"], "--run or --file"),
        (["connect_four", data, "--seed", "-1"], "seed"),
    ):
        assert main(["rollout-policy", *words, "--threads", "1"]) == 2, words
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert message in said, words
