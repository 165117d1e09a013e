"""What games on a grid share for people: names of cells, boards as text, and the symmetries of a rectangle.

A cell's name is the letter of its column, from a, none left out, and the number of its row.
"""

import re
from collections.abc import Sequence

import numpy as np

from games.errors import GameError
from games.game import IntArray

LETTERS = "abcdefghijklmnopqrs"
PLAIN = str.maketrans("xo-", "XO.")  # other ways to write the same cells


def read_cell(text: str, rows: int, columns: int) -> tuple[int, int] | None:
    """Return the number of the row, less one, and the column, from 0; None where `text` names no cell of the board."""
    match = re.fullmatch(r"([a-zA-Z])([1-9][0-9]?)", text)
    if match is None:
        return None
    row, column = int(match[2]) - 1, ord(match[1].lower()) - ord("a")
    return (row, column) if row < rows and column < columns else None


def cell_letters(first: int, second: int, rows: int, columns: int) -> list[str]:
    """Return the rows of a board from the top: X where `first` has a bit, O where `second` has, else a point.

    first, second: bit row * columns + column.
    """
    letters = ["X" if first >> cell & 1 else "O" if second >> cell & 1 else "." for cell in range(rows * columns)]
    return ["".join(letters[row * columns : (row + 1) * columns]) for row in range(rows)]


def draw_cells(cells: Sequence[str], last: tuple[int, int] | None, upwards: bool = False, slanted: bool = False) -> str:
    """Return a board with its coordinates, as lines of text.

    cells:   the rows from the top, a letter a cell.
    last:    (row, column) of the cell to be marked with parentheses, counted from the upper left.
    upwards: are rows numbered from the bottom? The letters of the columns stand beside row 1.
    slanted: does each row stand half a cell to the right of the one above, as hexagons do?
    """
    width = len(str(len(cells)))
    lines = []
    for row, letters in enumerate(cells):
        line = f" {' '.join(letters)} "
        if last is not None and last[0] == row:
            at = 2 * last[1]
            line = f"{line[:at]}({line[at + 1]}){line[at + 3 :]}"
        number = len(cells) - row if upwards else row + 1
        lines.append(f"{' ' * (row * slanted)}{number:>{width}}{line}".rstrip())
    letters = " " * (width + 1) + " ".join(LETTERS[: len(cells[0])])
    return "\n".join([*lines, letters] if upwards else [letters, *lines])


def board_text(cells: Sequence[str], to_play: int) -> str:
    """Return a position as one line: the rows from the top with slashes between them, a blank, X or O to move."""
    return f"{'/'.join(cells)} {'XO'[to_play]}"


def read_board(name: str, text: str, rows: int, columns: int) -> tuple[list[str], int]:
    """Return the rows from the top, letters X O and . each, and who is to move (0 for X).

    text: as `board_text` writes it; the slashes may be left out, small letters are letters, and - is a free cell.
    Raises GameError that begins with `name`, the game's.
    """
    words = text.translate(PLAIN).split()
    if len(words) != 2 or words[1] not in ("X", "O"):
        raise GameError(f"{name}: expected a board, a blank, and X or O to move, got {text!r}")
    board = words[0]
    if "/" not in board:
        if len(board) != rows * columns:
            raise GameError(f"{name}: expected {rows * columns} cells, got {len(board)} in {text!r}")
        board = "/".join(board[row * columns : (row + 1) * columns] for row in range(rows))
    lines = board.split("/")
    if len(lines) != rows:
        raise GameError(f"{name}: expected {rows} rows, got {len(lines)} in {text!r}")
    for number, line in enumerate(lines, 1):
        if len(line) != columns:
            raise GameError(f"{name}: expected {columns} cells in row {number} from the top, got {len(line)} in {text!r}")
        for letter, column in zip(line, LETTERS, strict=False):
            if letter not in "XO.":
                where = f"column {column} of row {number} from the top"
                raise GameError(f"{name}: expected X, O or . in {where}, got {letter!r} in {text!r}")
    return lines, "XO".index(words[1])


def bits_of(cells: Sequence[str], letter: str) -> int:
    """Return a bit for each cell of the rows that holds `letter`, counted by rows from the top."""
    return sum(1 << cell for cell, found in enumerate("".join(cells)) if found == letter)


def rectangle_symmetries(rows: int, columns: int) -> IntArray:
    """Return [S, rows * columns] int32, where each cell of the turned board comes from; 8 of a square, else 4.

    The identity first, then the turns by a quarter (of a square) or a half, then the same of the mirrored board.
    """
    board = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    turns = range(4) if rows == columns else (0, 2)
    return np.stack([np.rot90(side, turn).reshape(-1) for side in (board, board[:, ::-1]) for turn in turns])
