"""Boards of hexagons: Hex, a rhombus whose rows stand half a cell to the right of those above.

The upper and lower sides have the colour of the player who connects them, who began; the others that of the second.
"""

from arena.tui.boards.canvas import ON, Canvas, Ink, mixed
from arena.tui.boards.drawing import LEAST_SHARE, Drawing, Scene, share_text
from arena.tui.boards.faces import EMPTY, Cell, Face
from arena.tui.theme import BoardColours, Palette


class Hexagons(Drawing):
    """Cells with their edges drawn: four columns and two rows each, the next row two columns to the right."""

    across, down = 4, 2

    def __init__(self, face: Face) -> None:
        super().__init__(face)
        self.left = max(map(len, face.row_names)) + 1
        self.slope = self.across // 2
        self.width = self.left + face.columns * self.across + (face.rows - 1) * self.slope + 1
        self.height = face.rows * self.down + 2

    def at(self, cell: Cell) -> tuple[int, int]:
        """Return the character in the middle of a cell."""
        row, column = cell
        return self.left + 2 + column * self.across + row * self.slope, 2 + row * self.down

    def cell_at(self, x: int, y: int, turned: bool = False) -> Cell | None:
        row = (y - 1) // 2
        column = (x - self.left - row * self.slope) // self.across
        inside = 0 <= row < self.face.rows and 0 <= column < self.face.columns and x >= self.left
        return (row, column) if inside else None

    def paint(self, scene: Scene, palette: Palette) -> Canvas:
        colours = palette.boards[self.face.style]
        canvas = Canvas(self.width, self.height, palette.back)
        cells = [(row, column) for row in range(self.face.rows) for column in range(self.face.columns)]
        for cell in cells:
            self._edges(canvas, palette, colours, cell)
        for cell in cells:
            self._stone(canvas, scene, palette, colours, cell)
        for row, name in enumerate(self.face.row_names):
            x, y = self.at((row, 0))
            canvas.write(x - 3 - len(name), y, name, Ink(palette.dim))
        for column, name in enumerate(self.face.column_names):
            canvas.write(self.at((0, column))[0], 0, name, Ink(palette.dim))
        return canvas

    def _edges(self, canvas: Canvas, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        """Draw the edges of a cell, those at the sides of the board in the colours of the players."""
        (row, column), (x, y) = cell, self.at(cell)
        last_row, last_column = row == self.face.rows - 1, column == self.face.columns - 1
        inner = Ink(colours.line, dim=palette.plain)
        first, second = Ink(colours.first, bold=True), Ink(colours.second, bold=True)
        canvas.write(x - 1, y - 1, "╱", first if row == 0 else inner)
        canvas.write(x + 1, y - 1, "╲", first if row == 0 else second if last_column else inner)
        canvas.write(x - 2, y, "│", second if column == 0 else inner)
        if last_column:
            canvas.write(x + 2, y, "│", second)
        if last_row:
            canvas.write(x - 1, y + 1, "╲", first)
            canvas.write(x + 1, y + 1, "╱", first)
        elif column == 0:
            canvas.write(x - 1, y + 1, "╲", second)

    def _stone(self, canvas: Canvas, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        letter, (x, y) = scene.letters[cell[0]][cell[1]], self.at(cell)
        share = scene.heat.get(cell, 0.0)
        if cell in scene.hint:
            canvas.fill(2 * x - 2, 2 * y, 6, 2, mixed(palette.back, palette.hint, 0.6))
        elif share >= LEAST_SHARE:
            canvas.fill(2 * x - 2, 2 * y, 6, 2, mixed(palette.back, palette.heat, min(1.0, share) ** 0.5 * 0.9))
        if letter != EMPTY:
            figure = "●" if letter == "X" else "○" if palette.shapes else "●"
            canvas.write(x, y, figure, Ink(colours.first if letter == "X" else colours.second, bold=True))
        elif share >= LEAST_SHARE and self.across > 2:
            text = share_text(share, self.across)
            canvas.write(x + 1 - len(text), y, text, Ink(palette.text, bold=True))
        elif share >= LEAST_SHARE and palette.plain:
            canvas.write(x, y, share_text(share, self.across), Ink(ON, bold=True))
        else:
            self._empty(canvas, colours, (x, y))
        if palette.plain and cell in scene.hint:
            self._brackets(canvas, (x, y), "><", palette.hint)
        if cell in scene.last:
            self._brackets(canvas, (x, y), "()", palette.last)
        if cell == scene.cursor:
            self._brackets(canvas, (x, y), "[]", palette.cursor)

    def _empty(self, canvas: Canvas, colours: BoardColours, at: tuple[int, int]) -> None:
        """Draw a free cell: here its edges show it."""

    @staticmethod
    def _brackets(canvas: Canvas, at: tuple[int, int], pair: str, colour: str | None) -> None:
        canvas.write(at[0] - 1, at[1], pair[0], Ink(colour, bold=True))
        canvas.write(at[0] + 1, at[1], pair[1], Ink(colour, bold=True))


class SmallHexagons(Hexagons):
    """Cells as points: two columns and one row each, the next row a column to the right."""

    across, down = 2, 1

    def __init__(self, face: Face) -> None:
        super().__init__(face)
        self.width = self.left + 3 + face.columns * 2 + face.rows + 1
        self.height = face.rows + 3

    def at(self, cell: Cell) -> tuple[int, int]:
        row, column = cell
        return self.left + 3 + column * 2 + row, 2 + row

    def cell_at(self, x: int, y: int, turned: bool = False) -> Cell | None:
        row = y - 2
        column = (x - self.left - 2 - row) // 2
        inside = 0 <= row < self.face.rows and 0 <= column < self.face.columns and x - self.left - 2 - row >= 0
        return (row, column) if inside else None

    def _edges(self, canvas: Canvas, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        (row, column), (x, y) = cell, self.at(cell)
        first, second = Ink(colours.first, bold=True), Ink(colours.second, bold=True)
        if row == 0:
            canvas.write(x, y - 1, "▁▁"[: 2 - (column == self.face.columns - 1)], first)
        if row == self.face.rows - 1:
            canvas.write(x, y + 1, "▔▔"[: 2 - (column == self.face.columns - 1)], first)
        if column == 0:
            canvas.write(x - 2, y, "╲", second)
        if column == self.face.columns - 1:
            canvas.write(x + 2, y, "╲", second)

    def _empty(self, canvas: Canvas, colours: BoardColours, at: tuple[int, int]) -> None:
        """Draw a free cell as a point."""
        canvas.write(*at, "·", Ink(colours.line))
