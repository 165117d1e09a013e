"""`zero plot RUN`: losses, rating, speed and mistakes of a run as a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from selfplay.runs import TRAIN, read_metrics, read_settings
from zero.errors import RunError
from zero.flags import parse

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999"  # Okabe and Ito: colour-blind safe
COLUMNS = 4  # of panels, where each number has one
SECOND = "second scale"


@dataclass(frozen=True)
class PlotSettings:
    """What `zero plot` is asked to draw."""

    run: tyro.conf.Positional[Path]
    """The run folder."""
    output: Path | None = None
    """Where the PNG goes (default: RUN/plot.png)."""


def main(arguments: list[str]) -> int:
    """Draw the picture and say where it is."""
    asked = parse(PlotSettings, arguments, "zero plot", "Draw losses, rating, speed and mistakes of a run.")
    settings = read_settings(asked.run)
    lines = read_metrics(asked.run)
    if not lines:
        raise RunError(f"{asked.run}: nothing to draw, no generation has ended there")
    output = asked.output or asked.run / "plot.png"
    if settings["command"] == TRAIN:
        draw(lines, f"{settings['game']}, seed {settings['seed']}", output)
    else:
        draw_all(lines, f"zero {settings['command']}: {settings['game']}, seed {settings['seed']}", output)
    print(output)
    return 0


def draw(lines: list[dict[str, Any]], title: str, output: Path) -> None:
    """Draw four panels over the generations of zero train. lines: those of metrics.jsonl."""
    figure, axes = _figure(2, 2, f"{title}: {lines[-1]['games']:,} games, {lines[-1]['positions']:,} positions")
    _losses(axes[0, 0], lines)
    _curve(axes[0, 1], lines, "rating", BLUE, "Elo above the untrained network (each rated against the one before)")
    _mistakes(axes[1, 0], lines)
    _speed(axes[1, 1], lines)
    _save(figure, "generation", output)


def draw_all(lines: list[dict[str, Any]], title: str, output: Path) -> None:
    """Draw a panel for each number that the intervals of another training brought. lines: those of metrics.jsonl."""
    names = [name for name in lines[-1] if name != "generation" and any(line.get(name) is not None for line in lines)]
    figure, axes = _figure(-(-len(names) // COLUMNS), COLUMNS, title)
    for axis, name in zip(axes.flat, names, strict=False):
        _curve(axis, lines, name, BLUE, name.replace("_", " "))
    for axis in axes.flat[len(names) :]:
        axis.remove()
    _save(figure, "interval", output)


def _figure(rows: int, columns: int, title: str) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = (11, 7) if columns == 2 else (3.6 * columns, 2.6 * rows)
    figure, axes = pyplot.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    figure.suptitle(title)
    return figure, axes


def _save(figure: Any, unit: str, output: Path) -> None:
    from matplotlib import pyplot

    for axis in figure.axes:
        if axis.get_label() != SECOND:
            axis.set_xlabel(unit)
            axis.xaxis.get_major_locator().set_params(integer=True)
            axis.grid(alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(output, dpi=120)
    pyplot.close(figure)


def _curve(axis: Any, lines: list[dict[str, Any]], name: str, colour: str, title: str, label: str | None = None) -> None:
    points = [(line["generation"], line[name]) for line in lines if line.get(name) is not None]
    generations, values = zip(*points, strict=True) if points else ((), ())
    axis.plot(generations, values, color=colour, label=label, marker="o" if len(points) < 20 else None, markersize=3)
    axis.set_title(title, fontsize=10)


def _losses(axis: Any, lines: list[dict[str, Any]]) -> None:
    _curve(axis, lines, "policy_loss", BLUE, "Losses (cross-entropy)", "policy")
    _curve(axis, lines, "policy_entropy", GREY, "Losses (cross-entropy)", "entropy of the policy targets")
    _curve(axis, lines, "value_loss", ORANGE, "Losses (cross-entropy)", "win/draw/loss")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8)


def _mistakes(axis: Any, lines: list[dict[str, Any]]) -> None:
    """Draw the share of wrong moves against the solver, where the run has measured it."""
    axis.set_title("Wrong moves against the exact solver", fontsize=10)
    measured = [line for line in lines if line.get("wrong_opening") is not None]
    if not measured:
        axis.text(0.5, 0.5, "not measured\n(there is a solver for Connect Four on 6×7:\ninstall the extra [solver])", ha="center",
                  va="center", transform=axis.transAxes, color=GREY)  # fmt: skip
        axis.set_xlim(0, lines[-1]["generation"])
        return
    for stage, colour in (("opening", BLUE), ("middle", ORANGE), ("end", GREEN)):
        _curve(axis, measured, f"wrong_{stage}", colour, axis.get_title(), stage)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8)


def _speed(axis: Any, lines: list[dict[str, Any]]) -> None:
    _curve(axis, lines, "simulations_per_second", GREEN, "Self-play")
    axis.set_ylabel("simulations/s", color=GREEN)
    axis.set_ylim(bottom=0)
    other = axis.twinx()
    other.set_label(SECOND)
    _curve(other, lines, "cached_share", RED, "Self-play: speed, and share answered by the cache")
    other.set_ylabel("from the cache", color=RED)
    other.set_ylim(0, 1)
    other.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_title("Self-play: speed, and share answered by the cache", fontsize=10)
