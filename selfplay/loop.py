"""Expert iteration: one generation after another, each self-play, then learning, then a checkpoint.

Every generation is a function of the files that the one before it left, so an interrupted one is played again from its
start and gives the same network, bit for bit (on the CPU of the same machine, with the same number of threads).
"""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from arena.matches.match import MatchResult, play_match
from arena.players.player import SearchPlayer
from games.game import Game
from selfplay.actor import Actor, Counts, Parked
from selfplay.learner import Learner, Losses
from selfplay.records import Rows, read_shard, write_shard
from selfplay.resignation import Resignation
from selfplay.runs import Run
from selfplay.samples import Window
from selfplay.settings import Settings
from selfplay.slots import ROW
from zero.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from zero.errors import CheckpointError
from zero.files import Arrays, read_arrays, write_arrays
from zero.inference import NetworkEvaluator, evaluator_of
from zero.network import Network


class Report(NamedTuple):
    """What a generation brought."""

    generation: int
    games: int  # in the whole run
    positions: int  # recorded in the whole run
    counts: Counts
    losses: Losses
    resigned: int
    accepted: bool  # False where the gate kept the old network
    play_seconds: float
    learn_seconds: float
    simulations_per_second: float


Watcher = Callable[[str, float, dict[str, Any]], None]  # (phase, share done, numbers), called often


