"""The settings of AlphaGo's pipeline."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import tyro

from selfplay.imitation.settings import ImitationSettings
from selfplay.reinforce.settings import ReinforceSettings
from selfplay.rollout.settings import RolloutSettings
from selfplay.stopping import seconds
from selfplay.value.settings import ValueSettings
from zero.bounds import at_least, check_seed, within
from zero.errors import SettingsError

SETTINGS = "alphago.json"  # in the folder: what the pipeline was begun with
Extra = Literal["from-random", "plain-networks", "expert-iteration"]
# Of the time for learning. REINFORCE and the value network play their own games; imitation has them from the expert.
SHARES = {"imitation": 0.2, "reinforce": 0.4, "value": 0.4}


@dataclass(frozen=True, kw_only=True)
class ChainSettings:
    """What makes two pipelines the same."""

    expert: str = "mcts:200"
    """The player that is imitated (zero players lists them), where no games are given."""
    positions: int = 30_000
    """Positions that the expert plays in games against itself, and that are imitated."""
    time: str = "16m"
    """Time for learning: a fifth for imitation, two fifths each for REINFORCE and the value network. Recording games, the
    rollout policy and the matches take what they need."""
    simulations: int = 100
    """Simulations a move of the search."""
    mix: float = 0.5
    """Weight of the rollout's outcome beside the value network's (AlphaGo: 0.5)."""
    seed: int = 0
    """The same seed and settings give the same games to learn from; how far the networks get depends on the time."""
    imitation: ImitationSettings = field(default_factory=ImitationSettings)
    reinforce: ReinforceSettings = field(default_factory=ReinforceSettings)
    value: ValueSettings = field(default_factory=lambda: ValueSettings(sampling="alphago"))
    rollout: RolloutSettings = field(default_factory=RolloutSettings)

    def __post_init__(self) -> None:
        seconds(self.time)
        at_least(self, 1, "positions", "simulations")
        within(self, 0, 1, "mix")
        check_seed(self.seed, bits=62)

    def budget(self, stage: str) -> float:
        """Return the seconds of learning that a stage has."""
        return SHARES[stage] * seconds(self.time)


@dataclass(frozen=True, kw_only=True)
class ChainCommand(ChainSettings):
    """What `zero alphago` is asked to do."""

    game: tyro.conf.Positional[str]
    """NAME[:PARAMETER=VALUE,...], as in connect_four or othello:size=6; or MODULE:CLASS for a game of your own."""
    data: tuple[Path, ...] = ()
    """Games of experts instead of the expert's own: files or folders of PGN, SGF or records."""
    run: Path | None = None
    """The folder of all stages (default: runs/NAME-alphago). One that is there already is gone on with."""
    also: tuple[Extra, ...] = ()
    """What else to train, and to measure beside the pipeline: from-random (REINFORCE without imitation, as long),
    plain-networks (imitation by two separate networks without residual connections), expert-iteration (zero train with the
    same compute as the whole pipeline)."""
    games: int = 20
    """Games that each two players of the closing table play."""
    claim_games: int = 200
    """Games of each match that decides on a claim; of those between networks without search, five times as many."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads (default: all cores)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 2, "games", "claim_games")
        at_least(self, 1, "threads")
        for name in ("games", "claim_games"):
            if getattr(self, name) % 2:
                raise SettingsError(f"expected an even number of {name} (pairs with swapped colours), got {getattr(self, name)}")
