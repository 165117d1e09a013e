"""A board with its panel, a line of messages and one of keys: what playing and looking at records have in common."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from arena.tui.app import GameScreen
from arena.tui.board import Board, least_board
from arena.tui.boards.choose import drawing_for
from arena.tui.boards.faces import Face, face_of
from arena.tui.panel import NARROW, Panel
from games.game import Game
from games.position import Position

COMFORTABLE = 34  # columns that the panel gets before the board grows
LINES = 4  # above and below the board
LEAST = 40, 12
TEXT_LEAST = 24, 4  # of a board that is text


class TextBoard(Vertical):
    """The board of a game without a face: what the game draws, and its moves as a list to choose from."""

    DEFAULT_CSS = """
    TextBoard { width: auto; height: 100%; }
    TextBoard Static { width: auto; height: auto; max-height: 70%; }
    TextBoard OptionList { width: 24; height: 1fr; max-height: 100%; min-width: 12; }
    """

    class Chosen(Message):
        """A person means this legal move, by its number."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, moves: bool = True) -> None:
        super().__init__()
        self.moves = moves

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        if self.moves:
            yield OptionList()

    def show(self, position: Position) -> None:
        self.query_one(Static).update(position.draw())
        if self.moves:
            options = self.query_one(OptionList)
            options.clear_options()
            options.add_options([Option(Text(name)) for name in position.move_names()])
            options.highlighted = 0 if options.option_count else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(event.option_index))


class BoardScreen(GameScreen):
    """person: does a person make moves here?"""

    CSS = """
    #status { height: 1; background: $surface; color: $foreground; padding: 0 1; }
    #main { height: 1fr; }
    #message { height: 1; padding: 0 1; color: $accent; }
    #line { height: 1; width: 100%; background: $surface; }
    """

    def __init__(self, game: Game, person: bool = True) -> None:
        super().__init__()
        self.game, self.person = game, person
        self.face: Face | None = face_of(game)
        self.board: Board | TextBoard = Board(self.face, person) if self.face else TextBoard(person)
        self.panel = Panel(self.face)

    def compose(self) -> ComposeResult:
        yield Static(id="status", markup=False)
        with Horizontal(id="main"):
            yield self.board
            yield self.panel
        yield Static(id="message", markup=False)
        if self.person:
            yield Input(id="line", compact=True, placeholder="/ to type a move or a command")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())
        if self.person:
            self.focus_board()

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        if isinstance(self.board, Board) and self.face:
            room = Size(width - COMFORTABLE, height - LINES + (not self.person))
            self.board.give_room(room)
            self.panel.display = width - drawing_for(self.face, *room).width >= NARROW
        else:
            self.panel.display = width >= LEAST[0] + NARROW

    def least_size(self) -> tuple[int, int]:
        width, height = least_board(self.face) if self.face else TEXT_LEAST
        return max(LEAST[0], width), max(LEAST[1], height + LINES)

    def focus_board(self) -> None:
        """Give the keys to the board."""
        (self.board if isinstance(self.board, Board) else self.board.query_one(OptionList)).focus()

    def say(self, text: str) -> None:
        """Show a message."""
        self.query_one("#message", Static).update(" ".join(text.split()))

    def tell_status(self, text: str) -> None:
        """Show what is played, and how."""
        self.query_one("#status", Static).update(text)

    def repaint(self) -> None:
        """Draw board and panel anew, in the colours of the present theme."""
        if isinstance(self.board, Board):
            self.board.redraw()
        self.panel.write()
