"""`zero check GAME`: does a game, one's own perhaps, obey the laws that the engine relies on?"""

import sys
from dataclasses import dataclass

import tyro

from games import GameError, find
from games.conformance import Report, check
from zero.bounds import at_least
from zero.flags import parse


@dataclass(frozen=True)
class CheckSettings:
    """What `zero check` is asked."""

    game: tyro.conf.Positional[str]
    """Its name, NAME:PARAMETER=VALUE,… or MODULE:CLASS."""
    games: int = 50
    """Random games to play."""
    seed: int = 0
    """What they begin from: another seed, other games."""

    def __post_init__(self) -> None:
        at_least(self, 1, "games")
        at_least(self, 0, "seed")


def main(arguments: list[str]) -> int:
    """Check a game and say what was seen. Returns 0, or 1 after a line on stderr about the law that it breaks."""
    settings = parse(CheckSettings, arguments, "zero check", "Play random games and check every law in every position.")
    game = find(settings.game)
    try:
        report = check(game, settings.games, settings.seed)
    except GameError as error:
        print(f"zero check: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    print(describe(report))
    return 0


def describe(report: Report) -> str:
    """Return a report in a few lines."""
    r = report
    return "\n".join(
        [
            f"{r.game} obeys the laws",
            f"  {r.games} random games of {r.shortest} to {r.longest} plies, {r.positions} positions",
            f"  at most {r.most_legal} legal moves",
            f"  won by the first player {r.first_wins}, drawn {r.draws}, won by the second {r.second_wins}",
            f"  {r.symmetries} symmetries, the identity included",
            "  checked: first position, moves, outcomes, legal actions, planes, alternation, notation, drawing, symmetries,",
            "  and that the rules touch nothing but what is theirs and say the same in kernels as from Python",
        ]
    )
