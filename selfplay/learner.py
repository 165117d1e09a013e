"""The learner: optimiser steps on samples, and the average of the weights that plays."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from games.game import Game
from selfplay.optimiser import MOMENTS, optimisers_of
from selfplay.samples import Samples
from selfplay.settings import StepSettings
from zero.checkpoint import Checkpoint, arrays_of, load_arrays
from zero.errors import CheckpointError, RunError
from zero.files import Arrays
from zero.inference import has_bfloat16
from zero.network import NetworkSettings, new_network, refuse_too_large

COPIES = 5  # of the weights while learning: themselves, their average, the gradient and two moments


class Losses(NamedTuple):
    """Means over the steps of a generation; entropies show how low a loss can go."""

    policy: float  # cross-entropy between policy target and policy
    value: float  # cross-entropy between win/draw/loss target and prediction
    policy_entropy: float  # of the policy targets
    gradient_norm: float  # before clipping
    ending: float  # binary cross-entropy of the planes of the game's end; 0 where they are not foretold


class Learner:
    """A network that is trained, the average of its weights that plays, and the optimiser between them."""

    def __init__(
        self,
        game: Game,
        network: NetworkSettings,
        settings: StepSettings,
        seed: int,
        device: torch.device,
        value_weight: float = 1.0,
        ending_weight: float = 0.0,
    ) -> None:
        """value_weight: of the value loss beside the policy loss. ending_weight: of the head that foretells how the game ends."""
        self.network_settings, self.settings = network.resolved(game), settings
        self.value_weight, self.ending_weight, self.device = value_weight, ending_weight, device
        refuse_too_large(game, network, COPIES)
        self.network = new_network(game, network, seed).to(device)
        self.average = new_network(game, network, seed).to(device)
        self.ending = ending_head(game, network).to(device) if ending_weight else nn.Identity()
        self.step = 0
        self.half = torch.bfloat16 if has_bfloat16(device) else None
        self.optimisers = optimisers_of(self.network, self.ending, settings, self.half or torch.float32)

    def begin_with(self, checkpoint: Checkpoint, where: Path | str) -> None:
        """Take over a checkpoint's weights. Raises CheckpointError, naming `where`, if its network has another shape."""
        theirs, mine = checkpoint.network_settings, self.network_settings
        if theirs != mine:
            raise CheckpointError(f"{where}: its network is {theirs}, but the run's is {mine}")
        for network in (self.network, self.average):
            network.load_state_dict(checkpoint.network.state_dict())

    def learning_rate(self) -> float:
        """Return the step size that the schedule gives for the current step."""
        s = self.settings
        return s.learning_rate * min(1.0, (self.step + 1) / max(s.warmup_steps, 1)) / math.sqrt(1 + self.step / s.decay_steps)

    def learn(self, samples: Samples) -> Tensor:
        """Make one optimiser step; return [5] the `Losses` of the batch. Raises RunError where the loss is not finite."""
        self.network.train()
        for optimiser in self.optimisers:
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate()
        policy_loss, value_loss, ending_loss, entropy = self._losses(samples)
        loss = policy_loss + self.value_weight * value_loss + self.ending_weight * ending_loss
        loss.backward()
        moved = [*self.network.parameters(), *self.ending.parameters()]
        norm = nn.utils.clip_grad_norm_(moved, self.settings.gradient_clip)
        if not math.isfinite(float(norm)):
            raise RunError(f"step {self.step + 1}: the loss is not a finite number; lower --learning.learning-rate")
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self._average()
        return torch.stack([policy_loss, value_loss, entropy, norm, ending_loss]).detach()

    def _losses(self, samples: Samples) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the losses of policy, value and ending, and the entropy of the policy targets."""
        planes, policy, legal, wdl, end = (torch.from_numpy(array).to(self.device, non_blocking=True) for array in samples)
        planes = planes.to(dtype=torch.float32, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, self.half, enabled=self.half is not None):
            features = self.network.features(planes)
            logits, outcome = self.network.heads(features)
            foretold = self.ending(features) if self.ending_weight else None
        policy_loss = cross_entropy(logits.masked_fill(~legal, -1e9), policy)
        value_loss = cross_entropy(outcome, wdl)
        ending_loss = torch.zeros_like(value_loss)
        if foretold is not None:
            ending_loss = functional.binary_cross_entropy_with_logits(foretold.float(), end.float())
        entropy = -(policy * torch.log(policy.clamp_min(1e-12))).sum(1).mean()
        return policy_loss, value_loss, ending_loss, entropy

    @torch.no_grad()
    def _average(self) -> None:
        """Move the playing network towards the trained one, batch-norm statistics included."""
        weight = 1.0 - min(self.settings.ema, (1 + self.step) / (10 + self.step) if self.settings.ema else 0.0)
        mine = [t for t in self.average.state_dict().values() if t.is_floating_point()]
        theirs = [t for t in self.network.state_dict().values() if t.is_floating_point()]
        torch._foreach_lerp_(mine, theirs, weight)

    def losses(self, steps: list[Tensor]) -> Losses:
        """Return the means over what `learn` returned."""
        mean = torch.stack(steps).mean(0).cpu().numpy() if steps else np.full(len(Losses._fields), math.nan)
        return Losses(*(float(number) for number in mean))

    def arrays(self) -> Arrays:
        """Return all that is needed to go on: weights, average and the optimiser's moments."""
        found: Arrays = {}
        for prefix, module in self._modules():
            found |= {f"{prefix}.{name}": array for name, array in arrays_of(module).items()}
        for optimiser, name, parameter in self._moved():
            for moment in MOMENTS[type(optimiser)]:
                tensor = optimiser.state.get(parameter, {}).get(moment, torch.zeros_like(parameter))
                found[f"{moment}.{name}"] = tensor.detach().cpu().contiguous().numpy()
        return found

    def _modules(self) -> tuple[tuple[str, nn.Module], ...]:
        """Return what has arrays, with the names that these begin with."""
        return ("network", self.network), ("average", self.average), ("ending", self.ending)

    def _moved(self) -> Iterator[tuple[torch.optim.Optimizer, str, nn.Parameter]]:
        """Yield each parameter with its name and what moves it."""
        names = {parameter: name for name, parameter in self.network.named_parameters()}
        names |= {parameter: f"ending.{name}" for name, parameter in self.ending.named_parameters()}
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                for parameter in group["params"]:
                    yield optimiser, names[parameter], parameter

    def load(self, arrays: Arrays, step: int, path: Path) -> None:
        """Go on from what `arrays` returned. Raises CheckpointError where it is from another network."""
        parts: dict[str, Arrays] = {name: {} for name in (*dict(self._modules()), "exp_avg", "exp_avg_sq")}
        for full, array in arrays.items():
            prefix, _, name = full.partition(".")
            parts.setdefault(prefix, {})[name] = array
        for name, module in self._modules():
            load_arrays(module, parts[name], path)
        self.step = step
        for optimiser, name, parameter in self._moved():
            moments = {moment: _like(parameter, parts[moment][name]) for moment in MOMENTS[type(optimiser)]}
            optimiser.state[parameter] = {"step": torch.tensor(float(step)), **moments}


def _like(parameter: Tensor, array: Any) -> Tensor:
    """Return the array as a tensor in the parameter's memory order and on its device."""
    tensor = torch.empty_like(parameter)
    return tensor.copy_(torch.from_numpy(np.array(array)))


def ending_head(game: Game, settings: NetworkSettings) -> nn.Conv2d:
    """Return a layer from the tower's features to a logit for each bit of the planes; it begins with even chances."""
    planes, channels = game.plane_shape[0], settings.shape(game)[0]
    head = nn.utils.skip_init(nn.Conv2d, channels, planes, 1)  # torch's own generator is left as it was
    with torch.no_grad():
        head.weight.zero_()
        head.bias.zero_()
    return head


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return the mean of -Σ target · log softmax(logits) over the batch."""
    return -(target * functional.log_softmax(logits.float(), 1)).sum(1).mean()
