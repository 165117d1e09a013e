"""Training the fast policy: gradients, what it learns from whom, the same bytes again, its command."""

import numpy as np
import pytest
from test_features import ask, line_of
from test_rollout_policy import probabilities, with_weights

from games import find
from games.patterns import NOWHERE
from games.position import Position
from games.rules import ONGOING, legal_actions
from selfplay.expert.games import NOTHING, ExpertGames, take, write_games
from selfplay.rollout.learning import ILLEGAL, LOSS, POSITIONS, Pass, add_gradient, predict
from selfplay.rollout.settings import RolloutSettings
from selfplay.rollout.training import lookahead_of, train_rollout_policy
from zero.cli import main
from zero.errors import RunError, SettingsError
from zero.features import ENDING, RESPONSE, SLOTS, allocate_room, tables_of
from zero.rollout_policy import read_rollout_policy

CONNECT_FOUR = find("connect_four")


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


@pytest.mark.parametrize("spec", ["hex:size=3", "connect_four:rows=4,columns=4"])
def test_the_loss_of_a_pass_is_that_of_its_positions(spec, random):
    game = find(spec)
    policy = with_weights(game, 0, random)
    some = recorded(game, random, 6, lambda position: int(random.choice(position.legal_actions())))
    work = Pass(game, policy.tables)
    work.learned.weights[:] = policy.weights
    sums, expected = work.over(some, np.arange(6)), 0.0
    for start, end in zip(some.starts[:-1], some.starts[1:], strict=True):
        position = Position(game)
        for action, label in zip(some.actions[start:end], some.labels[start:end], strict=True):
            if label != NOTHING:
                expected -= np.log(probabilities(policy, position)[int(label)])
            position.play(int(action))
    assert sums[LOSS] == pytest.approx(expected, rel=1e-5)
    assert sums[POSITIONS] == len(some.labelled())
    assert (work.learned.weights == policy.weights).all()  # a pass without a step only looks


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
