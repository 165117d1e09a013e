"""The clocks of one game under a time control: what the player to move may spend, and whether it was in time."""

from arena.matches.clock import TimeControl, budget
from arena.players.player import TimeLeft

GRACE = 0.1  # seconds that a player may be late: what pipes and processes take on a busy machine
OVERHEAD = 0.05  # seconds that a player is told to leave for them


class Stopwatch:
    """Both players' time. Sides are 0 and 1; `left` holds what each has for the rest of the game (or of its period)."""

    def __init__(self, control: TimeControl) -> None:
        self.control = control
        self.left = [control.seconds, control.seconds]
        self.moves = [0, 0]

    def time_left(self, side: int) -> TimeLeft:
        """Return what a side may spend on its next move."""
        control = self.control
        if control.per_move:
            return TimeLeft(control.seconds)
        to_go = control.moves - self.moves[side] % control.moves if control.moves else None
        seconds = budget(self.left[side], control.increment, to_go, OVERHEAD, 2 * self.moves[side])
        mine, theirs = (max(0.0, self.left[one]) for one in (side, 1 - side))
        return TimeLeft(seconds, (mine, theirs), control.increment, to_go)

    def spend(self, side: int, seconds: float) -> bool:
        """Take the seconds of a move from a side; return whether it was in time."""
        control = self.control
        if control.per_move:
            return seconds <= control.seconds + GRACE
        self.left[side] -= seconds
        if self.left[side] < -GRACE:
            return False
        self.moves[side] += 1
        self.left[side] += control.increment
        if control.moves and self.moves[side] % control.moves == 0:
            self.left[side] += control.seconds
        return True
