"""Another program that answers lines with lines, with all that can go wrong: it hangs, ends, or floods us.

It runs in a process group of its own, so that ending it ends whatever it started; its last words on stderr are kept.
"""

import collections
import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
import weakref
from typing import IO

from arena.players.player import PlayerFailedError
from zero.errors import PlayerError

LONGEST_LINE = 65_536  # bytes; a longer one comes in pieces
MOST_LINES = 10_000  # that wait to be read; then the program has to wait
KEPT_ERRORS = 50  # lines of stderr
GRACE = 1.0  # seconds to end by itself, and again after it was told to


class EngineProcess:
    """A running program. Raises PlayerError where it cannot be started."""

    def __init__(self, name: str, command: list[str]) -> None:
        """name: the player as typed, for the error; command: the program and its arguments."""
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except (OSError, ValueError, IndexError) as error:  # ValueError: a null byte
            reason = getattr(error, "strerror", None) or error
            raise PlayerError(f"player {name!r}: cannot start {' '.join(command)[:200]!r}: {reason}") from None
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._errors: collections.deque[str] = collections.deque(maxlen=KEPT_ERRORS)
        assert self._process.stdout
        assert self._process.stderr
        ended = threading.Event()
        for read, stream in ((_read_lines, self._process.stdout), (_keep_lines, self._process.stderr)):
            into = self._lines if stream is self._process.stdout else self._errors
            self._reader = threading.Thread(target=read, args=(stream, into, ended), daemon=True)  # at last that of stderr
            self._reader.start()
        self._end = weakref.finalize(self, _end_process, self._process, ended)  # at the latest when we end ourselves

    @property
    def errors(self) -> str:
        """The last lines that it wrote on stderr; of a program that has ended, all that it left us to read."""
        if not self.running:
            self._reader.join(GRACE)
        return "\n".join(self._errors)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def send(self, line: str) -> None:
        """Write a line. Raises PlayerFailedError where nobody reads it."""
        assert self._process.stdin
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise PlayerFailedError(self._ending()) from None

    def read_line(self, deadline: float) -> str:
        """Return the next line, without its end. deadline: on the clock time.monotonic().

        Raises PlayerFailedError where none has come by then, or none will come.
        """
        left = deadline - time.monotonic()
        try:
            if left < 0:  # also where lines never cease to come
                raise queue.Empty
            line = self._lines.get(timeout=left)
        except queue.Empty:
            raise PlayerFailedError("does not answer in time") from None
        if line is None:
            self._lines.put(None)  # for whoever asks again
            raise PlayerFailedError(self._ending())
        return line

    def close(self, farewell: str | None = None) -> None:
        """End the program, politely first."""
        if farewell and self.running:
            with contextlib.suppress(PlayerFailedError):
                self.send(farewell)
        self._end()

    def _ending(self) -> str:
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "has closed its output"
        return f"was ended by signal {-status}" if status < 0 else f"has ended with status {status}"


def _read_lines(stream: IO[bytes], lines: "queue.Queue[str | None]", ended: threading.Event) -> None:
    """Put lines into a queue until the stream ends, then None."""
    with stream:
        while line := stream.readline(LONGEST_LINE):
            if not _put(lines, line.decode("utf-8", "replace").rstrip("\r\n"), ended):
                return
    _put(lines, None, ended)


def _put(lines: "queue.Queue[str | None]", line: str | None, ended: threading.Event) -> bool:
    """Put a line into a queue as soon as there is a place; return whether there was one before the end."""
    while not ended.is_set():
        with contextlib.suppress(queue.Full):
            lines.put(line, timeout=0.1)
            return True
    return False


def _keep_lines(stream: IO[bytes], lines: "collections.deque[str]", ended: threading.Event) -> None:
    with stream:
        while line := stream.readline(LONGEST_LINE):
            lines.append(line.decode("utf-8", "replace").rstrip())


def _end_process(process: "subprocess.Popen[bytes]", ended: threading.Event) -> None:
    """Close the program's input, and end it and what it started."""
    assert process.stdin
    with contextlib.suppress(OSError, ValueError):
        process.stdin.close()
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            break
        _signal_group(process, signal_number)
    ended.set()
    _signal_group(process, signal.SIGKILL)  # what it left behind
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to the program's process group; where there are none (Windows), end the program."""
    if not hasattr(os, "killpg"):
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
