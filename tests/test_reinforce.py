"""Runs of zero reinforce: that they survive, what they refuse, who the opponents are, and that a policy gets better."""

import json
import random as chances
import shutil
import signal

import numpy as np
import pytest
import small_checkpoints
import torch
from small_runs import DEADLY, contents, finish, generations, one_line, start
from toy_games import Misere

from games import find
from selfplay.display import Plain
from selfplay.reinforce.gradient import micro_batches_of
from selfplay.reinforce.playing import draw_plan, paired_plan, play_games
from selfplay.reinforce.pool import Pool
from selfplay.reinforce.session import reinforce, untrained
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.reinforce.stage import COLUMNS, ReinforceStage
from selfplay.runs import read_metrics
from selfplay.stages import Limit
from selfplay.stopping import Stop
from zero.checkpoint import read_checkpoint
from zero.cli import main
from zero.errors import SettingsError
from zero.evaluators import Evaluations, Uniform
from zero.files import read_arrays, write_arrays, write_bytes
from zero.network import NetworkSettings
from zero.search.walk import allocate_batch

SMALL = ["--games", "32", "--interval-steps", "2", "--snapshot-steps", "3", "--pool", "3", "--evaluation-games", "32"]
SMALL += ["--opponents", "2", "--opening-plies", "2", "--threads", "1"]
LAST = 5  # intervals of the undisturbed run


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "start.safetensors"
    small_checkpoints.write(path)
    return path


def words(checkpoint, run, intervals, *more):
    return ["reinforce", str(checkpoint), *SMALL, "--run", str(run), "--intervals", str(intervals), *more]


@pytest.fixture(scope="module")
def undisturbed(checkpoint, tmp_path_factory):
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    assert main(words(checkpoint, run, LAST, "--estimator", "ppo")) == 0
    assert [*contents(run)] == generations(LAST)
    return run


def same(run, undisturbed):
    """Require checkpoints, and the state that is gone on from, to be those of the undisturbed run."""
    for name in ("checkpoints", "state"):
        assert contents(run, name) == contents(undisturbed, name), name


def same_metrics(run, undisturbed):
    for one, two in zip(read_metrics(run), read_metrics(undisturbed), strict=True):
        timeless = [name for name in two if not name.endswith(("seconds", "per_second"))]
        assert [one[name] for name in timeless] == [two[name] for name in timeless]


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_random_moments(checkpoint, undisturbed, tmp_path, kills):
    chance, run = chances.Random(kills), tmp_path / "run"
    for _ in range(kills):
        before = DEADLY.format(operations=chance.randint(1, 30))
        process = start(words(checkpoint, run, LAST, "--estimator", "ppo"), before)
        status, _, err = finish(process)
        assert status in (0, -signal.SIGKILL), err
        if status == 0:
            shutil.rmtree(run)  # this one reached its end: begin again
    assert main(words(checkpoint, run, LAST, "--estimator", "ppo")) == 0
    same(run, undisturbed)


def test_in_several_calls(checkpoint, undisturbed, tmp_path, capsys):
    """What a later call leaves out is taken from the run."""
    run = tmp_path / "run"
    assert main(words(checkpoint, run, 1, "--estimator", "ppo")) == 0
    for last in (3, LAST, LAST):
        assert main(["reinforce", str(checkpoint), "--run", str(run), "--intervals", str(last), "--threads", "1"]) == 0
    same(run, undisturbed)
    same_metrics(run, undisturbed)
    assert "going on after interval 3\n" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [["--optimiser", "sgd"], ["--estimator", "a2c"], ["--estimator", "grpo", "--group", "8"]])
def test_other_settings_go_on_as_well(checkpoint, tmp_path, flags):
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(words(checkpoint, one, 3, *flags)) == 0
    for last in (1, 2, 3):
        assert main(words(checkpoint, two, last, *flags)) == 0
    same(two, one)
    same_metrics(two, one)
    networks = list(contents(one).values())
    assert len(set(networks)) == 4


