"""The settings of a search, as a person gives them (`SearchSettings`) and as the kernels take them (`Parameters`)."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from games.game import Game
from zero.bounds import above, at_least, within
from zero.errors import SettingsError

FEW_MOVES = 10  # with 64 simulations PUCT looks at each of so many several times


@dataclass(frozen=True)
class SearchSettings:
    """How a tree is searched. A setting left at None takes the default of the chosen policy."""

    policy: Literal["auto", "gumbel", "puct"] = "auto"
    """gumbel learns from fewer simulations than there are moves (Danihelka et al. 2022); puct is AlphaGo Zero's and
    AlphaZero's, and where few moves can be made it is faster: more of what it asks stands in the cache. auto: puct in
    games of at most 10 legal moves, else gumbel."""
    simulations: int = 64
    """Simulations per move, beside the evaluation of the root itself."""
    considered: int = 16
    """Gumbel: root actions that sequential halving starts with (the paper's m)."""
    c_visit: float = 50.0
    """Gumbel: offset in σ(q) = (c_visit + max visits) · c_scale · q (the paper's value)."""
    c_scale: float = 0.1
    """Gumbel: scale in σ(q), for q in [-1, 1]."""
    exploration: Literal["log", "constant"] = "log"
    """PUCT: `log` is c·π·√N/(1+n) with c = ln((1+N+c_base)/c_base) + c_init; `constant` is rho·π/(1+n)."""
    c_init: float = 1.25
    """PUCT: exploration constant (AlphaZero's value)."""
    c_base: float = 19652.0
    """PUCT: visits at which exploration begins to grow (AlphaZero's value)."""
    rho: float = 2.0
    """PUCT, constant form: weight of the prior."""
    fpu_reduction: float = 0.2
    """PUCT: an unvisited edge is worth q(parent) - fpu_reduction · √(prior of visited edges) (KataGo's value)."""
    noise: float | None = None
    """PUCT: share of Dirichlet noise in the root's prior during self-play (default: AlphaZero's 0.25; 0.1 in games of at most 10
    legal moves, where openings are random and most moves are tried anyway); Gumbel brings its own."""
    alpha: float | None = None
    """PUCT: concentration of the Dirichlet noise (default 10 / legal actions)."""
    root_temperature: float = 1.0
    """PUCT: temperature of the softmax of the root's prior."""
    reuse: bool = False
    """PUCT: keep the subtree of the move that is played; its visits count towards the next search."""
    leaves: int = 1
    """Leaves of one tree that may await the network together, kept apart by virtual loss."""
    virtual_loss: float = 1.0
    """Value subtracted from each edge on the way to a leaf that awaits the network (only with leaves > 1)."""
    win_at_once: bool = True
    """Play a root action that wins at once, without search."""
    prove: bool = True
    """Take what is certain for certain: a position with a move into a lost one is won, one whose moves are all known is worth
    the best of them. A certain outcome is not searched again, and a search whose root has one is finished."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations", "considered", "leaves")
        above(self, 0, "c_init", "c_base", "rho", "c_visit", "c_scale", "root_temperature", "alpha")
        at_least(self, 0, "fpu_reduction", "virtual_loss")
        within(self, 0, 1, "noise")
        if self.policy != "puct":
            contradictions = {"noise": bool(self.noise), "alpha": self.alpha is not None, "reuse": self.reuse}
            contradictions["root_temperature"] = self.root_temperature != 1.0
            for name, given in contradictions.items():
                if given:
                    wrong = f"{name} belongs to policy puct, but policy is {self.policy}"
                    raise SettingsError(f"{wrong}: leave it out or set policy puct")
        if self.policy not in ("auto", "gumbel", "puct"):
            raise SettingsError(f"expected policy auto, gumbel or puct, got {self.policy!r}")
        if self.exploration not in ("log", "constant"):
            raise SettingsError(f"expected exploration log or constant, got {self.exploration!r}")

    def is_gumbel(self, game: Game) -> bool:
        """Return whether the policy is Gumbel in a game, which auto leaves to its number of moves."""
        return self.policy == "gumbel" or (self.policy == "auto" and game.max_legal > FEW_MOVES)

    def noise_share(self, game: Game) -> float:
        """Return the share of Dirichlet noise at the root in self-play, with the policy's default filled in."""
        if self.is_gumbel(game):
            return 0.0
        if self.noise is not None:
            return self.noise
        return 0.1 if game.max_legal <= FEW_MOVES else 0.25


class Parameters(NamedTuple):
    """`SearchSettings` as scalars for kernels; fields as there."""

    gumbel: bool
    considered: int
    c_visit: float
    c_scale: float
    log_form: bool
    c_init: float
    c_base: float
    rho: float
    fpu_reduction: float
    root_temperature: float
    leaves: int
    virtual_loss: float  # 0 where leaves is 1
    win_at_once: bool
    prove: bool
    looks_back: bool  # Game.looks_back
    history: int  # Game.history


def parameters(game: Game, settings: SearchSettings) -> Parameters:
    """Return the kernels' view of `settings`."""
    return Parameters(
        gumbel=settings.is_gumbel(game),
        considered=settings.considered,
        c_visit=settings.c_visit,
        c_scale=settings.c_scale,
        log_form=settings.exploration == "log",
        c_init=settings.c_init,
        c_base=settings.c_base,
        rho=settings.rho,
        fpu_reduction=settings.fpu_reduction,
        root_temperature=settings.root_temperature,
        leaves=settings.leaves,
        virtual_loss=settings.virtual_loss if settings.leaves > 1 else 0.0,
        win_at_once=settings.win_at_once,
        prove=settings.prove,
        looks_back=game.looks_back,
        history=game.history,
    )
