"""What all tests share: hypothesis without deadlines (kernels compile on their first call), and fresh interpreters."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import small_runs
from hypothesis import settings

from zero.cli import main

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("zero", deadline=None, print_blob=True)
settings.load_profile("zero")
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell's background job; what it starts would not hear Ctrl-C either
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def random(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator whose seed is the name of the test, so that every run of a test sees the same numbers."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in a process of its own, in a folder of its own.

    Called with the interpreter's arguments, and with environment variables as keywords (None removes one). Warnings are
    not errors there.
    """

    def run(*arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        given = {name: value for name, value in environment.items() if value is not None}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process, in an empty folder: called with its words, it returns exit status, output, error output."""

    def run(*words: object) -> tuple[int, str, str]:
        status = main([*map(str, words)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that is to be refused: exit status 2, no output, one line on stderr, no traceback.

    Called with the words of the command, it returns what the line says after the command's name.
    """

    def run(*words: object) -> str:
        capsys.readouterr()
        assert main([*map(str, words)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        return small_runs.one_line(captured.err, f"zero {words[0]}")

    return run


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """The clock of searches by the second, which goes on a hundredth of a second at each look, however much else there is to do.

    Called, it returns the time.
    """
    count = itertools.count()
    monkeypatch.setattr("arena.analysis.analyst.time", SimpleNamespace(monotonic=lambda: next(count) / 100))
    return lambda: next(count) / 100


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two generations."""
    run = tmp_path_factory.mktemp("trained") / "run"
    assert small_runs.train(run, 2) == 0
    return run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted, the same for all tests; not to be written to."""
    return small_runs.undisturbed_run(tmp_path_factory.getbasetemp())


@pytest.fixture
def begun(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the first three generations of that run, to be written to."""
    return small_runs.begun_run(tmp_path_factory.getbasetemp(), tmp_path / "begun")
