"""`zero train`, `zero plot` and `zero bench` from the command line: what is asked for is done, or refused in one line."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from small_checkpoints import write
from small_runs import ROOT, SETTINGS, TESTS, contents, finish, one_line, start, train, words

from games import find, spec_of
from games.conformance import check
from own_game import ThreeLoses
from selfplay.runs import read_metrics
from selfplay.settings import LearningSettings, SelfPlaySettings, Settings
from selfplay.train import Stop, StopTraining, seconds
from zero.cli import main
from zero.errors import SettingsError
from zero.files import read_arrays
from zero.search.settings import SearchSettings


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of two generations."""
    run = tmp_path_factory.mktemp("trained") / "run"
    assert train(run, 2) == 0
    return run


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ([], "STR NAME[:PARAMETER=VALUE,...]"),
        (["chess_960"], "unknown game 'chess_960'"),
        (["conect_four"], "(did you mean connect_four?)"),
        (["connect_four:rows=99"], "expected rows from 4 to 8, got 99"),
        (["nowhere:Game"], "there is no module 'nowhere'"),
        (["tic_tac_toe", "tic_tac_toe"], "Unrecognized options: tic_tac_toe"),
        (["tic_tac_toe", "--sead", "3"], "Unrecognized options: --sead, 3"),
        (["tic_tac_toe", "--search.sims", "3"], "Unrecognized options: --search.sims, 3"),
        (["tic_tac_toe", "--sead", "3", "--tme", "4s"], "Unrecognized options: --sead, 3, --tme, 4s"),
        (["tic_tac_toe", "--seed", "x"], "Error parsing --seed: invalid literal for int() with base 10: 'x'"),
        (["tic_tac_toe", "--seed"], "Missing value for argument '--seed'"),
        (["tic_tac_toe", "--seed", "-1"], "expected seed from 0 to 2^62, got -1"),
        (["tic_tac_toe", "--generations", "0"], "expected generations >= 1, got 0"),
        (["tic_tac_toe", "--threads", "0"], "expected threads >= 1, got 0"),
        (["tic_tac_toe", "--rating-seconds", "-1"], "expected rating_seconds >= 0, got -1.0"),
        (["tic_tac_toe", "--rating-seconds", "nan"], "expected rating_seconds >= 0, got nan"),
        (["tic_tac_toe", "--time", "soon"], "expected a time such as 90s, 10m, 2h or 1d, got 'soon'"),
        (["tic_tac_toe", "--search.simulations", "0"], "expected simulations >= 1, got 0"),
        (["tic_tac_toe", "--search.simulations", "1.5"], "Error parsing --search.simulations"),
        (["tic_tac_toe", "--search.policy", "alpha"], "invalid choice 'alpha' for argument '--search.policy'"),
        (["tic_tac_toe", "--search.reuse"], "reuse belongs to policy puct, but policy is gumbel"),
        (["tic_tac_toe", "--search.noise", "0.3"], "noise belongs to policy puct, but policy is gumbel"),
        (["tic_tac_toe", "--selfplay.temperature", "0.5"], "temperature belongs to policy puct, but policy is gumbel"),
        (["tic_tac_toe", "--network.size", "vast"], "expected size auto, tiny, small, medium, large, huge or CHANNELSxBLOCKS"),
        (["tic_tac_toe", "--learning.gate", "x"], "Error parsing --learning.gate"),
        (["tic_tac_toe", "--learning.gate", "2"], "expected gate from 0 to 1, got 2.0"),
        (["tic_tac_toe", "--learning.policy-target", "best"], "invalid choice 'best'"),
        (["tic_tac_toe", "--settings", "nowhere.toml"], "settings file nowhere.toml: "),
        (["tic_tac_toe", "--start", "nowhere"], "nowhere: there is no such file or run folder"),
        (["tic_tac_toe", "--device", "tpu"], "expected device cpu, cuda or cuda:N, got 'tpu'"),
        (["tic_tac_toe", "--search.simulations", "1000000000"], "take fewer games or simulations"),
        (["connect_four", "--selfplay.games", "1000000000", "--no-compile"], "take fewer games or simulations"),
    ],
)
def test_bad_input(command, expected, here, capsys):
    assert main(["train", *command]) == 2
    written = capsys.readouterr()
    assert expected in one_line(written.err)
    assert "  " not in written.err
    assert "---" not in written.err
    assert "Traceback" not in written.out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
