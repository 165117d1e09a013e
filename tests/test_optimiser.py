"""Muon: what it makes orthogonal, how far it steps, and what it moves."""

import pytest
import torch

from games import find
from selfplay.optimiser import MOMENTUM, SCALE, Muon, optimisers_of, orthogonal
from selfplay.settings import StepSettings
from zero.network import Network, NetworkSettings

GAME = find("tic_tac_toe")


@pytest.fixture
def seeded():
    return torch.Generator().manual_seed(4)


@pytest.mark.parametrize("shape", [(1, 1, 9), (3, 8, 72), (5, 6, 6)])
def test_singular_vectors_stay_and_values_come_near_one(shape, seeded):
    given = torch.randn(shape, generator=seeded, dtype=torch.float64)
    u, before, v = torch.linalg.svd(given, full_matrices=False)
    got = u.mT @ orthogonal(given) @ v.mT
    values = got.diagonal(dim1=1, dim2=2)
    assert (got - torch.diag_embed(values)).abs().max() < 1e-9
    large = before > 0.02 * before.square().sum(1, keepdim=True).sqrt()
    assert large.double().mean() > 0.9
    assert values[large].min() > 0.67
    assert values.max() < 1.22


def test_nothing_comes_from_nothing():
    assert torch.equal(orthogonal(torch.zeros(2, 3, 4)), torch.zeros(2, 3, 4))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_steps_follow_the_formula(layout, seeded):
    """Nesterov's momentum, made orthogonal as matrices [out, in · R · C], after decay; the memory's order changes nothing."""
    start = [torch.randn(4, 4, 3, 3, generator=seeded) for _ in range(2)]
    parameters = [torch.nn.Parameter(one.clone(memory_format=layout)) for one in start]
    muon = Muon(parameters, lr=0.1, weight_decay=0.2, dtype=torch.float32)
    expected, averages = [one.clone() for one in start], [torch.zeros_like(one) for one in start]
    for _ in range(3):
        for i, parameter in enumerate(parameters):
            gradient = torch.randn(4, 4, 3, 3, generator=seeded)
            parameter.grad = gradient.clone(memory_format=layout)
            averages[i] = MOMENTUM * averages[i] + (1 - MOMENTUM) * gradient
            ahead = MOMENTUM * averages[i] + (1 - MOMENTUM) * gradient
            direction = orthogonal(ahead.reshape(1, 4, 36)).reshape(4, 4, 3, 3)
            expected[i] = expected[i] * (1 - 0.1 * 0.2) - 0.1 * SCALE * 6 * direction
        muon.step()
    for parameter, wanted in zip(parameters, expected, strict=True):
        assert (parameter - wanted).abs().max() < 1e-5


def test_the_size_of_the_gradient_does_not_matter(seeded):
    gradient, moved = torch.randn(4, 4, 3, 3, generator=seeded), []
    for size in (1.0, 1e-4):
        parameter = torch.nn.Parameter(torch.zeros(4, 4, 3, 3))
        parameter.grad = gradient * size
        Muon([parameter], lr=0.1, weight_decay=0.0, dtype=torch.float32).step()
        moved.append(parameter.detach())
    assert (moved[0] - moved[1]).abs().max() < 1e-6
    assert moved[0].abs().max() > 0.01


@pytest.mark.parametrize(("size", "muon", "kinds"), [("8x2", True, 2), ("8x2", False, 1), ("8x0", True, 1)])
def test_each_parameter_is_moved_once(size, muon, kinds):
    network = Network(GAME, NetworkSettings(size=size))
    ending = torch.nn.Conv2d(8, 2, 1)
    optimisers = optimisers_of(network, ending, StepSettings(muon=muon), torch.float32)
    assert len(optimisers) == kinds
    moved = [id(one) for optimiser in optimisers for group in optimiser.param_groups for one in group["params"]]
    assert sorted(moved) == sorted(id(one) for module in (network, ending) for one in module.parameters())
    if kinds == 2:
        names = {id(one): name for name, one in network.named_parameters()}
        assert {names[id(one)] for one in optimisers[1].param_groups[0]["params"]} == {
            f"tower.{block}.{which}.0.weight" for block in (0, 1) for which in ("first", "second")
        }
