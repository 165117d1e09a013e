"""A network that computes in 8-bit integers, for processors with AVX512-VNNI.

Between two layers stand integers q [B, C, R, K] uint8, each channel with a scale of its own: x = scale · q. Scales are
worked into the weights, so that a convolution multiplies plain integers: what it reads multiplies its columns, what it
writes divides its rows and biases; then each row of weights is rounded to int8 by its own largest. A channel's scale
comes from the largest x over calibration positions, which depend on the game alone; so the answers are a function of game
and weights, and a run that goes on from its files gives the same games. What is larger than that is cut off.
Source of the balance between activations and weights: Xiao et al. 2023 (SmoothQuant), section 4, with α = 0.5.

One core of a Zen 4 multiplies int8 at twice the speed of bfloat16; the convolutions here run at that speed, and all
else between them is one compiled kernel (`join`), of whose arguments the weights are part: new ones recompile nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import linear

from games.game import Game
from games.rules import ONGOING
from zero.boards import Boards
from zero.network import Block, Network, Squeeze, folded

CALIBRATION_POSITIONS = 256
LOWEST = 1e-3  # of the largest channel's maximum: channels that are all but dead are taken to reach that
UINT8 = 255.0


def has_int8(device: torch.device) -> bool:
    """Return whether the device multiplies uint8 by int8 faster than bfloat16, and exactly: without VNNI sums saturate."""
    tests = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("vnni", "avx512_vnni"))
    return device.type == "cpu" and any(test() for test in tests if test is not None)


def calibration_planes(game: Game, count: int = CALIBRATION_POSITIONS) -> NDArray[np.uint8]:
    """Return planes [count, P, R, C]: a position of each of `count` random games, each of its plies as likely as the others.

    Always the same ones.
    """
    boards, random = Boards(game, 2 * count), np.random.default_rng(0)
    playing = np.arange(count)
    while len(playing):
        kept = playing[random.integers(boards.plies[playing] + 1) == 0]  # reservoir sampling: the one of t plies by 1 / t
        boards.copy(count + kept, kept)
        boards.play(playing, boards.legal[playing, random.integers(boards.counts[playing])])
        playing = playing[boards.outcomes[playing] == ONGOING]
    planes = np.zeros((count, *game.plane_shape), np.uint8)
    boards.planes(np.arange(count, 2 * count), planes)
    return planes


def scale_of(x: Tensor) -> Tensor:
    """Return the scale of each channel, [C], for activations x [N, C, R, K] >= 0 in float32: √(its maximum · the largest one)."""
    maxima = x.amax((0, 2, 3))
    top = float(maxima.max()) or 1.0
    return (maxima.clamp_min(LOWEST * top) * top).sqrt() / UINT8


class Packed(NamedTuple):
    """Weights of a convolution or a linear layer, as oneDNN wants them."""

    weight: Tensor  # int8, in blocks
    scales: Tensor  # [outputs] float32, of the rows of weights
    zeros: Tensor  # [outputs] int64
    bias: Tensor  # [outputs] float32
    width: int  # of the convolution's kernel; 0: a linear layer

    @staticmethod
    def of(weight: Tensor, bias: Tensor, shape: list[int]) -> "Packed":
        """Round weights [outputs, inputs] or [outputs, inputs, width, width] to int8; shape: of the input, [B, …]."""
        scales = (weight.flatten(1).abs().amax(1) / 127).clamp_min(1e-30)
        rounded = (weight / scales.view(-1, *[1] * (weight.dim() - 1))).round().to(torch.int8).contiguous()
        width = weight.shape[2] if weight.dim() == 4 else 0
        ops = torch.ops.onednn
        if width:
            packed = ops.qconv_prepack(rounded, scales, 1.0, 0, [1, 1], [width // 2] * 2, [1, 1], 1, shape)
        else:
            packed = ops.qlinear_prepack(rounded, shape)
        return Packed(packed, scales, torch.zeros(len(scales), dtype=torch.int64), bias.contiguous(), width)

    def __call__(self, q: Tensor, dtype: torch.dtype, relu: bool) -> Tensor:
        """Return the layer's output for the integers q, in `dtype`: rounded and cut off at 0 and 255 where that is uint8."""
        arguments: list[Any] = [q, 1.0, 0, self.weight, self.scales, self.zeros, self.bias]
        after: list[Any] = [1.0, 0, dtype, "relu" if relu else "none", [], ""]
        if not self.width:
            return torch.ops.onednn.qlinear_pointwise.default(*arguments, *after)
        pads = [self.width // 2] * 2
        return torch.ops.onednn.qconv2d_pointwise.default(*arguments, [1, 1], pads, [1, 1], 1, *after)


def join(q: Tensor | None, y: Tensor, inverse: Tensor, ratio: Tensor, squeeze: list[Tensor]) -> Tensor:
    """Return what the next block reads, integers [B, C, R, K] uint8, channels last.

    q: [B, C, R, K] uint8, what the block read, or None without residual; y: [B, C, R, K], what its convolutions said.
    inverse: [C], 1 / the scale of the result; ratio: [C], the scale of q / that of the result.
    squeeze: weights and biases of its two layers, the first for sums over the board; none where there is no squeeze.
    """
    batch, channels, rows, columns = y.shape
    z = y.permute(0, 2, 3, 1).reshape(batch, rows * columns, channels).float()  # a view of what lies there
    factor, shift = inverse, torch.tensor(0.5)  # conversion to integers cuts off: with a half it rounds
    if squeeze:
        inner, inner_bias, outer, outer_bias = squeeze
        both = linear(torch.relu(linear(z.sum(1), inner, inner_bias)), outer, outer_bias)
        scales, shifts = both[:, None].chunk(2, 2)
        factor, shift = torch.sigmoid(scales) * inverse, shifts * inverse + 0.5
    z = z * factor + shift
    if q is not None:
        z = z + q.permute(0, 2, 3, 1).reshape(batch, rows * columns, channels).float() * ratio
    return z.clamp(0, UINT8).to(torch.uint8).view(batch, rows, columns, channels).permute(0, 3, 1, 2)


class QuantisedBlock:
    """A block of the tower: two convolutions, and what `join` needs."""

    def __init__(self, block: Block, x: Tensor, scale: Tensor, shape: list[int]) -> None:
        """x: what the float32 block reads, [N, C, R, K]; scale: [C], that of the integers; shape: theirs."""
        first, second = block.first[0], block.second[0]
        hidden_scale = scale_of(torch.relu(block.first(x)))
        self.output = block(x)
        self.scale = scale_of(self.output)
        self.first = _packed(first, scale, hidden_scale, shape)
        self.second = _packed(second, hidden_scale, torch.ones_like(scale), shape)
        self.residual = block.residual
        self.inverse, self.ratio, self.squeeze = 1 / self.scale, scale / self.scale, _squeeze(block.squeeze, x.shape[2:].numel())

    def __call__(self, q: Tensor, join: Callable[..., Tensor]) -> Tensor:
        y = self.second(self.first(q, torch.uint8, True), torch.bfloat16, False)
        return join(q if self.residual else None, y, self.inverse, self.ratio, self.squeeze)


def _packed(layer: nn.Module, reads: Tensor, writes: Tensor, shape: list[int]) -> Packed:
    """Return a folded convolution that reads and writes integers of these scales, [inputs] and [outputs]."""
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    return Packed.of(layer.weight * reads[:, None, None] / writes[:, None, None, None], layer.bias / writes, shape)


def _squeeze(squeeze: nn.Module, cells: int) -> list[Tensor]:
    if not isinstance(squeeze, Squeeze):
        return []
    return [squeeze.inner.weight / cells, squeeze.inner.bias, squeeze.outer.weight, squeeze.outer.bias]


class QuantisedHead:
    """A head's 1×1 convolution and the linear layer behind it."""

    def __init__(self, features: nn.Sequential, layer: nn.Linear, x: Tensor, scale: Tensor, shape: list[int]) -> None:
        """x: what the tower says in float32, [N, C, R, K]; scale: [C], that of the integers; shape: theirs."""
        y = torch.relu(features(x))
        outputs, channels, cells = layer.out_features, y.shape[1], y.shape[2:].numel()
        written = scale_of(y)
        self.features = _packed(features[0], scale, written, shape)
        weight = layer.weight.view(outputs, channels, cells) * written[:, None]
        weight = weight.transpose(1, 2).reshape(outputs, -1)  # in the order of the integers: cell by cell
        self.layer = Packed.of(weight, layer.bias, [shape[0], channels * cells])

    def __call__(self, q: Tensor, relu: bool) -> Tensor:
        features = self.features(q, torch.uint8, True)
        return self.layer(features.permute(0, 2, 3, 1).reshape(len(q), -1), torch.float32, relu)


class Quantised(nn.Module):
    """planes [B, P, R, C] uint8 -> policy logits [B, num_actions], probabilities of win, draw, loss [B, 3], float32.

    Batches have up to `places` rows; compiled, always that many. Raises what torch raises where it cannot do it:
    RuntimeError and others, from here or from the first call.
    """

    dtype = torch.int8

    def __init__(self, game: Game, network: Network, places: int, compiled: bool = True) -> None:
        super().__init__()
        self.places = places
        self.calibration = torch.from_numpy(calibration_planes(game))
        self.join: Callable[..., Tensor] = torch.compile(join, dynamic=False) if compiled else join
        self.load(network)

    @torch.no_grad()
    def load(self, network: Network) -> None:
        """Take over the weights of another network of the same shape. Nothing is compiled anew."""
        exact, shape = folded(network), [self.places, *self.calibration.shape[1:]]
        x = torch.relu(exact.stem(self.calibration.float()))
        scale = scale_of(x)
        self.stem = _packed(exact.stem[0], torch.ones(shape[1]), scale, shape)
        shape[1] = x.shape[1]
        self.blocks: list[QuantisedBlock] = []
        for block in exact.tower:
            assert isinstance(block, Block)
            quantised = QuantisedBlock(block, x, scale, shape)
            self.blocks.append(quantised)
            x, scale = quantised.output, quantised.scale
            del quantised.output
        self.policy = QuantisedHead(exact.policy_features, exact.policy, x, scale, shape)
        self.value = QuantisedHead(exact.value_features, exact.value_hidden, x, scale, shape)
        self.last = exact.value

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        q = self.stem(planes.contiguous(memory_format=torch.channels_last), torch.uint8, True)
        for block in self.blocks:
            q = block(q, self.join)
        return self.policy(q, False), torch.softmax(self.last(self.value(q, True)), 1)
