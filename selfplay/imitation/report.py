"""What a network learned from games of experts, measured on games that it did not learn from: by ply and by rating.

Positions of one game are not independent: 95 % intervals are those of games drawn at random with all of their positions.
Source: Cochran 1977, Sampling Techniques, section 2.11 (the ratio estimator).
"""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.table import Table

from selfplay.expert.drawing import Collection
from selfplay.expert.games import take
from selfplay.imitation.measuring import AT_ONCE, Measure, Scores, joined
from selfplay.stages import Watch
from zero.checkpoint import read_checkpoint
from zero.files import write_bytes

FILE = "report.json"
MOST_POSITIONS = 200_000  # of a larger validation part, games are drawn at random
Z = 1.959964  # of the normal distribution, for 95 %
RATING_STEP, MANY_RATINGS = 100, 1000  # width of a band; twice that where ratings differ by more


class Estimate(NamedTuple):
    """A mean over positions with its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float


class Row(NamedTuple):
    """What was measured on some positions."""

    name: str
    positions: int
    games: int
    top1: Estimate
    top5: Estimate
    perplexity: Estimate
    value_mse: Estimate  # of outcome and value, each in [-1, 1]


class Report(NamedTuple):
    """All rows; the first of `whole` is that of all positions."""

    checkpoint: str
    generation: int
    whole: Row
    by_ply: list[Row]
    by_rating: list[Row]


class _Positions(NamedTuple):
    """n positions of the validation part."""

    scores: Scores
    games: NDArray[np.int64]  # [n] number of the game
    plies: NDArray[np.int64]  # [n] from 0
    ratings: NDArray[np.int64]  # [n] of the player to move, 0 where not known


def make_report(checkpoint: Path, collection: Collection, value: bool, device: torch.device, watch: Watch) -> Report | None:
    """Measure a checkpoint on the validation part of a collection; None where that has no positions.

    value: whether its value head learned, too.
    """
    found = read_checkpoint(checkpoint, collection.game)
    positions = _measured(collection, Measure(found.network, device), watch)
    if positions is None:
        return None
    if not value:
        positions = positions._replace(scores=positions.scores._replace(squared=np.full(len(positions.games), np.nan)))
    whole = _row("all", positions, np.ones(len(positions.games), np.bool_))
    by_ply = [_row(name, positions, chosen) for name, chosen in _ply_bands(positions.plies)]
    by_rating = [_row(name, positions, chosen) for name, chosen in _rating_bands(positions.ratings)]
    return Report(str(checkpoint), found.generation, whole, by_ply, by_rating)


def _measured(collection: Collection, measure: Measure, watch: Watch) -> _Positions | None:
    """Return the scores of all positions of the validation part, or of games drawn from it."""
    total, done, before = max(collection.positions("validation"), 1), 0, 0
    random = np.random.default_rng(collection.seed)
    parts: list[_Positions] = []
    for shard in collection.shards("validation", None):
        games = take(shard, np.flatnonzero(random.random(len(shard.outcomes)) < MOST_POSITIONS / total))
        plies = games.labelled()
        for first in range(0, len(plies), AT_ONCE):
            some = plies[first : first + AT_ONCE]
            scores = measure.scores(collection.samples([(games, some)], np.zeros(len(some), np.int64)))
            owners = games.owners(some)
            ply = some - games.starts[owners]
            parts.append(_Positions(scores, owners + before, ply, games.ratings[owners, ply % 2].astype(np.int64)))
            done += len(some)
            watch("measuring", done / min(total, MOST_POSITIONS))
        before += len(games.outcomes)
    if not parts:
        return None
    rest = [np.concatenate([getattr(part, name) for part in parts]) for name in _Positions._fields[1:]]
    return _Positions(joined([part.scores for part in parts]), *rest)


def _ply_bands(plies: NDArray[np.int64]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the names of bands that get wider with the ply, and which positions belong to each."""
    edges = [0, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 10**9]
    bands = []
    for low, high in pairwise(edges):
        chosen = (plies >= low) & (plies < high)
        if chosen.any():
            bands.append((f"ply {low + 1}–{min(high, int(plies[chosen].max()) + 1)}", chosen))
    return bands


