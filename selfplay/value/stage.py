"""The value network's training as a Stage: each interval plays games of the policy, then learns how they end."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from games.game import Symmetries
from selfplay.display import Column, number
from selfplay.learner import Learner
from selfplay.samples import Samples
from selfplay.stages import Watch
from selfplay.value.sampling import Positions, play_and_sample
from selfplay.value.settings import ValueSettings
from zero.checkpoint import Checkpoint
from zero.errors import SettingsError
from zero.files import Arrays
from zero.inference import NetworkEvaluator
from zero.network import Network, NetworkSettings

HELD_OUT = 2**40  # number of the first game that nothing is learned from
SLOTS = 1024  # games side by side
MEASURED = 8192  # positions of an interval whose error is measured after it
COLUMNS: tuple[Column, ...] = (
    ("interval", lambda line: f"{line['generation']}"),
    ("games", lambda line: f"{line['games']:,}"),
    ("positions", lambda line: f"{line['positions']:,}"),
    ("loss", lambda line: number(line["value_loss"])),
    ("error, learned from", lambda line: number(line["learned_mse"])),
    ("error, held out", lambda line: number(line["held_out_mse"])),
    ("seconds", lambda line: f"{line['seconds']:.0f}"),
)


class ValueStage:
    """Learns the outcomes of a policy's games against itself.

    policy:  plays the games; opening: plays the first plies of sampling "alphago".
    compile: the policies' networks, for long runs.
    held_out: games whose positions are only measured.
    """

    columns: Sequence[Column] = COLUMNS

    def __init__(
        self,
        policy: Checkpoint,
        opening: Checkpoint,
        settings: ValueSettings,
        seed: int,
        device: torch.device,
        compiled: bool = False,
        held_out: int = 2048,
    ) -> None:
        self.game, self.policy, self.settings, self.seed, self.device = policy.game, policy, settings, seed, device
        if settings.from_policy:
            theirs, mine = policy.network_settings, settings.network.resolved(policy.game)
            if settings.network != NetworkSettings() and theirs != mine:
                raise SettingsError(f"from_policy: the policy's network is {theirs}, but {mine} is asked for: --no-from-policy")
            self.settings = settings = replace(settings, network=policy.network_settings)
        self.learner = Learner(self.game, settings.network, settings.learning, seed, device)
        if settings.from_policy:
            self.learner.begin_with(policy, "the policy")
        networks = [policy.network] if opening is policy else [policy.network, opening.network]
        self.slots = min(SLOTS, settings.games)
        found = [NetworkEvaluator(self.game, network, self.slots, device, compiled) for network in networks]
        self.policies = found * (3 - len(found))  # the opening is played by the same evaluator where the policy is the same
        self.last_ply = min(settings.last_ply or self.game.max_plies, self.game.max_plies)
        self.games = self.positions = 0  # that were learned from, in the whole run
        self.held_out_games = held_out
        self._held_out: Positions | None = None

    def held_out(self, watch: Watch) -> Positions:
        """Return one position each of games that nothing is learned from; they are played once."""
        if self._held_out is None:
            sampling = "one" if self.settings.sampling == "all" else self.settings.sampling
            numbers = range(HELD_OUT, HELD_OUT + self.held_out_games)
            told = lambda share: watch("playing games to measure with", share)  # noqa: E731
            self._held_out, self.held_out_played = play_and_sample(
                self.game, self.policies, sampling, self.seed, numbers, self.slots, self.last_ply, told
            )
            self._refuse_none(self._held_out)
        return self._held_out

    def _refuse_none(self, positions: Positions) -> None:
        if not len(positions.plies):
            raise SettingsError(f"last_ply {self.last_ply}: all games were over by their random ply; expected less")

    def interval(self, number: int, watch: Watch) -> dict[str, float]:
        """Play games and learn how they end."""
        held_out = self.held_out(watch)
        first = 0 if self.settings.fixed else (number - 1) * self.settings.games
        numbers = range(first, first + self.settings.games)
        positions, _ = play_and_sample(
            self.game,
            self.policies,
            self.settings.sampling,
            self.seed,
            numbers,
            self.slots,
            self.last_ply,
            lambda share: watch("playing", share),
        )
        self._refuse_none(positions)
        losses = self._learn(positions, np.random.default_rng([self.seed, number]), watch)
        if number == 1 or not self.settings.fixed:
            self.games, self.positions = self.games + len(numbers), self.positions + len(positions.plies)
        return {
            "games": self.games,
            "positions": self.positions,
            "value_loss": losses.value,
            "gradient_norm": losses.gradient_norm,
            "learned_mse": mean_square(self.values(positions.planes[:MEASURED]) - positions.outcomes[:MEASURED]),
            "held_out_mse": mean_square(self.values(held_out.planes) - held_out.outcomes),
        }

    def _learn(self, positions: Positions, random: np.random.Generator, watch: Watch) -> Any:
        size = min(self.settings.learning.batch_size, len(positions.plies))
        count = len(positions.plies) // size
        steps = []
        for turn in range(self.settings.passes):
            order = random.permutation(len(positions.plies))
            for i in range(count):
                steps.append(self.learner.learn(self._samples(positions, order[i * size : (i + 1) * size], random)))
                watch("learning", (turn * count + i + 1) / (self.settings.passes * count))
        return self.learner.losses(steps)

    def _samples(self, positions: Positions, rows: NDArray[np.int64], random: np.random.Generator) -> Samples:
        """Return a batch that teaches outcomes only: a policy target of zeros adds nothing to loss or gradient."""
        planes = positions.planes[rows]
        if self.settings.symmetries:
            planes = turned(planes, self.game.symmetries, random)
        nothing = np.zeros((len(rows), self.game.num_actions), np.float32)
        wdl = np.stack([positions.outcomes[rows] == result for result in (1, 0, -1)], 1).astype(np.float32)
        return Samples(planes, nothing, nothing.astype(np.bool_), wdl, planes[:, :0])

    def values(self, planes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return [n] what the network that is kept expects, win - loss, for the player to move."""
        return values_of(self.learner.average, planes, self.device)

    def checkpoint(self, number: int) -> Checkpoint:
        return Checkpoint(self.game, self.learner.average, self.settings.network, self.policy.search, number)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        header = {"step": self.learner.step, "games": self.games, "positions": self.positions}
        return header, self.learner.arrays()

    def load(self, header: dict[str, Any], arrays: Arrays, path: Path) -> None:
        self.learner.load(arrays, header["step"], path)
        self.games, self.positions = header["games"], header["positions"]


def turned(planes: NDArray[np.uint8], symmetries: Symmetries, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return [n, P, R, C] planes, each turned and mirrored at random."""
    cells = symmetries.cells[random.integers(len(symmetries.cells), size=len(planes))]
    flat = planes.reshape(*planes.shape[:2], -1)
    return np.take_along_axis(flat, cells[:, None, :], 2).reshape(planes.shape)


def values_of(network: Network, planes: NDArray[np.uint8], device: torch.device) -> NDArray[np.float64]:
    """Return [n] win - loss that a network in eval mode expects, for the player to move; in float32."""
    found = [np.zeros(0)]
    with torch.inference_mode():
        for start in range(0, len(planes), SLOTS):
            part = torch.from_numpy(planes[start : start + SLOTS]).to(device)
            _, outcome = network(part.to(dtype=torch.float32, memory_format=torch.channels_last))
            win, _, loss = torch.softmax(outcome, 1).double().cpu().numpy().T
            found.append(win - loss)
    return np.concatenate(found)


def mean_square(differences: NDArray[Any]) -> float:
    """Return the mean of the squares."""
    return float((differences**2).mean())

