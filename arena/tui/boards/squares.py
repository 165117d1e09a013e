"""Boards of squares: chess, Othello, Connect Four, tic-tac-toe.

Squares have an even number of half rows. Where that is 4, the edge between two squares runs through the middle of a row
of characters, so that what is written on a square of two rows stands in its middle.
"""

from arena.tui.boards.canvas import ON, Canvas, Colour, Ink, cross, disc, mixed, ring
from arena.tui.boards.drawing import LEAST_SHARE, Drawing, Scene, share_text
from arena.tui.boards.faces import EMPTY, Cell, Face
from arena.tui.theme import BoardColours, Palette

# Columns and half rows of a square, the largest first.
SIZES = {
    "chess": ((7, 6), (5, 4), (3, 2)),
    "discs": ((9, 8), (7, 6), (5, 4), (3, 2)),
    "frame": ((9, 8), (7, 6), (6, 6), (5, 4), (3, 2)),
    "marks": ((11, 10), (7, 6), (3, 2)),
}
FILLED = dict(zip("KQRBNPkqrbnp", "♚♛♜♝♞♟♚♛♜♝♞♟", strict=True))
OUTLINED = dict(zip("KQRBNPkqrbnp", "♔♕♖♗♘♙♚♛♜♝♞♟", strict=True))
SMALL = {"discs": "●○", "frame": "●○", "marks": "XO"}
LARGE = {"discs": (disc, disc), "frame": (disc, disc), "marks": (cross, ring)}


