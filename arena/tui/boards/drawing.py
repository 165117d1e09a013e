"""What all drawings of boards share: the scene that they show, and what they have to be able to do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from arena.tui.boards.canvas import Canvas
from arena.tui.boards.faces import Cell, Face
from arena.tui.theme import Palette

LEAST_SHARE = 0.005  # of a policy, to be shown


class Scene(NamedTuple):
    """What is to be seen on a board."""

    letters: list[str]  # rows from the top, as Face.letters gives them
    last: tuple[Cell, ...] = ()  # cells of the last move
    cursor: Cell | None = None
    picked: Cell | None = None  # the piece that is about to move
    targets: frozenset[Cell] = frozenset()  # where a move can go, where that has to be shown
    hint: tuple[Cell, ...] = ()  # cells of an advised move
    heat: Mapping[Cell, float] = {}  # shares of a search's policy
    check: Cell | None = None  # a king in check
    turned: bool = False  # is the board seen from the other side?


def share_text(share: float, across: int) -> str:
    """Return a share of a policy as it is written into a free cell of so many columns: per cent, or a shade from 2 % on."""
    return f"{min(99, round(100 * share))}" if across > 3 else "░▒▓█"[min(3, int(4 * share))] if share >= 0.02 else ""


class Drawing(ABC):
    """A board at one size. width, height: of the whole, in characters, with its coordinates."""

    width: int
    height: int

    def __init__(self, face: Face) -> None:
        self.face = face

    @abstractmethod
    def paint(self, scene: Scene, palette: Palette) -> Canvas:
        """Return the picture of a scene."""

    @abstractmethod
    def cell_at(self, x: int, y: int, turned: bool = False) -> Cell | None:
        """Return the cell that a character of the picture belongs to."""

    def seen(self, cell: Cell, turned: bool) -> Cell:
        """Return the row and column at which a cell is drawn, or the cell that is drawn there."""
        row, column = cell
        return (self.face.rows - 1 - row, self.face.columns - 1 - column) if turned else cell
