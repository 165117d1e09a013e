"""Counting a player's mistakes against exact solutions.

A mistake gives away a win, or gives away a draw. Its share is counted over the positions where one can be made; the
error of the predicted value over all positions.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from arena.players.player import Player, Thought
from arena.players.solver import Solver
from arena.ratings.intervals import wilson
from games.position import Position

STAGES = {"opening": range(13), "middle": range(13, 27), "end": range(27, 43)}  # plies played
GOES = 256  # positions considered at a time

Chooser = Callable[[list[Position]], list[int]]


class StageReport(NamedTuple):
    """How a player did in one stage of the game."""

    positions: int
    with_mistakes: int  # positions where a mistake can be made
    mistakes: int  # and where one was made
    value_error: float | None  # mean |predicted value - outcome in {-1, 0, 1}|; None where nothing was predicted

    @property
    def share(self) -> float | None:
        """The share of mistakes; None where none can be made."""
        return self.mistakes / self.with_mistakes if self.with_mistakes else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share (Wilson)."""
        return wilson(self.mistakes / self.with_mistakes, self.with_mistakes) if self.with_mistakes else None


Report = dict[str, StageReport]  # by stage


def mistakes(
    player: Player | Chooser,
    positions: Sequence[Position],
    solver: Solver | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Let a player move in each position, and compare with the exact solution.

    player:    a Player, or a function from positions to actions (then no values are compared).
    positions: of Connect Four on 6×7 cells; none of them is over.
    solver:    remembers what it solved, so one that is kept makes the next report over the same positions quick.
    progress:  told how many of how many positions are done.
    """
    solver = solver or (Solver(positions[0].game) if positions else None)
    thoughts: list[Thought] = []
    for start in range(0, len(positions), GOES):
        part = list(positions[start : start + GOES])
        thoughts += player.consider(part) if isinstance(player, Player) else [Thought(action) for action in player(part)]
        for position in part:
            assert solver
            solver.solve(position)
        if progress:
            progress(start + len(part), len(positions))
    return {stage: _stage(plies, positions, thoughts, solver) for stage, plies in STAGES.items()}


def _stage(plies: range, positions: Sequence[Position], thoughts: Sequence[Thought], solver: Solver | None) -> StageReport:
    count = with_mistakes = made = 0
    errors = []
    for position, thought in zip(positions, thoughts, strict=True):
        if position.ply not in plies:
            continue
        assert solver
        solution = solver.solve(position)
        count += 1
        with_mistakes += solution.has_mistakes
        made += solution.is_mistake(thought.action)
        if thought.value is not None:
            errors.append(abs(thought.value - solution.value))
    return StageReport(count, with_mistakes, made, sum(errors) / len(errors) if errors else None)


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as one object for JSON, each number by stage; what there is no number for is None."""
    return {
        "wrong_move_share": {stage: part.share for stage, part in report.items()},
        "wrong_move_interval": {stage: part.interval for stage, part in report.items()},
        "wrong_moves": {stage: part.mistakes for stage, part in report.items()},
        "positions_with_wrong_moves": {stage: part.with_mistakes for stage, part in report.items()},
        "positions_by_stage": {stage: part.positions for stage, part in report.items()},
        "value_error": {stage: part.value_error for stage, part in report.items()},
    }


def as_text(report: Report, title: str) -> str:
    """Return a report as lines for a person."""
    lines = [title, f"  {'stage':<9}{'positions':>10}{'wrong moves':>18}{'share':>9}{'95 % interval':>20}{'value error':>13}"]
    for stage, part in report.items():
        share = interval = "-"
        if part.share is not None and part.interval is not None:
            share = f"{100 * part.share:.2f} %"
            interval = f"{100 * part.interval[0]:.2f} to {100 * part.interval[1]:.2f} %"
        error = "-" if part.value_error is None else f"{part.value_error:.3f}"
        made = f"{part.mistakes} of {part.with_mistakes}"
        lines.append(f"  {stage:<9}{part.positions:>10}{made:>18}{share:>9}{interval:>20}{error:>13}")
    return "\n".join(lines)
