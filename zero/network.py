"""The network: one residual tower, shared by a policy head and a win/draw/loss value head. Works for any board shape.

Source: Silver et al. 2017 (AlphaGo Zero), Methods, "Neural network architecture", with a value head that tells wins,
draws and losses apart, and blocks that see the whole board (squeeze-and-excitation).
"""

import re
from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from games.game import Game
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.memory import free_memory

SIZES = {"tiny": "16x2", "small": "32x3", "medium": "64x5", "large": "128x10", "huge": "256x20"}
MEDIUM_BOARDS = range(37, 65)  # cells; smaller boards need no more than the small network, larger ones learn faster with it


@dataclass(frozen=True)
class NetworkSettings:
    """The shape of the network."""

    size: str = "auto"
    """tiny (16x2), small (32x3), medium (64x5), large (128x10), huge (256x20), or CHANNELSxBLOCKS; auto picks by board."""
    policy_channels: int = 16
    """Channels of the policy head before its linear layer."""
    value_channels: int = 16
    """Channels of the value head before its linear layers."""
    value_hidden: int = 64
    """Width of the value head's hidden layer."""
    residual: bool = True
    """Each block adds its input to its output; without, the tower is a plain stack of convolutions, as AlphaGo's was."""
    squeeze: bool = True
    """Each block scales and shifts its channels by what they say on the whole board."""

    def __post_init__(self) -> None:
        if self.size != "auto":
            self._parse(self.size)
        at_least(self, 1, "policy_channels", "value_channels", "value_hidden")

    def shape(self, game: Game) -> tuple[int, int]:
        """Return (channels, blocks) for a game."""
        cells = game.plane_shape[1] * game.plane_shape[2]
        return self._parse(("medium" if cells in MEDIUM_BOARDS else "small") if self.size == "auto" else self.size)

    def resolved(self, game: Game) -> "NetworkSettings":
        """Return the same with the channels and blocks that the size stands for: what a size's name means may change."""
        return replace(self, size="{}x{}".format(*self.shape(game)))

    @staticmethod
    def _parse(size: str) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,4})x(\d{1,3})", SIZES.get(size, size))
        if not match or int(match[1]) < 1:
            raise SettingsError(f"expected size auto, {', '.join(SIZES)} or CHANNELSxBLOCKS, got {size!r}")
        return int(match[1]), int(match[2])


