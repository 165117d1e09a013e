"""Pictures of ratings: a run's ladder over generations, games and hours; strength over simulations a move."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from arena.ratings.table import Rating

BLUE, GREY = "#0072B2", "#777777"  # Okabe and Ito: colour-blind safe


class Point(NamedTuple):
    """A player of a ladder, and what it had learned from."""

    rating: Rating
    name: str
    generation: int | None  # None for a player that is no checkpoint
    games: int | None = None  # of self-play; None where the run doesn't tell
    hours: float | None = None


def draw_ladder(points: Sequence[Point], title: str, anchor: str, output: Path) -> None:
    """Draw Elo over generations, and over games and hours where they are known, with 95 % intervals."""
    rungs = [point for point in points if point.generation is not None]
    panels: list[tuple[str, list[Any]]] = [("generation", [point.generation for point in rungs])]
    if all(point.games is not None for point in rungs):
        panels.append(("games of self-play", [point.games for point in rungs]))
        panels.append(("hours of self-play and learning", [point.hours for point in rungs]))
    figure, axes = _figure(len(panels), sharey=True)
    figure.suptitle(f"{title}, with 95 % intervals", fontsize=11)
    for axis, (label, places) in zip(axes, panels, strict=True):
        _curve(axis, places, [point.rating for point in rungs])
        for other in points:
            if other.generation is None and math.isfinite(other.rating.elo):
                axis.axhline(other.rating.elo, color=GREY, linestyle="--", linewidth=1)
                at = (1, other.rating.elo)
                axis.annotate(other.name, at, xycoords=("axes fraction", "data"), ha="right", va="bottom", color=GREY)
        axis.set_xlabel(label)
    axes[0].set_ylabel(f"Elo above {'generation ' if anchor.isdecimal() else ''}{anchor}")
    axes[0].xaxis.get_major_locator().set_params(integer=True)
    if len(panels) > 1:
        axes[1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    _save(figure, output)


def draw_scaling(
    simulations: Sequence[int], ratings: Sequence[Rating], steps: Sequence[Rating], title: str, output: Path
) -> None:
    """Draw Elo over simulations a move, and what each doubling brought. steps: of each count but the first, over its half."""
    figure, (left, right) = _figure(2)
    figure.suptitle(title, fontsize=11)
    _curve(left, simulations, ratings)
    left.set_ylabel(f"Elo above {simulations[0]} simulations")
    for place, step in zip(simulations[1:], steps, strict=True):
        if math.isfinite(step.elo):
            ends = [[step.elo - step.low], [step.high - step.elo]]
            right.errorbar([place], [step.elo], ends, color=BLUE, marker="o", markersize=4, capsize=3)
    right.axhline(0, color=GREY, linewidth=1)
    right.set_ylabel("Elo over half as many")
    for axis in (left, right):
        axis.set_xscale("log", base=2)
        axis.set_xticks(list(simulations), [str(number) for number in simulations])
        axis.minorticks_off()
        axis.set_xlabel("simulations a move")
    right.set_xlim(left.get_xlim())
    _save(figure, output)


def _curve(axis: Any, places: Sequence[Any], ratings: Sequence[Rating]) -> None:
    """Draw ratings with their intervals; where there is only a bound, a triangle that points away from it."""
    known = [(place, rating) for place, rating in zip(places, ratings, strict=True) if math.isfinite(rating.elo)]
    if known:
        at = [place for place, _ in known]
        low, high = [rating.low for _, rating in known], [rating.high for _, rating in known]
        axis.fill_between(at, low, high, color=BLUE, alpha=0.2, linewidth=0)
        axis.plot(at, [rating.elo for _, rating in known], color=BLUE, marker="o", markersize=3)
    for place, rating in zip(places, ratings, strict=True):
        if math.isinf(rating.elo):
            bound, marker = (rating.low, "^") if rating.elo > 0 else (rating.high, "v")
            axis.plot([place], [bound], color=BLUE, marker=marker, markersize=6, fillstyle="none")


def _figure(panels: int, sharey: bool = False) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, panels, figsize=(4.6 * panels, 4), layout="constrained", squeeze=False, sharey=sharey)
    for axis in axes.flat:
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes[0]


def _save(figure: Any, output: Path) -> None:
    from matplotlib import pyplot

    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=120)
    pyplot.close(figure)
