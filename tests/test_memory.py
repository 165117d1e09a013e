"""How much memory is left: of the machine, and of the control groups that a container sets."""

import pytest

from games import find
from zero import memory, network
from zero.cli import main
from zero.errors import SettingsError
from zero.network import NetworkSettings, new_network


def group(folder, limit, used, cached=0):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\n")


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "cgroup"
    path.write_text("4:memory:/elsewhere\n0::/outer/inner\n")
    return path


def test_the_tightest_group_counts(tmp_path, mine):
    group(tmp_path / "groups/outer/inner", 1000, 100)
    assert memory._of_the_group(tmp_path / "groups", mine) == 900
    group(tmp_path / "groups/outer", 2000, 1500, cached=300)
    assert memory._of_the_group(tmp_path / "groups", mine) == 800
    group(tmp_path / "groups", 500, 900)
    assert memory._of_the_group(tmp_path / "groups", mine) == 0


def test_no_limit(tmp_path, mine):
    assert memory._of_the_group(tmp_path / "groups", mine) == memory.UNLIMITED
    group(tmp_path / "groups/outer/inner", "max", 100)
    assert memory._of_the_group(tmp_path / "groups", mine) == memory.UNLIMITED
    assert memory._of_the_group(tmp_path / "groups", tmp_path / "nothing") == memory.UNLIMITED


def test_the_machine(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    7 kB\n")
    assert memory._of_the_machine(tmp_path / "meminfo") == 7 * 1024
    assert memory._of_the_machine(tmp_path / "nothing") == memory.UNLIMITED
    assert 0 < memory.free_memory() <= memory.UNLIMITED


def test_a_network_that_would_not_fit(monkeypatch):
    game = find("tic_tac_toe")
    monkeypatch.setattr(network, "free_memory", lambda: 100_000)
    new_network(game, NetworkSettings(size="16x2"), 0)  # some 54 thousand bytes
    with pytest.raises(SettingsError, match=r"a network of size 64x5 takes .* GiB here, but 0.0 GiB of memory is free"):
        new_network(game, NetworkSettings(size="64x5"), 0)


def test_a_run_that_would_not_fit(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "tic_tac_toe", "--network.size", "9999x200"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("zero train: a network of size 9999x200 takes ")
    assert line.count("\n") == 1


def test_memory_that_runs_out(capsys, monkeypatch):
    def run_out(arguments):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    monkeypatch.setattr("zero.check.main", run_out)
    assert main(["check", "tic_tac_toe"]) == 2
    assert capsys.readouterr().err == (
        "zero check: not enough memory: take a smaller network, fewer games at once or fewer simulations\n"
    )