def test_no_cuda(here, capsys):
    assert main(["train", "tic_tac_toe", "--device", "cuda"]) == 2
    line = one_line(capsys.readouterr().err)
    assert line == "device cuda: this machine or this build of torch has no CUDA; use --device cpu"
    assert os.listdir(here) == []


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("1.5h", 5400), (".5s", 0.5)]
)
def test_times(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "10", "m10", "10w", "10M", "-3s", "0s", "nans", "infd", "1e30d", "ten m", "10mm"])
def test_bad_times(text):
    with pytest.raises(SettingsError, match="^expected a time"):
        seconds(text)


SELFPLAY, LEARNING = SelfPlaySettings, LearningSettings


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *((SELFPLAY, name, 0) for name in ("games", "positions", "quick_simulations", "threads")),
        *((SELFPLAY, name, -0.1) for name in ("opening_share", "full_share", "resign_false_positives", "play_on_share")),
        *((SELFPLAY, name, 1.1) for name in ("opening_share", "full_share", "resign_false_positives", "play_on_share")),
        *((SELFPLAY, name, value) for name in ("temperature", "temperature_end", "temperature_half_life") for value in (0, -1.0)),
        *((SELFPLAY, name, -1) for name in ("opening_plies", "cache_mb")),
        *((LEARNING, name, 0) for name in ("batch_size", "window", "decay_steps", "gate_games")),
        *((LEARNING, name, 0.0) for name in ("samples_per_position", "learning_rate", "gradient_clip")),
        *((LEARNING, name, 1.5) for name in ("search_value_share", "surprise", "gate", "ema")),
        *((LEARNING, name, -1) for name in ("warmup_steps", "weight_decay", "value_weight", "ema")),
        (LEARNING, "ema", 1.0),
        (LEARNING, "policy_target", "best"),
    ],
)
def test_settings_that_make_no_sense(kind, name, value):
    with pytest.raises(SettingsError, match=f"^expected {name} .*{re.escape(str(value))}"):
        kind(**{name: value})


@pytest.mark.parametrize("kind", [SELFPLAY, LEARNING])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(kind, value):
    names = [name for name, default in vars(kind()).items() if isinstance(default, float)] + (
        ["temperature_half_life"] if kind is SELFPLAY else ["gate"]
    )
    for name in names:
        with pytest.raises(SettingsError, match=f"^expected {name} "):
            kind(**{name: value})


@pytest.mark.parametrize("name", ["temperature", "temperature_end", "temperature_half_life"])
def test_temperatures_belong_to_puct(name):
    selfplay = SelfPlaySettings(**{name: 0.3})
    assert Settings(search=SearchSettings(policy="puct"), selfplay=selfplay).selfplay == selfplay
    with pytest.raises(SettingsError, match=f"^{name} belongs to policy puct, but policy is gumbel"):
        Settings(selfplay=selfplay)


TOML = """
seed = 5
generations = 3

[search]
simulations = 7
c_scale = 1

[selfplay]
games = 9
opening-share = 0.25

[learning]
gate = 0.5
policy_target = "action"
"""


