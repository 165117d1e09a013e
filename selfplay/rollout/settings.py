"""How a rollout policy learns."""

from dataclasses import dataclass

from zero.bounds import above, at_least, within


@dataclass(frozen=True)
class RolloutSettings:
    """How a rollout policy learns."""

    epochs: int = 5
    """Passes over the training games."""
    rate: float = 0.1
    """Step of Adagrad in the first epoch; it falls in even steps to a tenth in the last."""
    lookahead: int | None = None
    """Plies in which a policy sees that the game ends: 0 none; 1 it takes a move that wins at once; 2 it also tells apart
    moves after which the other wins at once. Default: 2 where there are at most 10 legal moves, else 1 where such moves
    are not rare in the games, else 0."""

    def __post_init__(self) -> None:
        at_least(self, 1, "epochs")
        above(self, 0, "rate")
        within(self, 0, 2, "lookahead")
