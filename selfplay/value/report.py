"""How good a value network is on games that it has not learned from, by ply: against what, is said with each number.

    outcome   (v - z)², the error that it learns to make small; even the true value leaves the variance of the outcomes
    constant  the same error of the mean outcome of the plies in question: what knowing nothing but the ply costs
    policy    (v - v^π)², against the policy's own value, the mean outcome of many games that it plays on from the position
    exact     (v - v*)², against the value under perfect play, by a solver: not what it learns, since the policy makes mistakes

Source of the comparison by ply: Silver et al. 2016 (AlphaGo), figure 2b.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.matches.lines import position_after
from arena.players.solver import Solver, SolverError
from selfplay.policy_games import NO_ACTION, PolicyGames
from selfplay.value.stage import HELD_OUT, ValueStage, mean_square
from zero.files import write_bytes

BANDS = 8
Watch = Callable[[str, float], None]


class Band(NamedTuple):
    """Some plies of the held-out games. Errors are mean squares; None where nothing was measured."""

    first: int
    last: int  # included
    positions: int
    outcome: float
    constant: float
    measured: int  # positions with the numbers that follow
    policy: float | None
    exact: float | None
    policy_exact: float | None  # (v^π - v*)²: how far apart these two are


class Report(NamedTuple):
    """Bands of plies, and all of them as one."""

    bands: list[Band]
    total: Band
    rollouts: int  # games played on from each position that was measured against the policy's value
    solver: str  # why nothing was compared with perfect play; "" where it was


def measure(stage: ValueStage, positions: int, rollouts: int, watch: Watch) -> Report:
    """Measure a stage's network on its held-out games.

    positions: of these, how many are compared with the policy's own value and with the solver; rollouts: games for each.
    """
    held_out = stage.held_out(watch)
    values = stage.values(held_out.planes)
    picked = np.random.default_rng([stage.seed, HELD_OUT]).permutation(len(values))[:positions]
    moves = [stage.held_out_played.actions[game - HELD_OUT, :ply] for game, ply in
             zip(held_out.games[picked], held_out.plies[picked], strict=True)]  # fmt: skip
    policy = np.full((2, len(values)), np.nan)
    if rollouts > 1:
        policy[:, picked] = policy_values(stage, moves, rollouts, watch)
    exact, why = np.full(len(values), np.nan), ""
    try:
        solver = Solver(stage.game)
        for done, (i, line) in enumerate(zip(picked, moves, strict=True)):
            watch("solving", done / len(picked))
            exact[i] = solver.solve(position_after(stage.game, line)).value
    except SolverError as error:
        why = str(error)

    def band(first: int, last: int) -> Band:
        rows = (held_out.plies >= first) & (held_out.plies <= last)
        mine, v = rows & np.isin(np.arange(len(values)), picked), values
        z = held_out.outcomes.astype(float)
        noise = policy[1]
        return Band(
            first,
            last,
            int(rows.sum()),
            mean_square(v[rows] - z[rows]),
            float(z[rows].var()),
            int(mine.sum()),
            _mean((v - policy[0])[mine] ** 2 - noise[mine]),
            _mean((v - exact)[mine] ** 2),
            _mean((policy[0] - exact)[mine] ** 2 - noise[mine]),
        )

    bounds = band_bounds(held_out.plies)
    return Report([band(*pair) for pair in bounds], band(bounds[0][0], bounds[-1][1]), rollouts, why)


def band_bounds(plies: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return the first and the last ply of up to BANDS bands of equal width, without empty ones."""
    width = -(-(int(plies.max()) + 1) // BANDS)
    return [(first, first + width - 1) for first in range(0, int(plies.max()) + 1, width)
            if ((plies >= first) & (plies < first + width)).any()]  # fmt: skip


def policy_values(stage: ValueStage, moves: list[NDArray[np.int32]], rollouts: int, watch: Watch) -> NDArray[np.float64]:
    """Return [2, n]: the mean outcome of games that the policy plays on from each position, and that mean's variance.

    moves: that lead to each position. Values are for the player to move there.
    """
    forced = np.full((len(moves), max(map(len, moves))), NO_ACTION, np.int32)
    for row, line in zip(forced, moves, strict=True):
        row[: len(line)] = line
    forced = np.repeat(forced, rollouts, axis=0)
    first = HELD_OUT + stage.held_out_games
    games = PolicyGames(stage.game, stage.policies[:1], stage.slots, stage.seed, first, len(forced), forced=forced)
    for _ in games.steps():
        watch("playing on", float((games.lengths > 0).mean()))
    sign = np.array([1 - 2 * (len(line) % 2) for line in moves])
    outcomes = sign[:, None] * games.outcomes.reshape(len(moves), rollouts)
    return np.stack([outcomes.mean(1), outcomes.var(1, ddof=1) / rollouts])


def _mean(numbers: NDArray[np.float64]) -> float | None:
    """Return the mean, at least 0: noise that was subtracted can be larger than what it was subtracted from."""
    return None if not len(numbers) or np.isnan(numbers).any() else max(0.0, float(numbers.mean()))


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as one object for JSON."""
    return {
        "bands": [band._asdict() for band in report.bands],
        "total": report.total._asdict(),
        "rollouts": report.rollouts,
        "solver": report.solver,
    }


def write_report(path: Path, report: Report) -> None:
    """Write a report in one step."""
    write_bytes(path, (json.dumps(as_json(report), indent=1) + "\n").encode())
