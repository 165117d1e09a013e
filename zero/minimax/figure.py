"""The figure for a slide: where both players' strategies go, method by method, and how far from equilibrium they are."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zero.minimax.methods import METHODS
from zero.minimax.panels import GREY, Panel, draw_probabilities, panels_of, thinned
from zero.minimax.path import Run
from zero.minimax.payoffs import FloatArray

COLOURS = {  # Okabe and Ito's palette, which colour-blind readers can tell apart
    "simgad": "#d55e00",
    "alternating": "#cc79a7",
    "extragradient": "#0072b2",
    "optimistic": "#56b4e9",
    "anchored": "#009e73",
    "single": "#e69f00",
    "single-anchored": "#4d4d4d",
}
DASHES = {"alternating": (0, (5, 1)), "optimistic": (0, (3, 1)), "single": (0, (1, 1)), "single-anchored": (0, (4, 1, 1, 1))}
OTHER_COLOUR = "#7f7f7f"  # of methods that are not ours
SMALLEST = 1e-15  # distances below this are rounding errors
MOST_BESIDE = 3  # with more methods than this the distances stand below the paths, not beside them
MOST_SEGMENTS = 4000
DOTS_PER_INCH = 120
DISTANCES = (5.0, 3.6)  # inches: the width of the distances beside the paths, and their height below them


@dataclass
class Sheet:
    """An empty figure and its axes: paths[row][column] for panel and run, and one for the distances."""

    figure: Any
    panels: list[Panel]
    paths: list[list[Any]]
    distances: Any


def draw(runs: list[Run], path: Path) -> None:
    """Draw runs of several methods on one game, and write the picture; the suffix of the path says of which kind.

    raises OSError: where the file cannot be written.
    """
    sheet = new_sheet(runs)
    for row, panel in enumerate(sheet.panels):
        for axes, run in zip(sheet.paths[row], runs, strict=True):
            _draw_path(axes, panel, run)
    draw_distances(sheet, runs)
    if path.suffix.lower() == ".png":
        image(sheet.figure, DOTS_PER_INCH).save(path, optimize=True)
    else:
        sheet.figure.savefig(path)


def image(figure: Any, dots_per_inch: float) -> Any:
    """Return the figure as a picture of 256 colours, a third the size of one of all colours and no different to the eye."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).quantize(256, dither=Image.Dither.NONE)


def new_sheet(runs: list[Run]) -> Sheet:
    """Lay out the figure: titles, frames and marks, without paths and distances (but with probabilities, if those)."""
    from matplotlib.figure import Figure

    panels = panels_of(runs[0].game)
    rows = len(panels) or 2
    beside = len(runs) <= MOST_BESIDE
    wide, high = (3.1, 3.3) if len(panels) == 1 else (2.9, 2.35)  # inches for one picture
    size = max(wide * len(runs), 4.0), high * rows + 1.1
    whole = (size[0] + DISTANCES[0], size[1]) if beside else (size[0], size[1] + DISTANCES[1])
    figure = Figure(figsize=whole, layout="constrained", facecolor="white")
    shares: dict[str, Any] = {"width_ratios": (size[0], DISTANCES[0])} if beside else {"height_ratios": (size[1], DISTANCES[1])}
    parts: Any = figure.subfigures(1, 2, **shares) if beside else figure.subfigures(2, 1, **shares)
    left, rest = parts
    figure.suptitle(_headline(runs), fontsize=14, color="#222222")
    paths = left.subplots(rows, len(runs), squeeze=False)
    for row in range(rows):
        for axes, run in zip(paths[row], runs, strict=True):
            if panels:
                panels[row].draw_frame(axes)
                draw_marks(axes, panels[row], run)
            else:
                draw_probabilities(axes, run, row, labels=run is runs[0])
        if panels and panels[row].title:
            paths[row][0].text(-0.02, 0.5, panels[row].title, transform=paths[row][0].transAxes, rotation=90, va="center",
                               ha="right", fontsize=12, color=GREY)  # fmt: skip
    for axes, run in zip(paths[0], runs, strict=True):
        axes.set_title(f"{METHODS[run.method].title}\n{verdict_text(run)}", fontsize=13, color=colour_of(run))
    if panels:
        _draw_key(left, runs, columns=4 if size[0] > 5 else 2)
    return Sheet(figure, panels, [list(row) for row in paths], rest.subplots())


def _headline(runs: list[Run]) -> str:
    settings = runs[0].settings
    decay = f", λ = {settings.decay:g}" if any(METHODS[run.method].decays for run in runs) else ""
    kind = "exact gradients" if settings.gradients == "exact" else f"gradients from {settings.samples} sampled games"
    return f"{runs[0].game.name}, α = {settings.alpha:g}{decay}, {kind}"


def colour_of(run: Run) -> str:
    """Return the colour of the run's method."""
    return COLOURS.get(run.method, OTHER_COLOUR)


def verdict_text(run: Run) -> str:
    """Return the verdict in words, with the step of an overflow."""
    return f"diverged at step {run.diverged_at:,}" if run.diverged_at is not None else run.verdict


def draw_marks(axes: Any, panel: Panel, run: Run) -> None:
    """Mark the equilibrium, and the point at rest where that is another."""
    axes.plot(*panel.place(run.equilibrium.joint), "*", color="black", markersize=11, markeredgecolor="white",
              markeredgewidth=0.6, zorder=9)  # fmt: skip
    if run.rest_strategies is not None and elsewhere(run):
        style = {"color": colour_of(run), "markersize": 9, "markeredgecolor": "white", "markeredgewidth": 0.6}
        axes.plot(*panel.place(run.rest_strategies), "P", zorder=9, **style)


