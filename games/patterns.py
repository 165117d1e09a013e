"""Optional rules for fast policies: what stands where on the board, and where on it a move acts.

A policy that is linear in small patterns (zero/features.py) asks for these rules. A game without them is played all the
same, by the numbers of its actions alone. Cells are those of the planes, counted by rows, seen by the player to move.
"""

from collections.abc import Callable
from typing import Any

from games.jit import kernel
from games.rules import Rule

EMPTY, OWN, OTHER, OFF = 0, 1, 2, 3  # what stands on a cell; OFF: it lies beside the board
NOWHERE = -1  # the cell of a move that acts on none: a pass
TRAITS = 8192  # traits that a game can tell apart


class OptionalRule(Rule):
    """A rule that a game need not have: the declaration is itself the rule of all games that define no other."""

    def __init__(self, declaration: Callable[..., Any]) -> None:
        super().__init__(declaration)
        self.usual = kernel(declaration)

    def kernel_of(self, game_class: Any) -> Callable[..., Any]:
        return self.kernels.get(game_class, self.usual)


@OptionalRule
def board(game, state, cells):
    """Write what stands on each cell: OWN where the player to move has something, OTHER where the other has.

    cells: [rows * columns of the planes] uint8, EMPTY on entry, modified in place.
    """


@OptionalRule
def acts_on(game, state, action):
    """Return the cell that a legal action acts on (where the stone falls, where the piece goes), or NOWHERE (int64)."""
    return NOWHERE


@OptionalRule
def turned(game, cell):
    """Return the number that a cell of one player's view has in the other's (int64)."""
    return cell


@OptionalRule
def trait(game, state, action):
    """Return what else tells a legal action from others, a number below TRAITS (int64); 0: nothing."""
    return 0


def has_board(game: Any) -> bool:
    """Return whether a game says what stands on its cells and where its moves act."""
    return type(game) in board.kernels and type(game) in acts_on.kernels