class Convolution(nn.Sequential):
    """A convolution that keeps the board's size, and batch normalisation."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, width, padding=width // 2, bias=False), nn.BatchNorm2d(outputs))


class Squeeze(nn.Module):
    """x [B, C, R, K] -> x · σ(scale) + shift, both [B, C] from the means of x over the board.

    Source: Hu et al. 2018 (Squeeze-and-Excitation Networks), section 3; the shift is Leela Chess Zero's.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Linear(channels, max(1, channels // 2))
        self.outer = nn.Linear(max(1, channels // 2), 2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        means = x.movedim(1, 3).mean((1, 2)).to(self.inner.weight.dtype)  # its gradient comes in the order of x: twice as fast
        scale, shift = self.outer(torch.relu(self.inner(means))).to(x.dtype)[:, :, None, None].chunk(2, 1)
        return x * torch.sigmoid(scale) + shift


class Block(nn.Module):
    """Two 3×3 convolutions, and a squeeze if wanted, beside an identity or without one."""

    def __init__(self, channels: int, residual: bool = True, squeeze: bool = False) -> None:
        super().__init__()
        self.residual = residual
        self.first = Convolution(channels, channels, 3)
        self.second = Convolution(channels, channels, 3)
        self.squeeze = Squeeze(channels) if squeeze else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        changed = self.squeeze(self.second(torch.relu(self.first(x))))
        return torch.relu(x + changed if self.residual else changed)


class Network(nn.Module):
    """planes [B, P, R, C] (any dtype) -> policy logits [B, num_actions], logits of win, draw, loss [B, 3], float32.

    Win and loss are those of the player to move.
    """

    def __init__(self, game: Game, settings: NetworkSettings) -> None:
        super().__init__()
        planes, rows, columns = game.plane_shape
        channels, blocks = settings.shape(game)
        self.stem = Convolution(planes, channels, 3)
        self.tower = nn.Sequential(*(Block(channels, settings.residual, settings.squeeze) for _ in range(blocks)))
        self.policy_features = Convolution(channels, settings.policy_channels, 1)
        self.policy = nn.Linear(settings.policy_channels * rows * columns, game.num_actions)
        self.value_features = Convolution(channels, settings.value_channels, 1)
        self.value_hidden = nn.Linear(settings.value_channels * rows * columns, settings.value_hidden)
        self.value = nn.Linear(settings.value_hidden, 3)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        return self.heads(self.features(planes))

    def features(self, planes: Tensor) -> Tensor:
        """Return what the tower makes of the planes, [B, channels, R, C]."""
        x: Tensor = self.tower(torch.relu(self.stem(planes.to(next(self.stem.parameters()).dtype))))
        return x

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the two heads say of the tower's features: policy logits, and logits of win, draw, loss."""
        policy = torch.relu(self.policy_features(x)).flatten(1)
        value = torch.relu(self.value_features(x)).flatten(1)
        hidden = torch.relu(self.value_hidden(value.to(self.value_hidden.weight.dtype)))
        return self.policy(policy.to(self.policy.weight.dtype)).float(), self.value(hidden).float()


def new_network(game: Game, settings: NetworkSettings, seed: int) -> Network:
    """Return a freshly initialised network, the same for the same seed; torch's own generator is left as it was.

    The last layers begin near zero, so that a new network gives even priors and even values.
    Raises SettingsError where it would not fit into memory.
    """
    refuse_too_large(game, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(game, settings).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.no_grad():
        for layer in (network.policy, network.value):
            layer.weight.mul_(0.1)
            layer.bias.zero_()
    return network.eval()


def refuse_too_large(game: Game, settings: NetworkSettings, copies: int = 1) -> None:
    """Raise SettingsError where so many copies of the network's weights would not fit into the memory that is left."""
    with torch.device("meta"):
        needed = copies * 4 * sum(parameter.numel() for parameter in Network(game, settings).parameters())
    free = free_memory()
    if needed > free:
        size = "{}x{}".format(*settings.shape(game))
        raise SettingsError(
            f"a network of size {size} takes {needed / 2**30:.1f} GiB here, "
            f"but {free / 2**30:.1f} GiB of memory is free: take a smaller --network.size"
        )


def folded(network: Network) -> Network:
    """Return a copy of the network for inference, with batch normalisation folded into the convolutions' weights.

    Each `Convolution` becomes a convolution with bias: w' = w · γ/√(σ² + ε), b' = β - μ · γ/√(σ² + ε).
    """
    copy = Network.__new__(Network)
    nn.Module.__init__(copy)
    for name, module in network.named_children():
        setattr(copy, name, _folded_module(module))
    return copy.eval().requires_grad_(False)


def _folded_module(module: nn.Module) -> nn.Module:
    if isinstance(module, Convolution):
        convolution, norm = module[0], module[1]
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
        width = convolution.kernel_size[0]
        result = nn.Conv2d(convolution.in_channels, convolution.out_channels, width, padding=width // 2).to(scale.device)
        assert result.bias is not None
        with torch.no_grad():
            result.weight.copy_(convolution.weight * scale[:, None, None, None])
            result.bias.copy_(norm.bias - norm.running_mean * scale)
        return nn.Sequential(result)
    if isinstance(module, Block):
        block = Block.__new__(Block)
        nn.Module.__init__(block)
        block.residual = module.residual
        for name, part in module.named_children():
            setattr(block, name, _folded_module(part))
        return block
    if isinstance(module, nn.Sequential):
        return nn.Sequential(*(_folded_module(part) for part in module))
    return deepcopy(module)