def test_another_seed_is_another_run(checkpoint, undisturbed, tmp_path):
    assert main(words(checkpoint, tmp_path, 1, "--estimator", "ppo", "--seed", "1")) == 0
    assert contents(tmp_path)["000001.safetensors"] != contents(undisturbed)["000001.safetensors"]


def test_what_it_says_at_the_end(checkpoint, tmp_path, capsys):
    assert main(words(checkpoint, tmp_path, 1)) == 0
    *_, score, match, value = capsys.readouterr().out.splitlines()
    assert score.startswith("against the starting policy it scores ")
    assert "2000 games, both colours, both sampling at temperature 1" in score
    first = tmp_path / "checkpoints" / "000000.safetensors"
    assert match.endswith(f"zero match 'net:{tmp_path}?temperature=1' 'net:{first}?temperature=1'")
    assert value.endswith(f"zero value {tmp_path}")
    start, begun = read_checkpoint(checkpoint), read_checkpoint(first)
    for name, tensor in start.network.state_dict().items():
        assert torch.equal(tensor, begun.network.state_dict()[name])
    assert begun.search == start.search
    assert json.loads((tmp_path / "settings.json").read_text())["command"] == "reinforce"


def test_diverging_training_keeps_its_checkpoints(checkpoint, tmp_path, capsys):
    for optimiser in ("adam", "sgd"):
        flags = ("--learning-rate", "1e30", "--optimiser", optimiser, "--interval-steps", "9", "--estimator", "none")
        assert main(words(checkpoint, tmp_path / optimiser, 2, *flags)) == 2
        line = one_line(capsys.readouterr().err, "zero reinforce")
        assert line == "mini-batch 2: the network is not made of finite numbers; lower --learning-rate"
        assert [*contents(tmp_path / optimiser)] == generations(0)
    assert main(words(checkpoint, tmp_path / "one", 1)) == 0
    state = tmp_path / "one" / "state" / "000001.safetensors"
    header, arrays = read_arrays(state, "state")
    arrays["network.policy.bias"][0] = np.nan
    write_arrays(state, "state", header, arrays)
    capsys.readouterr()
    assert main(words(checkpoint, tmp_path / "one", 2)) == 2
    assert one_line(capsys.readouterr().err, "zero reinforce").endswith("lower --learning-rate")
    assert [*contents(tmp_path / "one")] == generations(1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["random"], "to start from random, name the game"),
        (["random", "--game", "ticktack"], "unknown game 'ticktack'"),
        (["START", "--game", "connect_four"], "plays tic_tac_toe, but --game is connect_four"),
        (["nowhere.safetensors"], "there is no such file or run folder"),
        (["NOISE"], "expected a checkpoint of this engine"),
        (["START", "--estimator", "grpo", "--games", "40"], "expected games to be a multiple of group = 16, got 40"),
        (["START", "--estimator", "grpo", "--games", "32", "--opponents", "3"], "expected no more opponents than groups"),
        (["START", "--estimator", "none", "--group", "8"], "group belongs to estimator grpo, but estimator is none"),
        (["START", "--estimator", "value", "--gae", "0.9"], "gae belongs to estimator a2c and ppo"),
        (["START", "--estimator", "a2c", "--epochs", "3"], "epochs belongs to estimator ppo and grpo"),
        (["START", "--estimator", "a2c", "--gae", "0.9", "--steps-ahead", "2"], "gae and steps_ahead are two ways"),
        (["START", "--estimator", "a2c", "--gae", "1.5"], "expected gae from 0 to 1"),
        (["START", "--estimator", "ppo", "--clip", "0"], "expected clip between 0 and 1"),
        (["START", "--estimator", "trpo"], "trpo"),
        (["START", "--learning-rate", "nan"], "expected learning_rate above 0, up to 1e30, got nan"),
        (["START", "--entropy", "-1"], "expected entropy >= 0, got -1.0"),
        (["START", "--pool", "0"], "expected pool >= 1, got 0"),
        (["START", "--estimator", "none", "--games", "2"], "expected no more opponents than games"),
        (["START", "--network.size", "tiny"], "leave --network out"),
        (["START", "--time", "soon"], "expected a time such as"),
        (["START", "--device", "tpu"], "expected device cpu, cuda"),
    ],
)
def test_bad_input_is_one_line(checkpoint, here, capsys, arguments, reason):
    write_bytes(here / "NOISE", bytes(range(256)) * 40)
    given = [str(checkpoint) if word == "START" else word for word in arguments]
    assert main(["reinforce", *given]) == 2
    assert reason in one_line(capsys.readouterr().err, "zero reinforce")


