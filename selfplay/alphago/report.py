"""What a pipeline came to, for a person: claims and ratings as text, as JSON, and as a picture."""

import json
import math
from pathlib import Path
from typing import Any

from arena.ratings.crosstable import as_json, as_text, finite, ranking
from arena.ratings.table import Table
from selfplay.alphago.claims import Verdict
from selfplay.alphago.matches import Meetings
from zero.files import write_bytes

BLUE, GREY, RED = "#0072B2", "#777777", "#D55E00"  # Okabe and Ito: colour-blind safe


def claims_text(verdicts: list[Verdict]) -> str:
    """Return the claims as lines: what the games say, with 95 % intervals."""
    width = max(len(verdict.claim.text) for verdict in verdicts)
    lines = [f"{'claim':<{width}}  {'score':>7}  {'95 % interval':>17}  {'games':>5}"]
    for verdict in verdicts:
        interval = f"{verdict.low:.1%} to {verdict.high:.1%}"
        lines.append(f"{verdict.claim.text:<{width}}  {verdict.score:>7.1%}  {interval:>17}  {verdict.games:>5}  {verdict.text}")
    return "\n".join(lines)


def write_report(meetings: Meetings, folder: Path, title: str, about: dict[str, Any]) -> str:
    """Write RUN/report.json and RUN/report.png; return the report as text. about: what else is to be kept."""
    verdicts, table, games = meetings.verdicts(), meetings.table(), meetings.games()
    told = {
        **about,
        "players": meetings.entrants,
        "claims": [
            {
                "claim": verdict.claim.text,
                "player": verdict.claim.player,
                "against": verdict.claim.against,
                "goal": verdict.claim.goal,
                "score": finite(verdict.score),
                "low": verdict.low,
                "high": verdict.high,
                "games": verdict.games,
                "verdict": verdict.text,
            }
            for verdict in verdicts
        ],
        "ratings": as_json(table, games),
    }
    write_bytes(folder / "report.json", (json.dumps(told, indent=1) + "\n").encode())
    draw(verdicts, table, title, folder / "report.png")
    return f"{as_text(table, games)}\n\n{claims_text(verdicts)}"


def draw(verdicts: list[Verdict], table: Table, title: str, path: Path) -> None:
    """Draw ratings and claims side by side, each with its 95 % interval."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = max(len(table.names), len(verdicts))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(15, 1.2 + 0.42 * rows), layout="constrained")
    figure.suptitle(title, fontsize=12)
    _draw_ratings(left, table)
    _draw_claims(right, verdicts)
    for axis in (left, right):
        axis.grid(axis="x", alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _draw_ratings(axis: Any, table: Table) -> None:
    """Draw the players, strongest on top; a bound where there is no finite rating."""
    order = [player for player in ranking(table) if not math.isnan(table.ratings[player].elo)]
    for row, player in enumerate(reversed(order)):
        rating = table.ratings[player]
        if math.isinf(rating.elo):
            bound, marker = (rating.low, ">") if rating.elo > 0 else (rating.high, "<")
            axis.plot([bound], [row], color=BLUE, marker=marker, fillstyle="none")
        else:
            ends = [[rating.elo - rating.low], [rating.high - rating.elo]]
            axis.errorbar([rating.elo], [row], xerr=ends if all(map(math.isfinite, ends[0] + ends[1])) else None, color=BLUE,
                          marker="o", capsize=3)  # fmt: skip
    axis.set_yticks(range(len(order)), [table.names[player] for player in reversed(order)])
    axis.set_xlabel(f"Elo above {table.names[table.anchor]}")


def _draw_claims(axis: Any, verdicts: list[Verdict]) -> None:
    """Draw the score of each claim's match, and the score that it says is exceeded."""
    colours = {"holds": BLUE, "undecided": GREY, "does not hold": RED}
    for row, verdict in enumerate(reversed(verdicts)):
        ends = [[max(0.0, verdict.score - verdict.low)], [max(0.0, verdict.high - verdict.score)]]
        axis.errorbar([verdict.score], [row], xerr=ends, color=colours[verdict.text], marker="o", capsize=3)
        axis.plot([verdict.claim.goal] * 2, [row - 0.3, row + 0.3], color="black", linewidth=1)
    axis.set_yticks(range(len(verdicts)), [f"{verdict.claim.text}: {verdict.text}" for verdict in reversed(verdicts)])
    axis.set_xlim(0, 1)
    axis.set_xlabel("score, and what the claim says it exceeds")
