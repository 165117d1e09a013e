"""Training a rollout policy: cross-entropy on the labelled moves of recorded games, several passes, Adagrad."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from selfplay.expert.games import ExpertGames
from selfplay.rollout.learning import HITS, ILLEGAL, LOSS, POSITIONS, SUMS, UNIFORM_HITS, UNIFORM_LOSS, WINNING, Pass
from selfplay.rollout.settings import RolloutSettings
from zero.errors import RunError
from zero.features import Tables, tables_of
from zero.rollout_policy import RolloutPolicy, write_rollout_policy

Part = Literal["training", "validation"]
FEW_MOVES = 10  # with no more, the other's answers are looked at too: as many again for each
OFTEN = 0.02  # share of positions where a move wins at once, from which on it is worth to look for one
LAST_RATE = 0.1  # the step of the last epoch, as a share of that of the first


class Source(Protocol):
    """Games to learn from, split so that no game stands on both sides: selfplay.expert.reading.Collection."""

    def shards(self, part: Part, epoch: int) -> Iterator[ExpertGames]: ...


def train_rollout_policy(
    game: Game,
    collection: Source,
    path: Path,
    settings: RolloutSettings | None = None,
    seed: int = 0,
    watch: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Learn a policy from the labelled positions of a collection, write it to `path`, and return what can be said of it.

    watch: told a line after each epoch. The same games, settings and seed give the same file.
    Raises RunError where there is nothing to learn from, or where the weights run away.
    """
    settings = settings or RolloutSettings()
    lookahead = lookahead_of(game, collection) if settings.lookahead is None else settings.lookahead
    work = Pass(game, tables_of(game, lookahead))
    for epoch in range(settings.epochs):
        share = 1.0 - (1.0 - LAST_RATE) * epoch / max(settings.epochs - 1, 1)
        learned = over(work, collection, "training", epoch, seed, settings.rate * share)
        held_out = over(work, collection, "validation", epoch, seed)
        if not learned[POSITIONS]:
            raise RunError("there is nothing to learn from: the games hold no labelled position")
        if not math.isfinite(learned[LOSS]) or not np.isfinite(work.learned.weights).all():
            raise RunError(f"the loss of epoch {epoch + 1} is no number: take a smaller --rate than {settings.rate}")
        if watch is not None:
            watch(f"epoch {epoch + 1}/{settings.epochs}: {_line(learned, 'training')}; {_line(held_out, 'held out')}")
    policy = RolloutPolicy(game, work.tables, work.learned.weights, {})
    report = report_of(policy, learned, held_out, settings, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rollout_policy(path, policy._replace(report=report))
    return report


def over(work: Pass, source: Source, part: Part, epoch: int, seed: int, rate: float = 0.0) -> NDArray[np.float64]:
    """Return what a pass over one part of the games counts; the games of each shard are gone over in a random order."""
    total = np.zeros(SUMS)
    for number, shard in enumerate(source.shards(part, epoch)):
        order = np.random.default_rng([seed, epoch, number]).permutation(len(shard.outcomes))
        total += work.over(shard, order, rate)
    return total


def lookahead_of(game: Game, source: Source) -> int:
    """Return how far a policy shall look ahead, where nobody says; see RolloutSettings."""
    if game.max_legal <= FEW_MOVES:
        return 2
    work = Pass(game, tables_of(game, 1))
    for shard in source.shards("training", 0):
        sums = work.over(shard, np.arange(len(shard.outcomes)))
        return int(sums[WINNING] >= OFTEN * sums[POSITIONS])  # the first shard tells enough
    return 0


def report_of(
    policy: RolloutPolicy, learned: NDArray[np.float64], held_out: NDArray[np.float64], settings: RolloutSettings, seed: int
) -> dict[str, Any]:
    """Return what is kept with a policy: sizes, and how well it foretells the moves of held-out games."""
    tables: Tables = policy.tables
    return {
        **asdict(settings),
        "lookahead": tables.lookahead,
        "seed": seed,
        "positions": int(learned[POSITIONS]),
        "held_out_positions": int(held_out[POSITIONS]),
        "illegal_labels": int(learned[ILLEGAL] + held_out[ILLEGAL]),
        "weights": int(np.count_nonzero(policy.weights)),
        **measures(held_out),
    }


def measures(sums: NDArray[np.float64]) -> dict[str, float | None]:
    """Return top-1 accuracy and perplexity, of the policy and of uniform play; None where nothing was held out."""
    count = sums[POSITIONS]
    if not count:
        return dict.fromkeys(("top1", "perplexity", "uniform_top1", "uniform_perplexity"))
    return {
        "top1": round(float(sums[HITS] / count), 6),
        "perplexity": round(math.exp(sums[LOSS] / count), 6),
        "uniform_top1": round(float(sums[UNIFORM_HITS] / count), 6),
        "uniform_perplexity": round(math.exp(sums[UNIFORM_LOSS] / count), 6),
    }


def _line(sums: NDArray[np.float64], name: str) -> str:
    if not sums[POSITIONS]:
        return f"{name}: no positions"
    found = measures(sums)
    return f"{name}: top-1 {found['top1']:.1%}, perplexity {found['perplexity']:.3f}"