def test_other_runs_are_refused(checkpoint, undisturbed, tmp_path, capsys):
    run = shutil.copytree(undisturbed, tmp_path / "run")
    other = tmp_path / "other.safetensors"
    small_checkpoints.write(other, seed=2)
    for words_, reason in [
        ([str(other), "--run", str(run)], "belongs to other settings: start is"),
        ([str(checkpoint), "--run", str(run), "--entropy", "0.5"], "entropy is 0.0 there, 0.5 here"),
    ]:
        assert main(["reinforce", *words_]) == 2
        assert reason in one_line(capsys.readouterr().err, "zero reinforce")
    _, arrays = read_arrays(run / "state" / f"{LAST:06}.safetensors", "state")
    write_arrays(run / "state" / f"{LAST:06}.safetensors", "state", {"step": 3}, arrays)
    assert main(["reinforce", str(checkpoint), "--run", str(run), "--intervals", "9"]) == 2
    assert "expected a state of zero reinforce" in one_line(capsys.readouterr().err, "zero reinforce")


def test_pool_keeps_the_start_and_the_newest():
    start = untrained(find("tic_tac_toe"), NetworkSettings(size="8x1"), 0).network
    pool, learner = Pool(start, 3), untrained(find("tic_tac_toe"), NetworkSettings(size="8x1"), 0).network
    for number in range(5):
        with torch.no_grad():
            learner.policy.bias.fill_(number)
        pool.add(learner)
        biases = [float(member.policy.bias[0]) for member in pool.members[1:]]
        assert biases == [*range(number + 1)][-2:]
        assert torch.equal(pool.start.policy.bias, start.policy.bias)
    alone = Pool(start, 1)
    alone.add(learner)
    assert len(alone.members) == 1


def test_plans(random):
    plan = draw_plan(random, 480, 3, 4, 5)
    assert np.bincount(plan.opponents).tolist() == [160, 160, 160]
    assert np.bincount(plan.groups).tolist() == [4] * 120
    for column in plan:
        assert all(len(set(column[plan.groups == number])) == 1 for number in range(120))
    assert set(plan.openings) == set(range(6))
    assert 40 < plan.first[::4].sum() < 80  # of 120: 3.6 standard deviations
    paired = paired_plan(random, 10, 3)
    assert np.array_equal(paired.openings[::2], paired.openings[1::2])
    assert (paired.first[::2] != paired.first[1::2]).all()
    spread = micro_batches_of(plan.groups, 10)
    assert set(spread) == set(range(8))
    assert all(len(set(spread[plan.groups == number])) == 1 for number in range(120))
    assert len(set(micro_batches_of(plan.groups, 100_000))) == 25