def elsewhere(run: Run) -> bool:
    """Return whether the method has a point at rest that is no equilibrium."""
    rest = run.rest_strategies
    return rest is not None and bool(np.abs(rest - run.equilibrium.joint).max() > 1e-3)


def draw_distances(sheet: Sheet, runs: list[Run], lines: bool = True) -> list[Any]:
    """Draw the distance from equilibrium against steps, and name the lines at their ends; return the lines.

    lines: False draws the axes and the names only, and lines without points for an animation to fill in.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    axes, drawn = sheet.distances, []
    for run in runs:
        steps = thinned(len(run.distance), MOST_SEGMENTS) if lines else np.empty(0, dtype=int)
        style = {"color": colour_of(run), "linestyle": DASHES.get(run.method, "-"), "linewidth": 2.0}
        drawn += axes.plot(steps, np.maximum(run.distance[steps], SMALLEST / 10), **style)
    axes.set_yscale("log")
    lowest = max(min(float(run.distance.min()) for run in runs), SMALLEST)
    axes.set_ylim(10.0 ** np.floor(np.log10(min(lowest, 0.1)) + 1e-9), 3)
    axes.set_xlim(0, max(run.settings.steps for run in runs))
    axes.set_xlabel("steps", fontsize=11, color=GREY)
    axes.set_title("distance to equilibrium", fontsize=13, color="#222222")
    axes.grid(True, which="major", color="#e6e6e6", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=GREY)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    _name_lines(axes, runs)
    return drawn


def _name_lines(axes: Any, runs: list[Run]) -> None:
    """Write each method beside the end of its line, with the factor per step where that was measured near the point at rest."""
    beside = len(runs) <= MOST_BESIDE
    height = axes.figure.bbox.height / axes.figure.figure.dpi * 0.75  # inches, nearly
    heights = _spread([_end(run) for run in runs], axes.get_ylim(), gap=(0.42 if beside else 0.22) / height)
    for run, place in zip(runs, heights, strict=True):
        factor = ("\n×{:.4f} per step" if beside else "  ×{:.4f}").format(run.factor) if run.factor and run.fit.near else ""
        axes.annotate(f"{METHODS[run.method].title}{factor}", (1.02, place), xycoords="axes fraction", va="center", fontsize=10.5,
                      color=colour_of(run), annotation_clip=False)  # fmt: skip


def _draw_path(axes: Any, panel: Panel, run: Run) -> None:
    """Draw a path from pale to full colour, with arrows where it begins, and its start and end."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    places = panel.place(run.strategies)[thinned(len(run.strategies), MOST_SEGMENTS)]
    colour = colour_of(run)
    red, green, blue = (0.4 * part + 0.6 for part in to_rgb(colour))
    shades = LinearSegmentedColormap.from_list("path", [(red, green, blue), to_rgb(colour)])
    segments = np.stack([places[:-1], places[1:]], axis=1)
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    share = gone[:-1] / gone[-1] if gone[-1] > 0 else gone[:-1]
    axes.add_collection(LineCollection(list(segments), colors=shades(share), linewidths=1.3, zorder=3))
    _draw_arrows(axes, places, gone, colour)
    axes.plot(*places[0], "o", color="white", markeredgecolor=colour, markeredgewidth=2, markersize=8, zorder=7)
    axes.plot(*places[-1], "o", color=colour, markeredgecolor="white", markersize=12, zorder=8)


def _draw_arrows(axes: Any, places: FloatArray, gone: FloatArray, colour: str) -> None:
    """Draw arrow heads along the first turn, where the path has gone 0.5, 1.5 and 2.5 of the radius of the frame.

    gone: [T + 1], the length of the path to each place.
    """
    for length in (0.5, 1.5, 2.5):
        step = int(np.searchsorted(gone, length))
        style = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 15, "shrinkA": 0, "shrinkB": 0}
        if 0 < step < len(places) and gone[-1] > length:
            axes.annotate("", places[step], places[step - 1], zorder=5, arrowprops=style)


def _draw_key(figure: Any, runs: list[Run], columns: int) -> None:
    from matplotlib.lines import Line2D

    def mark(shape: str, label: str, **style: Any) -> Line2D:
        return Line2D([], [], linestyle="", marker=shape, label=label, markersize=8, **style)

    one = "equilibrium" if runs[0].equilibrium.unique else "an equilibrium"
    marks = [
        mark("o", "start", color="white", markeredgecolor=GREY, markeredgewidth=2),
        mark("o", "end", color=GREY),
        mark("*", one, color="black"),
    ]
    if any(elsewhere(run) for run in runs):
        marks.append(mark("P", "point at rest", color=GREY))
    figure.legend(
        handles=marks, loc="outside lower center", ncols=min(columns, len(marks)), frameon=False, fontsize=10, labelcolor=GREY
    )


def _end(run: Run) -> float:
    """Return the last distance; below the picture, the sooner a path leaves it the less."""
    left = np.flatnonzero(run.distance < SMALLEST)
    return float(run.distance[-1]) if len(left) == 0 else SMALLEST * float(left[0] + 1) / (len(run.distance) + 1)


def _spread(values: list[float], limits: tuple[float, float], gap: float) -> list[float]:
    """Return heights between 0 and 1 on a log axis for labels at these values, moved apart to leave a gap between any two."""
    low, high = np.log(limits)
    heights = np.maximum((np.log(np.clip(values, *limits)) - low) / (high - low), 0.05)
    order = np.argsort(values, kind="stable")
    for lower, upper in itertools.pairwise(order):
        heights[upper] = max(heights[upper], heights[lower] + gap)
    ceiling = 0.97
    for place in order[::-1]:
        heights[place] = min(heights[place], ceiling)
        ceiling = heights[place] - gap
    return [float(height) for height in heights]
