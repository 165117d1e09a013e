"""The figure in motion: an animated GIF of the paths, slow at first and faster later, as the paths themselves settle."""

from pathlib import Path
from typing import Any

import numpy as np

from zero.minimax.figure import SMALLEST, colour_of, draw_distances, new_sheet
from zero.minimax.panels import GREY
from zero.minimax.path import Run
from zero.minimax.payoffs import FloatArray

FRAMES = 100
MILLISECONDS = 60  # for each frame,
LAST_MILLISECONDS = 2500  # and for the last
DOTS_PER_INCH = 80
TAIL = 40  # steps before the current one that are drawn strongly


def animate(runs: list[Run], path: Path) -> None:
    """Write an animated GIF of runs of several methods on one game.

    raises OSError: where the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    sheet = new_sheet(runs)
    sheet.figure.set_dpi(DOTS_PER_INCH)
    canvas: Any = FigureCanvasAgg(sheet.figure)
    movers: list[Any] = [
        _Mover(axes, panel.place(run.strategies), colour_of(run))
        for row, panel in enumerate(sheet.panels)
        for axes, run in zip(sheet.paths[row], runs, strict=True)
    ]
    lines = draw_distances(sheet, runs, lines=False)
    if not sheet.panels:
        movers += [_Cursor(axes) for row in sheet.paths for axes in row]
    canvas.draw()
    sheet.figure.set_layout_engine("none")
    empty = canvas.copy_from_bbox(sheet.figure.bbox)
    frames = []
    last = max(len(run.logits) for run in runs) - 1
    for share in np.linspace(0, 1, FRAMES):
        step = round(last * share**2)
        canvas.restore_region(empty)
        for mover in movers:
            mover.draw(step)
        for line, run in zip(lines, runs, strict=True):
            line.set_data(np.arange(step + 1)[: len(run.distance)], np.maximum(run.distance[: step + 1], SMALLEST / 10))
            sheet.distances.draw_artist(line)
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    palette = frames[-1].quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [MILLISECONDS] * (FRAMES - 1) + [LAST_MILLISECONDS]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False)


class _Mover:
    """A path that grows in one picture: all of it pale, its last steps in full colour, and a dot where it is."""

    def __init__(self, axes: Any, places: FloatArray, colour: str) -> None:
        self.axes, self.places = axes, places
        axes.plot(*places[0], "o", color="white", markeredgecolor=colour, markeredgewidth=2, markersize=8, zorder=7)
        (self.past,) = axes.plot([], [], color=colour, alpha=0.35, linewidth=1.0)
        (self.recent,) = axes.plot([], [], color=colour, linewidth=2.0)
        (self.dot,) = axes.plot([], [], "o", color=colour, markeredgecolor="white", markersize=10)

    def draw(self, step: int) -> None:
        step = min(step, len(self.places) - 1)
        self.past.set_data(*self.places[: step + 1].T)
        self.recent.set_data(*self.places[max(0, step - TAIL) : step + 1].T)
        self.dot.set_data(*self.places[step : step + 1].T)
        for artist in (self.past, self.recent, self.dot):
            self.axes.draw_artist(artist)


class _Cursor:
    """A line that moves along the steps of a picture of probabilities."""

    def __init__(self, axes: Any) -> None:
        self.axes = axes
        self.line = axes.axvline(0, color=GREY, linewidth=1.0)

    def draw(self, step: int) -> None:
        self.line.set_xdata([step, step])
        self.axes.draw_artist(self.line)
