"""Trainings of a few seconds, in this process or in one of their own that can be killed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from games import jit
from zero.cli import main

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SETTINGS = ["--network.size", "8x1", "--network.value-hidden", "8", "--no-compile", "--threads", "1", "--rating-seconds", "0"]
SETTINGS += ["--search.simulations", "8", "--selfplay.games", "16", "--selfplay.positions", "200", "--selfplay.cache-mb", "1"]
SETTINGS += ["--selfplay.threads", "2", "--learning.batch-size", "32", "--learning.window", "300"]
RESIGN = ["--selfplay.resign", "--selfplay.play-on-share", "0.5"]
LAST = 8  # generations of the undisturbed run

# The process knows the same games as this one, so that it finds the kernels that were compiled here.
PROGRAM = """
import sys
from games import jit
for path in filter(None, sys.argv[1].splitlines()):
    jit.add_source(path)
{before}
from zero.cli import main
sys.exit(main(sys.argv[2:]))
"""


# Kills the process at its n-th operation on a file: before it is synced, before it is renamed, before the folder is synced.
DEADLY = """
import os, signal
left = [{operations}]
def deadly(function):
    def call(*arguments):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return call
os.fsync, os.replace, os.unlink = deadly(os.fsync), deadly(os.replace), deadly(os.unlink)
"""


def words(run, generations, *more):
    """Return the command line that trains a small network in a run folder up to a generation."""
    return ["train", "tic_tac_toe", *SETTINGS, "--run", str(run), "--generations", str(generations), *more]


def train(run, generations, *more):
    """Train in this process; return the exit status."""
    return main(words(run, generations, *more))


def start(command, before="", **variables):
    """Start the command in a process of its own; return it. before: Python code that it runs first."""
    sources = "\n".join(path for path in jit._sources if path != "None")
    program = [sys.executable, "-c", PROGRAM.format(before=before), sources, *command]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}", **variables}
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(process):
    """Wait for the process; return its exit status, and what it wrote to stdout and to stderr."""
    with process:
        out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def contents(run, name="checkpoints"):
    """Return the bytes of the files of a run's folder, by name."""
    return {path.name: path.read_bytes() for path in sorted((run / name).iterdir())}


def generations(count):
    """Return the names of the files of generations 0 … count."""
    return [f"{generation:06}.safetensors" for generation in range(count + 1)]


def one_line(err, who="zero train"):
    """Return the single line that an error is told in, without the name of the command."""
    assert err.startswith(f"{who}: "), err
    assert err.endswith("\n"), err
    assert err.count("\n") == 1, err
    return err.removeprefix(f"{who}: ").strip()


def undisturbed_run(folder):
    """Return a run of LAST generations in one go, in this process; it is trained once for each folder."""
    run = folder / "undisturbed"
    if not run.exists():
        assert train(run, LAST, *RESIGN) == 0
        assert [*contents(run)] == generations(LAST)
    return run


def begun_run(folder, place):
    """Return a copy at `place` of a run that has the first three generations of the undisturbed one."""
    run = folder / "begun"
    if not run.exists():
        assert train(run, 3, *RESIGN) == 0
    return shutil.copytree(run, place)


def same_networks(run, undisturbed, last=LAST):
    """Require all that lasts of a run to be that of the undisturbed one."""
    for name in ("checkpoints", "records"):
        mine, theirs = contents(run, name), contents(undisturbed, name)
        expected = [file for file in generations(last) if file in theirs]
        assert [*mine] == expected
        for file in expected:
            assert mine[file] == theirs[file], f"{name}/{file}"
    assert sorted(contents(run, "state")) == generations(last)[-2:]
    pieces = [path for path in run.rglob("*") if path.suffix == ".part"]
    assert pieces == []
