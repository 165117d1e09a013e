"""Where handicap stones stand.

Source: GTP version 2, section 4.1.1, "Fixed handicap placement".
"""

from games.game import Game

Cells = list[tuple[int, int]]


def most_stones(size: int) -> int:
    """Return how many stones have fixed places on a board."""
    if size < 7:
        return 0
    return 9 if size % 2 and size >= 9 else 4


def fixed_cells(game: Game, stones: int) -> Cells:
    """Return the cells, (row, column) from the upper left, of 2 to `most_stones` stones.

    Four corners, then the sides; of 5, 7 and 9 stones one stands in the middle.
    """
    size = game.plane_shape[1]
    near = 3 if size >= 12 else 2  # as GNU Go has it; of 12×12 the specification says nothing
    far, middle = size - 1 - near, size // 2
    cells = [(far, near), (near, far), (near, near), (far, far)]
    cells += [(middle, near), (middle, far), (near, middle), (far, middle)]
    if stones in (5, 7, 9):
        return [*cells[: stones - 1], (middle, middle)]
    return cells[:stones]
