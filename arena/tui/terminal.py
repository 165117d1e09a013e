"""What the terminal can do, and whether it is still there."""

import contextlib
import os
import select
import sys


def has_screen() -> bool:
    """Return whether there is a terminal that a screen can be drawn on."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)  # the last one is where Textual draws
    with contextlib.suppress(ValueError, OSError):
        if all(stream is not None and stream.isatty() for stream in streams):
            encoding = (sys.__stderr__.encoding or "").lower() if sys.__stderr__ else ""
            return encoding.replace("-", "") == "utf8" and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    return False


def has_colours() -> bool:
    """Return whether the terminal shows colours, and the person wants to see them (no-color.org)."""
    if "NO_COLOR" in os.environ:
        return False
    try:
        import curses

        curses.setupterm()
        return curses.tigetnum("colors") >= 8
    except Exception:  # no terminfo: nearly all terminals have colours
        return True


def hung_up() -> bool:
    """Return whether the terminal is gone."""
    try:
        poll = select.poll()
        poll.register(sys.__stdin__.fileno(), select.POLLIN)  # type: ignore[union-attr]
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except (OSError, ValueError, AttributeError):
        return False
