"""Imitation as a training in intervals: behaviour cloning with cross-entropy on the moves of experts."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from games.game import Game
from selfplay.display import Column, Display, number
from selfplay.expert.drawing import Collection
from selfplay.imitation.measuring import Measure
from selfplay.imitation.settings import ImitationSettings
from selfplay.learner import Learner
from selfplay.runs import Run
from selfplay.samples import Samples
from selfplay.stages import Limit, Watch, train_stage
from selfplay.stopping import Stop
from zero.checkpoint import Checkpoint, read_checkpoint
from zero.errors import CheckpointError, RunError
from zero.files import Arrays

COMMAND = "imitate"
ORDER, SAMPLE = 1, 2  # streams of random numbers


def _share(name: str) -> Any:
    def show(line: Mapping[str, float]) -> str:
        return "-" if math.isnan(line[name]) else f"{line[name]:.1%}"

    return show


COLUMNS: tuple[Column, ...] = (
    ("interval", lambda line: f"{line['generation']}"),
    ("epochs", lambda line: f"{line['epochs']:.2f}"),
    ("positions/s", lambda line: f"{line['positions_per_second']:,.0f}"),
    ("loss", lambda line: number(line["policy_loss"])),
    ("value loss", lambda line: number(line["value_loss"])),
    ("top-1", _share("top1")),
    ("top-5", _share("top5")),
    ("perplexity", lambda line: number(line["perplexity"])),
    ("value error", lambda line: number(line["value_mse"])),
    ("seconds", lambda line: f"{line['seconds']:.0f}"),
)


class Imitation:
    """A network that learns to play as in a collection of games; a Stage (see selfplay/stages.py)."""

    columns: Sequence[Column] = COLUMNS

    def __init__(
        self, collection: Collection, settings: ImitationSettings, seed: int, device: torch.device, start: Path | None = None
    ) -> None:
        """start: a checkpoint whose weights to begin with. Raises RunError where there is nothing to learn from."""
        game = collection.game
        if not collection.positions("training"):
            raise RunError(f"{collection.folder}: there is no move to learn from, of {len(collection.paths)} shards of games")
        self.collection, self.settings, self.seed = collection, settings, seed
        value_weight = settings.learning.value_weight if settings.value else 0.0
        self.learner = Learner(game, settings.network, settings.learning, seed, device, value_weight)
        if start is not None:
            self.learner.begin_with(read_checkpoint(start, game), start)
        self.epoch, self.batch = 0, 0  # whole epochs, and batches of the next one, that were learned from
        self.drawn: Iterator[Samples] | None = None
        self.measure = Measure(self.learner.average, device)
        self.sample = self._validation_sample()

    def _validation_sample(self) -> Samples | None:
        """Return the positions that each interval is measured with, always the same; None where there are none."""
        random = np.random.default_rng([self.seed, SAMPLE])
        return next(self.collection.batches("validation", 0, self.settings.sample, False, random), None)

    def _next(self) -> Samples:
        """Return the next batch: all positions once, then all of them again in another order."""
        while True:
            if self.drawn is None:
                random = np.random.default_rng([self.seed, self.epoch, ORDER])
                learning = self.settings.learning
                self.drawn = self.collection.batches(
                    "training", self.epoch, learning.batch_size, learning.symmetries, random, self.batch
                )
            samples = next(self.drawn, None)
            if samples is not None:
                self.batch += 1
                return samples if self.settings.policy else samples._replace(policy=np.zeros_like(samples.policy))
            self.drawn, self.epoch, self.batch = None, self.epoch + 1, 0

    def interval(self, number: int, watch: Watch) -> dict[str, float]:
        began, seen, steps = time.perf_counter(), 0, []
        for done in range(self.settings.steps):
            samples = self._next()
            steps.append(self.learner.learn(samples))
            seen += len(samples.planes)
            watch("learning", (done + 1) / self.settings.steps)
        losses, seconds = self.learner.losses(steps), time.perf_counter() - began
        watch("measuring", 1.0)
        whole = self.collection.positions("training")
        batches = math.ceil(whole / self.settings.learning.batch_size)
        return {
            "epochs": self.epoch + self.batch / batches,
            "steps": self.learner.step,
            "positions_per_second": seen / seconds,
            "learning_rate": self.learner.learning_rate(),
            "policy_loss": losses.policy if self.settings.policy else math.nan,
            "value_loss": losses.value if self.settings.value else math.nan,
            "gradient_norm": losses.gradient_norm,
            **self._validation(),
        }

    def _validation(self) -> dict[str, float]:
        """Return how well the network that plays does on the sample."""
        if self.sample is None:
            return dict.fromkeys(("top1", "top5", "perplexity", "value_mse"), math.nan)
        self.measure.load(self.learner.average)
        scores = self.measure.scores(self.sample)
        known = ~np.isnan(scores.squared) & self.settings.value
        return {
            "top1": float(scores.first.mean()),
            "top5": float(scores.few.mean()),
            "perplexity": math.exp(min(float(scores.loss.mean()), 700.0)),
            "value_mse": float(scores.squared[known].mean()) if known.any() else math.nan,
        }

    def checkpoint(self, number: int) -> Checkpoint:
        settings = self.settings
        return Checkpoint(self.collection.game, self.learner.average, settings.network, settings.search, number)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        return {"step": self.learner.step, "epoch": self.epoch, "batch": self.batch}, self.learner.arrays()

    def load(self, header: dict[str, Any], arrays: Arrays, path: Path) -> None:
        try:
            step, self.epoch, self.batch = (int(header[name]) for name in ("step", "epoch", "batch"))
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(f"{path}: expected the state of an imitation, got another one") from None
        self.learner.load(arrays, step, path)
        self.drawn = None


def imitate(
    game: Game,
    collection_folder: Path,
    run_folder: Path,
    settings: ImitationSettings,
    limit: Limit,
    seed: int,
    device: torch.device,
    stop: Stop,
    display: Display,
    start: Path | None = None,
) -> Path:
    """Learn from a collection of games in a run folder, or go on with a run there; return its last checkpoint.

    collection_folder: of shards, as selfplay/expert/reading.py writes them; display: with the columns COLUMNS.
    start: a checkpoint that a new run begins from.
    """
    run = Run(run_folder, game, seed, settings, start, COMMAND)
    try:
        shown = settings.min_rating, settings.learn_from
        collection = Collection(collection_folder, game, seed, settings.validation, *shown)
        return run.checkpoint(train_stage(run, Imitation(collection, settings, seed, device, start), limit, stop, display))
    finally:
        run.close()
