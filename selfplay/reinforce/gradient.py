"""The gradient of a mini-batch: Σ_t A_t ∇ log π(a_t|s_t), the mean over games, and what is added to it."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from selfplay.reinforce import estimators
from selfplay.reinforce.playing import Trajectories
from selfplay.reinforce.settings import ReinforceSettings
from zero.inference import has_bfloat16

MICRO_BATCHES = 8  # at least so many: the variance of the gradient is estimated between them
MOST_POSITIONS = 4096  # of a micro-batch
ILLEGAL = -1e9  # logit


class Gradient(NamedTuple):
    """What `accumulate` says of a mini-batch; its means are taken over decisions."""

    norm: float
    variance: float  # of the gradient of a single game: the sum of the variances of its coordinates
    entropy: float  # of the policy, in nats
    value_loss: float  # cross-entropy of win, draw, loss; NaN without a critic


class Part(NamedTuple):
    """B decisions on the device of the network."""

    planes: Tensor  # [B, P, R, C] uint8
    legal: Tensor  # [B, num_actions] bool
    actions: Tensor  # [B] int64
    logarithms: Tensor  # [B] float32 of their probabilities when they were drawn
    advantages: Tensor  # [B] float32
    results: Tensor  # [B] int64: 0, 1, 2 where the learner won, drew, lost


def advantages_of(settings: ReinforceSettings, played: Trajectories, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the advantages [D] of the decisions by the estimator of the settings. groups: [N], as in Plan."""
    rewards, values, alive = played.rewards(), played.spread(played.values), played.alive()
    if settings.estimator == "none":
        found = estimators.returns(rewards)
    elif settings.estimator == "value":
        found = estimators.baseline(rewards, values, alive)
    elif settings.estimator == "grpo":
        found = estimators.group_normalised(played.outcomes, groups, alive)
    elif settings.steps_ahead is not None:
        found = estimators.k_step(rewards, values, alive, settings.steps_ahead)
    else:
        found = estimators.gae(rewards, values, alive, 0.95 if settings.gae is None else settings.gae)
    return found[played.times, played.games]


def surrogate(logarithms: Tensor, before: Tensor, advantages: Tensor, clip: float | None) -> Tensor:
    """Return what each decision adds to the objective, [B]; its gradient at π = π_before is A ∇ log π, with or without clip.

    Without: A log π. With: min(ρ A, clip(ρ, 1 - ε, 1 + ε) A), ρ = π / π_before (Schulman et al. 2017, PPO, (7)).
    """
    if clip is None:
        return advantages * logarithms
    ratio = torch.exp(logarithms - before)
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


def accumulate(
    network: nn.Module,
    start: nn.Module | None,
    settings: ReinforceSettings,
    played: Trajectories,
    advantages: NDArray[np.float64],
    micro_batches: NDArray[np.int64],
    actions: int,
) -> Gradient:
    """Set the gradients of the network's parameters to those of the loss of a mini-batch, which is to fall.

    loss = -1/N Σ_games Σ_t [surrogate + entropy · H(π) - kl · KL(π | π_start)] + value_weight / N Σ Σ cross-entropy of z.
    Batch normalisation stands still (eval): the network that learns is the one that played, so ρ is 1 at the first pass.
    start: the starting policy; only asked for where there is a penalty.
    micro_batches: [N] which micro-batch a game goes with, numbered from 0 on (`micro_batches_of`).
    actions: game.num_actions.
    """
    network.eval()
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    device, games = parameters[0].device, len(played.outcomes)
    total, squares, sums = torch.zeros(0), 0.0, np.zeros(2)
    sizes = np.bincount(micro_batches)  # games
    for number, size in enumerate(sizes):
        which = np.flatnonzero(micro_batches[played.games] == number)
        loss, numbers = _loss(network, start, settings, part_of(played, which, advantages, actions, device))
        flat = _flat(torch.autograd.grad(loss, parameters, allow_unused=True), parameters)
        total = flat if number == 0 else total + flat
        squares += float(flat.square().sum()) / size
        sums += numbers
    mean = total / games
    _share(parameters, mean)
    norm = float(mean.norm())
    variance = (squares - games * norm**2) / max(len(sizes) - 1, 1)
    entropy, value_loss = sums / max(len(played.games), 1)
    return Gradient(norm, max(variance, 0.0), entropy, value_loss if settings.critic_weight else float("nan"))


