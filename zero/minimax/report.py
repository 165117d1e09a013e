"""What runs of several methods on one game came to: a table for people, JSON for programs."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from zero.minimax.gradients import ExactGradients
from zero.minimax.methods import METHODS
from zero.minimax.path import Run

HEADINGS = ("method", "verdict", "factor", "theory", "distance", "exploitability", "of the average")
SATURATED = (0.01, 0.1)  # a gradient below the first, though best responses would gain more than the second
MOST_NAMES = 8  # equilibria of more actions than this are not written out


def table(runs: list[Run]) -> str:
    """Return the game, its equilibrium, a line of numbers for each run, and what has to be said about them."""
    far = [run for run in runs if run.factor is not None and not run.fit.near]
    rows: list[tuple[str, ...]] = [HEADINGS]
    for run in runs:
        mark = "*" if run in far else ""
        verdict = f"diverged at step {run.diverged_at:,}" if run.diverged_at is not None else run.verdict
        expected = "-" if run.expected_factor is None else f"{run.expected_factor:.6f}"
        factor = "-" if run.factor is None else f"{run.factor:.6f}{mark}"
        measures = (run.distance, run.exploitability, run.average_exploitability)
        rows.append((run.method, verdict, factor, expected, *(f"{measure[-1]:.3g}" for measure in measures)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "-" * sum(widths, 2 * (len(widths) - 1)))
    return "\n".join([_game(runs[0]), _settings(runs[0]), "", *lines, "", *_remarks(runs, far)])


def _game(run: Run) -> str:
    found = run.equilibrium
    first, second = (_strategy(*each) for each in zip(run.game.actions, (found.row, found.column), strict=True))
    which = "equilibrium" if found.unique else "one equilibrium of many"
    players = f"both players: {first}" if first == second else f"player 1: {first}; player 2: {second}"
    return f"{run.game.name}: value {_tidy(found.value):.6g}; {which}: {players}"


def _strategy(names: tuple[str, ...], strategy: np.ndarray) -> str:
    used = [(name, share) for name, share in zip(names, strategy, strict=True) if share >= 5e-5]
    if len(used) > MOST_NAMES:
        return f"{len(used)} of {len(names)} actions"
    return ", ".join(f"{name} ({share:.4f})" for name, share in used)


def _settings(run: Run) -> str:
    settings = run.settings
    sampled = f"REINFORCE gradients from {settings.samples:,} games each, seed {settings.seed}"
    kind = "exact gradients" if settings.gradients == "exact" else sampled
    return f"α = {settings.alpha:g}, λ = {settings.decay:g}, {settings.steps:,} steps, {kind}"


def _remarks(runs: list[Run], far: list[Run]) -> list[str]:
    lines = [
        "factor: change of the distance per step, measured near the point at rest; theory: what linear theory expects there.",
        "exploitability: what best responses would gain, both players' gains together; also of the average strategies.",
    ]
    if far:
        lines.append("* over the last half of the path, which does not stay near the point at rest: theory need not hold there.")
    return lines + [f"{run.method}: {remark}" for run in runs for remark in _remarks_on(run)]


def _remarks_on(run: Run) -> list[str]:
    lines = []
    expected = run.expected_factor
    if expected is not None and expected < 1 + 1e-9 and run.verdict == "diverges":
        word = "converge" if expected < 1 - 1e-9 else "cycle"
        lines.append(f"near the point at rest it would {word}, with a factor of {expected:.6f}; this start is too far from it.")
    if run.rest_strategies is not None and METHODS[run.method].decays:
        apart = float(np.linalg.norm(run.rest_strategies - run.equilibrium.joint))
        if apart > 1e-3:
            lines.append(f"the decay keeps its point at rest {apart:.3g} away from the equilibrium.")
    gradient = float(np.linalg.norm(ExactGradients(run.game.payoff)(run.logits[-1])))
    gain = run.exploitability[-1]
    if gradient < SATURATED[0] and gain > SATURATED[1] and run.verdict != "converges" and run.diverged_at is None:
        lines.append(
            f"the softmax is saturated: best responses would gain {gain:.3g}, but the gradient's size is {gradient:.1g}."
        )
    return lines


def as_json(runs: list[Run]) -> dict[str, Any]:
    """Return what `table` tells, and more, as a dictionary of numbers, strings and lists.

    A number that is not finite is None.
    """
    game, found = runs[0].game, runs[0].equilibrium
    return {
        "game": game.name,
        "actions": {"player1": list(game.actions[0]), "player2": list(game.actions[1])},
        "value": _tidy(found.value),
        "equilibrium": {"player1": found.row.tolist(), "player2": found.column.tolist(), "unique": found.unique},
        "settings": asdict(runs[0].settings),
        "methods": {run.method: _method(run) for run in runs},
    }


def _method(run: Run) -> dict[str, Any]:
    def players(joint: np.ndarray | None) -> dict[str, list[float]] | None:
        return None if joint is None else {"player1": joint[: run.rows].tolist(), "player2": joint[run.rows :].tolist()}

    logit_distance = run.logit_distance
    return {
        "verdict": run.verdict,
        "diverged_at": run.diverged_at,
        "steps": len(run.logits) - 1,
        "factor": _finite(run.factor),
        "factor_steps": [run.fit.first, run.fit.last],
        "factor_near_rest": run.fit.near,
        "expected_factor": _finite(run.expected_factor),
        "start": players(run.logits[0]),
        "strategies": players(run.strategies[-1]),
        "average_strategies": players(run.averages[-1]),
        "rest_strategies": players(run.rest_strategies),
        "distance": _finite(run.distance[-1]),
        "logit_distance": None if logit_distance is None else _finite(logit_distance[-1]),
        "exploitability": _finite(run.exploitability[-1]),
        "average_exploitability": _finite(run.average_exploitability[-1]),
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _tidy(value: float) -> float:
    """Return the value with rounding errors about zero removed."""
    return 0.0 if abs(value) < 1e-14 else value
