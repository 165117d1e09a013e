"""A value network's report for people: a table, and a picture."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from selfplay.plot import BLUE, GREEN, GREY, ORANGE
from selfplay.value.report import Band, Report

LEGEND = """Mean squared errors of values from -1 to 1, on games that nothing was learned from:
  outcome       against how the game ended; constant: of the mean outcome of these plies instead of the network
  policy        against the mean outcome of many games that the policy plays on from the position
  exact         against perfect play, which is another thing: policy-exact is how far the policy's value is from that"""


def print_report(report: Report, title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", padding=(0, 1))
    names = ["plies", "positions", "outcome", "constant", "measured"]
    names += ["policy"] * (report.rollouts > 1) + ["exact", "policy-exact"] * (not report.solver)
    for name in names:
        table.add_column(name, justify="right")
    for band in [*report.bands, report.total]:
        plies = "all" if band is report.total else f"{band.first}-{band.last}"
        cells = [plies, f"{band.positions:,}", _number(band.outcome), _number(band.constant), f"{band.measured:,}"]
        cells += [_number(band.policy)] * (report.rollouts > 1)
        cells += [_number(band.exact), _number(band.policy_exact)] * (not report.solver)
        table.add_row(*cells)
    console = Console()
    console.print(table)
    console.print(LEGEND, highlight=False)
    if report.solver:
        console.print(f"Not compared with perfect play: {report.solver}", highlight=False, markup=False)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def draw_report(report: Report, lines: list[dict[str, Any]], title: str, output: Path) -> None:
    """Draw errors by ply, and errors over intervals. lines: those of metrics.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    figure.suptitle(title, fontsize=11)
    for name, colour, label in (
        ("constant", GREY, "mean outcome of these plies, against the outcome"),
        ("outcome", BLUE, "network, against the outcome"),
        ("policy", ORANGE, "network, against the policy's own value"),
        ("exact", GREEN, "network, against perfect play"),
    ):
        points = [((band.first + band.last) / 2, getattr(band, name)) for band in report.bands if _known(band, name)]
        if points:
            left.plot(*zip(*points, strict=True), color=colour, label=label, marker="o", markersize=3)
    left.set_xlabel("ply")
    left.set_ylabel("mean squared error on held-out games")
    for name, colour, label in (("learned_mse", GREY, "games learned from"), ("held_out_mse", BLUE, "held-out games")):
        points = [(line["generation"], line[name]) for line in lines if line.get(name) is not None]
        if points:
            marker = "o" if len(points) < 20 else None
            right.plot(*zip(*points, strict=True), color=colour, label=label, marker=marker, markersize=3)
    right.set_xlabel("interval")
    right.set_ylabel("mean squared error against the outcome")
    right.xaxis.get_major_locator().set_params(integer=True)
    for axis in (left, right):
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    figure.savefig(output, dpi=120)
    pyplot.close(figure)


def _known(band: Band, name: str) -> bool:
    return getattr(band, name) is not None
