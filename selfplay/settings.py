"""The settings of a training run: self-play and learning, beside those of the network and of the search."""

from dataclasses import dataclass, field
from typing import Literal

from zero.bounds import above, at_least, within
from zero.errors import SettingsError
from zero.network import NetworkSettings
from zero.search.settings import SearchSettings


@dataclass(frozen=True)
class SelfPlaySettings:
    """How games are played for learning."""

    games: int = 256
    """Games played at once; each brings one position to every batch of the network."""
    positions: int = 12_000
    """Searched positions per generation."""
    ramp: int = 6
    """Generations in which their number rises to that, in even steps: the first networks have little to teach."""
    opening_share: float | None = None
    """Share of games that begin with random moves, so that the network sees more than good play (default: 0.8 in games
    of at most 10 legal moves, else 0.25)."""
    opening_plies: int | None = None
    """Such a game begins with a random number of random moves up to this, more often a low one (default: two thirds of the
    board's cells in games of at most 10 legal moves, so that hardly any position is new to the network; else a third, at
    most 14)."""
    full_share: float = 1.0
    """Playout cap randomisation: share of moves searched in full, with noise, and recorded (KataGo: 0.25)."""
    quick_simulations: int = 16
    """Simulations of the other moves, which have no noise and teach only the game's outcome."""
    temperature: float = 1.0
    """Temperature of the choice of a move at the start of a game: of PUCT's visits, or the scale of Gumbel's noise."""
    temperature_end: float = 0.15
    """What the temperature falls to (KataGo's value)."""
    temperature_half_life: float | None = None
    """Plies in which the temperature's excess halves (default: a twentieth of the board's cells; KataGo's 19 on 361)."""
    resign: bool = False
    """Give up hopeless games. The threshold is set so that at most 5 % of resigned games would not have been lost."""
    resign_false_positives: float = 0.05
    """Share of resignations that may be wrong, measured on the games played on."""
    play_on_share: float = 0.1
    """Share of games in which nobody resigns, to measure the false positives."""
    cache_mb: float = 256.0
    """Size of the evaluation cache (0: none)."""
    threads: int | None = None
    """Threads that walk the trees (default: as many as the network has)."""

    def positions_of(self, generation: int) -> int:
        """Return how many positions a generation, counted from 1, is to bring."""
        return max(1, self.positions * min(generation, self.ramp) // self.ramp)

    def __post_init__(self) -> None:
        at_least(self, 1, "games", "positions", "ramp", "quick_simulations", "threads")
        within(self, 0, 1, "opening_share", "full_share", "resign_false_positives", "play_on_share")
        if self.full_share == 0:
            raise SettingsError("expected full_share > 0: only moves searched in full are learned from")
        above(self, 0, "temperature", "temperature_end", "temperature_half_life")
        at_least(self, 0, "opening_plies", "cache_mb")
        if self.resign and self.play_on_share == 0:
            raise SettingsError("expected play_on_share > 0: resign measures its mistakes on the games that are played on")


@dataclass(frozen=True)
class StepSettings:
    """How a network makes its optimiser steps, whatever it learns from."""

    batch_size: int = 256
    """Positions per optimiser step."""
    learning_rate: float = 2e-3
    """Step size after the warm-up: AdamW's, and Muon's."""
    muon: bool = True
    """Orthogonalise the steps of the tower's convolutions (Muon), which learns faster; without, all steps are AdamW's."""
    warmup_steps: int = 100
    """Steps in which the learning rate rises from zero."""
    decay_steps: int = 1500
    """The learning rate falls as 1 / √(1 + steps / decay_steps)."""
    weight_decay: float = 1e-2
    """Decay of weights (not of biases and normalisation)."""
    gradient_clip: float = 1.0
    """Largest norm of a step's gradient."""
    ema: float = 0.998
    """Weight averaging: the playing network keeps this share of itself at each step (0: none)."""

    def __post_init__(self) -> None:
        at_least(self, 1, "batch_size", "decay_steps")
        above(self, 0, "learning_rate", "gradient_clip")
        at_least(self, 0, "warmup_steps", "weight_decay")
        if not 0 <= self.ema < 1:
            raise SettingsError(f"expected ema in [0, 1), got {self.ema}")


@dataclass(frozen=True)
class LearningSettings(StepSettings):
    """How the network learns from the records."""

    samples_per_position: float = 1.5
    """How often a recorded position is learned from, on average. With 3 the value learns its games by heart."""
    window: int = 15_000
    """Positions to learn from while there are few; c in c · (1 + 0.4 · ((N/c)^0.75 - 1) / 0.75) (KataGo, with 250,000). What
    older networks played misleads the value of openings."""
    value_weight: float = 1.0
    """Weight of the value loss beside the policy loss."""
    ending_weight: float = 4.0
    """Weight of the loss of a head that foretells the planes of the game's end, and serves for nothing else: it shows the
    tower what decides the game, cell by cell (KataGo's ownership does so for Go). 0: no such head."""
    search_value_share: float = 0.5
    """Share of the search's root value in the value target; the rest is the outcome of the game, which is noisier."""
    policy_target: Literal["policy", "action"] = "policy"
    """Learn the search's policy, or the action it chose (as in the first expert iteration)."""
    surprise: float = 0.5
    """Share of sampling in proportion to KL(policy target | prior) (KataGo's policy surprise weighting)."""
    symmetries: bool = True
    """Turn and mirror each sample at random, where the game allows it."""
    gate: float | None = None
    """A new network plays on only if it scores this share against the old (AlphaGo Zero: 0.55; default: always)."""
    gate_games: int = 200
    """Games of the gating match."""

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "window", "gate_games")
        above(self, 0, "samples_per_position")
        within(self, 0, 1, "search_value_share", "surprise", "gate")
        at_least(self, 0, "value_weight", "ending_weight")
        if self.policy_target not in ("policy", "action"):
            raise SettingsError(f"expected policy_target policy or action, got {self.policy_target!r}")


@dataclass(frozen=True)
class Settings:
    """All that makes two runs with the same game and seed the same."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    selfplay: SelfPlaySettings = field(default_factory=SelfPlaySettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
