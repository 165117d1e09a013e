"""Training in intervals: what imitation, REINFORCE and the value network have in common.

A `Stage` learns for an interval at a time. After each its state and its checkpoint are written, so that a run that was
killed goes on from the last whole interval; the interval that was interrupted is done again from its start. An interval
is a function of the state that the one before it left, hence the checkpoints are those of an undisturbed run, bit for bit.
Intervals are counted as generations are: files and lines of metrics carry their number.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from selfplay.display import Column, Display
from selfplay.runs import Run
from selfplay.stopping import Stop, StopTraining
from zero.checkpoint import Checkpoint, write_checkpoint
from zero.files import Arrays, read_arrays, write_arrays

Watch = Callable[[str, float], None]  # (phase, share of it done), called often: it is where Ctrl-C is noticed


class Limit(NamedTuple):
    """How far a run is to go in this call; what is None does not limit."""

    intervals: int | None = None  # in the whole run
    seconds: float | None = None  # in this call


class Stage(Protocol):
    """Something that learns. What it needs beside settings and seed stands in its state."""

    columns: Sequence[Column]  # what is shown of a line of metrics

    def interval(self, number: int, watch: Watch) -> dict[str, float]:
        """Learn for one interval, numbered from 1; return its metrics. Raises RunError where a loss is not finite."""

    def checkpoint(self, number: int) -> Checkpoint:
        """Return what plays after an interval; 0: before any learning."""

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Return all that is needed to go on: what JSON can hold, and arrays."""

    def load(self, header: dict[str, Any], arrays: Arrays, path: Path) -> None:
        """Go on from what `state` returned. Raises CheckpointError where it does not fit; path: for its message."""


def train_stage(run: Run[Any], stage: Stage, limit: Limit, stop: Stop, display: Display) -> int:
    """Go on with a run until a limit is reached or Ctrl-C asks for the end; return the number of its last interval.

    Every interval that ended is on the disk, whatever comes after it.
    """
    from torch.utils.tensorboard import SummaryWriter

    last = _restore(run, stage, display)
    began, took = time.monotonic(), 0.0
    with display, SummaryWriter(str(run.folder / "tensorboard"), purge_step=last + 1) as board:
        while not (stop.asked or _reached(limit, last, time.monotonic() - began + took / 2, took)):
            started, first = time.monotonic(), last

            def watch(phase: str, share: float, first: int = first, started: float = started, took: float = took) -> None:
                stop.check()
                now = time.monotonic()
                left = _left(limit, first, now - began, took, now - started)
                display.phase("finishing this interval" if stop.asked else phase, share, {"left": left})

            try:
                stop.in_generation = True
                metrics = stage.interval(last + 1, watch)
                stop.in_generation = False
            except StopTraining:
                display.say(f"stopped; interval {last} is the last one on the disk")
                raise
            finally:
                stop.in_generation = False
            last += 1
            took = time.monotonic() - started
            line = {"generation": last, "seconds": took, **metrics}
            _write(run, stage, last, line)
            for name, value in metrics.items():
                board.add_scalar(name, value, last)
            display.phase("", 1.0, {"left": _left(limit, last, time.monotonic() - began, took, 0.0)})
            display.generation(line)
    return last


def _restore(run: Run[Any], stage: Stage, display: Display) -> int:
    """Let the stage go on from the newest whole interval, or write down what it begins with; return the interval."""
    last, passed = run.last_generation()
    for note in passed:
        display.say(note)
    if last is None:
        run.forget_after(-1)
        _write(run, stage, 0)
        return 0
    run.forget_after(last)
    stage.load(*read_arrays(run.state(last), "state"), run.state(last))
    if last:
        display.say(f"going on after interval {last}")
    return last


def _write(run: Run[Any], stage: Stage, number: int, line: dict[str, float] | None = None) -> None:
    """Write the state, the line of metrics and, last, the checkpoint that makes the interval count."""
    write_arrays(run.state(number), "state", *stage.state())
    if line is not None:
        run.add_metrics(line)
    write_checkpoint(run.checkpoint(number), stage.checkpoint(number))
    run.forget_states(number)


def _reached(limit: Limit, last: int, spent: float, took: float) -> bool:
    """Return whether no further interval is to begin; each call does at least one where only time limits it."""
    if limit.intervals is not None and last >= limit.intervals:
        return True
    return limit.seconds is not None and took > 0 and spent >= limit.seconds


def _left(limit: Limit, done: int, spent: float, took: float, current: float) -> float | None:
    """Return the seconds that are left as far as one can tell, None where one can't."""
    found = []
    if limit.seconds is not None:
        found.append(limit.seconds - spent)
    if limit.intervals is not None and took:
        found.append((limit.intervals - done) * took - current)
    return min(found) if found else None
