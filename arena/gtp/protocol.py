"""Lines to requests, answers to lines, and the table of commands.

Source: Gunnar Farnebäck 2002, "Specification of the Go Text Protocol, version 2", section 2.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from arena.gtp.session import Session

SYNTAX = "syntax error"
CONTROL = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"} | {ord("\t"): " "}
MOST_CHARACTERS = 100_000  # of a line: what is longer is no command

Result = str | Iterator[str]  # the text of an answer, or lines of it as they come
Command = Callable[["Session", list[str]], Result]
AnyCommand = TypeVar("AnyCommand", bound=Command)
COMMANDS: dict[str, "Entry"] = {}


class GtpError(Exception):
    """A command that fails; the text is the answer."""


class Entry(NamedTuple):
    run: Command
    go_only: bool  # has the command no meaning in other games?


class Request(NamedTuple):
    id: str  # digits, or "" where there is none
    name: str
    arguments: list[str]


def command(name: str, go_only: bool = False) -> Callable[[AnyCommand], AnyCommand]:
    """Enter a function in the table. It checks its arguments before it returns an iterator of lines."""

    def enter(run: AnyCommand) -> AnyCommand:
        COMMANDS[name] = Entry(run, go_only)
        return run

    return enter


def read_request(line: str) -> Request | None:
    """Return what a line asks for; None where it is blank or nothing but a comment."""
    words = line[:MOST_CHARACTERS].translate(CONTROL).partition("#")[0].split(" ")
    words = [word for word in words if word.strip()]
    number = words.pop(0) if words and re.fullmatch("[0-9]{1,10}", words[0]) else ""
    if not words:
        return Request(number, "", []) if number else None
    return Request(number, words[0], words[1:])


def success(number: str, text: str) -> str:
    """Return the lines of an answer, without blank lines within, for these would end it.

    A text that begins with a new line, such as a board, begins below the equals sign.
    """
    body = "\n".join(line for line in text.splitlines() if line.strip())
    return f"={number}{chr(10) if text.startswith(chr(10)) else ' '}{body}\n\n" if body else f"={number}\n\n"


def failure(number: str, text: str) -> str:
    """Return the line that says that a command failed, and why."""
    return f"?{number} {' '.join(text.split())}\n\n"


def take(arguments: list[str], least: int, most: int | None = None) -> list[str]:
    """Return the arguments. Raises GtpError where they are too few, or more than `most` (default: `least`)."""
    if not least <= len(arguments) <= (least if most is None else most):
        raise GtpError(SYNTAX)
    return arguments


def whole(text: str) -> int:
    """Return a number of at most nine digits."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise GtpError(SYNTAX)
    return int(text)


def real(text: str) -> float:
    """Return a number, such as 7, -7.5 or .5."""
    if not re.fullmatch(r"[-+]?([0-9]{1,9}\.?[0-9]{0,9}|\.[0-9]{1,9})", text):
        raise GtpError(SYNTAX)
    return float(text)


def colour(text: str) -> int:
    """Return the player of a colour: 0 for black."""
    if text.lower() not in ("b", "black", "w", "white"):
        raise GtpError(SYNTAX)
    return int(text.lower().startswith("w"))
