"""`zero perft GAME DEPTH`: count all lines of play, to compare rules with published numbers."""

import sys
import time
from dataclasses import dataclass

import tyro

from games import find
from games.perft import divide, perft
from games.position import Position, position_of
from zero.bounds import within
from zero.flags import parse


@dataclass(frozen=True)
class PerftSettings:
    """What `zero perft` is asked to count."""

    game: tyro.conf.Positional[str]
    """Its name, NAME:PARAMETER=VALUE,… or MODULE:CLASS."""
    depth: tyro.conf.Positional[int]
    """The length of the lines, in plies."""
    position: str | None = None
    """Where the lines begin: a position in the game's notation (chess: FEN), or moves from the first position."""
    divide: bool = False
    """Print the count of each legal move before the sum."""

    def __post_init__(self) -> None:
        within(self, 0, 64, "depth")


def main(arguments: list[str]) -> int:
    """Print the count alone on a line, then how fast it was counted."""
    settings = parse(PerftSettings, arguments, "zero perft", "Count all lines of play of a length.")
    game = find(settings.game)
    position = Position(game) if settings.position is None else position_of(game, settings.position)
    perft(position, min(settings.depth, 1))  # compile before the clock starts
    began = time.perf_counter()
    if settings.divide and settings.depth > 0:
        counts = divide(position, settings.depth)
        for action, count in counts.items():
            print(f"{game.move_name(position.state, action)}: {count}")
        total = sum(counts.values())
    else:
        total = perft(position, settings.depth)
    seconds = max(time.perf_counter() - began, 1e-9)
    print(total)
    sys.stdout.flush()
    print(f"{total / seconds:,.0f} lines/s, {seconds:.3f} s")
    return 0
