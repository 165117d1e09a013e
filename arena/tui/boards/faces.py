"""What a person sees and points at, for each game of the shelf: a grid of cells, letters on them, and moves as cells.

A cell is (row, column), counted from the upper left of the board as it is usually drawn. Games of one's own have no
face: they are shown as the text that they draw.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from games.game import Game
from games.grid import LETTERS

Cell = tuple[int, int]
EMPTY = "."
Style = Literal["chess", "discs", "frame", "marks", "go", "gomoku", "hex"]


class Face(NamedTuple):
    """How a game is shown."""

    style: Style
    game: Game
    row_names: Sequence[str]  # from the top
    column_names: Sequence[str]
    letters: Callable[[Any], list[str]]  # of a state: rows from the top, X and O (chess: pieces as in FEN), or a point

    @property
    def rows(self) -> int:
        return len(self.row_names)

    @property
    def columns(self) -> int:
        return len(self.column_names)

    @property
    def clicks(self) -> int:
        """Cells that a person names for a move: 2 where a piece goes from one to the other."""
        return 2 if self.style == "chess" else 1

    def cells(self, state: Any, action: int) -> tuple[Cell, ...]:
        """Return the cells of a legal action, the last one where something comes to stand; none for a pass.

        state: the position before the move.
        """
        if self.style == "chess":
            return _squares(state, action)
        if self.style == "frame":
            free = [row for row, line in enumerate(self.letters(state)) if line[action] == EMPTY]
            return ((free[-1] if free else 0, action),)
        cell = self.cell_of(self.game.move_name(state, action))
        if cell is None and self.style == "hex":  # the swap: the stone that is taken over, mirrored
            stones = [(row, line.find("X")) for row, line in enumerate(self.letters(state)) if "X" in line]
            return tuple((column, row) for row, column in stones)
        return () if cell is None else (cell,)

    def cell_of(self, name: str) -> Cell | None:
        """Return the cell of that name, None where it is none."""
        column, row = name[:1].lower(), name[1:]
        columns = [text.lower() for text in self.column_names]
        return (list(self.row_names).index(row), columns.index(column)) if row in self.row_names and column in columns else None

    def is_plain(self, state: Any, action: int) -> bool:
        """Return whether an action is made by pointing at the board; a pass and a swap are not."""
        return self.style in ("chess", "frame") or self.cell_of(self.game.move_name(state, action)) is not None

    def pointed(self, cells: tuple[Cell, ...], cell: Cell) -> bool:
        """Return whether a person who points at `cell` means the action with these cells (or its last step)."""
        return bool(cells) and (cells[-1][1] == cell[1] if self.style == "frame" else cells[-1] == cell)


def face_of(game: Game) -> Face | None:
    """Return how a game is shown; None for one that we have no drawing of."""
    make = FACES.get(f"{type(game).__module__}:{type(game).__qualname__}")
    return make(game) if make else None


def _chess(game: Any) -> Face:
    return Face("chess", game, "87654321", "abcdefgh", _chess_letters)


def _connect_four(game: Any) -> Face:
    def letters(state: Any) -> list[str]:
        columns = ["".join(_letter(game, state, column * game.rows + height) for height in range(game.rows))
                   for column in range(game.columns)]  # fmt: skip
        return ["".join(column[height] for column in columns) for height in reversed(range(game.rows))]

    return Face("frame", game, [""] * game.rows, [str(column + 1) for column in range(game.columns)], letters)


def _tic_tac_toe(game: Any) -> Face:
    def letters(state: Any) -> list[str]:
        return ["".join(_letter(game, state, row * 3 + column) for column in range(3)) for row in range(3)]

    return Face("marks", game, "321", "abc", letters)


def _othello(game: Any) -> Face:
    def letters(state: Any) -> list[str]:
        text = game.state_text(state).split()[0].replace("-", EMPTY)
        return [text[row * game.size : (row + 1) * game.size] for row in range(game.size)]

    return Face("discs", game, _upwards(game.size)[::-1], LETTERS[: game.size], letters)


def _gomoku(game: Any) -> Face:
    return Face("gomoku", game, _upwards(game.rows), LETTERS[: game.columns], _rows_of(game))


def _hex(game: Any) -> Face:
    return Face("hex", game, _upwards(game.size)[::-1], LETTERS[: game.size], _rows_of(game))


def _go(game: Any) -> Face:
    from games.go.text import LETTERS as WITHOUT_I

    return Face("go", game, _upwards(game.size), WITHOUT_I[: game.size], _rows_of(game))


FACES: dict[str, Callable[[Any], Face]] = {
    "games.chess.game:Chess": _chess,
    "games.connect_four:ConnectFour": _connect_four,
    "games.go.game:Go": _go,
    "games.gomoku:Gomoku": _gomoku,
    "games.hex:Hex": _hex,
    "games.othello:Othello": _othello,
    "games.tic_tac_toe:TicTacToe": _tic_tac_toe,
}


def _upwards(rows: int) -> list[str]:
    return [str(rows - row) for row in range(rows)]


def _rows_of(game: Any) -> Callable[[Any], list[str]]:
    """Return the letters of a game whose text of a position begins with its rows."""
    return lambda state: game.state_text(state).split()[0].split("/")


def _letter(game: Any, state: Any, bit: int) -> str:
    """Return who has that bit of a position with a bitboard for each player."""
    turn = game.to_play(state)
    return "XO"[turn] if int(state["mine"]) >> bit & 1 else "XO"[1 - turn] if int(state["theirs"]) >> bit & 1 else EMPTY


def _chess_letters(state: Any) -> list[str]:
    from games.chess.notation import board_of

    return str(board_of(state)).replace(" ", "").split("\n")


def _squares(state: Any, action: int) -> tuple[Cell, ...]:
    from games.chess.notation import move_of

    move = move_of(state, action)
    return tuple((7 - square // 8, square % 8) for square in (move.from_square, move.to_square))


def checked_king(face: Face, state: Any) -> Cell | None:
    """Return the cell of a king in check, in chess."""
    if face.style != "chess":
        return None
    from games.chess.notation import board_of

    board = board_of(state)
    king = board.king(board.turn)
    return (7 - king // 8, king % 8) if king is not None and board.is_check() else None
