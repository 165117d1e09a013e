"""A server's two ends: lines from a thread that reads them, and lines to a client that may be gone."""

import contextlib
import io
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TextIO


class Ended(NamedTuple):
    """Nobody is there any more: the input has ended, or the pipe is lost."""


def read_lines(lines: Iterator[str], events: "queue.Queue[Any]") -> None:
    """Put each line into the queue, and Ended at the end, from a thread of its own."""

    def read() -> None:
        with contextlib.suppress(OSError):  # a terminal that is gone
            for line in lines:
                events.put(line)
        events.put(Ended())

    threading.Thread(target=read, name="reader", daemon=True).start()


def typed_lines() -> Iterator[str]:
    """Give the lines of the standard input, whatever bytes they hold.

    They are read below Python's own buffer, whose lock would still be held by the waiting thread when the program ends.
    """
    try:
        source = sys.stdin.fileno()
    except (AttributeError, ValueError, io.UnsupportedOperation):  # none, or not one of the system's
        yield from (line.rstrip("\n") for line in sys.stdin or ())
        return
    rest = b""
    while block := os.read(source, 1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in lines)
    if rest:
        yield rest.decode("utf-8", "replace")


def teller(stream: TextIO, lost: Callable[[], None]) -> Callable[[str], None]:
    """Return a function that writes a line at once, from any thread; `lost` is called where nobody reads any more."""
    lock = threading.Lock()

    def say(line: str) -> None:
        try:
            with lock:
                stream.write(line + "\n")
                stream.flush()
        except (OSError, ValueError):  # ValueError: the stream has been closed
            lost()

    return say
