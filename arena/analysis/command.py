"""`zero analyze GAME`: the best moves of a position, as a table or as JSON."""

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from arena.analysis.analyst import Analyst, Report, analyst_of
from arena.players.player import wdl_of
from games.catalogue import find, spec_of
from games.position import Position, position_of
from games.rules import ONGOING
from zero.errors import SettingsError
from zero.flags import parse

SIMULATIONS = 1000  # where no limit is given
SHOWN_PLIES = 8  # of a line, in the table
WIDTH = 100  # of the table where there is no terminal, which has its own


@dataclass(frozen=True)
class AnalyzeSettings:
    """What `zero analyze` is asked to look at."""

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    """The game, as in connect_four or connect_four:rows=5,columns=6."""
    position: str | None = None
    """Where: a position in the game's notation (chess: FEN), or moves from the first position (default: that one)."""
    player: str | None = None
    """A checkpoint file or run folder, or rollouts (default: the network that ships, rollouts where none does)."""
    simulations: int | None = None
    """When to end: simulations of the tree (default: 1000, without --seconds) …"""
    seconds: float | None = None
    """… or so much time, whichever comes first."""
    lines: int = 5
    """How many of the best moves are shown."""
    device: str = "cpu"
    """Where a network runs: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of a table, all moves included."""

    def __post_init__(self) -> None:
        for name in ("simulations", "lines"):
            number = getattr(self, name)
            if number is not None and not 1 <= number < 2**31:
                raise SettingsError(f"expected {name} from 1 to {2**31 - 1}, got {number}")
        if self.seconds is not None and not 0 < self.seconds < 1e9:
            raise SettingsError(f"expected seconds above 0, got {self.seconds}")


def main(arguments: list[str]) -> int:
    """Run `zero analyze` and return its exit status."""
    settings = parse(AnalyzeSettings, arguments, "zero analyze", "Show the best moves of a position.")
    game = find(settings.game)
    position = Position(game) if settings.position is None else position_of(game, settings.position)
    analyst = analyst_of(game, settings.player, settings.device)
    limit = SIMULATIONS if settings.simulations is None and settings.seconds is None else settings.simulations
    report = analyst.search(position, limit, settings.seconds)
    if settings.json:
        print(json.dumps(described(analyst, position, report)))
    else:
        show(analyst, position, report, settings.lines)
    return 0


def described(analyst: Analyst, position: Position, report: Report) -> dict[str, Any]:
    """Return what a search found, as JSON can hold it. Values are for the player to move."""
    moves = [
        {
            "move": position.game.move_name(position.state, line.action),
            "action": line.action,
            "visits": line.visits,
            "prior": line.prior,
            "value": line.value,
            "draw": line.draw,
            "plies": line.plies,
            "line": position.names_of(line.pv),
        }
        for line in report.lines
    ]
    return {
        "game": spec_of(analyst.game),
        "player": analyst.name,
        "to_play": position.to_play,
        "over": position.outcome() != ONGOING,
        "value": report.value,
        "wdl": report.wdl,
        "simulations": report.simulations,
        "seconds": report.seconds,
        "depth": report.depth,
        "seldepth": report.seldepth,
        "moves": moves,
    }


def show(analyst: Analyst, position: Position, report: Report, lines: int) -> None:
    """Print the position and a table of its best moves."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(position.draw(), markup=False)
    if not report.lines:
        winner = position.winner()
        console.print(f"\nThe game is over: {'a draw' if winner is None else f'the {_side(winner)} player has won'}.")
        return
    win, draw, loss = (f"{100 * chance:.1f} %" for chance in report.wdl)
    rate = report.fresh / report.seconds if report.seconds > 0 else 0.0
    console.print(f"\nThe {_side(position.to_play)} player is to move: win {win}, draw {draw}, loss {loss}")
    console.print(_table(position, report, lines))
    work = f"{report.simulations:,} simulations in {report.seconds:.1f} s ({rate:,.0f}/s)"
    deep = f"{report.depth} plies of the best line, {max(report.depth, report.seldepth)} of the longest"
    console.print(f"{work}, {deep}; by {analyst.name}", markup=False)


def _table(position: Position, report: Report, lines: int) -> Table:
    """Return the best moves as a table; chances are those of the player to move."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("move", "visits", "share", "prior", "value", "win", "draw", "loss"):
        table.add_column(name, justify="left" if name == "move" else "right", no_wrap=True)
    table.add_column("best line", overflow="ellipsis", no_wrap=True)
    visits = max(1, sum(line.visits for line in report.lines))
    for line in report.lines[:lines]:
        moves = position.names_of(line.pv)
        words = ["–"] * 4
        if line.value is not None:
            value, draw = line.value, line.draw or 0.0
            words = [f"{value:+.3f}", *(f"{100 * chance:.0f} %" for chance in wdl_of(value, draw))]
        end = {1.0: "wins", -1.0: "loses"}.get(line.value or 0.0, "draws")
        rest = " ".join(moves[:SHOWN_PLIES]) + (" …" if len(moves) > SHOWN_PLIES else "")
        rest += f"  ({end} in {line.plies} {'ply' if line.plies == 1 else 'plies'})" if line.plies is not None else ""
        share = f"{100 * line.visits / visits:.1f} %"
        table.add_row(escape(moves[0]), f"{line.visits:,}", share, f"{100 * line.prior:.1f} %", *words, escape(rest))
    return table


def _side(side: int) -> str:
    return ("first", "second")[side]