class Loop:
    """A run in progress."""

    def __init__(self, run: Run[Settings], device: torch.device, start: Path | None = None, compiled: bool = True) -> None:
        self.run, self.device = run, device
        settings, game = run.settings, run.game
        weights = settings.learning.value_weight, settings.learning.ending_weight
        self.learner = Learner(game, settings.network, settings.learning, run.seed, device, *weights)
        self.window = Window(game, settings.learning)
        self.resignation = Resignation(settings.selfplay, run.seed)
        self.parked: Parked | None = None
        self.generation, self.games, self.positions = 0, 0, 0  # of the last generation on the disk
        self.notes: list[str] = []
        self.player = self.learner.average  # the network that plays; the gate may keep an older one
        self._restore(start)
        groups = 2 if device.type == "cuda" else 1
        self.actor = Actor(game, settings.search, settings.selfplay, self._evaluator(compiled), run.seed, groups)

    def _evaluator(self, compiled: bool) -> Callable[[Game, int], NetworkEvaluator]:
        def make(game: Game, places: int) -> NetworkEvaluator:
            self.inference = NetworkEvaluator(game, self.player, places, self.device, compiled)
            return self.inference

        return make

    def _restore(self, start: Path | None) -> None:
        """Go on from the newest whole generation, or begin: from a checkpoint where `start` names one."""
        last, passed = self.run.last_generation()
        self.notes += passed
        if last is None:
            if start is not None:
                self.learner.begin_with(read_checkpoint(start, self.run.game), start)
            if self.run.settings.learning.gate is not None:
                self.player = copy.deepcopy(self.learner.average)  # it stays as it is while the average learns
            self._write(0, 0)
            self.run.forget_after(0)
            return
        self.run.forget_after(last)
        header, arrays = read_arrays(self.run.state(last), "state")
        self._load_state(header, arrays, self.run.state(last))
        if self.run.settings.learning.gate is not None:
            self.player = read_checkpoint(self.run.checkpoint(last), self.run.game).network.to(self.device)
        self.generation, self.games, self.positions = last, header["games"], header["positions"]
        self.window.total = self.positions
        for generation in range(last, 0, -1):
            if self.window.full():
                break
            try:
                self.window.add_older(read_shard(self.run.records(generation), self.run.game))
            except CheckpointError as error:
                self.notes.append(f"passed over: {error}; without it the networks to come differ from an undisturbed run's")

    def play_and_learn(self, watch: Watcher) -> Report:
        """Run one generation to its end and write it down. Interrupted at any point, it will be done again."""
        began, generation = time.perf_counter(), self.generation + 1
        target = self.run.settings.selfplay.positions_of(generation)
        records, parked, counts = self.actor.generation(
            self.parked,
            self.resignation.threshold,
            target,
            progress=lambda done, counts: watch("playing", done / target, _speed(counts, began)),
        )
        played = time.perf_counter()
        self.parked = parked
        self.resignation.add(records)
        self.window.add(records)
        losses = self._learn(generation, self.window.total - self.positions, watch)
        accepted = self._gate(generation, watch)
        self.inference.load(self.player)
        write_shard(self.run.records(generation), self.run.game, generation, records)
        self._write(generation, self.games + len(records.games))
        seconds = played - began
        return Report(
            generation=self.generation,
            games=self.games,
            positions=self.positions,
            counts=counts,
            losses=losses,
            resigned=int(records.given_up.sum()),
            accepted=accepted,
            play_seconds=seconds,
            learn_seconds=time.perf_counter() - played,
            simulations_per_second=counts.simulations / seconds,
        )

    def _learn(self, generation: int, recorded: int, watch: Watcher) -> Losses:
        """Make the optimiser steps of one generation."""
        settings = self.run.settings.learning
        count = round(recorded * settings.samples_per_position / settings.batch_size) if recorded else 0
        random = np.random.default_rng([self.run.seed, generation])
        steps = []
        for done, samples in enumerate(self.window.batches(count, random) if count else ()):
            steps.append(self.learner.learn(samples))
            watch("learning", (done + 1) / count, {})
        return self.learner.losses(steps)

    def _gate(self, generation: int, watch: Watcher) -> bool:
        """Let the new network take over: always, or where the settings say so if it beats the old one."""
        gate = self.run.settings.learning.gate
        if gate is None:
            self.player = self.learner.average
            return True
        watch("gating", 0.0, {})
        new = copy.deepcopy(self.learner.average)
        score = rating_match(self.run.game, self.run.settings, new, self.player, self.device, generation).tally().score
        if score >= gate:
            self.player = new
        return score >= gate

    def _write(self, generation: int, games: int) -> None:
        """Write the state and, last, the checkpoint that makes the generation count. games: in the whole run."""
        settings = self.run.settings
        header = {
            "step": self.learner.step,
            "games": games,
            "positions": self.window.total,
            "resignation": self.resignation.numbers(),
        }
        arrays: Arrays = self.learner.arrays()
        if self.parked is not None:
            arrays["parked.numbers"] = self.parked.numbers
            arrays["parked.policies"] = self.parked.rows.policies
            for name in self.parked.rows.rows.dtype.names or ():
                arrays[f"parked.rows.{name}"] = self.parked.rows.rows[name]
        write_arrays(self.run.state(generation), "state", header, arrays)
        write_checkpoint(
            self.run.checkpoint(generation), Checkpoint(self.run.game, self.player, settings.network, settings.search, generation)
        )
        self.generation, self.games, self.positions = generation, games, self.window.total
        self.run.forget_states(generation)

    def _load_state(self, header: dict[str, Any], arrays: Arrays, path: Path) -> None:
        parked = {name.removeprefix("parked."): arrays.pop(name) for name in list(arrays) if name.startswith("parked.")}
        self.learner.load(arrays, header["step"], path)
        self.resignation.load(header["resignation"])
        if parked:
            self.parked = Parked(parked["numbers"], Rows(_rows(parked), parked["policies"]))


def _rows(parked: Arrays) -> Any:
    rows = np.zeros(len(parked["rows.game"]), ROW)
    for name in ROW.names or ():
        rows[name] = parked[f"rows.{name}"]
    return rows


def _speed(counts: Counts, began: float) -> dict[str, Any]:
    seconds = max(time.perf_counter() - began, 1e-9)
    return {"simulations_per_second": counts.simulations / seconds, "cached": counts.cached / max(counts.simulations, 1)}


def rating_match(
    game: Game, settings: Settings, new: Network, old: Network, device: torch.device, seed: int, games: int | None = None
) -> MatchResult:
    """Let two networks play with the search of the run; return the result of the new one."""
    count = games or settings.learning.gate_games
    one, other = (SearchPlayer(game, "", settings.search, evaluator_of(network, str(device))) for network in (new, old))
    return play_match(one, other, game, count + count % 2, seed=seed)
