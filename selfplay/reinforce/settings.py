"""The settings of REINFORCE self-play."""

import math
from dataclasses import dataclass, field
from typing import Literal

from zero.errors import SettingsError
from zero.network import NetworkSettings

WITH_CRITIC = ("value", "a2c", "ppo")
WITH_RATIO = ("ppo", "grpo")


@dataclass(frozen=True)
class ReinforceSettings:
    """How a policy learns from the outcomes of games against earlier versions of itself."""

    estimator: Literal["none", "value", "a2c", "ppo", "grpo"] = "grpo"
    """What weighs ∇ log π of a decision: none: the outcome z (AlphaGo); value: z - V(s); a2c: the advantage of the steps to
    come; ppo: the same, with clipped ratios and several epochs; grpo: z normalised within games from a common start. At
    equal time on Connect Four grpo came furthest; none learns as fast at first, but the policy's entropy falls sooner."""
    games: int = 256
    """Games of a mini-batch, all played to their end before a step of learning (AlphaGo: 128)."""
    opponents: int = 4
    """Earlier versions that a mini-batch meets, each in about as many of its games (AlphaGo: 1)."""
    pool: int = 20
    """Earlier versions that are kept: the starting policy always, of the others the newest."""
    snapshot_steps: int = 20
    """Mini-batches after which the learner joins the pool (AlphaGo: 500)."""
    interval_steps: int = 20
    """Mini-batches of an interval: after each the run is written down and measured."""
    optimiser: Literal["adam", "sgd"] = "adam"
    """Adam, or plain stochastic gradient ascent as AlphaGo's."""
    learning_rate: float = 5e-4
    """Step size of the optimiser; the gradient is the mean over games of the sum over decisions."""
    entropy: float = 0.0
    """Bonus for the entropy of the policy at each decision, in nats."""
    kl: float = 0.0
    """Penalty for KL(policy | starting policy) at each decision, in nats."""
    value_weight: float = 0.05
    """Estimators with V(s): weight of the value head's cross-entropy with the outcome."""
    gae: float | None = None
    """a2c, ppo: λ of generalised advantage estimation (default 0.95)."""
    steps_ahead: int | None = None
    """a2c, ppo: the advantage of so many steps, instead of GAE(λ)."""
    epochs: int | None = None
    """ppo, grpo: passes over a mini-batch (default 3); the others make one."""
    clip: float | None = None
    """ppo, grpo: the ratio of probabilities counts up to 1 ± clip (default 0.2)."""
    group: int | None = None
    """grpo: games from a common start, with the same opponent and colour (default 16)."""
    opening_plies: int = 0
    """Games begin with a random number of random moves up to this, by both players, from which nothing is learned."""
    evaluation_games: int = 512
    """Games against the starting policy after each interval, both colours, always from the same random numbers."""
    network: NetworkSettings = field(default_factory=NetworkSettings)

    def __post_init__(self) -> None:
        for name in ("games", "opponents", "pool", "snapshot_steps", "interval_steps", "evaluation_games"):
            if getattr(self, name) < 1:
                raise SettingsError(f"expected {name} >= 1, got {getattr(self, name)}")
        if self.estimator not in ("none", "value", "a2c", "ppo", "grpo"):
            raise SettingsError(f"expected estimator none, value, a2c, ppo or grpo, got {self.estimator!r}")
        if self.optimiser not in ("adam", "sgd"):
            raise SettingsError(f"expected optimiser adam or sgd, got {self.optimiser!r}")
        if not 0 < self.learning_rate <= 1e30:  # beyond, torch cannot compute with it
            raise SettingsError(f"expected learning_rate above 0, up to 1e30, got {self.learning_rate}")
        for name in ("entropy", "kl", "value_weight", "opening_plies"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingsError(f"expected {name} >= 0, got {getattr(self, name)}")
        self._check_ranges()
        self._check_contradictions()

    def _check_ranges(self) -> None:
        if self.gae is not None and not 0 <= self.gae <= 1:
            raise SettingsError(f"expected gae from 0 to 1, got {self.gae}")
        if self.clip is not None and not 0 < self.clip < 1:
            raise SettingsError(f"expected clip between 0 and 1, got {self.clip}")
        for name, least in (("steps_ahead", 1), ("epochs", 1), ("group", 2)):
            if getattr(self, name) is not None and getattr(self, name) < least:
                raise SettingsError(f"expected {name} >= {least}, got {getattr(self, name)}")

    def _check_contradictions(self) -> None:
        ahead = ("a2c", "ppo")
        owners: dict[str, tuple[str, ...]] = {"gae": ahead, "steps_ahead": ahead, "epochs": WITH_RATIO, "clip": WITH_RATIO}
        for name, estimators in {**owners, "group": ("grpo",)}.items():
            if getattr(self, name) is not None and self.estimator not in estimators:
                belongs = f"{name} belongs to estimator {' and '.join(estimators)}, but estimator is {self.estimator}"
                raise SettingsError(f"{belongs}: leave it out")
        if self.gae is not None and self.steps_ahead is not None:
            raise SettingsError("gae and steps_ahead are two ways to estimate one advantage: leave one of them out")
        if self.games % self.games_of_a_group:
            raise SettingsError(f"expected games to be a multiple of group = {self.games_of_a_group}, got {self.games}")
        if self.opponents > self.games // self.games_of_a_group:
            what = "groups" if self.estimator == "grpo" else "games"
            raise SettingsError(f"expected no more opponents than {what} in a mini-batch, got {self.opponents}")

    @property
    def games_of_a_group(self) -> int:
        """Games from a common start: 1 but for grpo."""
        return (self.group or 16) if self.estimator == "grpo" else 1

    @property
    def passes(self) -> int:
        """Passes over a mini-batch."""
        return (self.epochs or 3) if self.estimator in WITH_RATIO else 1

    @property
    def ratio_clip(self) -> float | None:
        """How far from 1 a ratio of probabilities counts, None where it is not looked at."""
        return (self.clip or 0.2) if self.estimator in WITH_RATIO else None

    @property
    def critic_weight(self) -> float:
        """Weight of the value loss: 0 where the estimator does not ask for V(s)."""
        return self.value_weight if self.estimator in WITH_CRITIC else 0.0
