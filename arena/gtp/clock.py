"""Time for a move, from what GTP says of clocks.

    sudden death   a main time, and no more
    canadian       after the main time, so many stones in each period (time_settings)
    byoyomi        after the main time, so many periods, of which one is lost where a move takes longer (KGS)
"""

from typing import NamedTuple

from arena.matches.clock import budget

MARGIN = 0.1  # seconds of a move that go to pipes and programs
FEWEST_MOVES = 20  # that a game is taken to last yet


class Terms(NamedTuple):
    """The time that each player has; in seconds."""

    main: float
    period: float
    stones: int  # to be played in each period of Canadian overtime, or the number of periods of byo-yomi
    byoyomi: bool = False


class Left(NamedTuple):
    """What a player has left. stones: 0 in main time, else stones of this period, or periods of byo-yomi."""

    seconds: float
    stones: int


class Clock:
    """The time of both players. Without terms there is no limit."""

    def __init__(self) -> None:
        self.terms: Terms | None = None
        self.left: dict[int, Left] = {}

    def set(self, terms: Terms | None) -> None:
        """Begin with these terms, or without a clock."""
        self.terms = terms
        self.start()

    def start(self) -> None:
        """Give both players their full time, as a new game does."""
        self.left = {}
        if self.terms is not None:
            main, period, stones, _ = self.terms
            self.left = dict.fromkeys((0, 1), Left(main, 0) if main > 0 else Left(period, stones))

    def tell(self, player: int, left: Left) -> None:
        """Take over what the controller says that a player has left."""
        self.left[player] = left

    def spend(self, player: int, seconds: float) -> None:
        """Take the time of a move off, for controllers that don't tell what is left."""
        if self.terms is None or player not in self.left:
            return
        left, stones = self.left[player]
        if stones == 0:
            left -= seconds
            if left <= 0 and self.terms.stones > 0:
                left, stones = self.terms.period, self.terms.stones
        elif self.terms.byoyomi:
            left = self.terms.period  # each period begins anew where the move was in time
        else:
            left, stones = left - seconds, stones - 1
            if stones == 0:
                left, stones = self.terms.period, self.terms.stones
        self.left[player] = Left(max(0.0, left), stones)

    def budget(self, player: int, moves: int) -> float | None:
        """Return the seconds for a player's next move, None where there is no limit.

        moves: how many the player is likely to make yet. Main time is shared out among them; where overtime follows, what
        it gives for a move comes on top, as far as the main time has it.
        """
        if player not in self.left:
            return None
        left, stones = self.left[player]
        if stones == 0:
            return min(left, budget(left, 0.0, max(FEWEST_MOVES, moves), MARGIN) + self._overtime())
        byoyomi = self.terms is not None and self.terms.byoyomi
        return budget(left, 0.0, 1 if byoyomi else stones, MARGIN)

    def _overtime(self) -> float:
        """Return the seconds for a move after the main time."""
        if self.terms is None or self.terms.stones == 0:
            return 0.0
        return budget(self.terms.period, 0.0, 1 if self.terms.byoyomi else self.terms.stones, MARGIN)
