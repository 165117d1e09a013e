"""Ratings and who beat whom as a table: for a terminal that draws (rich), as plain text, and for JSON."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rich.markup import escape
from rich.table import Table as RichTable

from arena.ratings.table import Outcome, Rating, Table

LONGEST_NAME = 23  # characters of a player's name that are shown: so the standings have 80 columns
GAP = "  "  # between columns


class Column(NamedTuple):
    """A column of text."""

    title: str
    cells: list[str]
    left: bool = False  # where its text stands

    @property
    def width(self) -> int:
        return max(map(len, [self.title, *self.cells]))

    def place(self, cell: str) -> str:
        """Return a cell as wide as the column."""
        return cell.ljust(self.width) if self.left else cell.rjust(self.width)


def crosstable(table: Table, games: Sequence[Outcome], width: int = 80) -> RichTable:
    """Return the standings, strongest first, and points against each opponent as far as `width` characters hold them."""
    columns = [*_standings(table), *_opponents(table, games)]
    if _width(columns) > width:
        columns = _standings(table)
    drawn = RichTable(box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(column.title, justify="left" if column.left else "right", no_wrap=True)
    for cells in zip(*(column.cells for column in columns), strict=True):
        drawn.add_row(*map(escape, cells))
    return drawn


def as_text(table: Table, games: Sequence[Outcome], width: int = 80) -> str:
    """Return the same as lines of text, and what else is to say; opponents that don't fit beside the standings stand below."""
    standings, opponents = _standings(table), _opponents(table, games)
    if _width([*standings, *opponents]) <= width:
        blocks = [[*standings, *opponents]]
    else:
        blocks = [standings]
        fixed = standings[:2]
        while opponents:
            fitting = 1
            while fitting < len(opponents) and _width([*fixed, *opponents[: fitting + 1]]) <= width:
                fitting += 1
            blocks.append([*fixed, *opponents[:fitting]])
            opponents = opponents[fitting:]
    return "\n\n".join([*("\n".join(_lines(block)) for block in blocks), "\n".join(notes(table))])


def notes(table: Table) -> list[str]:
    """Return what a reader of the table needs to know: the anchor, the model's two other numbers, who cannot be compared."""
    anchor = table.names[table.anchor]
    lines = [f"Elo above {anchor}, with 95 % intervals."]
    if table.ratings[table.anchor].elo:
        lines = [f"Elo with 95 % intervals, {anchor} at {table.ratings[table.anchor].elo:.0f}."]
    if math.isfinite(table.first_move):
        draws = _equals_draw(table.draw)
        lines.append(f"Moving first is worth {round(table.first_move):+d} Elo; between equals {100 * draws:.0f} % are draws.")
    if len(table.names) > 1:
        lines.append("LOS is the likelihood of superiority, of being stronger than the player below.")
    apart = [name for name, rating in zip(table.names, table.ratings, strict=True) if math.isnan(rating.elo)]
    if apart:
        which = f"{', '.join(apart)} with {anchor}"
        lines.append(f"Nothing compares {which}: no games connect them, or only ones that one side won all.")
    return lines


def as_json(table: Table, games: Sequence[Outcome]) -> dict[str, Any]:
    """Return the table as one object for JSON, players strongest first; what is infinite or unknown is None."""
    points, played = _met(table, games)
    order = ranking(table)
    players = [
        {
            "name": table.names[player],
            **{field: finite(number) for field, number in table.ratings[player]._asdict().items()},
            "superiority": {table.names[other]: float(table.superiority[player, other]) for other in order if other != player},
            "points": {table.names[other]: points[player][other] for other in order if played[player][other]},
            "games_against": {table.names[other]: played[player][other] for other in order if played[player][other]},
        }
        for player in order
    ]
    anchor, first_move = table.names[table.anchor], finite(table.first_move)
    return {"anchor": anchor, "first_move_elo": first_move, "draw_parameter": table.draw, "players": players}