def _rating_bands(ratings: NDArray[np.int64]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the names of bands of ratings, and which positions belong to each; none where no rating is known."""
    known = ratings[ratings > 0]
    if not len(known):
        return []
    step = RATING_STEP * (1 + (np.ptp(known) > MANY_RATINGS))
    bands = [("rating unknown", ratings == 0)] if (ratings == 0).any() else []
    for low in range(int(known.min()) // step * step, int(known.max()) + 1, step):
        chosen = (ratings >= low) & (ratings < low + step) & (ratings > 0)
        if chosen.any():
            bands.append((f"rated {low}–{low + step - 1}", chosen))
    return bands


def _row(name: str, positions: _Positions, chosen: NDArray[np.bool_]) -> Row:
    """Return what was measured on the positions that are chosen."""
    games = positions.games[chosen]
    scores = Scores._make(array[chosen] for array in positions.scores)
    known = ~np.isnan(scores.squared)
    return Row(
        name,
        len(games),
        len(np.unique(games)),
        share(scores.first, games),
        share(scores.few, games),
        Estimate(*(math.exp(min(bound, 700.0)) for bound in mean(scores.loss, games))),
        mean(scores.squared[known], games[known]),
    )


def mean(values: NDArray[Any], games: NDArray[np.int64]) -> Estimate:
    """Return the mean of values and its 95 % interval. values, games: [n] a value of each position, and its game."""
    if not len(values):
        return Estimate(math.nan, math.nan, math.nan)
    middle, half = float(values.mean()), Z * _error(values, games)
    return Estimate(middle, middle - half, middle + half)


def share(hits: NDArray[np.bool_], games: NDArray[np.int64]) -> Estimate:
    """Return the share of hits and its 95 % interval: Wilson's, with as many independent positions as give the same error."""
    if not len(hits):
        return Estimate(math.nan, math.nan, math.nan)
    p, error = float(hits.mean()), _error(hits, games)
    n = p * (1 - p) / error**2 if error > 0 else float(len(np.unique(games)))
    centre, half = p + Z**2 / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    low, high = ((centre + sign * half) / (1 + Z**2 / n) for sign in (-1, 1))
    return Estimate(p, min(low, p), max(high, p))  # rounding


def _error(values: NDArray[Any], games: NDArray[np.int64]) -> float:
    """Return the standard error of a mean over positions whose games were drawn at random; NaN of a single game."""
    _, owners = np.unique(games, return_inverse=True)
    count = int(owners.max()) + 1
    if count < 2:
        return math.nan
    residuals = np.bincount(owners, values - values.mean())
    return math.sqrt(count / (count - 1) * float(residuals @ residuals)) / len(values)


def write_report(path: Path, report: Report) -> None:
    """Write a report as JSON; what is not a number becomes null."""

    def plain(value: Any) -> Any:
        if isinstance(value, Row | Report | Estimate):
            return {name: plain(part) for name, part in value._asdict().items()}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    write_bytes(path, (json.dumps(plain(report), indent=2) + "\n").encode())


def table_of(report: Report) -> Table:
    """Return the report as a table."""
    valued = not math.isnan(report.whole.value_mse.value)
    title = f"moves of experts foretold in {report.whole.games:,} games that were not learned from, ± 95 %"
    table = Table(title=title, box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("positions", "top-1", "top-5", "perplexity", "value MSE")[: 4 + valued]:
        table.add_column(name, justify="right", no_wrap=True)
    for rows in ([report.whole], report.by_ply, report.by_rating):
        for row in rows:
            shares = [_cell(estimate, 100, 1, " %") for estimate in (row.top1, row.top5)]
            numbers = [_cell(row.perplexity, 1, 1, ""), _cell(row.value_mse, 1, 2, "")][: 1 + valued]
            table.add_row(row.name, f"{row.positions:,}", *shares, *numbers, end_section=row is rows[-1])
    return table


def _cell(estimate: Estimate, scale: float, digits: int, unit: str) -> str:
    """Return an estimate with the larger half of its interval."""
    if math.isnan(estimate.value):
        return "-"
    half = max(estimate.high - estimate.value, estimate.value - estimate.low) * scale
    within = "" if math.isnan(half) else f" ± {half:.{digits}f}"
    return f"{estimate.value * scale:.{digits}f}{within}{unit}"
