"""Boards whose stones stand where lines cross: Go and Gomoku."""

from arena.tui.boards.canvas import ON, Canvas, Colour, Ink, mixed
from arena.tui.boards.drawing import LEAST_SHARE, Drawing, Scene, share_text
from arena.tui.boards.faces import EMPTY, Cell, Face
from arena.tui.theme import BoardColours, Palette

SIZES = ((4, 2), (2, 1))  # columns and rows from a point to the next, the largest first
FULL, HOLLOW = (".####.", "######", ".####."), (".####.", "##..##", ".####.")  # quarters, the first row upon that of the line


class Points(Drawing):
    """A board with `across` columns and `down` rows from one point to the next."""

    def __init__(self, face: Face, across: int, down: int) -> None:
        super().__init__(face)
        self.across, self.down = across, down
        self.left = max(map(len, face.row_names)) + 1  # the column before that of the first point, for brackets
        self.board_width = (face.columns - 1) * across + 3
        self.board_height = (face.rows - 1) * down + 1 + 2 * (down > 1)
        self.top = int(down > 1)
        self.width, self.height = self.left + self.board_width, self.board_height + 1
        self.stars = _stars(face)

    def paint(self, scene: Scene, palette: Palette) -> Canvas:
        colours = palette.boards[self.face.style]
        canvas = Canvas(self.width, self.height, palette.back)
        canvas.fill(2 * self.left, 0, 2 * self.board_width, 2 * self.board_height, colours.ground)
        cells = [(row, column) for row in range(self.face.rows) for column in range(self.face.columns)]
        for cell in cells:
            self._lines(canvas, scene, palette, colours, cell)
        for cell in cells:
            self._stone(canvas, scene, palette, colours, cell)
        for cell in cells:
            self._marks(canvas, scene, palette, colours, cell)
        for row, name in enumerate(self.face.row_names):
            canvas.write(self.left - 1 - len(name), self._at((row, 0))[1], name, Ink(palette.dim))
        for column, name in enumerate(self.face.column_names):
            canvas.write(self._at((0, column))[0], self.height - 1, name, Ink(palette.dim))
        return canvas

    def cell_at(self, x: int, y: int, turned: bool = False) -> Cell | None:
        column = (x - self.left - 1 + self.across // 2) // self.across
        row = (y - self.top + self.down // 2) // self.down
        inside = 0 <= row < self.face.rows and 0 <= column < self.face.columns and x >= self.left and y < self.board_height
        return (row, column) if inside else None

    def _at(self, cell: Cell) -> tuple[int, int]:
        """Return the character in the middle of a point."""
        return self.left + 1 + cell[1] * self.across, self.top + cell[0] * self.down

    def _lines(self, canvas: Canvas, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        """Draw the lines from a point to its right and downwards, and the crossing."""
        (row, column), (x, y) = cell, self._at(cell)
        ink = Ink(colours.line, dim=palette.plain)
        kinds = ((0, "┌┬┐"), (self.face.rows - 1, "└┴┘"))
        line = next((corners for edge, corners in kinds if edge == row), "├┼┤")
        place = 0 if column == 0 else 2 if column == self.face.columns - 1 else 1
        crossing = "•" if cell in self.stars else line[place]
        if column < self.face.columns - 1:
            canvas.write(x + 1, y, "─" * (self.across - 1), ink)
        if row < self.face.rows - 1:
            for below in range(1, self.down):
                canvas.write(x, y + below, "│", ink)
        canvas.write(x, y, crossing, ink)
        share = scene.heat.get(cell, 0.0)
        if cell in scene.hint or share >= LEAST_SHARE:
            tint = palette.hint if cell in scene.hint else palette.heat
            colour = mixed(colours.ground, tint, 0.7 if cell in scene.hint else min(1.0, share) ** 0.5 * 0.9)
            canvas.fill(2 * x - 1, 2 * y, 4, 2, colour)

    def _stone(self, canvas: Canvas, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        """Draw the stone on a point."""
        letter, (x, y) = scene.letters[cell[0]][cell[1]], self._at(cell)
        if letter == EMPTY:
            return
        colour = colours.first if letter == "X" else colours.second
        if self.down == 1:
            canvas.write(x, y, "○" if letter == "O" and palette.shapes else "●", Ink(colour, bold=True))
            return
        mask = HOLLOW if letter == "O" and palette.shapes else FULL
        canvas.stamp(2 * x - 2, 2 * y, mask, colour)
        for row in (y - 1, y, y + 1):
            for column in (x - 1, x, x + 1):
                if 0 <= row < canvas.height and not (row != y and canvas.is_even(column, row)):
                    canvas.text[row][column] = None  # the stone covers the lines

    def _marks(self, canvas: Canvas, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell) -> None:
        """Write the last move, shares of the policy and the cursor around a point."""
        letter, (x, y) = scene.letters[cell[0]][cell[1]], self._at(cell)
        share = scene.heat.get(cell, 0.0)
        if letter == EMPTY and share >= LEAST_SHARE and (palette.plain or self.down > 1):
            text = share_text(share, self.across)
            canvas.write(x - len(text) // 2, y, text, Ink(ON if palette.plain else palette.back, bold=True))
        if cell in scene.hint and palette.plain:
            self._brackets(canvas, cell, "><", palette.hint)
        if cell in scene.last and letter != EMPTY:
            if self.down > 1:
                hole = palette.plain or (letter == "O" and palette.shapes)
                canvas.write(x, y, "▪" if hole else "●", Ink(palette.last, bold=True))
            else:
                self._brackets(canvas, cell, "()", palette.last)
        if cell == scene.cursor:
            dark = mixed(palette.last, palette.back, 0.25) if not palette.plain else palette.cursor
            self._brackets(canvas, cell, "[]", dark)

    def _brackets(self, canvas: Canvas, cell: Cell, pair: str, colour: Colour) -> None:
        x, y = self._at(cell)
        canvas.write(x - 1, y, pair[0], Ink(colour, bold=True))
        canvas.write(x + 1, y, pair[1], Ink(colour, bold=True))


def _stars(face: Face) -> set[Cell]:
    """Return the points that boards mark for the eye."""
    if face.rows != face.columns or face.rows < 9 or (face.style == "gomoku" and face.rows != 15):
        return set()
    from games.go.text import star_points

    return star_points(face.rows)
