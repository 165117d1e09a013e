"""An analyst in a thread of its own, for programs that go on listening while it thinks.

There is one thread for all searches: the network's own threads belong to the thread that calls it, and a new one for
each search would start them anew.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from arena.analysis.analyst import Analyst, Report
from games.position import Position


class Limit(NamedTuple):
    """When a search ends; without any limit, when it is stopped or nothing is left to do."""

    simulations: int | None = None  # visits of the tree, those kept from before included
    seconds: float | None = None  # since the search began
    only: tuple[int, ...] | None = None  # root actions to look at


class Task(NamedTuple):
    position: Position
    watch: Callable[[Report], None] | None
    every: float
    done: Callable[[Report], None] | None


class Thinker:
    """Runs the searches of an analyst, one at a time. Nobody else may use the analyst while one runs."""

    def __init__(self, analyst: Analyst) -> None:
        self.analyst = analyst
        self.error: BaseException | None = None  # what ended a search that should not have ended
        self._limit = Limit()
        self._task: Task | None = None
        self._stopping = self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="thinker", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a search runs."""
        return self._task is not None

    def start(
        self,
        position: Position,
        limit: Limit,
        watch: Callable[[Report], None] | None = None,
        every: float = 0.25,
        done: Callable[[Report], None] | None = None,
    ) -> None:
        """Begin a search; one that still runs is stopped first.

        watch: told every so many seconds what has been found; done: told at the end. Both are called in the thinker's
        thread, and may not begin another search. Raises what a search before this one failed with.
        """
        self.stop()
        with self._changed:
            self._limit, self._stopping = limit, False
            self._task = Task(position.copy(), watch, every, done)
            self._changed.notify_all()

    def change(self, limit: Limit) -> None:
        """Set other limits of simulations and seconds for the search that runs, counted from its beginning."""
        self._limit = limit

    def stop(self) -> None:
        """End the search; return when `done` has been told. Raises what the search failed with."""
        self._stopping = True
        with self._changed:
            if threading.current_thread() is not self._thread:
                self._changed.wait_for(lambda: self._task is None)
        error, self.error = self.error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """End the search and the thread."""
        self._stopping = True
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._task is not None or self._closing)
                task = self._task
            if task is None:
                return
            try:
                self._search(task)
            except BaseException as error:  # told to whoever asks next: an end of this thread would be an end of all answers
                self.error = error
            with self._changed:
                self._task = None
                self._changed.notify_all()

    def _search(self, task: Task) -> None:
        analyst, told = self.analyst, time.monotonic()
        analyst.begin(task.position, self._limit.only)
        while not analyst.reached(self._limit.simulations, self._limit.seconds) and analyst.step(self._limit.simulations):
            if self._stopping:
                break
            if task.watch is not None and time.monotonic() - told >= task.every:
                task.watch(analyst.report())
                told = time.monotonic()
        if task.done is not None:
            task.done(analyst.report())
