"""Positions and searches as what a person reads: scenes for the board, lines for the panel."""

from typing import TYPE_CHECKING

from arena.tui.boards.drawing import Scene
from arena.tui.boards.faces import Cell, Face, checked_king
from arena.tui.panel import BestMove, Wdl
from games.position import Position

if TYPE_CHECKING:
    from arena.analysis.analyst import Line, Report

LONGEST_VARIATION = 16  # plies that are shown
SHOWN = 5  # best moves


def scene_of(face: Face, position: Position) -> Scene:
    """Return what stands on the board, and the last move."""
    state = position.state
    last: tuple[Cell, ...] = ()
    if position.actions:
        last = face.cells(position.frames(1)[0], position.actions[-1])
    targets: frozenset[Cell] = frozenset()
    if face.style == "discs":
        cells = [face.cells(state, action) for action in position.legal_actions()]
        targets = frozenset(cell for each in cells for cell in each)
    return Scene(face.letters(state), last, targets=targets, check=checked_king(face, state))


def notes_of(face: Face | None, position: Position) -> list[str]:
    """Return what a player counts: discs in Othello, captured stones in Go."""
    if face is None or face.style not in ("discs", "go"):
        return []
    if face.style == "discs":
        letters = "".join(face.letters(position.state))
        return [f"discs: Black {letters.count('X')}, White {letters.count('O')}"]
    state, turn = position.state, position.to_play
    lost = [int(state["mine_lost"]), int(state["theirs_lost"])]
    return [f"captures: Black {lost[1 - turn]}, White {lost[turn]}; komi {position.game.komi:g}"]  # type: ignore[attr-defined]


def for_first(position: Position, wdl: Wdl) -> Wdl:
    """Return win, draw and loss for the player who began, of those for the player to move."""
    return wdl if position.to_play == 0 else (wdl[2], wdl[1], wdl[0])


def best_moves(position: Position, report: "Report") -> list[BestMove]:
    """Return the lines of the table of best moves."""
    most = max([line.visits for line in report.lines] or [0]) or 1
    return [
        BestMove(
            position.game.move_name(position.state, line.action), str(line.visits), value_text(line), line.visits / most
        )
        for line in report.lines[:SHOWN]
        if line.visits or line.plies is not None
    ]


def value_text(line: "Line") -> str:
    """Return a line's value as a person reads it: -1 to 1, or what is certain and in how many plies."""
    if line.plies is not None and line.value is not None:
        return f"{('loss', 'draw', 'win')[round(line.value) + 1]} {line.plies}"
    return "" if line.value is None else f"{line.value:+.2f}"
