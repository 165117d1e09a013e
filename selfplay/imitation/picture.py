"""A run of imitation as a picture: what it learned over time, and how well it foretells moves by ply."""

from pathlib import Path
from typing import Any

from selfplay.imitation.report import Report, Row

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#999999"  # Okabe and Ito: colour-blind safe


def draw(lines: list[dict[str, Any]], report: Report, title: str, output: Path) -> None:
    """Draw accuracy and losses over positions learned from, and the report's accuracy by ply and by rating.

    lines: those of metrics.jsonl.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(11, 7), layout="constrained")
    whole = report.whole
    figure.suptitle(f"{title}: {whole.top1.value:.1%} of {whole.positions:,} moves foretold, in games not learned from")
    _over_time(
        axes[0, 0], lines, (("top1", BLUE, "likeliest move"), ("top5", GREEN, "five likeliest")), "Expert's move (validation)"
    )
    axes[0, 0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    _over_time(axes[1, 0], lines, (("policy_loss", BLUE, "policy"), ("value_loss", ORANGE, "win/draw/loss")), "Losses (training)")
    _bands(axes[0, 1], report.by_ply, "By ply")
    _bands(axes[1, 1], report.by_rating, "By rating of the player")
    for axis in axes.flat:
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(output, dpi=120)
    pyplot.close(figure)


def _over_time(axis: Any, lines: list[dict[str, Any]], curves: tuple[tuple[str, str, str], ...], title: str) -> None:
    """Draw curves over epochs. curves: name in the lines, colour, label."""
    for name, colour, label in curves:
        points = [(line["epochs"], line[name]) for line in lines if line.get(name) is not None]
        if points:
            axis.plot(
                *zip(*points, strict=True), color=colour, label=label, marker="o" if len(points) < 20 else None, markersize=3
            )
    axis.set_title(title, fontsize=10)
    axis.set_xlabel("epochs")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8)


def _bands(axis: Any, rows: list[Row], title: str) -> None:
    """Draw a band of positions as a bar each, with its 95 % interval."""
    axis.set_title(f"{title}: likeliest move is the expert's, 95 % intervals", fontsize=10)
    if not rows:
        axis.text(0.5, 0.5, "not known", ha="center", va="center", transform=axis.transAxes, color=GREY)
        return
    middle = [row.top1.value for row in rows]
    below, above = [row.top1.value - row.top1.low for row in rows], [row.top1.high - row.top1.value for row in rows]
    axis.bar(range(len(rows)), middle, color=BLUE, yerr=(below, above), capsize=3)
    names = [row.name.split(" ", 1)[1] for row in rows]
    axis.set_xticks(range(len(rows)), names, rotation=45, ha="right", fontsize=8)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
