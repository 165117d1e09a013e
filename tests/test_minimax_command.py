"""`zero minimax` from the outside: its table, JSON, figures, and what it says to bad input."""

import json
import math
import re
import shlex
from functools import partial
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def zero(command):
    return partial(command, "minimax")


def test_the_command_of_the_documentation(zero, tmp_path):
    methods = ["--method", "simgad,extragradient,anchored", "--steps", "2000"]
    status, out, err = zero("rps", *methods, "--plot", "rps.png", "--animate", "rps.gif")
    assert (status, err) == (0, "")
    lines = {
        line.split()[0]: line.split() for line in out.splitlines() if line.startswith(("simgad", "extragradient", "anchored"))
    }
    assert [lines[name][1] for name in ("simgad", "extragradient", "anchored")] == ["diverges", "converges", "converges"]
    assert "wrote rps.png" in out
    with Image.open(tmp_path / "rps.png") as picture:
        assert picture.width > 1000
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 50
    with Image.open(tmp_path / "rps.gif") as picture:
        assert picture.n_frames > 50


def test_json(zero):
    status, out, err = zero("rps", "--json", "--method", "simgad,extragradient,anchored")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["value"] == 0
    assert told["equilibrium"]["player1"] == pytest.approx([1 / 3] * 3)
    methods = told["methods"]
    assert [methods[name]["verdict"] for name in methods] == ["diverges", "converges", "converges"]
    assert math.log(methods["extragradient"]["factor"]) == pytest.approx(math.log(1 - 1 / 27 + 1 / 27**2) / 2, rel=0.01)
    for method in methods.values():
        for player in ("player1", "player2"):
            assert sum(method["strategies"][player]) == pytest.approx(1)
    assert methods["extragradient"]["distance"] < 1e-12
    assert methods["simgad"]["distance"] > 1


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        (["rps", "--method", "all", "--start", "near"], "figure.png"),
        (["rpsls", "--method", "simgad,anchored", "--anchor", "1,0,0,0,0"], "figure.png"),
        (["pennies", "--method", "simgad,alternating", "--start=1,0/-1,0"], "figure.svg"),
        (["random", "--actions", "12", "--seed", "4", "--method", "simgad"], "figure.png"),
        (["random", "--gradients", "sampled", "--samples", "4", "--method", "anchored"], "figure.pdf"),
        (["two_by_three.csv", "--method", "simgad"], "figure.png"),
        (["one.csv", "--method", "simgad"], "figure.png"),
        (["constant.csv", "--method", "simgad", "--start", "near"], "figure.png"),
    ],
)
def test_every_shape_of_game_has_a_picture(zero, tmp_path, words, figure):
    (tmp_path / "two_by_three.csv").write_text("# a game\n3, 0, 1\n0, 2, 1\n\n")
    (tmp_path / "one.csv").write_text("5\n")
    (tmp_path / "constant.csv").write_text("1,1,1\n1,1,1\n1,1,1\n")
    status, _, err = zero(*words, "--steps", "60", "--plot", figure)
    assert (status, err) == (0, "")
    assert (tmp_path / figure).stat().st_size > 5000


def test_a_run_that_overflows_says_so_and_is_drawn(zero, tmp_path):
    status, out, err = zero("rps", "--method", "anchored", "--lambda", "3", "--plot", "over.png")
    assert (status, err) == (0, "")
    assert "diverged at step 1,023" in out
    assert (tmp_path / "over.png").exists()
    told = json.loads(zero("rps", "--method", "anchored", "--lambda", "3", "--json")[1])["methods"]["anchored"]
    assert (told["verdict"], told["diverged_at"]) == ("diverges", 1023)


