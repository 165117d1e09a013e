"""The board on the screen: it draws a scene as large as there is room for, and tells which cell was meant."""

from textual.binding import Binding
from textual.events import Click, MouseMove
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from arena.tui.boards.canvas import Canvas, style_of
from arena.tui.boards.choose import drawing_for, drawings
from arena.tui.boards.drawing import Drawing, Scene
from arena.tui.boards.faces import EMPTY, Cell, Face
from arena.tui.theme import PALETTES


class Board(Widget, can_focus=True):
    """Shows a scene; the cursor is moved by the arrows and the mouse."""

    BINDINGS = [  # noqa: RUF012
        Binding("up", "move(-1, 0)", show=False),
        Binding("down", "move(1, 0)", show=False),
        Binding("left", "move(0, -1)", show=False),
        Binding("right", "move(0, 1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    DEFAULT_CSS = "Board { width: auto; height: 100%; }"

    class Pointed(Message):
        """A person means this cell."""

        def __init__(self, cell: Cell) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, face: Face, cursor: bool = True) -> None:
        super().__init__()
        self.face = face
        self.cursor: Cell | None = (face.rows // 2, face.columns // 2) if cursor else None
        if cursor and face.style == "frame":
            self.cursor = (0, face.columns // 2)
        self.scene: Scene | None = None
        self.room = Size(0, 0)  # that the board may take
        self.can_focus = cursor
        self._canvas: Canvas | None = None
        self._drawing: Drawing = drawings(face)[-1]

    def show(self, scene: Scene) -> None:
        """Show another scene; the cursor in it is the board's own."""
        self.scene = scene
        self.redraw()

    def give_room(self, room: Size) -> None:
        """Take the largest drawing for that many columns and rows."""
        self.room = room
        self._drawing = drawing_for(self.face, room.width, room.height)
        self.styles.width = self._drawing.width
        self.redraw()

    def redraw(self) -> None:
        """Draw anew when the screen is next refreshed."""
        self._canvas = None
        self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._drawing.width

    def render_line(self, y: int) -> Strip:
        palette = PALETTES[self.app.theme]
        blank = style_of(None, palette.back)
        if self.scene is None:
            return Strip.blank(self.size.width, blank)
        if self._canvas is None:
            cursor = self._landing(self.scene) if self.has_focus else None
            self._canvas = self._drawing.paint(self.scene._replace(cursor=cursor), palette)
        if y >= self._canvas.height:
            return Strip.blank(self.size.width, blank)
        return Strip(self._canvas.segments(y), self._canvas.width).adjust_cell_length(self.size.width, blank)

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_mouse_move(self, event: MouseMove) -> None:
        cell = self._cell_at(event.x, event.y)
        if cell is not None and cell != self.cursor and self.can_focus:
            self.cursor = cell
            self.redraw()

    def on_click(self, event: Click) -> None:
        cell = self._cell_at(event.x, event.y)
        if cell is not None:
            if self.can_focus:
                self.cursor = cell
            self.redraw()
            self.post_message(self.Pointed(cell))

    def action_move(self, rows: int, columns: int) -> None:
        if self.cursor is None:
            return
        if self.scene is not None and self.scene.turned:
            rows, columns = -rows, -columns
        row, column = self.cursor
        self.cursor = (row + rows) % self.face.rows, (column + columns) % self.face.columns
        self.redraw()

    def action_choose(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Pointed(self.cursor))

    def _landing(self, scene: Scene) -> Cell | None:
        """Return the cell that the cursor is on; in a frame, where a disc would come to stand."""
        if self.cursor is None or self.face.style != "frame":
            return self.cursor
        free = [row for row in range(self.face.rows) if scene.letters[row][self.cursor[1]] == EMPTY]
        return (free[-1] if free else 0, self.cursor[1])

    def _cell_at(self, x: int, y: int) -> Cell | None:
        return self._drawing.cell_at(x, y, self.scene is not None and self.scene.turned)


def least_board(face: Face) -> tuple[int, int]:
    """Return width and height of the smallest drawing of a board."""
    smallest = drawings(face)[-1]
    return smallest.width, smallest.height