def ranking(table: Table) -> list[int]:
    """Return the players, strongest first; those that cannot be compared with the anchor last."""

    def place(player: int) -> tuple[float, ...]:
        rating = table.ratings[player]
        if math.isnan(rating.elo):
            return (1.0, -rating.score)
        bound = rating.low if rating.elo == math.inf else rating.high if rating.elo == -math.inf else rating.elo
        return (0.0, -rating.elo, -bound)

    return sorted(range(len(table.names)), key=place)


def elo_text(rating: Rating) -> str:
    """Return a rating as text: a number, a bound where it is infinite, ? where it is unknown."""
    if math.isnan(rating.elo):
        return "?"
    if math.isinf(rating.elo):
        return f">{round(rating.low):+d}" if rating.elo > 0 else f"<{round(rating.high):+d}"
    return f"{round(rating.elo):+d}"


def interval_text(rating: Rating) -> str:
    """Return the interval of a rating as text, empty where there are not two ends."""
    if math.isinf(rating.low) or math.isinf(rating.high) or rating.low == rating.high:
        return ""
    return f"{round(rating.low):+d} to {round(rating.high):+d}"


def _standings(table: Table) -> list[Column]:
    order = ranking(table)
    ratings = [table.ratings[player] for player in order]
    return [
        Column("", [str(i + 1) for i in range(len(order))]),
        Column("player", [_short(table.names[player]) for player in order], left=True),
        Column("Elo", [elo_text(rating) for rating in ratings]),
        Column("95 % interval", [interval_text(rating) for rating in ratings]),
        Column("games", [str(rating.games) for rating in ratings]),
        Column("score", [f"{100 * rating.score:.1f} %" if rating.games else "" for rating in ratings]),
        Column("draws", [f"{100 * rating.draws:.0f} %" if rating.games else "" for rating in ratings]),
        Column("LOS", [_superiority(table, *pair) for pair in pairwise(order)] + [""]),
    ]


def _superiority(table: Table, player: int, below: int) -> str:
    """Return the likelihood that a player is stronger than the one below as text, empty where nothing compares them."""
    if math.isnan(table.ratings[below].elo):
        return ""
    share = float(table.superiority[player, below])
    return ">99 %" if share > 0.995 else f"{100 * share:.0f} %"


def _opponents(table: Table, games: Sequence[Outcome]) -> list[Column]:
    """Return a column for each opponent, under the number of their place: points of how many games."""
    points, played = _met(table, games)
    order = ranking(table)

    def cell(player: int, other: int) -> str:
        if player == other:
            return "-"
        return f"{_points(points[player][other])}/{played[player][other]}" if played[player][other] else ""

    return [Column(str(place + 1), [cell(player, other) for player in order]) for place, other in enumerate(order)]


def _met(table: Table, games: Sequence[Outcome]) -> tuple[list[list[float]], list[list[int]]]:
    """Return [n][n] points of the row against the column, and games."""
    size = len(table.names)
    points = [[0.0] * size for _ in range(size)]
    played = [[0] * size for _ in range(size)]
    for first, second, result, _ in games:
        points[first][second] += result
        points[second][first] += 1 - result
        played[first][second] += 1
        played[second][first] += 1
    return points, played


def _lines(columns: list[Column]) -> list[str]:
    rows = zip(*([column.title, *column.cells] for column in columns), strict=True)
    lines = []
    for row in rows:
        placed = [column.place(cell) for cell, column in zip(row, columns, strict=True)]
        lines.append(GAP.join(placed).rstrip())
    return lines


def _width(columns: list[Column]) -> int:
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)


def _short(name: str) -> str:
    """Return the end of a long name: of a path, that is the part that tells."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]


def _points(points: float) -> str:
    whole = int(points)
    return str(whole) if points == whole else f"{whole or ''}½"


def _equals_draw(draw: float) -> float:
    """Return the chance of a draw between two players of equal strength, colours aside: ν / (2 + ν)."""
    return draw / (2 + draw)


def finite(number: float) -> float | int | None:
    """Return a number as JSON has it: what is infinite or NaN is None."""
    return number if math.isfinite(number) else None
