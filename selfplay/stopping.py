"""How long a training lasts, and how it is ended: times as typed, Ctrl-C and SIGTERM, and the libraries' warnings meanwhile."""

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zero.errors import EngineWarning, SettingsError

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float:
    """Return the seconds that 90s, 10m, 2h or 1d mean. Raises SettingsError for anything else."""
    try:
        value = float(text[:-1]) * UNITS[text[-1:]]
    except (ValueError, KeyError):
        raise SettingsError(f"expected a time such as 90s, 10m, 2h or 1d, got {text!r}") from None
    if not 0 < value < 1e9:
        raise SettingsError(f"expected a time above zero, got {text!r}")
    return value


class StopTraining(BaseException):  # not an error: like KeyboardInterrupt, nobody may take it for one
    """End now: the generation in progress is given up, to be played again when the run is gone on with."""


class Stop:
    """What Ctrl-C has asked for: to end now, as SIGTERM does, or during a generation to end after it."""

    def __init__(self) -> None:
        self.asked = False
        self.in_generation = False
        self.now = False

    def __call__(self, number: int, frame: Any) -> None:
        again, self.asked = self.asked, True
        self.now = again or not self.in_generation or number == signal.SIGTERM
        self.check()

    def check(self) -> None:
        """End now, if that was asked for: what a signal raises is lost where it comes during a call from foreign code."""
        if self.now:
            raise StopTraining


@contextmanager
def interrupts() -> Iterator[Stop]:
    """Let Ctrl-C and SIGTERM speak to a Stop while the block runs."""
    stop = Stop()
    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def quiet_libraries(command: str) -> Iterator[None]:
    """Show our own warnings as one line each, and none of the libraries' about their own future."""

    def show(message: Warning | str, category: type[Warning], filename: str, *rest: Any) -> None:
        if issubclass(category, EngineWarning):
            print(f"zero {command}: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]
        yield
