"""A progress bar for commands that take a while: on stderr, and only where that is a terminal."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Protocol


class Progress(Protocol):
    def __call__(self, done: int, total: int | None, note: str = "") -> None:
        """Show that so many of so many are done (None: of an unknown number); note: what stands behind the bar."""


@contextlib.contextmanager
def shown_progress(what: str) -> Iterator[Progress]:
    """Give a function that shows how much of `what` is done."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total, note="": None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TextColumn("{task.fields[note]}"), console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(escape(what), total=None, note="")
        yield lambda done, total, note="": bars.update(bar, completed=done, total=total, note=escape(note))
