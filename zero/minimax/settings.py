"""How to learn: the settings of a run, and the error for those that make no sense."""

import math
from dataclasses import dataclass

from games.errors import InputError

MOST_NUMBERS = 20_000_000  # a path of so many numbers, and what is measured on it, takes about 1 GB


class DynamicsError(InputError):
    """A method, a step size, a start or another setting of a run that makes no sense."""


@dataclass(frozen=True)
class Settings:
    """How to learn. raises DynamicsError: where a setting makes no sense."""

    steps: int = 2000
    alpha: float = 1.0  # step size α, above 0
    decay: float = 0.05  # λ of the anchored methods, at least 0: the share of the way back to the anchor in a step
    gradients: str = "exact"  # or "sampled": REINFORCE estimates
    samples: int = 64  # games played for each sampled gradient
    seed: int = 0  # of the sampled gradients

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise DynamicsError(f"expected steps >= 1, got {self.steps}")
        if not 0 < self.alpha < math.inf:
            raise DynamicsError(f"expected a step size alpha > 0, got {self.alpha:g}")
        if not 0 <= self.decay < math.inf:
            raise DynamicsError(f"expected a decay lambda >= 0, got {self.decay:g}")
        if self.gradients not in ("exact", "sampled"):
            raise DynamicsError(f"expected gradients exact or sampled, got {self.gradients!r}")
        if not 1 <= self.samples <= MOST_NUMBERS:
            raise DynamicsError(f"expected 1 <= samples <= {MOST_NUMBERS:,}, got {self.samples}")
        if self.seed < 0:
            raise DynamicsError(f"expected seed >= 0, got {self.seed}")
