"""REINFORCE self-play as a stage of training: mini-batches of whole games, a step of learning after each."""

import copy
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from games.game import Game
from selfplay.display import Column
from selfplay.reinforce.gradient import (
    Gradient,
    accumulate,
    advantages_of,
    divergence,
    forward,
    log_policy,
    micro_batches_of,
    part_of,
)
from selfplay.reinforce.playing import Plan, Trajectories, draw_plan, paired_plan, play_games
from selfplay.reinforce.pool import Pool
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.stages import Watch
from zero.checkpoint import Checkpoint, arrays_of, load_arrays
from zero.errors import CheckpointError, RunError
from zero.files import Arrays
from zero.inference import NetworkEvaluator
from zero.network import Network
from zero.search.walk import allocate_batch

PLACES = 512  # positions of a batch: larger ones are no faster
SAMPLE = 2048  # decisions that the divergence from the starting policy is measured on
MOMENTS = ("exp_avg", "exp_avg_sq")
EVALUATION = 1 << 41  # what is drawn for evaluations comes from this seed on
COLUMNS: tuple[Column, ...] = (
    ("interval", lambda line: f"{line['generation']}"),
    ("games", lambda line: f"{line['games']:.0f}"),
    ("against start", lambda line: f"{line['score_start']:.1%}"),
    ("pool", lambda line: f"{line['score_pool']:.1%}"),
    ("entropy", lambda line: f"{line['entropy']:.3f}"),
    ("KL", lambda line: f"{line['kl']:.3f}"),
    ("gradient", lambda line: f"{line['gradient_norm']:.3f}"),
    ("plies", lambda line: f"{line['plies']:.1f}"),
    ("games/s", lambda line: f"{line['games_per_second']:.0f}"),
    ("seconds", lambda line: f"{line['play_seconds']:.0f}+{line['learn_seconds']:.0f}"),
)


