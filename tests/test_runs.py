"""Runs that survive: whatever ends one, it goes on to the same networks, bit for bit."""

import os
import random
import shutil
import signal
import time

import pytest
from small_runs import (
    DEADLY,
    LAST,
    RESIGN,
    contents,
    finish,
    generations,
    one_line,
    same_networks,
    start,
    train,
    words,
)

from selfplay import loop as loop_module
from selfplay.learner import Learner
from selfplay.runs import read_metrics
from zero.files import read_arrays, write_bytes


def killed(run, chance, seconds):
    """Train until SIGKILL comes: at a random file operation, or a random time after a random generation has ended."""
    if chance.random() < 0.5:
        process = start(words(run, LAST, *RESIGN), DEADLY.format(operations=chance.randint(1, 40)))
    else:
        process = start(words(run, LAST, *RESIGN))
        for _ in range(chance.randint(1, 4)):
            process.stdout.readline()
        time.sleep(chance.random() * seconds)
        process.send_signal(signal.SIGKILL)
    status, _, err = finish(process)
    assert status in (0, -signal.SIGKILL), err
    return status == -signal.SIGKILL


@pytest.mark.parametrize("kills", [4, pytest.param(80, marks=pytest.mark.slow)])
def test_killed_at_random_moments(undisturbed, tmp_path, kills):
    chance, run = random.Random(kills), tmp_path / "run"
    for _ in range(kills):
        if not killed(run, chance, 0.3):
            shutil.rmtree(run)  # this one reached its end: begin again
        if (run / "checkpoints").is_dir():
            for name, content in contents(run).items():
                assert name.endswith(".part") or content == contents(undisturbed)[name], name
    assert train(run, LAST, *RESIGN) == 0
    same_networks(run, undisturbed)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(undisturbed, tmp_path, how):
    run = tmp_path / "run"
    process = start(words(run, LAST, *RESIGN))
    while not process.stdout.readline().startswith("generation 1 "):
        pass
    process.send_signal(how)
    status, out, err = finish(process)
    assert (status, err) == (0, "")
    last = len(contents(run)) - 1
    assert f"{last} generations in {run}" in out
    assert "of 40 games against" not in out  # a match is not what one waits for now
    assert ("is the last one on the disk" in out) == (how == signal.SIGTERM)
    assert train(run, LAST, *RESIGN) == 0
    same_networks(run, undisturbed)


def test_stopped_before_it_has_begun(tmp_path):
    process = start(words(tmp_path / "run", LAST, *RESIGN))
    assert process.stdout.readline().startswith("tic_tac_toe: training in ")
    process.send_signal(signal.SIGTERM)
    status, out, err = finish(process)
    assert (status, err) == (0, "")
    assert "stopped" in out


def test_in_several_calls(undisturbed, tmp_path, capsys):
    run = tmp_path / "run"
    for last in (1, 2, 5, 5, LAST):
        assert train(run, last, *RESIGN) == 0
    assert "going on after generation 5\n" in capsys.readouterr().out
    same_networks(run, undisturbed)
    mine, theirs = read_metrics(run), read_metrics(undisturbed)
    for one, two in zip(mine, theirs, strict=True):
        for name in ("generation", "games", "positions", "policy_loss", "value_loss", "resigned", "cached_share"):
            assert one[name] == two[name], name


def test_another_process_comes_to_the_same_networks(undisturbed, tmp_path):
    """In another folder, at another time: nothing of these is in a checkpoint."""
    run = tmp_path / "another" / "place"
    status, out, err = finish(start(words(run, 3, *RESIGN)))
    assert (status, err) == (0, "")
    assert "3 generations" in out
    for name, content in contents(run).items():
        assert content == contents(undisturbed)[name], name


def test_gate_goes_on_with_the_network_that_plays(tmp_path):
    flags = ("--learning.gate", "0.55", "--learning.gate-games", "4")
    one, two = tmp_path / "one", tmp_path / "two"
    assert train(one, 4, *flags) == 0
    for last in (1, 2, 3, 4):
        assert train(two, last, *flags) == 0
    assert contents(one) == contents(two)
    accepted = [line["accepted"] for line in read_metrics(one)]
    assert 0.0 in accepted
    networks = list(contents(one).values())
    assert len(networks) == 5


def test_an_old_network_plays_on_where_the_gate_is_shut(tmp_path, monkeypatch):
    class Lost:
        def tally(self):
            return self

        score = 0.2

    monkeypatch.setattr(loop_module, "play_match", lambda *arguments, **named: Lost())
    run = tmp_path / "run"
    assert train(run, 2, "--learning.gate", "0.55") == 0
    arrays = [read_arrays(run / "checkpoints" / name, "checkpoint")[1] for name in generations(2)]
    assert all(arrays[0][name].tobytes() == arrays[2][name].tobytes() for name in arrays[0])
    assert [line["accepted"] for line in read_metrics(run)] == [0.0, 0.0]


def test_diverging_training_keeps_its_checkpoints(begun, capsys, tmp_path):
    run = tmp_path / "diverging"
    several_steps = ["--selfplay.ramp", "1"]  # in the first generation: what the first one does is seen in the second
    assert train(run, 2, "--learning.learning-rate", "1e30", "--learning.gradient-clip", "1e30", *several_steps) == 2
    line = one_line(capsys.readouterr().err)
    assert line.endswith("the loss is not a finite number; lower --learning.learning-rate")
    assert [*contents(run)] == generations(0)


def test_numbers_of_an_interrupted_generation_are_not_told(begun, monkeypatch, capsys):
    """Stopped in the midst of learning: what is told is what is on the disk."""

    def stop(learner, samples):
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal was to come first")

    lines = read_metrics(begun)
    monkeypatch.setattr(Learner, "learn", stop)
    assert train(begun, 5, *RESIGN) == 0
    out = capsys.readouterr().out
    assert "stopped; generation 3 is the last one on the disk\n" in out
    assert f"{lines[-1]['games']} games, {lines[-1]['positions']} positions, 3 generations in {begun}\n" in out


def test_half_written_run_folder_of_a_first_call(tmp_path, undisturbed):
    """Killed after the settings, before the first network."""
    run = tmp_path / "run"
    run.mkdir()
    write_bytes(run / "settings.json", (undisturbed / "settings.json").read_bytes())
    assert train(run, 1, *RESIGN) == 0
    assert contents(run)["000001.safetensors"] == contents(undisturbed)["000001.safetensors"]
