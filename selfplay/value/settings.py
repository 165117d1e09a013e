"""The settings of a value network's training."""

from dataclasses import dataclass, field

from selfplay.settings import StepSettings
from selfplay.value.sampling import Sampling
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.network import NetworkSettings


@dataclass(frozen=True)
class ValueSettings:
    """All that makes two runs with the same game, seed and policies the same."""

    sampling: Sampling = "one"
    """one: a random position of each game. alphago: the opening policy plays up to a random ply, one move is any legal one,
    then the policy plays; the position after the random move is learned from. all: every position of each game, to see how a
    network then learns games by heart."""
    games: int = 4096
    """Games that are played for each interval."""
    fixed: bool = False
    """Learn from the games of the first interval only, again and again, instead of from new ones."""
    passes: int = 1
    """How often an interval goes through its positions."""
    last_ply: int | None = None
    """Of alphago: the random move is one of the first so many plies (default: of all that a game can have; AlphaGo: 450)."""
    from_policy: bool = True
    """Begin with the policy's weights instead of new ones; the network has its shape then (after 36,000 games of a policy for
    Connect Four the error on held-out games was 0.820, with new weights 0.871)."""
    symmetries: bool = True
    """Turn and mirror each position at random, where the game allows it."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    learning: StepSettings = field(default_factory=StepSettings)

    def __post_init__(self) -> None:
        at_least(self, 1, "games", "passes", "last_ply")
        if self.sampling not in ("one", "alphago", "all"):
            raise SettingsError(f"expected sampling one, alphago or all, got {self.sampling!r}")


@dataclass(frozen=True)
class RunSettings(ValueSettings):
    """The same with the opening policy, as a run folder keeps it."""

    opening: str | None = None  # digest of the checkpoint's file; None: the policy itself
