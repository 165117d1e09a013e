"""The settings of imitation: what is learned from which games, and how."""

from dataclasses import dataclass, field
from typing import Literal

from selfplay.settings import StepSettings
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.network import NetworkSettings
from zero.search.settings import SearchSettings

SEARCH = SearchSettings(policy="puct", simulations=200)  # it trusts the priors, which is what imitation brings


@dataclass(frozen=True)
class CloningSettings(StepSettings):
    """How the network learns from the moves of experts."""

    value_weight: float = 0.25
    """With --value: weight of the value loss beside the policy loss."""
    symmetries: bool = True
    """Turn and mirror each position at random, where the game allows it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 0, "value_weight")


@dataclass(frozen=True)
class ImitationSettings:
    """All that makes two runs with the same game, games of experts and seed the same."""

    value: bool = False
    """Fit the value head to the outcomes of the games, too: a search needs that. Games of unknown outcome teach it nothing."""
    policy: bool = True
    """Fit the policy head to the moves; without, the network is for the value alone."""
    learn_from: Literal["all", "winner"] = "all"
    """Learn all moves, or only those of the player who won."""
    min_rating: int = 0
    """Learn only moves of players with at least this rating (0: of all players)."""
    validation: float = 0.05
    """Share of the games that is not learned from, but measured with."""
    steps: int = 500
    """Optimiser steps in an interval; after each the network is measured and written."""
    sample: int = 4096
    """Positions of the validation part that it is measured with then; at the end all of them are."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    search: SearchSettings = field(default_factory=lambda: SEARCH)
    learning: CloningSettings = field(default_factory=CloningSettings)

    def __post_init__(self) -> None:
        at_least(self, 1, "steps", "sample")
        at_least(self, 0, "min_rating")
        if not 0 <= self.validation < 1:
            raise SettingsError(f"expected validation in [0, 1), got {self.validation}")
        if not (self.policy or self.value):
            raise SettingsError("expected policy or value to be learned: neither is")
        if self.learn_from not in ("all", "winner"):
            raise SettingsError(f"expected learn_from all or winner, got {self.learn_from!r}")