def micro_batches_of(groups: NDArray[np.int64], decisions: int) -> NDArray[np.int64]:
    """Return [N] which micro-batch each game goes with: groups stay together, opponents are mixed. groups: as in Plan."""
    number = int(groups.max()) + 1
    return groups % min(number, max(MICRO_BATCHES, -(-decisions // MOST_POSITIONS)))


def log_policy(logits: Tensor, legal: Tensor) -> Tensor:
    """Return the logarithms of the probabilities of all actions, [B, num_actions]; far below zero for illegal ones."""
    return functional.log_softmax(logits.masked_fill(~legal, ILLEGAL), 1)


def divergence(log_one: Tensor, log_other: Tensor) -> Tensor:
    """Return KL(one | other) = Σ_a one(a) (log one(a) - log other(a)) at each position, [B], in nats."""
    return (log_one.exp() * (log_one - log_other)).sum(1)


def forward(network: nn.Module, planes: Tensor) -> tuple[Tensor, Tensor]:
    """Return the network's logits of policy and outcome, convolutions in half precision where the device is fast at it."""
    half = torch.bfloat16 if has_bfloat16(planes.device) else None
    with torch.autocast(planes.device.type, half, enabled=half is not None):
        logits, outcome = network(planes.to(dtype=torch.float32, memory_format=torch.channels_last))
    return logits, outcome


def _loss(
    network: nn.Module, start: nn.Module | None, settings: ReinforceSettings, part: Part
) -> tuple[Tensor, NDArray[np.float64]]:
    """Return the loss summed over the decisions of a part, and the sums of entropy and value loss."""
    logits, outcome = forward(network, part.planes)
    policy = log_policy(logits, part.legal)
    chosen = policy.gather(1, part.actions[:, None])[:, 0]
    entropy = -(policy.exp() * policy).sum()
    gain = surrogate(chosen, part.logarithms, part.advantages, settings.ratio_clip).sum() + settings.entropy * entropy
    if settings.kl and start is not None:
        with torch.no_grad():
            reference = log_policy(forward(start, part.planes)[0], part.legal)
        gain = gain - settings.kl * divergence(policy, reference).sum()
    value_loss = functional.cross_entropy(outcome, part.results, reduction="sum")
    loss = settings.critic_weight * value_loss - gain if settings.critic_weight else -gain
    return loss, np.array([float(entropy.detach()), float(value_loss.detach())])


def part_of(
    played: Trajectories, which: NDArray[np.int64], advantages: NDArray[np.float64], actions: int, device: torch.device
) -> Part:
    """Return the decisions `which` as tensors. actions: game.num_actions."""
    legal = np.zeros((len(which), actions + 1), np.bool_)  # the last column takes what lies behind the legal actions
    there = np.arange(played.legal.shape[1]) < played.counts[which, None]
    legal[np.arange(len(which))[:, None], np.where(there, played.legal[which], actions)] = True
    arrays = (
        played.planes[which],
        legal[:, :actions],
        played.actions[which].astype(np.int64),
        played.logarithms[which].astype(np.float32),
        advantages[which].astype(np.float32),
        1 - played.outcomes[played.games[which]].astype(np.int64),
    )
    return Part(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in arrays))


def _share(parameters: list[nn.Parameter], flat: Tensor) -> None:
    """Give each parameter its part of the gradient of all."""
    start = 0
    for parameter in parameters:
        parameter.grad = flat[start : start + parameter.numel()].view_as(parameter).clone(memory_format=torch.preserve_format)
        start += parameter.numel()


def _flat(gradients: tuple[Tensor | None, ...], parameters: list[nn.Parameter]) -> Tensor:
    """Return the gradients of all parameters as one vector; those that the loss does not depend on have zeros."""
    found = zip(gradients, parameters, strict=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).reshape(-1) for g, p in found])
