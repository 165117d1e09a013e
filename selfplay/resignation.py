"""Resignation: giving up hopeless games, at a threshold whose mistakes are measured.

In a tenth of the games nobody resigns. In these we see what a threshold would have done: a game in which some player's
best value falls below it would have been resigned, and wrongly if that happens to a player who did not go on to lose.
The threshold is the highest one that is wrong in at most 5 % of its resignations. Source: Silver et al. 2017, Methods,
"Self-play".
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from selfplay.moves import plays_on
from selfplay.records import Records
from selfplay.settings import SelfPlaySettings
from selfplay.slots import OPENING

NEVER = -2.0  # below every value
CANDIDATES = np.round(np.arange(-0.99, -0.499, 0.01), 2)
LEAST_GAMES = 30  # played on, before anybody resigns
KEPT_GAMES = 1000


class Watched(NamedTuple):
    """A game that was played on: the lowest value of the best action for each player, and who lost."""

    lows: tuple[float, float]
    loser: int  # 0 the player who began, 1 the other, -1 nobody


class Resignation:
    """The threshold, and the played-on games that it is measured on."""

    def __init__(self, settings: SelfPlaySettings, seed: int) -> None:
        self.settings, self.seed = settings, seed
        self.watched: deque[Watched] = deque(maxlen=KEPT_GAMES)

    @property
    def threshold(self) -> float:
        """The value of the best action under which a player gives up."""
        if not self.settings.resign or len(self.watched) < LEAST_GAMES:
            return NEVER
        allowed = [float(t) for t in CANDIDATES if self.false_positives(float(t)) <= self.settings.resign_false_positives]
        return max(allowed, default=NEVER)

    def false_positives(self, threshold: float) -> float:
        """Return the share of resignations at the threshold that would have been wrong; 0 where nobody resigns."""
        resigned = wrong = 0
        for game in self.watched:
            below = [player for player in (0, 1) if game.lows[player] < threshold]
            resigned += len(below) > 0
            wrong += any(player != game.loser for player in below)
        return wrong / resigned if resigned else 0.0

    def add(self, records: Records) -> None:
        """Take in the played-on games of a generation."""
        if not self.settings.resign:
            return
        for index, number in enumerate(records.games):
            if plays_on(self.seed, number, self.settings.play_on_share):
                first, last = records.starts[index], records.starts[index + 1]
                lows = []
                for player in (0, 1):
                    plies = np.arange(first + player, last, 2)
                    plies = plies[records.kinds[plies] != OPENING]
                    lows.append(float(records.best[plies].min(initial=1.0)))
                result = int(records.outcomes[index])
                self.watched.append(Watched((lows[0], lows[1]), {1: 1, 0: -1, -1: 0}[result]))

    def numbers(self) -> list[list[float]]:
        """Return what `load` goes on from."""
        return [[*game.lows, game.loser] for game in self.watched]

    def load(self, numbers: list[list[float]]) -> None:
        """Go on from what `numbers` returned."""
        self.watched.extend(Watched((low, other), int(loser)) for low, other, loser in numbers)
