"""Playing weaker than one can: fewer simulations, and moves drawn by their visits."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from arena.uci.options import HIGH_ELO, LOW_ELO

ELO_A_DOUBLING = 130.0  # of simulations; LOW_ELO stands for a single one
HOTTEST = 1.0  # temperature at LOW_ELO; it falls to 0 at HIGH_ELO


class Strength(NamedTuple):
    simulations: int
    temperature: float


def strength_of(elo: int) -> Strength:
    """Return how `UCI_Elo` is played: the higher, the more simulations and the less chance.

    The scale is one of more and less: no opponent with a known rating has been asked, and what a simulation is worth
    depends on the network. `zero scaling` measures it.
    """
    above = min(HIGH_ELO, max(LOW_ELO, elo)) - LOW_ELO
    return Strength(round(2 ** (above / ELO_A_DOUBLING)), HOTTEST * (1 - above / (HIGH_ELO - LOW_ELO)))


def draw(visits: Sequence[int], temperature: float, chance: random.Random) -> int:
    """Return the place of one of these visits, drawn with a probability proportional to visits ** (1 / temperature).

    The first place where the temperature is 0, or nothing has been visited.
    """
    most = max(visits, default=0)
    if temperature <= 0 or most <= 0:
        return 0
    weights = [(count / most) ** (1 / temperature) for count in visits]
    return chance.choices(range(len(visits)), weights)[0]
