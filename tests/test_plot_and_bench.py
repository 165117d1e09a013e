"""`zero plot` and `zero bench`: a picture of a run, numbers of this machine, or one line."""

import json
import shutil

import pytest
from small_runs import train

import benchmarks.games  # noqa: F401  (it defines kernels: imported later, it would have all others compiled anew)
from zero.cli import main


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


def test_nothing_to_plot(trained, here, refused):
    (here / "file").touch()
    for name, expected in (
        (".", ".: not a run folder, it has no settings.json"),
        ("nowhere", "nowhere: not a run folder, it has no settings.json"),
        ("file", "file/settings.json: cannot be read: "),
    ):
        assert expected in refused("plot", name)
    shutil.copy(trained / "settings.json", here)
    assert refused("plot", ".") == ".: nothing to draw, no generation has ended there"
    assert "file/picture.png" in refused("plot", trained, "--output", "file/picture.png")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["serch"], "unknown part 'serch'"),
        (["games", "--game", "nothing"], "unknown game 'nothing'"),
        (["games", "--seconds", "0"], "expected seconds above 0 and at most 3600, got 0.0"),
        (["search", "--game", "nothing"], "unknown game 'nothing'"),
        (["search", "--checkpoint", "nowhere"], "nowhere: there is no such file or run folder"),
        (["search", "--positions", "0"], "expected positions >= 3, got 0"),
        (["search", "--device", "tpu"], "expected device cpu, cuda or cuda:N, got 'tpu'"),
    ],
)
def test_bad_bench(words, expected, refused):
    assert expected in refused("bench", *words)


@pytest.mark.slow
def test_bench(python):
    done = python("-m", "zero", "bench", "search", "--json", "--positions", "300", "--games", "32")
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
