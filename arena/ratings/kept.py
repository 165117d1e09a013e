"""Results of matches kept in a file, a line of JSON each: a command that is called again plays only what is missing.

The first line says what the matches were played with. A line is appended, and synced, when its match is over; one that was
torn by a kill is dropped, and that match is played again.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from arena.ratings.table import Outcome
from zero.errors import RunError
from zero.files import write_bytes


class KeptMatch(NamedTuple):
    """A match that is over."""

    a: str
    b: str
    results: list[int]  # of each game: 1 where A won, 0 draw, -1; games 2i and 2i + 1 are a pair, A begins the first of them


class KeptMatches:
    """The matches of a file, in the order in which they were played; without a file, only in memory."""

    def __init__(self, path: Path | None, about: dict[str, Any]) -> None:
        """Open a file, or make it with its folder.

        about: what the matches are played with. Raises RunError where the file has matches played with something else, or
        is no such file.
        """
        self.path, self.matches = path, list[KeptMatch]()
        if path is None:
            return
        if path.exists():
            self._read(path, about)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, _line(about))

    def add(self, match: KeptMatch) -> None:
        """Keep another match."""
        self.matches.append(match)
        if self.path is not None:
            with self.path.open("ab") as file:
                file.write(_line(match._asdict()))
                file.flush()
                os.fsync(file.fileno())

    def _read(self, path: Path, about: dict[str, Any]) -> None:
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        lines = whole.splitlines()
        odd = [name for name, value in about.items() if lines and _object(path, 1, lines[0]).get(name) != value]
        if odd or not lines:
            theirs = _object(path, 1, lines[0]) if lines else {}
            told = "; ".join(f"{name} is {theirs.get(name)!r} there, {about[name]!r} here" for name in odd) or "it is empty"
            raise RunError(f"{path} keeps matches that were played with other settings: {told}; take another --out")
        for number, line in enumerate(lines[1:], 2):
            fields = _object(path, number, line)
            try:
                self.matches.append(KeptMatch(**fields))
            except TypeError:
                raise RunError(f"{path} line {number}: expected a match with a, b and results, got {line[:60]!r}") from None
        if whole != content:
            write_bytes(path, whole)


def outcomes(matches: list[KeptMatch], players: dict[str, int]) -> list[Outcome]:
    """Return the games of matches between these players (name: number), each pair with a number of its own."""
    games: list[Outcome] = []
    pair = 0
    for match in matches:
        if match.a not in players or match.b not in players:
            continue
        a, b = players[match.a], players[match.b]
        for i, result in enumerate(match.results):
            points = (result + 1) / 2
            games.append(Outcome(a, b, points, pair + i // 2) if i % 2 == 0 else Outcome(b, a, 1 - points, pair + i // 2))
        pair += len(match.results) // 2
    return games


def _line(fields: dict[str, Any]) -> bytes:
    return (json.dumps(fields) + "\n").encode()


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise RunError(f"{path} line {number}: expected a JSON object, got {line[:60]!r}")
    return fields
