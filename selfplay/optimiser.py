"""The optimisers of a network: Muon for the convolutions of its tower, AdamW for all else.

Muon takes from a step's direction, as a matrix, its singular values: so it moves in rare directions as far as in common
ones. On Connect Four a network learns in 1,000 such steps what takes 1,500 of AdamW alone (benchmarks/README.md).
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from selfplay.settings import StepSettings
from zero.network import Network

MOMENTUM = 0.95
SCALE = 0.5  # of a step, times √(longer side); 0.2 would move a weight as far as AdamW does (Liu et al.), this learns faster
QUINTIC = (3.4445, -4.7750, 2.0315)  # five times, it brings every singular value in (0.01, 1] near 1 (Jordan et al.)


class Muon(torch.optim.Optimizer):
    """Steps along momentum made orthogonal, for convolutions of equal shape [out, in, R, C], as matrices [out, in · R · C].

    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; a step's size as in Liu et al.
    2025, "Muon is scalable for LLM training", section 2.2. dtype: what the products are computed in.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, dtype: torch.dtype) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move the parameters, which all need a gradient."""
        for group in self.param_groups:
            ahead = torch.stack([self._ahead(parameter).flatten(1) for parameter in group["params"]])
            size = group["lr"] * SCALE * max(ahead.shape[1:]) ** 0.5
            for parameter, direction in zip(group["params"], orthogonal(ahead.to(self.dtype)), strict=True):
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(direction.view_as(parameter), alpha=-size)

    def _ahead(self, parameter: nn.Parameter) -> Tensor:
        """Take the gradient into the momentum; return where that leads, a step ahead (Nesterov)."""
        assert parameter.grad is not None
        if not self.state[parameter]:
            self.state[parameter]["exp_avg"] = torch.zeros_like(parameter)
        average: Tensor = self.state[parameter]["exp_avg"]
        average.lerp_(parameter.grad, 1 - MOMENTUM)
        return parameter.grad.lerp(average, MOMENTUM)


MOMENTS = {torch.optim.AdamW: ("exp_avg", "exp_avg_sq"), Muon: ("exp_avg",)}  # what each remembers of a parameter


def orthogonal(matrices: Tensor) -> Tensor:
    """Return [n, R, C] matrices with the singular vectors of the given ones, R <= C, and singular values from 0.7 to 1.2."""
    a, b, c = QUINTIC
    x = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def optimisers_of(network: Network, ending: nn.Module, settings: StepSettings, dtype: torch.dtype) -> list[torch.optim.Optimizer]:
    """Return what moves the parameters of both; weights decay, biases and normalisation do not. dtype: Muon's."""
    both = [*network.parameters(), *ending.parameters()]
    tower = [one for one in network.tower.parameters() if one.dim() == 4] if settings.muon else []
    in_tower = {id(one) for one in tower}
    plain = [one for one in both if one.dim() == 1]
    weights = [one for one in both if one.dim() > 1 and id(one) not in in_tower]
    on_gpu = weights[0].is_cuda
    adam = torch.optim.AdamW(
        [{"params": weights, "weight_decay": settings.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=settings.learning_rate,
        fused=on_gpu,
        foreach=not on_gpu,
    )
    return [adam, Muon(tower, settings.learning_rate, settings.weight_decay, dtype)] if tower else [adam]
