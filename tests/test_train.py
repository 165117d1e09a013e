"""`zero train`: what it does, what it says, and where it runs."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from own_game import ThreeLoses
from small_checkpoints import write
from small_runs import ROOT, SETTINGS, TESTS, contents, finish, one_line, start, train, words

from games import find, spec_of
from games.conformance import check
from selfplay.asked import default_folder
from selfplay.runs import read_metrics
from selfplay.stopping import Stop, StopTraining
from zero.cli import main
from zero.files import read_arrays


def test_start_from_a_checkpoint(trained, here):
    for i, named in enumerate((trained, trained / "checkpoints" / "000002.safetensors")):
        assert train(f"run{i}", 1, "--start", str(named)) == 0
        (_, mine), (_, theirs) = (
            read_arrays(path, "checkpoint")
            for path in (here / f"run{i}/checkpoints/000000.safetensors", trained / "checkpoints/000002.safetensors")
        )
        assert all(mine[name].tobytes() == theirs[name].tobytes() for name in theirs)
        assert {*mine} == {*theirs}
    assert contents(here / "run0") == contents(here / "run1")
    assert contents(here / "run0")["000001.safetensors"] != contents(trained)["000001.safetensors"]
    before = contents(here / "run0")
    assert train("run0", 2, "--start", str(trained)) == 0
    assert contents(here / "run0")["000001.safetensors"] == before["000001.safetensors"]


def test_start_from_a_checkpoint_that_does_not_fit(trained, here, capsys):
    write(here / "four.safetensors", find("connect_four"))
    (here / "empty.safetensors").touch()
    shutil.copy(trained / "records" / "000001.safetensors", here / "records.safetensors")
    (here / "folder").mkdir()
    for name, expected in (
        ("four.safetensors", "expected a network for tic_tac_toe, got one for connect_four:rows=6,columns=7"),
        ("empty.safetensors", "expected a checkpoint of this engine, got an empty file"),
        ("records.safetensors", "expected a checkpoint of this engine, got one of its records files"),
        ("folder", "expected a run folder with checkpoints/*.safetensors, found none there"),
    ):
        assert train("run", 1, "--start", name) == 2
        assert expected in one_line(capsys.readouterr().err)
    assert train("run", 1, "--start", str(trained), "--network.size", "8x2") == 2
    assert "000002.safetensors: its network is NetworkSettings(size='8x1'" in one_line(capsys.readouterr().err)
    assert train("run", 1, "--start", str(trained)) == 0  # the right one after so many wrong ones
    assert train("run", 2) == 0  # where it began needs no repeating
    assert train("run", 3, "--start", str(trained / "checkpoints/000000.safetensors")) == 2
    assert "belongs to other settings: start is " in one_line(capsys.readouterr().err)


def test_what_a_run_began_with_needs_no_repeating(trained, here, capsys):
    shutil.copytree(trained, here / "run")
    before = (here / "run/settings.json").read_bytes()
    assert main(["train", "tic_tac_toe", "--run", "run", "--generations", "3", "--no-compile", "--threads", "1"]) == 0
    assert (here / "run/settings.json").read_bytes() == before
    assert train("again", 3) == 0
    assert (here / "run/checkpoints/000003.safetensors").read_bytes() == (
        here / "again/checkpoints/000003.safetensors"
    ).read_bytes()


def test_time_ends_after_a_generation(here, capsys):
    """However short it is, each call brings the run on."""
    for count in (1, 2):
        assert main([*words("run", 0)[:-2], "--time", "0.01s"]) == 0
        out = capsys.readouterr().out
        assert f"{count} generations in run" in out
        assert out.count("\ngeneration ") == 1
        assert re.search(r"  left 0:00$", out, re.MULTILINE)


def test_plain_lines_where_there_is_no_terminal(here, capsys):
    assert train("run", 2) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    lines = out.splitlines()
    assert lines[0] == "tic_tac_toe: training in run on cpu with 1 threads"
    pattern = r"generation 1  games \d+  sims/s [\d,]+  cache \d+%  policy loss \d\.\d{3}  value loss \d\.\d{3}  "
    pattern += r"rating \+0  seconds \d+\+\d+"
    assert re.fullmatch(pattern, lines[1])
    assert lines[2].startswith("generation 2 ")
    assert re.fullmatch(r"\d+ games, \d+ positions, 2 generations in run", lines[3])
    assert re.fullmatch(r"with 8 simulations a move it won \d+, drew \d+, lost \d+ of 40 games against mcts:32, .*", lines[4])
    assert lines[5:] == ["play it:   zero play tic_tac_toe --opponent run", "match it:  zero match run mcts:1000"]


def test_run_folder_is_named_for_the_game():
    class Needy(NamedTuple):
        board: int
        komi: float = 7.0
        name = "needy"

    for game, name in (
        (find("tic_tac_toe"), "tic_tac_toe"),
        (find("connect_four"), "connect_four"),
        (find("connect_four:rows=5"), "connect_four-rows5"),
        (Needy(9), "needy-board9"),
        (Needy(9, 5.5), "needy-board9-komi5.5"),
    ):
        assert default_folder(game) == Path("runs") / name


def test_without_a_compiler(here):
    """One line says so, and it goes on."""
    command = [word for word in words(here / "run", 1) if word != "--no-compile"]
    variables = {"PATH": "", "CXX": "/nowhere/g++", "TORCHINDUCTOR_CACHE_DIR": str(here / "cache")}
    status, out, err = finish(start(command, **variables))
    assert status == 0
    assert one_line(err).startswith("the network runs uncompiled, slower: ")
    assert "1 generations in" in out


def test_metrics_and_tensorboard(trained):
    names = "generation games positions policy_loss value_loss rating simulations_per_second cached_share terminal_share"
    for number, line in enumerate(read_metrics(trained), start=1):
        assert {*names.split()} <= {*line}
        assert line["generation"] == number
        assert 0 <= line["cached_share"] <= 1
    assert [path for path in (trained / "tensorboard").iterdir() if path.name.startswith("events.out.tfevents")]


def test_ratings(here, capsys):
    assert train("run", 2, "--rating-seconds", "0.0001") == 0
    assert [line["rated_generation"] for line in read_metrics(here / "run")] == [1, 2]
    assert train("run", 3) == 0
    assert read_metrics(here / "run")[2]["rating"] == read_metrics(here / "run")[1]["rating"]


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for flag in (
        "--time",
        "--search.simulations",
        "--network.size",
        "--selfplay.games",
        "--learning.ema",
        "--start",
        "--settings",
    ):
        assert flag in out


def test_closed_pipe_ends_quietly(here):
    process = start(words(here / "run", 50))
    assert process.stdout.readline().startswith("tic_tac_toe: training in ")
    process.stdout.close()
    with process:
        assert process.stderr.read() == ""
    assert process.returncode == 0
    done = len(contents(here / "run"))
    assert 1 <= done < 51
    assert train(here / "run", done) == 0


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """One's own game, trained from its own folder, with LANG=C, a home that cannot be written to, on one core."""
    folder = tmp_path_factory.mktemp("strange")
    shutil.copy(TESTS / "own_game.py", folder)
    (folder / "file").touch()
    variables = {"HOME": str(folder / "file" / "home"), "LANG": "C", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **variables}
    environment.pop("XDG_CACHE_HOME", None)
    code = "import os, sys; os.sched_setaffinity(0, {0}); from zero.cli import main; sys.exit(main())"
    command = [sys.executable, "-P", "-c", code, "train", "own_game:ThreeLoses:size=3", *SETTINGS, "--generations", "3"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=500)
    return folder, done