class ReinforceStage:
    """A policy in training, its opponents, and the optimiser."""

    columns: Sequence[Column] = COLUMNS

    def __init__(self, start: Checkpoint, settings: ReinforceSettings, seed: int, device: torch.device) -> None:
        self.start, self.settings, self.seed, self.device = start, settings, seed, device
        self.game: Game = start.game
        self.network: Network = copy.deepcopy(start.network).to(device).eval()
        self.pool = Pool(self.network, settings.pool)
        self.optimiser = _optimiser(self.network, settings)
        self.step = 0  # mini-batches
        self.batch = allocate_batch(self.game, PLACES)
        self.players = [NetworkEvaluator(self.game, self.network, PLACES, device) for _ in range(1 + settings.opponents)]

    def interval(self, number: int, watch: Watch) -> dict[str, float]:
        began, lines = time.perf_counter(), []
        for done in range(self.settings.interval_steps):
            watch("playing and learning", done / self.settings.interval_steps)
            line, played = self._mini_batch()
            lines.append(line)
        seconds = time.perf_counter() - began
        watch("measuring", 1.0)
        sums = {name: sum(line[name] for line in lines) for name in lines[0]}
        evaluations, play_seconds = sums.pop("evaluations"), sums.pop("play_seconds")
        return {
            "games": self.step * self.settings.games,
            "score_start": self.score(self.settings.evaluation_games, 0),
            **{name: total / len(lines) for name, total in sums.items()},
            "kl": self._divergence(played),
            "pool": len(self.pool.members),
            "games_per_second": len(lines) * self.settings.games / seconds,
            "evaluations_per_second": evaluations / play_seconds,
            "play_seconds": play_seconds,
            "learn_seconds": seconds - play_seconds,
        }

    def _mini_batch(self) -> tuple[dict[str, float], Trajectories]:
        """Play and learn once; return numbers about it, and what was played."""
        began = time.perf_counter()
        plan, played = self._play()
        line = {
            "score_pool": float(played.outcomes.mean() + 1) / 2,
            "plies": float(played.plies.mean()),
            "evaluations": played.evaluations,
            "play_seconds": time.perf_counter() - began,
        }
        gradients = self._learn(played, plan.groups)
        norm, variance, entropy, value_loss = (float(np.mean(column)) for column in zip(*gradients, strict=True))
        line |= {"gradient_norm": norm, "gradient_variance": variance, "entropy": entropy}
        if self.settings.critic_weight:
            line["value_loss"] = value_loss
        self.step += 1
        if self.step % self.settings.snapshot_steps == 0:
            self.pool.add(self.network)
        return line, played

    def _play(self) -> tuple[Plan, Trajectories]:
        """Play a mini-batch; return its plan and what came of it."""
        settings, random = self.settings, np.random.default_rng([self.seed, self.step])
        chosen = random.integers(len(self.pool.members), size=settings.opponents)
        learner, *opponents = self.players
        learner.load(self.network)
        for opponent, member in zip(opponents, chosen, strict=True):
            opponent.load(self.pool.members[member])
        plan = draw_plan(random, settings.games, settings.opponents, settings.games_of_a_group, settings.opening_plies)
        return plan, play_games(self.game, learner, opponents, plan, int(random.integers(EVALUATION)), self.batch)

    def _learn(self, played: Trajectories, groups: NDArray[np.int64]) -> list[Gradient]:
        """Make the optimiser steps of a mini-batch. Raises RunError where the weights are finite no more."""
        advantages = advantages_of(self.settings, played, groups)
        micro_batches = micro_batches_of(groups, len(played.games))
        found = []
        for _ in range(self.settings.passes):
            arguments = (self.network, self.pool.start, self.settings, played, advantages, micro_batches, self.game.num_actions)
            found.append(accumulate(*arguments))
            self.optimiser.step()
        if not all(bool(parameter.isfinite().all()) for parameter in self.network.parameters()):
            raise RunError(f"mini-batch {self.step + 1}: the network is not made of finite numbers; lower --learning-rate")
        return found

    def score(self, games: int, seed: int) -> float:
        """Return the learner's score against the starting policy, draws half, with paired colours."""
        learner, opponent = self.players[:2]
        learner.load(self.network)
        opponent.load(self.pool.start)
        random = np.random.default_rng([seed, EVALUATION])
        plan = paired_plan(random, games, self.settings.opening_plies)
        played = play_games(self.game, learner, [opponent], plan, EVALUATION + seed, self.batch, record=False)
        return float(played.outcomes.mean() + 1) / 2

    @torch.no_grad()
    def _divergence(self, played: Trajectories) -> float:
        """Return the mean of KL(policy | starting policy) over decisions that were met."""
        which = np.arange(min(len(played.games), SAMPLE))
        part = part_of(played, which, np.zeros(len(played.games)), self.game.num_actions, self.device)
        mine, theirs = (log_policy(forward(network, part.planes)[0], part.legal) for network in (self.network, self.pool.start))
        return float(divergence(mine, theirs).mean())

    def checkpoint(self, number: int) -> Checkpoint:
        return self.start._replace(network=self.network, generation=number)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Return what is needed to go on. Games are not part of it: each mini-batch plays its own to their end."""
        arrays = {f"network.{name}": array for name, array in arrays_of(self.network).items()}
        arrays |= {f"pool.{name}": array for name, array in self.pool.arrays().items()}
        for name, parameter in self.network.named_parameters():
            for moment, tensor in self.optimiser.state.get(parameter, {}).items():
                if moment in MOMENTS:
                    arrays[f"{moment}.{name}"] = tensor.detach().cpu().contiguous().numpy()
        return {"step": self.step, "pool": len(self.pool.members)}, arrays

    def load(self, header: dict[str, Any], arrays: Arrays, path: Path) -> None:
        parts: dict[str, Arrays] = {}
        for full, array in arrays.items():
            prefix, _, name = full.partition(".")
            parts.setdefault(prefix, {})[name] = array
        try:
            self.step, members = int(header["step"]), int(header["pool"])
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(f"{path}: expected a state of zero reinforce, got another one") from None
        load_arrays(self.network, parts.get("network", {}), path)
        self.pool = Pool(self.network, self.settings.pool)
        for i in range(members):
            member = copy.deepcopy(self.network)
            own = {name.partition(".")[2]: array for name, array in parts["pool"].items() if name.partition(".")[0] == str(i)}
            load_arrays(member, own, path)
            if i == 0:
                self.pool = Pool(member, self.settings.pool)
            else:
                self.pool.add(member)
        self._load_moments(parts)

    def _load_moments(self, parts: dict[str, Arrays]) -> None:
        steps = torch.tensor(float(self.step * self.settings.passes))
        for name, parameter in self.network.named_parameters():
            if name in parts.get(MOMENTS[0], {}):
                moments = {m: torch.empty_like(parameter).copy_(torch.from_numpy(np.array(parts[m][name]))) for m in MOMENTS}
                self.optimiser.state[parameter] = {"step": steps.clone(), **moments}


def _optimiser(network: Network, settings: ReinforceSettings) -> torch.optim.Optimizer:
    if settings.optimiser == "sgd":
        return torch.optim.SGD(network.parameters(), lr=settings.learning_rate)
    return torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