FILES = {
    "ragged.csv": (b"1,2\n3\n", "line 2: expected 2 numbers as in line 1, got 1"),
    "empty.csv": (b"", "empty"),
    "blank.csv": (b"\n\n", "empty"),
    "text.csv": (b"1,2\n3,rock\n", "line 2, column 2: expected a number, got 'rock'"),
    "nan.csv": (b"1,NaN\n3,4\n", "line 1, column 2: expected a finite number"),
    "inf.csv": (b"1,2\n-inf,4\n", "line 2, column 1: expected a finite number"),
    "hole.csv": (b"1,,2\n3,4,5\n", "line 1, column 2"),
    "binary.csv": (b"\xff\xfe\x00\x01", "expected a CSV file"),
    "quote.csv": (b'"1,2\n3,4\n', "expected a CSV file"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_payoff_files(refused, here, name):
    content, text = FILES[name]
    (here / name).write_bytes(content)
    told = refused("minimax", name)
    assert name in told
    assert text in told


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["rpz"], "did you mean rps"),
        (["missing.csv"], "missing.csv"),
        (["."], "directory"),
        (["rps", "--method", "newton"], "unknown method 'newton'"),
        (["rps", "--method", "simgad,"], "unknown method ''"),
        (["rps", "--alpha", "0"], "expected a step size alpha > 0, got 0"),
        (["rps", "--alpha=-0.5"], "expected a step size alpha > 0, got -0.5"),
        (["rps", "--alpha", "nan"], "expected a step size alpha > 0"),
        (["rps", "--alpha", "fast"], "alpha"),
        (["rps", "--lambda=-1"], "lambda >= 0"),
        (["rps", "--steps", "0"], "steps >= 1"),
        (["rps", "--steps", "1000000000000"], "steps times actions"),
        (["rps", "--start", "1,2"], "expected 3 logits"),
        (["rps", "--start", "1,x,2"], "expected the start as logits"),
        (["rps", "--start", "1,0,0/1,0,0/1,0,0"], "one or two players"),
        (["pennies", "--method", "single"], "antisymmetric"),
        (["random", "--actions", "1"], "2 to 1000 actions"),
        (["rps", "--plot", "figure.txt"], "figure.txt"),
        (["rps", "--plot", "nowhere/figure.png"], "nowhere"),
        (["rps", "--animate", "figure.png"], ".gif"),
        (["rps", "--colour", "red"], "--colour"),
    ],
)
def test_bad_input_is_refused(refused, here, words, text):
    assert text in refused("minimax", *words)


DOCUMENTATION = (Path(__file__).parent.parent / "docs" / "minimax.md").read_text(encoding="utf-8")


def shown_commands():
    """The commands that the documentation shows, each with the rows of its table that stand below it."""
    for block in re.findall(r"```console\n(.*?)```", DOCUMENTATION, re.DOTALL):
        for command in block.split("$ ")[1:]:
            first, *lines = command.splitlines()
            yield shlex.split(first)[2:], [line.split() for line in lines if re.match(r"[a-z-]+  .*\d\.\d{6}", line)]


@pytest.mark.parametrize(("words", "rows"), list(shown_commands()), ids=lambda words: " ".join(map(str, words))[:50])
def test_documentation_shows_what_the_command_prints(zero, words, rows):
    """Verdicts and factors. Paths along the boundary magnify rounding, so that starred factors differ a little elsewhere."""
    if "--plot" in words:
        place = words.index("--plot")
        words = words[:place] + words[place + 2 :]
    told = {line.split()[0]: line.split() for line in zero(*words)[1].splitlines() if line}
    assert rows
    for row in rows:
        method, verdict, factor = row[:3]
        assert told[method][1] == verdict
        assert told[method][2].endswith("*") == factor.endswith("*")
        tolerance = 2e-4 if factor.endswith("*") else 2e-6
        assert float(told[method][2].rstrip("*")) == pytest.approx(float(factor.rstrip("*")), abs=tolerance)
        assert len(row) == 3 or told[method][3] == row[3]


def test_documentation_s_python_runs():
    for block in re.findall(r"```python\n(.*?)```", DOCUMENTATION, re.DOTALL):
        names = {}
        exec(block, names)
    try:
        own = names["run"](names["rock_paper_scissors"](), "heavy")
        assert own.verdict == "diverges"
        assert own.expected_factor is None
    finally:
        del names["METHODS"]["heavy"]


def test_documentation_s_figures_exist():
    shown = re.findall(r"\]\((figures/[^)]+)\)", DOCUMENTATION)
    assert len(shown) > 4
    for name in shown:
        path = Path(__file__).parent.parent / "docs" / name
        assert path.stat().st_size < 150_000