def test_games_of_a_group_begin_alike(random):
    game = find("connect_four")
    player, batch = Uniform(game, 64), allocate_batch(game, 64)
    plan = draw_plan(random, 64, 1, 8, 0)._replace(openings=np.full(64, 4), first=np.ones(64, bool))
    played = play_games(game, player, [player], plan, 3, batch)
    first = {int(played.games[d]): played.planes[d] for d in np.flatnonzero(played.times == 0)}
    assert len({first[n].tobytes() for n in range(64)}) == 8
    assert all(np.array_equal(first[n], first[n // 8 * 8]) for n in range(64))
    assert (first[0][:2].sum(), first[0][0].sum()) == (4, 2)


def test_games_that_end_before_the_learner_moves_teach_nothing(random):
    game = find("tic_tac_toe")
    player, batch = Uniform(game, 64), allocate_batch(game, 64)
    plan = draw_plan(random, 64, 1, 1, 0)._replace(openings=np.full(64, 9))
    played = play_games(game, player, [player], plan, 3, batch)
    assert (len(played.games), played.evaluations, played.alive().shape) == (0, 0, (0, 64))
    assert set(np.abs(played.outcomes)) == {0, 1}


class Perfect(Uniform):
    """Perfect play of Misere: leaves one, five or nine matches where that can be done."""

    def submit(self, batch, rows):
        logits = np.zeros((rows, 3), np.float32)
        heaps = batch.states["heap"][:rows].astype(int)
        logits[np.arange(rows), np.maximum((heaps - 1) % 4 - 1, 0)] = 100.0
        return lambda: Evaluations(logits, self.answer.wdl[:rows])


@pytest.mark.parametrize("first", [True, False])
def test_outcomes_are_those_that_the_learner_sees(first):
    """Who begins at nine matches has lost against perfect play, and nearly always wins with it against chance."""
    game = Misere(9)
    batch, plan = allocate_batch(game, 64), paired_plan(np.random.default_rng(0), 64, 0)._replace(first=np.full(64, first))
    blind, perfect = Uniform(game, 64), Perfect(game, 64)
    losses = (play_games(game, blind, [perfect], plan, 0, batch).outcomes == -1).sum()
    wins = (play_games(game, perfect, [blind], plan, 0, batch).outcomes == 1).sum()
    assert losses == 64 if first else 45 < losses < 64
    assert wins == 64 if not first else 45 < wins < 64


@pytest.mark.parametrize("estimator", ["none", "value", "a2c", "ppo", "grpo"])
def test_a_policy_learns_to_win(estimator, tmp_path):
    """Misere from random weights: at least 80 % against the start, which all but plays at random."""
    shape = {"network": NetworkSettings(size="8x1"), "interval_steps": 15, "evaluation_games": 512}
    game, settings = Misere(9), ReinforceSettings(estimator, learning_rate=2e-3, **shape)
    path = reinforce(game, None, tmp_path, settings, Limit(2), 0, "cpu", Stop(), Plain(COLUMNS))
    assert read_metrics(tmp_path)[-1]["score_start"] > 0.8
    assert read_checkpoint(path, game).generation == 2


def test_measures_of_a_run(undisturbed):
    line = read_metrics(undisturbed)[-1]
    assert line["games"] == LAST * 2 * 32
    assert line["pool"] == 3
    assert 0 < line["entropy"] < np.log(9)
    assert line["kl"] > 0
    assert 5 <= line["plies"] <= 9
    assert {"value_loss", "gradient_norm", "gradient_variance", "score_start", "score_pool"} <= set(line)


def test_score_of_equals_is_a_half():
    """4000 games of a policy against itself: 3.5 standard deviations."""
    begin = untrained(find("tic_tac_toe"), NetworkSettings(size="8x1"), 0)
    stage = ReinforceStage(begin, ReinforceSettings(), 0, torch.device("cpu"))
    assert abs(stage.score(4000, 0) - 0.5) < 3.5 * 0.5 / np.sqrt(4000)
    assert stage.score(4000, 0) == stage.score(4000, 0) != stage.score(4000, 1)


def test_functions_refuse_what_the_command_refuses(checkpoint, tmp_path):
    settings = ReinforceSettings(network=NetworkSettings(size="tiny"))
    with pytest.raises(SettingsError, match="leave --network out"):
        reinforce(find("tic_tac_toe"), checkpoint, tmp_path, settings, Limit(1), 0, "cpu", Stop(), Plain(COLUMNS))
