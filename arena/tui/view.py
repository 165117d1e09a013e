"""`zero view RECORDS`: step through recorded games, with the policy of the search shown on the board."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import tyro

from arena.tui.play import Theme
from arena.tui.recorded import OPENING, Recorded, RecordedGame, policy_of, read_records, records_path
from games.catalogue import spec_of
from games.position import Position
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.flags import parse

MOST_MOVES = 5  # of a policy, in text


@dataclass(frozen=True)
class ViewSettings:
    """What `zero view` is asked to do."""

    records: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="RECORDS")]
    """A records file, or a run folder or one of zero record (its newest file)."""
    number: int = 1
    """The game to begin with, from 1."""
    theme: Theme | None = None
    """Colours of the screen (default: default, or monochrome where NO_COLOR is set)."""
    plain: bool = False
    """Print the game as text; also where there is no terminal."""

    def __post_init__(self) -> None:
        at_least(self, 1, "number")


def main(arguments: list[str]) -> int:
    """Run `zero view` and return its exit status."""
    settings = parse(ViewSettings, arguments, "zero view", "Step through games of self-play, with what the search thought.")
    records = read_records(records_path(settings.records))
    if settings.number > len(records):
        raise SettingsError(f"expected a number from 1 to {len(records)}, the games of {records.path}, got {settings.number}")
    records.position(settings.number - 1)  # illegal moves are told before there is a screen
    if not settings.plain:
        from arena.tui.terminal import has_screen

        if has_screen():
            from arena.tui.view_screen import view

            return view(records, settings.number - 1, settings.theme)
    print("\n".join(as_text(records, settings.number - 1)))
    return 0


def as_text(records: Recorded, number: int) -> Iterator[str]:
    """Give a game as lines of text: each position, the best moves of the policy, the move."""
    game = records[number]
    of = " - ".join(records.names(number)) if records.players else f"generation {records.generation}"
    yield f"{spec_of(records.game)}, {of}, game {number + 1} of {len(records)}: {result_text(game)}"
    position = Position(records.game)
    for ply in game.plies:
        yield f"\n{position.draw()}\n"
        policy = sorted(policy_of(position, ply).items(), key=lambda item: -item[1])[:MOST_MOVES]
        names = [f"{position.game.move_name(position.state, action)} {100 * share:.1f} %" for action, share in policy]
        thought = "" if ply.value is None else f", value {ply.value:+.2f}"
        thought += "" if ply.draw is None else f", draw {ply.draw:.2f}"
        thought += f": {', '.join(names) or 'no policy'}"
        yield f"ply {position.ply + 1} ({ply.kind}){'' if ply.kind == OPENING else thought}"
        yield f"move {position.game.move_name(position.state, ply.action)}"
        position.play(ply.action)
    yield f"\n{position.draw()}"


def result_text(game: RecordedGame) -> str:
    """Return how a game ended, in words."""
    result = ("the second player won", "a draw", "the first player won")[game.outcome + 1]
    return f"{result} after {len(game.plies)} plies{', the other gave up' if game.given_up else ''}"
