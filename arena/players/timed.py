"""FILE@2s: a network's search that takes a time for each move, not a number of simulations.

It considers one position after the other, so that each gets the whole time. In a contest its games are played one at a
time: then what was searched for the last move of a game is kept for the next.
"""

from collections.abc import Sequence

from arena.analysis.analyst import Analyst, Report
from arena.players.player import Player, Thought
from games.game import Game
from games.position import Position
from games.rules import WIN

SECONDS = 1.0  # a move, where nothing else is said


class TimedPlayer(Player):
    """Searches each position for some seconds, or as long as a contest's time control allows."""

    at_once = 1

    def __init__(self, game: Game, text: str, analyst: Analyst, seconds: float | None = None) -> None:
        super().__init__(game, text)
        self.analyst, self.seconds = analyst, seconds

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        allowed = self.time_left.seconds if self.time_left else SECONDS
        seconds = allowed if self.seconds is None else self.seconds
        return [thought_of(self.analyst.search(position, seconds=seconds)) for position in positions]


def thought_of(report: Report) -> Thought:
    """Return what a search found, as a player says it."""
    best = report.lines[0]
    certain = best.value == WIN or all(line.plies is not None for line in report.lines)
    return Thought(best.action, report.value, report.wdl, best.plies if certain else None)
