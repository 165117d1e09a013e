"""The value network: positions are taken as the settings say, it learns what is there to learn, and runs go on bit for bit."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import small_checkpoints
import torch
from small_runs import contents, one_line
from test_policy_games import Preferring

from games import find
from games.position import Position
from selfplay.policy_games import PolicyGames
from selfplay.settings import StepSettings
from selfplay.value import report as report_module
from selfplay.value.report import band_bounds, measure, policy_values
from selfplay.value.sampling import play_and_sample, shares
from selfplay.value.settings import ValueSettings
from selfplay.value.stage import ValueStage, turned, values_of
from zero.checkpoint import read_checkpoint
from zero.cli import main
from zero.errors import CheckpointError
from zero.files import read_arrays, write_arrays
from zero.network import NetworkSettings

TIC_TAC_TOE, CONNECT_FOUR = find("tic_tac_toe"), find("connect_four")
CPU = torch.device("cpu")
SMALL = ["--network.size", "8x1", "--games", "64", "--learning.batch-size", "16", "--threads", "1", "--held-out", "40"]
SMALL += ["--measured", "10", "--rollouts", "4"]


def sample(sampling, count=400, game=CONNECT_FOUR, first=0, last_ply=None, policies=None):
    policies = policies or [Preferring(game), Preferring(game, sign=-1.0)]
    return play_and_sample(game, policies, sampling, 5, range(first, first + count), 128, last_ply or game.max_plies)


def check_positions(positions, games, game=CONNECT_FOUR):
    """Each is a position of its game, with the outcome of that game for who moves there."""
    for planes, outcome, ply, number in zip(*positions, strict=True):
        position, row = Position(game), int(number) - games.first
        for action in games.actions[row, :ply]:
            position.play(int(action))
        assert np.array_equal(planes, position.planes())
        assert position.legal_actions()
        assert outcome == games.outcomes[row] * (1 if position.to_play == 0 else -1)


@pytest.mark.parametrize("sampling", ["one", "alphago", "all"])
def test_positions_and_their_outcomes(sampling):
    positions, games = sample(sampling, 120, first=1000)
    check_positions(positions, games)
    keys = list(zip(positions.games.tolist(), positions.plies.tolist(), strict=True))
    assert len(set(keys)) == len(keys)
    if sampling == "all":
        expected = [(1000 + row, ply) for row in range(120) for ply in range(games.lengths[row])]
        assert sorted(keys) == expected
    else:
        assert positions.games.tolist() == sorted(set(positions.games.tolist()))
        assert (len(keys) == 120) == (sampling == "one")


def test_one_position_of_each_game_all_alike():
    """Place in the game, in tenths, of 4,000: chi-squared with 9 degrees of freedom is below 27.9 with 99.9 %."""
    positions, games = sample("one", 4000)
    lengths = games.lengths[positions.games]
    place = (positions.plies + shares(1, 9, positions.games, positions.plies)) / lengths
    counts = np.bincount((place * 10).astype(int), minlength=10)
    assert ((counts - 400) ** 2 / 400).sum() < 27.9


def test_alphago_opening_random_move_policy():
    """Sharp policies: up to the random ply the opening's best moves, then any legal move, then the main policy's best."""
    main_policy, opening = Preferring(CONNECT_FOUR, 100.0), Preferring(CONNECT_FOUR, 100.0, -1.0)
    positions, games = sample("alphago", 1500, policies=[main_policy, opening], last_ply=20)
    assert 0 < len(positions.plies) < 1500
    firsts = []
    for number, ply in zip(positions.games.tolist(), positions.plies.tolist(), strict=True):
        position = Position(CONNECT_FOUR)
        for at in range(min(int(games.lengths[number]), 25)):
            legal = np.array(position.legal_actions())
            preferred = (legal + position.planes().astype(np.int64).sum()) % 5 * (1 if at >= ply else -1)
            action = int(games.actions[number, at])
            if at != ply - 1:
                assert preferred[legal.tolist().index(action)] == preferred.max()
            else:
                firsts.append(action)
            position.play(action)
    counts = np.bincount(firsts, minlength=7)
    assert (counts > 0.5 * counts.mean()).all()
    drawn = np.bincount(positions.plies, minlength=21)
    assert drawn[0] == 0  # one random move at least was made
    assert drawn[1] > 0
    assert positions.plies.max() <= 20


def test_held_out_games_are_others():
    """Games are numbered, and no two numbers draw alike."""
    one, _ = sample("one", 200)
    two, _ = sample("one", 200, first=2**40)
    assert not np.array_equal(one.plies, two.plies)
    again, _ = sample("one", 100, first=100)
    assert np.array_equal(again.plies, one.plies[100:])
    assert np.array_equal(again.planes, one.planes[100:])


def test_turned_positions_are_symmetric_ones():
    planes = np.stack([Position(CONNECT_FOUR).planes()] * 64)
    planes[:, 0, 5, 1] = 1
    found = turned(planes, CONNECT_FOUR.symmetries, np.random.default_rng(0))
    sides = {tuple(np.argwhere(one[0])[0].tolist()) for one in found}
    assert sides == {(5, 1), (5, 5)}


@pytest.fixture
def policy(tmp_path):
    """A policy of tic-tac-toe that prefers some moves, in a file."""
    small_checkpoints.write(tmp_path / "policy.safetensors")
    return tmp_path / "policy.safetensors"


def stage_of(policy, held_out=300, **settings):
    checkpoint = read_checkpoint(policy)
    learning = StepSettings(batch_size=64, ema=0.9, warmup_steps=10)
    if not settings.get("from_policy"):
        settings = {"network": NetworkSettings(size="16x2"), "from_policy": False, **settings}
    settings = {"games": 512, "learning": learning, **settings}
    return ValueStage(checkpoint, checkpoint, ValueSettings(**settings), 1, CPU, held_out=held_out)


def test_it_learns_the_value_of_the_policy(policy):
    """Better than the mean outcome of the ply, and the policy head is left as it was but for weight decay."""
    stage = stage_of(policy, 600, passes=5)
    before = stage.learner.network.policy.weight.detach().clone()
    lines = [stage.interval(number, lambda phase, share: None) for number in range(1, 11)]
    assert lines[-1]["held_out_mse"] < lines[0]["held_out_mse"]
    report = measure(stage, 50, 16, lambda phase, share: None)
    assert report.total.outcome == pytest.approx(lines[-1]["held_out_mse"])
    assert report.total.outcome < report.total.constant - 0.05
    assert report.total.policy < report.total.outcome
    assert report.total.exact is None
    assert "the exact solver knows" in report.solver
    assert sum(band.positions for band in report.bands) == report.total.positions == 600
    decay = math.prod(1 - stage.settings.learning.weight_decay * rate for rate in rates(stage))
    assert torch.allclose(stage.learner.network.policy.weight, before * decay, rtol=1e-4)


def rates(stage):
    """Return the learning rate of each step that was made."""
    steps, learner = stage.learner.step, stage.learner
    found = []
    for learner.step in range(steps):
        found.append(learner.learning_rate())
    learner.step = steps
    return found


def test_from_policy_begins_with_its_weights(policy):
    stage, checkpoint = stage_of(policy, from_policy=True), read_checkpoint(policy)
    assert stage.settings.network == checkpoint.network_settings
    planes = np.stack([Position(TIC_TAC_TOE).planes()])
    assert stage.values(planes) == values_of(checkpoint.network, planes, CPU)


def test_the_same_games_again_or_new_ones(policy):
    for fixed in (False, True):
        stage = stage_of(policy, games=64, fixed=fixed)
        lines = [stage.interval(number, lambda phase, share: None) for number in (1, 2)]
        assert [line["games"] for line in lines] == ([64, 64] if fixed else [64, 128])


def test_each_interval_plays_games_of_its_own(policy, monkeypatch):
    """All different ones, and none of those that the network is measured on."""
    asked = []

    def watched(game, policies, sampling, seed, numbers, *rest):
        asked.append(numbers)
        return play_and_sample(game, policies, sampling, seed, numbers, *rest)

    monkeypatch.setattr("selfplay.value.stage.play_and_sample", watched)
    stage = stage_of(policy, games=64, held_out=10)
    for number in (1, 2, 3):
        stage.interval(number, lambda phase, share: None)
    numbers = [number for part in asked for number in part]
    assert sorted(map(len, asked)) == [10, 64, 64, 64]
    assert len(set(numbers)) == len(numbers)


def test_policy_values_are_means_of_games_played_on(policy):
    """Known exactly where one cell is left, or two; and elsewhere within five standard errors of more games."""
    stage = stage_of(policy, 10)
    full = [[0, 1, 2, 4, 3, 5, 7, 6]]  # one cell is left, and nobody makes three: a draw
    won = [[0, 3, 1, 4, 8, 6, 7]]  # cells 2 and 5 are left for the second player, who wins with 5
    lines = [np.array(line) for line in (full[0], won[0], [4])]
    few, many = (policy_values(stage, lines, rollouts, lambda *_: None) for rollouts in (50, 2000))
    assert few[:, 0].tolist() == [0.0, 0.0]
    assert few[0, 1] in np.linspace(-1, 1, 101).round(2)
    for i in (1, 2):
        assert abs(few[0, i] - many[0, i]) <= 5 * math.sqrt(few[1, i] + many[1, i]) + 1e-9
    games = PolicyGames(TIC_TAC_TOE, stage.policies[:1], 64, 3, 0, 2000, forced=np.full((2000, 1), 4, np.int32))
    for _ in games.steps():
        pass
    for one, rollouts in ((few, 50), (many, 2000)):  # the variance of a mean: that of an outcome, over their number
        assert one[1, 2] == pytest.approx(games.outcomes.var() / rollouts, rel=0.5)
    assert many[0, 2] == pytest.approx(-games.outcomes.mean(), abs=5 * math.sqrt(2 / 2000))  # for the second player


class Stub:
    """A stage whose network says 0.5 of everything."""

    def __init__(self, game, held_out, played):
        self.game, self.seed, self.kept, self.held_out_played = game, 0, held_out, played

    def held_out(self, watch):
        return self.kept

    def values(self, planes):
        return np.full(len(planes), 0.5)


def test_report_against_the_solver():
    """Each number, computed here game by game."""
    pytest.importorskip("bitbully")
    from arena.players.solver import Solver

    held_out, played = sample("one", 60, first=report_module.HELD_OUT)
    report = measure(Stub(CONNECT_FOUR, held_out, played), 60, 0, lambda phase, share: None)
    solver, exact, outcomes = Solver(CONNECT_FOUR), [], []
    for number, ply in zip(held_out.games - report_module.HELD_OUT, held_out.plies, strict=True):
        position = Position(CONNECT_FOUR)
        for action in played.actions[number, :ply]:
            position.play(int(action))
        exact.append(solver.solve(position).value)
        outcomes.append(played.outcomes[number] * (1 if position.to_play == 0 else -1))
    exact, outcomes = np.array(exact), np.array(outcomes)
    assert (report.total.positions, report.total.measured, report.solver) == (60, 60, "")
    assert report.total.exact == pytest.approx(((0.5 - exact) ** 2).mean())
    assert report.total.outcome == pytest.approx(((0.5 - outcomes) ** 2).mean())
    assert report.total.constant == pytest.approx(outcomes.var())
    for band in report.bands:
        rows = (held_out.plies >= band.first) & (held_out.plies <= band.last)
        assert band.exact == pytest.approx(((0.5 - exact[rows]) ** 2).mean())


def test_bands_cover_all_plies():
    for most in (0, 1, 7, 8, 41, 500):
        plies = np.arange(most + 1).astype(np.int32)
        bounds = band_bounds(plies)
        assert len(bounds) <= 8
        assert [ply for first, last in bounds for ply in range(first, last + 1)][: most + 1] == plies.tolist()


def value(policy, run, intervals, *more):
    return main(["value", str(policy), "--run", str(run), "--intervals", str(intervals), *SMALL, *more])


ALPHAGO = ("--sampling", "alphago", "--passes", "2", "--last-ply", "6")


@pytest.mark.parametrize("more", [(), ALPHAGO, ("--no-from-policy", "--fixed")])
def test_in_several_calls(policy, tmp_path, capsys, more):
    """The same checkpoints as in one call, bit for bit; and the report, from the same held-out games."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert value(policy, whole, 4, *more) == 0
    for last in (1, 3, 4):
        assert value(policy, parts, last, *more) == 0
    assert contents(whole) == contents(parts)
    assert "going on after interval 3" in capsys.readouterr().out
    assert (whole / "report.json").read_bytes() == (parts / "report.json").read_bytes()
    told = json.loads((whole / "report.json").read_text())
    assert told["total"]["positions"] <= 40
    assert (whole / "report.png").stat().st_size > 10_000
    assert read_checkpoint(whole / "checkpoints" / "000004.safetensors").game == TIC_TAC_TOE


