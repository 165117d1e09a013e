"""How well a network foretells the moves of experts, position by position."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from selfplay.samples import Samples
from zero.inference import Inference, has_bfloat16
from zero.network import Network

FEW = 5  # moves, the likeliest, among which the expert's is looked for
AT_ONCE = 512  # positions evaluated together


class Scores(NamedTuple):
    """What was found of n positions."""

    first: NDArray[np.bool_]  # [n] the likeliest move is the expert's
    few: NDArray[np.bool_]  # [n] it is among the five likeliest
    loss: NDArray[np.float64]  # [n] -log of its probability, nats
    squared: NDArray[np.float64]  # [n] (outcome - value)^2, for the player to move; NaN where the outcome is not known


class Measure:
    """A network that is measured: folded, in the type that the device is fast with."""

    def __init__(self, network: Network, device: torch.device) -> None:
        dtype = torch.bfloat16 if has_bfloat16(device) else torch.float32
        self.device, self.inference = device, Inference(network.to(device), dtype)

    def load(self, network: Network) -> None:
        """Go on with the weights of another network."""
        self.inference.load(network)

    def scores(self, samples: Samples) -> Scores:
        """Return the scores of a batch."""
        parts = [Samples._make(array[i : i + AT_ONCE] for array in samples) for i in range(0, len(samples.planes), AT_ONCE)]
        return joined([self._scores(part) for part in parts])

    @torch.inference_mode()
    def _scores(self, samples: Samples) -> Scores:
        planes, legal = (torch.from_numpy(array).to(self.device) for array in (samples.planes, samples.legal))
        logits, wdl = self.inference(planes)
        logits = torch.log_softmax(logits.masked_fill(~legal, -torch.inf).double(), 1).cpu().numpy()
        chances = wdl.double().cpu().numpy()
        wanted = logits[np.arange(len(logits)), samples.policy.argmax(1)]
        # Of equal moves the expert's counts as the last: who knows nothing is not right by chance.
        before = (logits >= wanted[:, None]).sum(1) - 1
        known = samples.wdl.sum(1) > 0
        error = (samples.wdl[:, 0] - samples.wdl[:, 2]) - (chances[:, 0] - chances[:, 2])
        return Scores(before < 1, before < FEW, -wanted, np.where(known, error**2, np.nan))


def joined(parts: Iterable[Scores]) -> Scores:
    """Return the scores of several batches."""
    return Scores(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
