"""Ending games that are decided, before their last move: where both sides say the same for long enough.

Adjudication is off unless asked for: it saves time in long games, and trusts the players' own evaluations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zero.bounds import at_least
from zero.errors import SettingsError

DRAWN = -1  # the verdict of a draw; else the side that wins, 0 or 1


@dataclass(frozen=True)
class Adjudication:
    """When a game is ended. A value is in [-1, 1], for the player who moved; plies count from the opening's end."""

    resign_value: float | None = None  # both sides expect at least that for the same one …
    resign_plies: int = 6  # … at each of so many last plies: it has won
    draw_value: float | None = None  # both sides expect at most that for either …
    draw_plies: int = 12  # … at each of so many last plies …
    draw_after: int = 0  # … and so many have been played: a draw
    max_plies: int | None = None  # a game that goes on after so many is a draw

    def __post_init__(self) -> None:
        for name in ("resign_value", "draw_value"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value <= 1.0:
                raise SettingsError(f"expected {name} above 0 and up to 1, got {value}")
        at_least(self, 2, "resign_plies", "draw_plies")
        at_least(self, 1, "max_plies")
        at_least(self, 0, "draw_after")

    def verdict(self, values: Sequence[float | None]) -> int | None:
        """Return DRAWN, the side that has won (0 or 1), or None where the game goes on.

        values: what was expected at each ply, newest last, in [-1, 1] for side 0; None where the player had no idea.
        """
        if self.max_plies is not None and len(values) >= self.max_plies:
            return DRAWN
        told = _last(values, self.resign_plies)
        if self.resign_value is not None and told:
            if min(told) >= self.resign_value:
                return 0
            if max(told) <= -self.resign_value:
                return 1
        told = _last(values, self.draw_plies)
        if self.draw_value is not None and told and len(values) >= self.draw_after:
            return DRAWN if max(map(abs, told)) <= self.draw_value else None
        return None


def _last(values: Sequence[float | None], plies: int) -> list[float]:
    """Return the newest values; none where there are fewer, or where one of them is not known."""
    known = [value for value in values[-plies:] if value is not None]
    return known if len(known) == plies else []
