"""Which drawing a board gets: the largest that fits."""

from arena.tui.boards import points, squares
from arena.tui.boards.drawing import Drawing
from arena.tui.boards.faces import Face
from arena.tui.boards.hexagons import Hexagons, SmallHexagons
from arena.tui.boards.points import Points
from arena.tui.boards.squares import Squares


def drawings(face: Face) -> list[Drawing]:
    """Return a board at all its sizes, the largest first."""
    if face.style == "hex":
        return [Hexagons(face), SmallHexagons(face)]
    if face.style in ("go", "gomoku"):
        return [Points(face, *size) for size in points.SIZES]
    return [Squares(face, *size) for size in squares.SIZES[face.style]]


def drawing_for(face: Face, width: int, height: int) -> Drawing:
    """Return the largest drawing that fits, or the smallest one."""
    found = drawings(face)
    return next((drawing for drawing in found if drawing.width <= width and drawing.height <= height), found[-1])