class Squares(Drawing):
    """A board whose squares have `across` columns and `down` half rows."""

    def __init__(self, face: Face, across: int, down: int) -> None:
        super().__init__(face)
        self.across, self.down = across, down
        self.names = any(face.row_names)  # do rows have names?
        self.left = 2 if self.names else 0
        self.top = down // 2 % 2 == 0  # half rows above the first square
        self.board_height = (self.top + face.rows * down + 1) // 2
        self.width, self.height = self.left + face.columns * across, self.board_height + 1

    def paint(self, scene: Scene, palette: Palette) -> Canvas:
        colours = palette.boards[self.face.style]
        canvas = Canvas(self.width, self.height, palette.back)
        for row in range(self.face.rows):
            for column in range(self.face.columns):
                cell = self.seen((row, column), scene.turned)
                self._square(canvas, scene, palette, colours, cell, (row, column))
        self._coordinates(canvas, scene, palette)
        return canvas

    def cell_at(self, x: int, y: int, turned: bool = False) -> Cell | None:
        row, column = (2 * y + 1 - self.top) // self.down, (x - self.left) // self.across
        if x < self.left or y >= self.board_height or not (0 <= row < self.face.rows and column < self.face.columns):
            return None
        return self.seen((row, column), turned)

    def _square(self, canvas: Canvas, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell, place: Cell) -> None:
        """Draw one cell. place: the row and column where it is drawn."""
        left, top = self.left + place[1] * self.across, self.top + place[0] * self.down
        letter = scene.letters[cell[0]][cell[1]]
        ground = self._ground(scene, palette, colours, cell, letter)
        canvas.fill(2 * left, top, 2 * self.across, self.down, ground)
        x, y = left + self.across // 2, (top + self.down // 2 - 1) // 2
        if palette.plain and self.face.style == "chess" and sum(cell) % 2:
            canvas.write(left, y, "░" * self.across, Ink(ON))
        if self.face.style == "chess":
            self._piece(canvas, palette, colours, letter, (x, y))
        else:
            self._stone(canvas, palette, colours, letter, (left, top), (x, y))
        self._marks(canvas, scene, palette, cell, letter, (left, x, y))

    def _ground(self, scene: Scene, palette: Palette, colours: BoardColours, cell: Cell, letter: str) -> Colour:
        """Return the colour of a square."""
        style = self.face.style
        ground = colours.ground if style == "frame" or sum(cell) % 2 == 0 else colours.other
        if style == "chess":
            if cell in scene.last:
                ground = mixed(ground, palette.cursor, 0.45)
            if cell == scene.check:
                ground = mixed(colours.ground, palette.alarm, 0.85)
            if cell == scene.picked:
                ground = mixed(ground, palette.hint, 0.65)
            if cell in scene.targets and letter != EMPTY:
                ground = mixed(ground, palette.last, 0.5)
        if cell in scene.hint:
            ground = mixed(ground, palette.hint, 0.6)
        return mixed(ground, palette.heat, min(1.0, scene.heat.get(cell, 0.0)) ** 0.5 * 0.85)

    def _piece(self, canvas: Canvas, palette: Palette, colours: BoardColours, letter: str, at: Cell) -> None:
        """Draw a piece of chess."""
        if letter != EMPTY:
            figures = OUTLINED if palette.shapes else FILLED
            text = f" {figures[letter]} " if palette.plain and self.across > 3 else figures[letter]
            colour = colours.first if letter.isupper() else colours.second
            canvas.write(at[0] - len(text) // 2, at[1], text, Ink(colour, bold=True))

    def _stone(self, canvas: Canvas, palette: Palette, colours: BoardColours, letter: str, corner: Cell, at: Cell) -> None:
        """Draw a disc or a mark, or the hole of a frame."""
        style, width = self.face.style, 2 * self.across
        (left, top), colour = corner, colours.first if letter == "X" else colours.second
        if style == "frame" and not palette.plain and self.down > 2:
            canvas.stamp(2 * left, top, disc(width, self.down), colours.other)
        if letter == EMPTY:
            if palette.plain or (style == "frame" and self.down == 2):
                canvas.write(*at, "·", Ink(colours.line if palette.plain else colours.other))
        elif self.down == 2:
            canvas.write(*at, SMALL[style]["XO".index(letter)], Ink(colour, bold=True))
        else:
            shape = LARGE[style]["XO".index(letter)]
            if shape is disc and palette.shapes and letter == "O":
                shape = ring
            canvas.stamp(2 * left, top, shape(width, self.down), colour)

    def _marks(self, canvas: Canvas, scene: Scene, palette: Palette, cell: Cell, letter: str, at: tuple[int, int, int]) -> None:
        """Write what is to be known of a cell above it: last move, targets, shares of the policy, the cursor."""
        left, x, y = at
        style, right = self.face.style, left + self.across - 1
        chess = style == "chess"
        share = scene.heat.get(cell, 0.0)
        if cell in scene.last and not chess and letter != EMPTY and self.down > 2:
            canvas.write(x, y, "●" if not palette.plain else "▪", Ink(palette.last))
        if cell in scene.targets and letter == EMPTY:
            canvas.write(x, y, "•", Ink(ON if palette.plain else mixed(palette.back, palette.hint, 0.6)))
        if share >= LEAST_SHARE and letter == EMPTY and (self.across > 3 or palette.plain):
            text = share_text(share, self.across)
            colour = palette.heat if style == "frame" or palette.plain else palette.back
            canvas.write(x + 1 - len(text), y, text, Ink(colour, bold=True))
        small = self.down == 2 and cell in scene.last and not chess
        if palette.plain and chess and (cell in scene.last or cell == scene.check):
            self._brackets(canvas, left, right, y, "()" if cell in scene.last else "!!", palette.last)
        elif small:
            self._brackets(canvas, left, right, y, "()", palette.last)
        if palette.plain and (cell in scene.hint or (cell in scene.targets and letter != EMPTY)):
            self._brackets(canvas, left, right, y, "><" if cell in scene.hint else "××", palette.hint)
        if cell == scene.picked and palette.plain:
            self._brackets(canvas, left, right, y, "{}", palette.cursor)
        if cell == scene.cursor:
            self._brackets(canvas, left, right, y, "[]", palette.cursor)

    @staticmethod
    def _brackets(canvas: Canvas, left: int, right: int, y: int, pair: str, colour: Colour) -> None:
        canvas.write(left, y, pair[0], Ink(colour, bold=True))
        canvas.write(right, y, pair[1], Ink(colour, bold=True))

    def _coordinates(self, canvas: Canvas, scene: Scene, palette: Palette) -> None:
        """Write the names of rows and columns around the board."""
        ink = Ink(palette.dim)
        for row in range(self.face.rows if self.names else 0):
            name = self.face.row_names[self.seen((row, 0), scene.turned)[0]]
            canvas.write(0, (self.top + row * self.down + self.down // 2 - 1) // 2, name, ink)
        for column in range(self.face.columns):
            name = self.face.column_names[self.seen((0, column), scene.turned)[1]]
            under = scene.cursor is not None and scene.cursor[1] == column and self.face.style == "frame"
            mark = Ink(palette.cursor, bold=True, reverse=palette.plain) if under else ink
            canvas.write(self.left + column * self.across + self.across // 2, self.height - 1, name, mark)
