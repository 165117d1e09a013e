"""`zero gtp FILE`: the loop that reads commands and answers them, and the thread that listens meanwhile.

Each answer is written at once. The end of the input means quit; where nobody reads us any more, we end quietly. A
command that fails for a reason of our own is answered as failed, its traceback goes to stderr, and the game goes on.
"""

import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator

import arena.gtp.analysis
import arena.gtp.kata
import arena.gtp.setup
import arena.gtp.thinking  # noqa: F401  (all four enter their commands in the table)
from arena.gtp.loading import GtpSettings, Loader
from arena.gtp.protocol import COMMANDS, GtpError, Result, failure, read_request, success
from arena.gtp.session import Session
from arena.uci.streams import typed_lines
from games.errors import InputError
from zero.flags import parse


class Inbox:
    """Lines that have come in; None after the last."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._held: list[str | None] = []

    def put(self, line: str | None) -> None:
        self._lines.put(line)

    def take(self) -> str | None:
        """Return the next line; waits for it."""
        return self._held.pop() if self._held else self._lines.get()

    def waiting(self) -> bool:
        """Return whether there is a line, or the end."""
        return bool(self._held) or not self._lines.empty()

    def wait(self) -> None:
        """Return as soon as there is a line, or the end."""
        if not self._held:
            self._held.append(self._lines.get())

    def listen(self, lines: Iterator[str]) -> None:
        """Put in lines as they come, until they end."""
        with contextlib.suppress(OSError):  # a terminal that is gone
            for line in lines:
                self.put(line)
        self.put(None)


def serve(session: Session, inbox: Inbox, write: Callable[[str], None]) -> None:
    """Answer commands until quit, or the end of the input. Raises InputError where what was asked for cannot be loaded."""
    asked = False
    while (line := inbox.take()) is not None:
        request = read_request(line)
        if request is not None:
            asked = True
            try:
                entry = COMMANDS.get(request.name)
                if entry is None or (entry.go_only and session.loader.game_name != "go"):
                    raise GtpError("unknown command")
                answer(entry.run(session, request.arguments), request.id, write)
            except (GtpError, InputError) as error:
                write(failure(request.id, str(error)))
            except OSError:  # nobody reads us
                raise
            except Exception as error:
                traceback.print_exc()
                write(failure(request.id, f"internal error: {type(error).__name__}: {error}"))
            if request.name == "quit":
                return
        session.loader.check()
        session.loader.start()
    if not asked:
        session.loader.game()  # nobody asks, but that it cannot be loaded is to be said


def answer(result: Result, number: str, write: Callable[[str], None]) -> None:
    """Write an answer: a text whole, lines one by one as they come."""
    if isinstance(result, str):
        write(success(number, result))
        return
    write(f"={number}\n")
    try:
        for line in result:
            write(f"{line}\n")
    except GtpError as error:  # too late to say so
        print(error, file=sys.stderr)
    write("\n")


def main(arguments: list[str]) -> int:
    """Run `zero gtp` and return its exit status."""
    settings = parse(GtpSettings, arguments, "zero gtp", "Serve Go programs by the Go Text Protocol, on stdin and stdout.")
    inbox = Inbox()
    loader = Loader(settings, failed=lambda: inbox.put(""))
    threading.Thread(target=inbox.listen, args=(typed_lines(),), name="listener", daemon=True).start()
    status = 0
    try:
        serve(Session(settings, loader, inbox.waiting, inbox.wait), inbox, _write)
    except (KeyboardInterrupt, BrokenPipeError) as error:
        if not loader.busy:
            raise
        status = 130 if isinstance(error, KeyboardInterrupt) else 0
    if loader.busy:  # the interpreter cannot end well while a thread loads libraries, and there is nothing to put away
        os._exit(status)
    return 0


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
