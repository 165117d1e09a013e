"""What a search has found, in UCI's words."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arena.analysis.analyst import Line, Report

Moves = Callable[[tuple[int, ...]], list[str]]  # a line of actions as moves in UCI's notation


def centipawns(value: float) -> int:
    """Return an expected outcome in [-1, 1] as hundredths of a pawn: 90 · tan(1.5637541897 · value), as Leela Chess Zero.

    So 0.5 is 89 and 0.9 is 546; 1 is 12780.
    """
    return round(90 * math.tan(1.5637541897 * min(1.0, max(-1.0, value))))


def score(value: float, plies: int | None) -> str:
    """Return a value as `cp N`, or as `mate N` where the game is proven to end in so many plies; N counts moves then."""
    if plies is None or value == 0:
        return f"cp {centipawns(value)}"
    return f"mate {mate_in(value, plies)}"


def mate_in(value: float, plies: int) -> int:
    """Return in how many moves a game that is proven to be won or lost ends; negative where it is lost."""
    return (plies + 1) // 2 if value > 0 else -(plies // 2)


def permille(value: float, draw: float) -> str:
    """Return win, draw and loss in thousandths that add up to 1000."""
    win, loss = (min(1000, max(0, round(500 * (1 - draw + sign * value)))) for sign in (1, -1))
    return f"{win} {1000 - win - loss} {loss}"


def info_lines(report: "Report", moves: Moves, best: int, wdl: bool) -> list[str]:
    """Return a line for each of the best moves, at most `best` of them.

    A move that has not been looked at is told only where it is the first; of a game that is over a line says so.
    wdl: say the chances of win, draw and loss, too.
    """
    if not report.lines:
        return [f"info depth 0 score {'mate 0' if report.value < 0 else 'cp 0'}"]
    told = [line for i, line in enumerate(report.lines[:best]) if i == 0 or line.value is not None]
    return [info_line(report, line, number, moves(line.pv), wdl) for number, line in enumerate(told, 1)]


def info_line(report: "Report", line: "Line", number: int, pv: list[str], wdl: bool) -> str:
    """Return what is known of one move; number: its place among the best. pv: its line."""
    known = line.value is not None
    value, draw = (line.value or 0.0, line.draw or 0.0) if known else (report.value, report.wdl[1])
    rate = round(report.fresh / report.seconds) if report.seconds > 0 else 0
    words = [f"info depth {max(1, len(pv))} seldepth {max(report.seldepth, len(pv), 1)} time {round(1000 * report.seconds)}"]
    words.append(f"nodes {report.simulations} score {score(value, line.plies)}")
    words += [f"wdl {permille(value, draw)}"] if wdl else []
    words.append(f"hashfull {min(1000, round(1000 * report.full))} nps {rate} tbhits 0 multipv {number} pv {' '.join(pv)}")
    return " ".join(words)
