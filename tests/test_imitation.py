"""Imitation: an expert's rule is learned, measured rightly, gone on with bit for bit, and refused where it makes no sense."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from expert_games import collection, random_game, write_records
from scipy.stats import binomtest
from small_runs import contents

from arena.players.player import PolicyPlayer
from games import find
from games.position import Position
from selfplay.display import Plain
from selfplay.expert.drawing import Collection
from selfplay.imitation.measuring import Measure
from selfplay.imitation.report import mean, share
from selfplay.imitation.settings import CloningSettings, ImitationSettings
from selfplay.imitation.stage import COLUMNS, imitate
from selfplay.runs import read_metrics
from selfplay.stages import Limit
from selfplay.stopping import Stop
from zero.checkpoint import read_checkpoint
from zero.cli import main
from zero.errors import RunError, SettingsError
from zero.inference import evaluator_of
from zero.network import NetworkSettings, new_network

GAME = find("tic_tac_toe")
SMALL = NetworkSettings(size="8x1", value_hidden=8)
LEARNING = CloningSettings(batch_size=32, learning_rate=1e-2, warmup_steps=5, ema=0.9, symmetries=False)
SETTINGS = ImitationSettings(steps=10, sample=200, validation=0.2, network=SMALL, learning=LEARNING)
CPU = torch.device("cpu")
FLAGS = ["--network.size", "8x1", "--network.value-hidden", "8", "--threads", "1", "--learning.batch-size", "32"]
FLAGS += ["--learning.learning-rate", "0.01", "--learning.warmup-steps", "5", "--learning.no-symmetries", "--steps", "10"]
FLAGS += ["--learning.ema", "0.9", "--validation", "0.2"]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    """A collection of games whose player, after four random moves, always takes the first legal action."""
    random = np.random.default_rng(5)
    positions = [random_game(GAME, random, opening=4) for _ in range(200)]
    return collection(tmp_path_factory.mktemp("games") / "games", GAME, [positions[:70], positions[70:]], unlabelled=4)


def run(games, folder, intervals, settings=SETTINGS, start=None, seed=1):
    return imitate(GAME, games, folder, settings, Limit(intervals), seed, CPU, Stop(), Plain(COLUMNS), start)


@pytest.fixture(scope="module")
def cloned(games, tmp_path_factory):
    """A run of 8 intervals."""
    folder = tmp_path_factory.mktemp("cloned") / "run"
    torch.set_num_threads(1)
    run(games, folder, 8)
    return folder


def test_an_expert_s_rule_is_learned(games, cloned):
    """The first legal action, in games that it did not learn from."""
    lines = read_metrics(cloned)
    assert [line["generation"] for line in lines] == list(range(1, 9))
    assert lines[-1]["top1"] > 0.9
    assert lines[-1]["perplexity"] < lines[0]["perplexity"]
    assert all(line["top1"] <= line["top5"] for line in lines)
    assert lines[-1]["value_loss"] is None
    network = read_checkpoint(cloned / "checkpoints" / "000008.safetensors", GAME).network
    player = PolicyPlayer(GAME, "", evaluator_of(network))
    random, right, count = np.random.default_rng(8), 0, 0
    for _ in range(20):
        position = Position(GAME)
        while position.legal_actions() and position.ply < 4:
            position.play(int(random.choice(position.legal_actions())))
        if position.legal_actions():
            (thought,) = player.consider([position])
            right, count = right + (thought.action == position.legal_actions()[0]), count + 1
    assert right / count >= 0.9


def test_a_run_that_was_interrupted_gives_the_same_bytes(games, tmp_path):
    """After each interval, in the middle of an epoch and across its end, with random symmetries."""
    settings = replace(SETTINGS, value=True, learning=replace(LEARNING, symmetries=True))
    run(games, tmp_path / "whole", 5, settings)
    for intervals in range(1, 6):
        run(games, tmp_path / "parts", intervals, settings)
    assert read_metrics(tmp_path / "whole")[-1]["epochs"] > 1
    for name in ("checkpoints", "state"):
        assert contents(tmp_path / "whole", name) == contents(tmp_path / "parts", name)
    assert run(games, tmp_path / "whole", 5, settings) == tmp_path / "whole" / "checkpoints" / "000005.safetensors"
    run(games, tmp_path / "other", 5, settings, seed=2)
    assert contents(tmp_path / "whole") != contents(tmp_path / "other")


def test_values_are_learned_where_asked(games, tmp_path):
    """The value head alone, or with the policy; without, it says the same of every position all along."""
    for value, policy in ((True, True), (True, False)):
        settings = replace(SETTINGS, value=value, policy=policy)
        run(games, tmp_path / f"{policy}", 12, settings)
        lines = read_metrics(tmp_path / f"{policy}")
        assert lines[-1]["value_loss"] < 0.8 * lines[0]["value_loss"]
        assert lines[-1]["value_mse"] < lines[0]["value_mse"]
        assert (lines[-1]["policy_loss"] is None) == (not policy)
        assert (lines[-1]["top1"] > 0.8) == policy
    with pytest.raises(SettingsError, match="expected policy or value"):
        ImitationSettings(policy=False)


def test_a_run_begins_from_a_checkpoint(games, cloned, tmp_path):
    start = cloned / "checkpoints" / "000008.safetensors"
    run(games, tmp_path / "run", 1, start=start)
    assert read_metrics(tmp_path / "run")[0]["top1"] > 0.7
    first = read_checkpoint(tmp_path / "run" / "checkpoints" / "000000.safetensors", GAME).network.state_dict()
    for name, tensor in read_checkpoint(start, GAME).network.state_dict().items():
        assert torch.equal(tensor, first[name])


def test_a_loss_that_is_no_number_ends_the_run_with_what_is_good(games, tmp_path):
    settings = replace(SETTINGS, learning=replace(LEARNING, learning_rate=1e30, warmup_steps=0))
    run(games, tmp_path / "run", 0, settings)
    before = contents(tmp_path / "run")
    with pytest.raises(RunError, match="the loss is not a finite number"):
        run(games, tmp_path / "run", 9, settings)
    assert {name: content for name, content in contents(tmp_path / "run").items() if name in before} == before
    for name in contents(tmp_path / "run"):
        weights = read_checkpoint(tmp_path / "run" / "checkpoints" / name, GAME).network.state_dict()
        assert all(torch.isfinite(tensor).all() for tensor in weights.values())


def test_scores_are_those_of_the_network(games, random):
    """First, among five, loss and value error of each position, from the network itself and in a loop."""
    network = new_network(GAME, SMALL, 3)
    with torch.no_grad():
        for layer in (network.policy, network.value):
            layer.weight.mul_(50)
    drawn = Collection(games, GAME, 0, 0.5)
    samples = next(drawn.batches("validation", 0, 700, False, random))
    samples.wdl[:20] = 0
    found = Measure(network, CPU).scores(samples)
    with torch.inference_mode():
        logits, outcome = network(torch.from_numpy(samples.planes).float())
    close = 0
    for i in range(len(samples.planes)):
        legal, expert = np.flatnonzero(samples.legal[i]), int(samples.policy[i].argmax())
        numbers = logits[i].double().numpy()
        chances = np.exp(numbers[legal] - numbers[legal].max())
        better = int((chances > chances[legal.tolist().index(expert)]).sum())
        assert found.loss[i] == pytest.approx(-math.log(chances[legal.tolist().index(expert)] / chances.sum()), abs=0.2)
        close += (found.first[i], found.few[i]) != (better == 0, better < 5)
        wdl = torch.softmax(outcome[i], 0).numpy()
        if i < 20:
            assert np.isnan(found.squared[i])
        else:
            assert found.squared[i] == pytest.approx((samples.wdl[i][0] - samples.wdl[i][2] - wdl[0] + wdl[2]) ** 2, abs=0.15)
    assert close <= 0.03 * len(samples.planes)  # where two moves are all but equal, half precision may decide otherwise


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_intervals_hold_the_truth(alike, random):
    """In 95 % of samples of 60 games, whether positions of a game are alike or not. Fails by chance once in 10,000 seeds."""
    held = {"mean": 0, "share": 0}
    for _ in range(400):
        lengths = random.integers(5, 30, 60)
        games = np.repeat(np.arange(60), lengths)
        level = np.clip(random.normal(0.4, 0.2 * alike, 60), 0, 1)
        level += 0.4 - np.clip(np.random.default_rng(0).normal(0.4, 0.2 * alike, 100_000), 0, 1).mean()
        hits = random.random(len(games)) < level[games]
        for name, estimate in (("mean", mean(hits.astype(float), games)), ("share", share(hits, games))):
            assert estimate.value == pytest.approx(hits.mean())
            held[name] += estimate.low <= 0.4 <= estimate.high
    for count in held.values():
        assert binomtest(count, 400, 0.94, alternative="two-sided").pvalue > 1e-4


def test_intervals_of_few_games():
    one = share(np.array([True, True]), np.array([0, 0]))
    assert 0 < one.low < one.value == pytest.approx(1.0)
    assert math.isnan(mean(np.array([1.0, 2.0]), np.array([4, 4])).low)
    assert math.isnan(mean(np.zeros(0), np.zeros(0, np.int64)).value)


@pytest.fixture
def command(here, random, capsys):
    """Run zero imitate in an empty folder that has a file of games; return the status and what was written."""
    write_records(here / "games.safetensors", GAME, random, 60, opening=2)

    def do(*more):
        status = main(["imitate", "tic_tac_toe", *FLAGS, "--run", "run", *more])
        return status, *capsys.readouterr()

    return do


def test_the_command(command, here):
    """Games are read, learned and measured; the end says what to try next, and the run is a player."""
    status, out, err = command("games.safetensors", "--intervals", "3", "--value")
    assert (status, err) == (0, "")
    assert "read 60 games" in out
    assert "interval 3  epochs" in out
    assert "play it:   zero play tic_tac_toe --opponent net:run" in out
    assert "train on:  zero train tic_tac_toe --start run --network.size 8x1 --network.value-hidden 8" in out
    report = json.loads((here / "run" / "report.json").read_text())
    whole, games = report["whole"], Collection(here / "run" / "games", GAME, 0, 0.2)
    assert (whole["positions"], whole["games"]) == (games.positions("validation"), games.games("validation"))
    assert sum(row["positions"] for row in report["by_ply"]) == whole["positions"]
    for row in (whole, *report["by_ply"]):
        assert row["top1"]["low"] <= row["top1"]["value"] <= row["top1"]["high"]
    assert report["by_rating"] == []
    assert whole["value_mse"]["value"] is not None
    assert (here / "run" / "report.png").stat().st_size > 10_000
    status, out, _ = command("--intervals", "4", "--value")  # gone on with, without naming the games
    assert status == 0
    assert "going on after interval 3" in out
    assert main(["match", "net:run", "random", "--game", "tic_tac_toe", "--games", "4"]) == 0


def test_the_same_games_are_not_read_again_and_others_refused(command, here, random):
    assert command("games.safetensors", "--intervals", "1")[0] == 0
    assert command("games.safetensors", "--intervals", "2")[0] == 0
    write_records(here / "more.safetensors", GAME, random, 5)
    status, _, err = command("games.safetensors", "more.safetensors", "--intervals", "3")
    assert status == 2
    assert "has learned from other files than games.safetensors, more.safetensors: take another --run" in err
    status, _, err = command("--intervals", "3", "--value")
    assert (status, err.count("\n")) == (2, 1)
    assert "belongs to other settings: value is False there, True here" in err


WRONG = {
    "nowhere": (["nowhere.pgn"], "nowhere.pgn: there is no such file or folder"),
    "no data": ([], "has no games yet: name files or folders that hold some"),
    "no games": (["noise.sgf"], "there is no game of tic_tac_toe to learn from; read 0 games (0 plies); skipped 1"),
    "a flag": (["games.safetensors", "--steps", "0"], "expected steps >= 1, got 0"),
    "a share": (["games.safetensors", "--validation", "1"], "expected validation in [0, 1), got 1.0"),
    "learn from": (["games.safetensors", "--learn-from", "loser"], "learn-from"),
    "ratings": (["games.safetensors", "--min-rating", "2000"], "there is no move to learn from"),
    "an expert": (["games.safetensors", "--expert", "random"], "expected --dagger ROUNDS and --expert PLAYER together"),
    "time": (["games.safetensors", "--time", "soon"], "expected a time such as 90s"),
    "a device": (["games.safetensors", "--device", "abacus"], "expected device cpu, cuda or cuda:N, got 'abacus'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_one_line(name, command, here):
    words, expected = WRONG[name]
    (here / "noise.sgf").write_bytes(bytes(range(256)) * 10)
    status, _, err = command(*words)
    assert status == 2
    assert err.startswith("zero imitate: ")
    assert err.count("\n") == 1
    assert expected in err


def test_rounds_of_dagger(command):
    """The expert answers for what the learner visits, in each round."""
    words = ["--dagger", "2", "--expert", "minimax:3", "--labels", "15", "--intervals", "1"]
    status, out, err = command("games.safetensors", *words)
    assert (status, err) == (0, "")
    assert "round 2: minimax:3 labelled 15 " in out
    assert "interval 3  epochs" in out


def test_a_settings_file(command, here):
    (here / "settings.toml").write_text(
        "value = true\nsteps = 7\n[learning]\nlearning_rate = 0.001\n[search]\nsimulations = 33\n"
    )
    assert command("games.safetensors", "--intervals", "1", "--settings", "settings.toml", "--steps", "3")[0] == 0
    stored = json.loads((here / "run" / "settings.json").read_text())["settings"]
    assert (stored["value"], stored["steps"]) == (True, 3)
    assert (stored["learning"]["learning_rate"], stored["search"]["simulations"]) == (0.01, 33)  # the flag counts for more
    checkpoint = read_checkpoint(here / "run" / "checkpoints" / "000001.safetensors", GAME)
    assert (checkpoint.search.simulations, checkpoint.search.policy) == (33, "puct")