def test_file_and_flags_combine(here):
    """Flags count for more than the file, the file for more than what is usual."""
    (here / "my.toml").write_text(TOML)
    flags = ["--selfplay.positions", "40", "--search.simulations", "6", "--generations", "1", "--no-compile"]
    flags += ["--network.size", "8x1", "--learning.gate-games", "2", "--rating-seconds", "0"]
    assert main(["train", "tic_tac_toe", "--settings", "my.toml", *flags]) == 0
    content = json.loads((here / "runs" / "tic_tac_toe" / "settings.json").read_text())
    settings = content["settings"]
    assert content["seed"] == 5
    assert settings["search"]["simulations"] == 6
    assert settings["search"]["c_scale"] == 1.0
    assert (settings["selfplay"]["games"], settings["selfplay"]["positions"]) == (9, 40)
    assert settings["selfplay"]["opening_share"] == 0.25
    assert (settings["learning"]["gate"], settings["learning"]["policy_target"]) == (0.5, "action")
    assert settings["learning"]["batch_size"] == LearningSettings().batch_size
    assert len(contents(here / "runs" / "tic_tac_toe")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sead = 1", "my.toml: unknown setting 'sead', expected one of game, time, "),
        ("[search]\nsims = 1", "my.toml: unknown setting 'sims', expected one of policy, simulations, "),
        ("[serach]\nsimulations = 1", "my.toml: unknown setting 'serach'"),
        ("search = 5", "my.toml: expected a table for search, got 5"),
        ("seed = 'x'", "my.toml: seed: expected int, got 'x'"),
        ("seed = 1.5", "my.toml: seed: expected int, got 1.5"),
        ("seed = true", "my.toml: seed: expected int, got True"),
        ("time = 5", "my.toml: time: expected str, got 5"),
        ("time = 'soon'", "expected a time such as 90s, 10m, 2h or 1d, got 'soon'"),
        ("generations = 'five'", "my.toml: generations: expected int, got 'five'"),
        ("generations = 2.0", "my.toml: generations: expected int, got 2.0"),
        ("run = 5", "my.toml: run: expected Path, got 5"),
        ("compile = 1", "my.toml: compile: expected bool, got 1"),
        ("[search]\nnoise = 'lots'", "my.toml: noise: expected float, got 'lots'"),
        ("[search]\nnoise = true", "my.toml: noise: expected float, got True"),
        ("[search]\nsimulations = 0", "expected simulations >= 1, got 0"),
        ("[search]\nreuse = true", "reuse belongs to policy puct, but policy is gumbel"),
        ("[search]\npolicy = 'alpha'", "my.toml: policy: expected gumbel or puct, got 'alpha'"),
        ("[search]\npolicy = 1", "my.toml: policy: expected gumbel or puct, got 1"),
        ("[network]\nsize = 5", "my.toml: size: expected str, got 5"),
        ("[selfplay]\nthreads = []", "my.toml: threads: expected int, got []"),
        ("[[selfplay]]\nthreads = 1", "my.toml: expected a table for selfplay, got [{'threads': 1}]"),
        ("[selfplay", "settings file my.toml: "),
        ("\udcff", "settings file my.toml: "),
    ],
)
def test_bad_settings_file(text, expected, here, capsys):
    (here / "my.toml").write_text(text, errors="surrogateescape")
    assert main(["train", "tic_tac_toe", "--settings", "my.toml"]) == 2
    assert expected in one_line(capsys.readouterr().err)
    assert os.listdir(here) == ["my.toml"]


def test_paths_in_a_settings_file(here, trained):
    path = trained / "checkpoints" / "000002.safetensors"
    (here / "my.toml").write_text(f"run = 'elsewhere'\nstart = '{path}'\ngenerations = 1\n")
    assert main(["train", "tic_tac_toe", "--settings", "my.toml", *SETTINGS]) == 0
    assert len(contents(here / "elsewhere")) == 2


def test_settings_file_that_is_a_folder(here, capsys):
    assert main(["train", "tic_tac_toe", "--settings", "."]) == 2
    assert one_line(capsys.readouterr().err).startswith("settings file .: ")


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
    assert train("run", 2) == 2
    assert "belongs to other settings: start is " in one_line(capsys.readouterr().err)


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
    pattern = r"generation 1  games \d+  sims/s [\d,]+  cache \d+%  policy loss \d\.\d{3}  value loss \d\.\d{3}  rating \+0  seconds \d+\+\d+"
    assert re.fullmatch(pattern, lines[1])
    assert lines[2].startswith("generation 2 ")
    assert re.fullmatch(r"\d+ games, \d+ positions, 2 generations in run", lines[3])
    assert re.fullmatch(r"with 8 simulations a move it won \d+, drew \d+, lost \d+ of 40 games against mcts:32, .*", lines[4])
    assert lines[5:] == ["play it:   zero play tic_tac_toe --opponent run", "match it:  zero match run mcts:1000"]


