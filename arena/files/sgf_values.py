"""Values of SGF's properties: points and moves of Go, Othello, Gomoku and Hex, and text."""

import re

from sgfmill import sgf_grammar

from arena.files.stones import action_at, board_shape, cell_of, pass_action, swap_action
from games.errors import MoveError
from games.game import Game

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SWAP = b"swap-pieces"


def write_move(game: Game, player: int, action: int) -> bytes:
    """Return the value of a B or W property."""
    cell = cell_of(game, player, action)
    if cell is None:
        return SWAP if action == swap_action(game) else b""
    return write_cell(game, cell)


def write_cell(game: Game, cell: tuple[int, int]) -> bytes:
    """Return the point of a cell, (row, column) from the upper left."""
    row, column = cell
    return f"{LETTERS[column]}{row + 1 if game.name == 'hex' else LETTERS[row]}".encode()


def read_move(game: Game, player: int, text: bytes) -> int:
    """Return the action that a B or W property tells. Raises MoveError where it cannot be read; it need not be legal."""
    skip, swap = pass_action(game), swap_action(game)
    rows, columns = board_shape(game)
    if skip is not None and (text == b"" or text.lower() == b"pass" or (text == b"tt" and max(rows, columns) < 20)):
        return skip
    if swap is not None and text.lower() in (SWAP, b"swap"):
        return swap
    return action_at(game, player, read_cell(game, text))


def read_cell(game: Game, text: bytes) -> tuple[int, int]:
    """Return the cell of a point. Raises MoveError where it is none of the board."""
    rows, columns = board_shape(game)
    found = re.fullmatch(rb"([a-z])(\d{1,2})" if game.name == "hex" else rb"([a-z])([a-z])", text.lower())
    if found is not None:
        row = int(found[2]) - 1 if game.name == "hex" else found[2][0] - ord("a")
        column = found[1][0] - ord("a")
        if 0 <= row < rows and column < columns:
            return row, column
    raise MoveError(f"expected a point of a board of {rows}×{columns}, got {shown(text)}")


def read_cells(game: Game, text: bytes) -> list[tuple[int, int]]:
    """Return a point, or all points of a rectangle (aa:cc)."""
    one, other = sgf_grammar.parse_compose(text)
    first = read_cell(game, one)
    last = first if other is None else read_cell(game, other)
    return [(row, column) for row in range(first[0], last[0] + 1) for column in range(first[1], last[1] + 1)]


def read_text(value: bytes, encoding: str) -> str:
    """Return a text without blanks around it. encoding: as the file tells; where that is none, UTF-8 is taken."""
    content = sgf_grammar.text_value(value)
    try:
        return content.decode(encoding, "replace").strip()
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace").strip()


def escaped(text: str) -> bytes:
    """Return the value of a property that holds a text."""
    return sgf_grammar.escape_text(text.encode("utf-8", "replace"))


def shown(text: bytes) -> str:
    """Return the beginning of a value, to be named in an error."""
    return repr(text.decode("ascii", "replace")[:20])
