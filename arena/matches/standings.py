"""The table of a tournament, while it goes on and at its end: ratings, points, and who scored what against whom."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from arena.matches.record import GameRecord
from arena.ratings.crosstable import as_json, as_text, crosstable
from arena.ratings.table import Outcome, Table, rate

SHOWN_EVERY = 1.0  # seconds between two tables on a terminal
LINES = 10  # of progress where there is no terminal

Show = Callable[[Sequence[GameRecord]], None]


class Standings:
    """names: of all players; anchor: the one whose rating is `elo`, None for whoever most can be compared with."""

    def __init__(self, names: Sequence[str], anchor: str | None, elo: float) -> None:
        self.names, self.anchor, self.elo = list(names), anchor, elo

    def outcomes(self, games: Sequence[GameRecord]) -> list[Outcome]:
        """Return the games as the ratings need them: 2i and 2i + 1 are a pair."""
        number = {name: i for i, name in enumerate(self.names)}
        ordered = sorted(games, key=lambda game: game.number)
        return [Outcome(number[game.first], number[game.second], game.points, game.number // 2) for game in ordered]

    def table(self, games: Sequence[GameRecord]) -> Table:
        """Return the ratings that follow from the games."""
        return rate(self.names, self.outcomes(games), self.anchor, self.elo)

    def as_text(self, games: Sequence[GameRecord]) -> str:
        """Return ratings and crosstable as lines for a person."""
        return as_text(self.table(games), self.outcomes(games))

    def as_json(self, games: Sequence[GameRecord]) -> dict[str, Any]:
        """Return the same as one object for JSON."""
        return as_json(self.table(games), self.outcomes(games))

    @contextlib.contextmanager
    def shown(self, total: int) -> Iterator[Show]:
        """Give a function that shows how things stand: a live table on a terminal, else a line now and then (stderr)."""
        if sys.stderr is None or not sys.stderr.isatty():
            yield self._lines(total)
            return
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            told = 0.0

            def show(games: Sequence[GameRecord]) -> None:
                nonlocal told
                if time.monotonic() - told > SHOWN_EVERY:
                    drawn = crosstable(self.table(games), self.outcomes(games), live.console.width)
                    drawn.title = f"{len(games)} of {total} games"
                    live.update(drawn, refresh=True)
                    told = time.monotonic()

            yield show

    def _lines(self, total: int) -> Show:
        """Return a function that prints a line after each tenth of the games."""

        def show(games: Sequence[GameRecord]) -> None:
            if LINES * len(games) // total > LINES * (len(games) - 1) // total:
                print(f"{len(games)} of {total} games", file=sys.stderr, flush=True)

        return show