def test_what_is_said_at_the_end_can_be_typed(here, capsys):
    """The game with its parameters: the run is of this size and no other."""
    assert main(["train", "own_game:ThreeLoses:size=3", *SETTINGS, "--run", "run", "--generations", "1"]) == 0
    assert "zero play own_game:ThreeLoses:size=3 --opponent run\n" in capsys.readouterr().out


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
    for flag in ("--time", "--search.simulations", "--network.size", "--selfplay.games", "--learning.ema", "--start", "--settings"):
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
    command = [sys.executable, "-P", "-c", code, "train", "own_game:ThreeLoses", *SETTINGS, "--generations", "3"]
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
    run = folder / "runs" / "three_loses"
    assert len(contents(run)) == 4
    assert json.loads((run / "settings.json").read_text())["game"] == spec_of(ThreeLoses(4)) == "own_game:ThreeLoses:size=4"
    assert "zero play own_game:ThreeLoses --opponent runs/three_loses\n" in done.stdout


def test_strange_surroundings(strange):
    """A home that cannot be written to, an old locale, one core: it ran, in plain text."""
    _, done = strange
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "training in runs/three_loses on cpu with 1 threads\n" in done.stdout


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
    with pytest.raises(StopTraining):
        stop(signal.SIGINT, None)
    for in_generation, number in ((True, signal.SIGTERM), (False, signal.SIGTERM), (False, signal.SIGINT)):
        stop = Stop()
        stop.in_generation = in_generation
        with pytest.raises(StopTraining):
            stop(number, None)
        assert stop.asked


def test_signals_are_given_back(here):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert train("run", 1) == 0
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_plot(trained, tmp_path, capsys):
    assert main(["plot", str(trained), "--output", str(tmp_path / "picture.png")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'picture.png'}\n"
    content = (tmp_path / "picture.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) > 10_000


def test_plot_of_a_run_without_losses(here, capsys):
    assert train("run", 1, "--learning.samples-per-position", "0.001") == 0
    assert main(["plot", "run"]) == 0
    assert (here / "run" / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_to_plot(trained, here, capsys):
    (here / "file").touch()
    for name, expected in (
        (".", ".: not a run folder, it has no settings.json"),
        ("nowhere", "nowhere: not a run folder, it has no settings.json"),
        ("file", "file/settings.json: cannot be read: "),
    ):
        assert main(["plot", name]) == 2
        assert expected in one_line(capsys.readouterr().err, "zero plot")
    shutil.copy(trained / "settings.json", here)
    assert main(["plot", "."]) == 2
    assert one_line(capsys.readouterr().err, "zero plot") == ".: nothing to draw, no generation has ended there"
    assert main(["plot", str(trained), "--output", "file/picture.png"]) == 2
    one_line(capsys.readouterr().err, "zero plot")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["serch"], "invalid choice 'serch'"),
        (["search", "--game", "nothing"], "unknown game 'nothing'"),
        (["search", "--checkpoint", "nowhere"], "nowhere: there is no such file or run folder"),
        (["search", "--seconds", "0"], "expected games >= 1, threads >= 1 and seconds > 0"),
        (["search", "--device", "tpu"], "expected device cpu, cuda or cuda:N, got 'tpu'"),
    ],
)
def test_bad_bench(command, expected, capsys):
    assert main(["bench", *command]) == 2
    assert expected in one_line(capsys.readouterr().err, "zero bench")


@pytest.mark.slow
def test_bench(python):
    done = python("-m", "zero", "bench", "search", "--json", "--seconds", "0.5", "--games", "32")
    assert (done.returncode, done.stderr) == (0, "")
    numbers = json.loads(done.stdout)
    for name in (
        "tree_simulations_per_second",
        "bare_network_positions_per_second",
        "eager_float32_positions_per_second",
        "matmul_peak_share",
        "selfplay_simulations_per_second_uncached",
        "selfplay_simulations_per_second_cached",
        "cache_hit_share",
    ):
        assert numbers[name] > 0, name
    assert numbers["cache_hit_share"] < 1
