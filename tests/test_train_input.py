"""Settings from flags and files: what is asked for is done, or refused in one line with exit status 2."""

import json
import os
import re

import pytest
import torch
from small_runs import SETTINGS, contents, one_line, train

from selfplay.settings import LearningSettings, SelfPlaySettings
from selfplay.stopping import seconds
from zero.cli import main
from zero.errors import SettingsError

SELFPLAY, LEARNING = SelfPlaySettings, LearningSettings


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
        (["tic_tac_toe", "--seed", "-1"], "expected a seed from 0 to 2**62 - 1, got -1"),
        (["tic_tac_toe", "--generations", "0"], "expected generations >= 1, got 0"),
        (["tic_tac_toe", "--threads", "0"], "expected threads >= 1, got 0"),
        (["tic_tac_toe", "--rating-seconds", "-1"], "expected rating_seconds >= 0, got -1.0"),
        (["tic_tac_toe", "--rating-seconds", "nan"], "expected rating_seconds >= 0, got nan"),
        (["tic_tac_toe", "--time", "soon"], "expected a time such as 90s, 10m, 2h or 1d, got 'soon'"),
        (["tic_tac_toe", "--search.simulations", "0"], "expected simulations >= 1, got 0"),
        (["tic_tac_toe", "--search.simulations", "1.5"], "Error parsing --search.simulations"),
        (["tic_tac_toe", "--search.policy", "alpha"], "invalid choice 'alpha' for argument '--search.policy'"),
        (["tic_tac_toe", "--search.reuse"], "reuse belongs to policy puct, but policy is auto"),
        (["tic_tac_toe", "--search.noise", "0.3"], "noise belongs to policy puct, but policy is auto"),
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
    with pytest.raises(SettingsError, match=r"^expected a time"):
        seconds(text)


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
        ("[search]\nreuse = true", "reuse belongs to policy puct, but policy is auto"),
        ("[search]\npolicy = 'alpha'", "my.toml: policy: expected auto or gumbel or puct, got 'alpha'"),
        ("[search]\npolicy = 1", "my.toml: policy: expected auto or gumbel or puct, got 1"),
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


def test_paths_in_a_settings_file(here):
    assert train("first", 1) == 0
    (here / "my.toml").write_text("run = 'elsewhere'\nstart = 'first'\ngenerations = 1\n")
    assert main(["train", "tic_tac_toe", "--settings", "my.toml", *SETTINGS]) == 0
    assert len(contents(here / "elsewhere")) == 2


def test_settings_file_that_is_a_folder(here, capsys):
    assert main(["train", "tic_tac_toe", "--settings", "."]) == 2
    assert one_line(capsys.readouterr().err).startswith("settings file .: ")