def test_diverging_training_keeps_its_checkpoints(policy, tmp_path, capsys):
    run = tmp_path / "run"
    assert value(policy, run, 3, "--learning.learning-rate", "1e30", "--learning.gradient-clip", "1e30") == 2
    line = one_line(capsys.readouterr().err, "zero value")
    assert "the loss is not a finite number; lower --learning.learning-rate" in line
    last = sorted((run / "checkpoints").iterdir())[-1]
    assert all(np.isfinite(array).all() for array in read_arrays(last, "checkpoint")[1].values())


def test_bad_input_is_one_line(policy, tmp_path, capsys, here):
    other = tmp_path / "other.safetensors"
    small_checkpoints.write(other, CONNECT_FOUR)
    write_arrays(tmp_path / "records", "records", {}, {})
    (tmp_path / "file").write_text("in the way")
    run = ["--run", str(tmp_path / "run")]
    for words, line in (
        ([str(tmp_path / "missing"), *run], "there is no such file"),
        ([str(tmp_path / "records"), *run], "expected a checkpoint"),
        ([str(policy), *run, "--games", "0"], "expected games >= 1, got 0"),
        ([str(policy), *run, "--sampling", "some"], "sampling"),
        ([str(policy), *run, "--network.size", "16x2"], "the policy's network is NetworkSettings(size='8x1'"),
        ([str(policy), *run, "--rollouts", "1"], "expected rollouts 0, or at least 2"),
        ([str(policy), *run, "--opening", str(other)], "opening is of --sampling alphago only"),
        ([str(policy), *run, "--sampling", "alphago", "--opening", str(other)], "expected a network for tic_tac_toe"),
        ([str(policy), "--run", str(tmp_path / "file")], "cannot be written to"),
        ([str(policy), *run, "--device", "tpu"], "expected device cpu"),
        ([str(policy), *run, "--time", "soon"], "expected a time such as"),
    ):
        assert main(["value", *words]) == 2
        assert line in one_line(capsys.readouterr().err, "zero value"), words
    assert value(policy, tmp_path / "run", 1) == 0
    capsys.readouterr()
    assert value(policy, tmp_path / "run", 2, "--passes", "3") == 2
    assert "passes is 1 there, 3 here" in one_line(capsys.readouterr().err, "zero value")


def test_state_of_something_else_is_refused(policy):
    stage = stage_of(policy)
    header, arrays = stage.state()
    with pytest.raises(CheckpointError):
        stage_of(policy, network=NetworkSettings(size="8x1")).load(header, arrays, Path("state"))

