"""Time controls as people write them, and how much of a clock to spend on a move.

    1s            a time per move
    30s+0.3s      a clock with an increment after each move
    40/60s        a clock for 40 moves, then as much again; 40/60s+0.5s with an increment
"""

import re
from typing import NamedTuple

from zero.errors import SettingsError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MOST_SECONDS = 7 * 24 * 3600.0  # of any part of a time control
LEAST_SECONDS = 0.001  # of a move: there is no time control without one
EXPECTED = "expected a time per move (1s), a clock with increment (30s+0.3s) or a clock for some moves (40/60s)"

MOVES_LEFT = 45  # own moves that a game is expected to last still, at its first ply …
LEAST_MOVES_LEFT = 18  # … and however long it has lasted
RESERVED = 25  # moves whose overhead is put aside where nobody knows how many there will be
BIGGEST_SHARE = 0.3  # of the clock that one move may take while others are to come


class TimeControl(NamedTuple):
    """How long the players may think."""

    seconds: float  # on the clock, or for each move
    increment: float = 0.0  # seconds that a clock gains after each move
    moves: int | None = None  # own moves after which the clock gains `seconds` again; None: never
    per_move: bool = False  # there is no clock

    def __str__(self) -> str:
        """Return the text from which `read_time_control` reads an equal one."""
        if self.per_move:
            return f"{self.seconds:g}s"
        period = f"{self.moves}/" if self.moves else ""
        return f"{period}{self.seconds:g}s" + (f"+{self.increment:g}s" if self.increment or not self.moves else "")


def read_time_control(text: str) -> TimeControl:
    """Return the time control that a text describes (see the module's text). Raises SettingsError."""
    match = re.fullmatch(r"(?:([0-9]+)/)?([^/+]+)(?:\+([^/+]+))?", text.strip())
    if match is None:
        raise SettingsError(f"{EXPECTED}, got {text[:40]!r}")
    moves, first, increment = match.groups()
    seconds = _seconds(first, text, LEAST_SECONDS)
    if moves is None and increment is None:
        return TimeControl(seconds, per_move=True)
    if moves is not None and not (len(moves) <= 4 and int(moves) >= 1):
        raise SettingsError(f"expected from 1 to 9999 moves before the /, got {text[:40]!r}")
    return TimeControl(seconds, _seconds(increment, text, 0.0) if increment else 0.0, int(moves) if moves else None)


def budget(
    remaining: float, increment: float = 0.0, moves_to_go: int | None = None, overhead: float = 0.0, ply: int = 0
) -> float:
    """Return the seconds to think about a move, given one's own clock; at least LEAST_SECONDS.

    remaining:   seconds on the clock; increment: seconds added after each move.
    moves_to_go: own moves until the clock is filled again, this one included; None where it never is.
    overhead:    seconds that a move costs beside thinking: the way to the program and back.
    ply:         plies of the game so far, from which the moves that are left are guessed.

    The overhead of this and the coming moves is put aside, as far as increments do not pay for it. Of the rest an equal
    part goes to each move that is left, with most of what increments bring beyond the overhead, but never more than
    BIGGEST_SHARE of the clock while other moves are to come. So a clock cannot run out by thinking as long as moves cost
    no more than `overhead` beside it; without moves_to_go and increment, for RESERVED more moves from any point on.
    """
    left = max(LEAST_MOVES_LEFT, MOVES_LEFT - ply // 4) if moves_to_go is None else max(1, moves_to_go)
    coming = (RESERVED if moves_to_go is None else left) - 1
    spendable = remaining - overhead - coming * max(0.0, overhead - increment)
    share = spendable / left + 0.8 * max(0.0, increment - overhead)
    most = (remaining - overhead) * (0.95 if moves_to_go is not None and left == 1 else max(BIGGEST_SHARE, 1 / left))
    return max(LEAST_SECONDS, min(share, most))


def _seconds(text: str, whole: str, least: float) -> float:
    """Return a duration in seconds: a number, and one of the units ms, s, m, h; seconds where there is none."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(ms|s|m|h)?", text)
    seconds = float(match[1]) * UNITS[match[2] or "s"] if match else -1.0
    if not least <= seconds <= MOST_SECONDS:
        raise SettingsError(f"{EXPECTED}, got {whole[:40]!r}")
    return seconds
