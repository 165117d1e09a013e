"""How strong the machine plays: levels, each searching more and choosing more strictly than the one before.

A level is a number of simulations and a temperature: a move is drawn with a probability in proportion to
(visits + prior) ** (1 / temperature), and at temperature 0 the best one is played. So a beginner's machine looks at
little and takes the second or third best move often; mistakes become rarer from level to level.

Measured in Connect Four with the network that ships, each level against the one below it, after four random plies:
easy 0.88 of the points (60 games), medium 0.74 (60), hard 0.68 (40), full 0.55 (40).
"""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from arena.analysis.analyst import Line

Level = Literal["beginner", "easy", "medium", "hard", "full"]


OVERLOOKS = 2.0  # temperature from which on a win at once can be overlooked
TINY = 1e-6  # where a win at once ended the search, no move has visits or a prior


class Strength(NamedTuple):
    """How the machine picks its moves."""

    simulations: int | None
    temperature: float = 0.0
    seconds: float | None = None  # a move, where simulations do not limit it

    def __str__(self) -> str:
        return f"{self.seconds:g} seconds" if self.seconds else f"{self.simulations} simulations"


LEVELS: dict[Level, Strength] = {
    "beginner": Strength(8, 2.0),
    "easy": Strength(12, 1.3),
    "medium": Strength(40, 0.6),
    "hard": Strength(120, 0.3),
    "full": Strength(400),
}


def strength_of(level: Level, full: Strength) -> Strength:
    """Return what a level means for a machine of that full strength."""
    return full if level == "full" else LEVELS[level]


def chosen(lines: Sequence["Line"], temperature: float, random: Random) -> int:
    """Return the action that is played, of lines from best to worst. A win at once is overlooked by beginners only."""
    wins = lines[0].plies == 1 and lines[0].value == 1
    if temperature == 0 or (wins and temperature < OVERLOOKS):
        return lines[0].action
    weights = [(line.visits + line.prior + TINY) ** (1 / temperature) for line in lines]
    return random.choices([line.action for line in lines], weights)[0]