def test_own_game_obeys_the_laws():
    for size in (3, 4, 5, 7):
        report = check(ThreeLoses(size), games=10)
        assert report.symmetries == 8
        assert report.longest <= size**2


def test_own_game_is_trained(strange):
    folder, done = strange
    assert (done.returncode, done.stderr) == (0, "")
    run = folder / "runs" / "three_loses-size3"
    assert len(contents(run)) == 4
    assert json.loads((run / "settings.json").read_text())["game"] == spec_of(ThreeLoses(3)) == "own_game:ThreeLoses:size=3"
    # What to try next can be typed as it stands: the run is of this size and no other.
    assert "zero play own_game:ThreeLoses:size=3 --opponent runs/three_loses-size3\n" in done.stdout


def test_strange_surroundings(strange):
    """A home that cannot be written to, an old locale, one core: it ran, in plain text."""
    _, done = strange
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "training in runs/three_loses-size3 on cpu with 1 threads\n" in done.stdout


def test_ascii_terminal(python):
    """Also where Python may write nothing but ASCII."""
    variables = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = python("-m", "zero", "train", "tic_tac_toe", "--sead", "3", **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zero train: Unrecognized options: --sead, 3\n"
    done = python("-m", "zero", "train", "--help", **variables)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_ctrl_c_does():
    """Once lets the generation in progress end, twice ends it, as SIGTERM does; and so does once where there is none."""
    stop = Stop()
    stop.in_generation = True
    stop(signal.SIGINT, None)
    assert stop.asked
    stop.check()
    with pytest.raises(StopTraining):
        stop(signal.SIGINT, None)
    for in_generation, number in ((True, signal.SIGTERM), (False, signal.SIGTERM), (False, signal.SIGINT)):
        stop = Stop()
        stop.in_generation = in_generation
        with pytest.raises(StopTraining):
            stop(number, None)
        assert stop.asked
        with pytest.raises(StopTraining):
            stop.check()  # whoever swallowed the first one meets it again


def test_signals_are_given_back(here):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert train("run", 1) == 0
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
