"""What a game tells Python beside its rules: sizes for the kernels, and what a person needs to see and type."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]


class Symmetries(NamedTuple):
    """The symmetries of a board; row 0 of each table is the identity.

    With s a symmetry, the transformed planes are planes.reshape(P, cells)[:, cells[s]], and the transformed
    policy is policy[actions[s]]: both tables say where each entry of the new array comes from.
    """

    actions: IntArray  # [S, num_actions]
    cells: IntArray  # [S, rows * columns of the planes]


class Game(Protocol):
    """A game's parameters (the fields of its NamedTuple) and these members.

    Laws, checked on random games by `games.conformance.check`: a position that is not over has a legal action; legal
    actions are ascending and lie in [0, num_actions); no game outlasts max_plies; every legal action has one notation
    and comes back from it; equal planes and legal actions mean equal boards; the symmetries commute with the rules.
    """

    name: str  # as typed on the command line
    looks_back: bool  # do the rules or planes read `past`?
    history: int  # positions that the planes show, at least 1

    @property
    def num_actions(self) -> int: ...
    @property
    def max_legal(self) -> int:
        """Most legal actions that a position can have."""
    @property
    def max_plies(self) -> int:
        """Plies after which every game is over."""
    @property
    def plane_shape(self) -> tuple[int, int, int]:
        """(planes, rows, columns) of the network's input."""
    @property
    def plane_names(self) -> tuple[str, ...]: ...
    @property
    def state_dtype(self) -> np.dtype[Any]: ...
    @property
    def symmetries(self) -> Symmetries: ...

    def validate(self) -> None:
        """Raise GameError if the parameters make no sense."""

    def to_play(self, state: Any) -> int:
        """Return 0 where the player who began is to move, else 1."""

    def move_name(self, state: Any, action: int) -> str:
        """Return the notation of a legal action."""

    def parse_move(self, state: Any, text: str) -> int:
        """Return the action that `text` names; MoveError if it cannot be read. It need not be legal."""

    def draw(self, state: Any, last_action: int | None = None) -> str:
        """Return the board as lines of text: X for the player who began, O for the other."""

    def _asdict(self) -> dict[str, Any]: ...


def state_dtype(*fields: tuple[Any, ...]) -> np.dtype[Any]:
    """Return the dtype of a position: named fields, aligned, with attribute access also without the jit."""
    return np.dtype((np.record, np.dtype(list(fields), align=True)))
