"""Zero-sum matrix games: the payoffs, the names of the actions, and the games that come with the module."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from games.errors import InputError

FloatArray = npt.NDArray[np.float64]

LARGEST_PAYOFF = 1e100  # beyond it, sums of payoffs would leave the range of a float64
MOST_PAYOFFS = 1_000_000  # the linear program takes minutes beyond this


class MatrixGameError(InputError):
    """No such matrix game, or payoffs that make none."""


@dataclass(frozen=True, eq=False)
class MatrixGame:
    """A zero-sum game of one simultaneous choice.

    name:    what tables and figures call it.
    payoff:  [m, n] float64, A: what player 1 gets, and player 2 pays, for each pair of actions. Player 1 maximises.
    actions: the names of the m actions of player 1 and of the n actions of player 2; numbers where none are given.
    raises MatrixGameError: where the payoffs are not a matrix of finite numbers, or the names don't fit it.
    """

    name: str
    payoff: FloatArray
    actions: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def __post_init__(self) -> None:
        payoff = np.array(self.payoff, dtype=np.float64)
        if payoff.ndim != 2 or payoff.size == 0:
            raise MatrixGameError(f"expected payoffs in rows and columns, got an array of shape {payoff.shape}")
        if payoff.size > MOST_PAYOFFS:
            raise MatrixGameError(f"expected at most {MOST_PAYOFFS:,} payoffs, got {payoff.size:,}")
        if not np.all(np.abs(payoff) <= LARGEST_PAYOFF):  # false for NaN too
            raise MatrixGameError(f"expected finite payoffs between -{LARGEST_PAYOFF:g} and {LARGEST_PAYOFF:g}")
        names = tuple(
            tuple(given) or tuple(str(number + 1) for number in range(size))
            for given, size in zip(self.actions, payoff.shape, strict=True)
        )
        if tuple(map(len, names)) != payoff.shape:
            raise MatrixGameError(f"expected names for {payoff.shape} actions, got {tuple(map(len, names))}")
        payoff.setflags(write=False)
        object.__setattr__(self, "payoff", payoff)
        object.__setattr__(self, "actions", names)

    @property
    def antisymmetric(self) -> bool:
        """True if the game looks the same from both sides: A = -Aᵀ."""
        return np.array_equal(self.payoff, -self.payoff.T)


def rock_paper_scissors() -> MatrixGame:
    """Return rock-paper-scissors: 1 for a win, -1 for a loss."""
    names = ("rock", "paper", "scissors")
    return MatrixGame("rock-paper-scissors", np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]), (names, names))


def lizard_spock() -> MatrixGame:
    """Return rock-paper-scissors-lizard-spock: each action beats two of the others and loses to two."""
    names = ("rock", "paper", "scissors", "spock", "lizard")  # in this order each loses to the next and the third next
    payoff = np.zeros((5, 5))
    for action in range(5):
        payoff[action, [(action + 1) % 5, (action + 3) % 5]] = -1
        payoff[action, [(action + 2) % 5, (action + 4) % 5]] = 1
    return MatrixGame("rock-paper-scissors-lizard-spock", payoff, (names, names))


def matching_pennies() -> MatrixGame:
    """Return matching pennies: player 1 wins if the two coins show the same side."""
    names = ("heads", "tails")
    return MatrixGame("matching pennies", np.array([[1, -1], [-1, 1]]), (names, names))


def random_antisymmetric(actions: int = 5, seed: int = 0) -> MatrixGame:
    """Return a random game that looks the same from both sides, with payoffs of standard normal size.

    actions: number of actions of each player, from 2 to 1,000.
    seed:    not negative; the same seed gives the same game.
    """
    if not 2 <= actions <= 1000:
        raise MatrixGameError(f"expected a random game of 2 to 1000 actions, got {actions}")
    if seed < 0:
        raise MatrixGameError(f"expected seed >= 0, got {seed}")
    entries = np.random.default_rng(seed).standard_normal((actions, actions))
    return MatrixGame(f"random antisymmetric game, seed {seed}", (entries - entries.T) / np.sqrt(2))


BUILT_IN: dict[str, Callable[[], MatrixGame]] = {
    "rps": rock_paper_scissors,
    "rpsls": lizard_spock,
    "pennies": matching_pennies,
}


def find_game(name: str, actions: int = 5, seed: int = 0) -> MatrixGame:
    """Return the game of this name (rps, rpsls, pennies, random) or, for anything else, of this CSV file.

    actions, seed: for `random` alone.
    raises MatrixGameError: where there is neither such a game nor such a file, or the file holds no payoff matrix.
    """
    from zero.minimax.payoff_file import read_payoffs

    if name in BUILT_IN:
        return BUILT_IN[name]()
    if name == "random":
        return random_antisymmetric(actions, seed)
    if Path(name).exists() or name.lower().endswith(".csv"):
        return read_payoffs(Path(name))
    known = [*BUILT_IN, "random"]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise MatrixGameError(f"no matrix game {name!r}{hint}: expected {', '.join(known)} or a CSV file of payoffs")
