"""Boards as SGF and GTP see them: cells with black and white stones, two colours that need not take turns.

Both formats know Go, Othello, Gomoku and Hex. Black is the player who began (X on our drawings, player 0). A cell is
(row, column), counted from the upper left. `zero gtp` and SGF files share what is here: where an action puts its
stone, positions set up by hand, and what it means that a colour moves out of turn.
"""

from collections.abc import Sequence

from games.errors import GameError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

BLACK, WHITE = 0, 1
COLOURS = ("black", "white")
EMPTY = "."


def board_shape(game: Game) -> tuple[int, int]:
    """Return the rows and columns of the board."""
    return game.plane_shape[1:]


def resized(game: Game, rows: int, columns: int | None = None) -> Game:
    """Return the same game on another board, a square one where `columns` is None. Raises GameError where there is none."""
    columns = rows if columns is None else columns
    if game.name != "gomoku" and rows != columns:
        raise GameError(f"{game.name}: expected as many rows as columns, got {rows} rows and {columns} columns")
    fields = {"rows": rows, "columns": columns} if game.name == "gomoku" else {"size": rows}
    other: Game = game._replace(**fields)  # type: ignore[attr-defined]
    other.validate()
    return other


def pass_action(game: Game) -> int | None:
    """Return the action to pass, None where the game has none."""
    return game.num_actions - 1 if game.name in ("go", "othello") else None


def swap_action(game: Game) -> int | None:
    """Return the action that takes the first stone over, None where the game has none."""
    return game.num_actions - 1 if game.name == "hex" and game._asdict()["swap"] else None


def cell_of(game: Game, player: int, action: int) -> tuple[int, int] | None:
    """Return the cell where an action of `player` puts a stone, None where it puts none (a pass, a swap)."""
    rows, columns = board_shape(game)
    if action >= rows * columns:
        return None
    row, column = divmod(action, columns)
    return (column, row) if game.name == "hex" and player == WHITE else (row, column)  # actions of Hex: games/hex.py


def action_at(game: Game, player: int, cell: tuple[int, int]) -> int:
    """Return the action of `player` that puts a stone on a cell."""
    row, column = cell[::-1] if game.name == "hex" and player == WHITE else cell
    return row * board_shape(game)[1] + column


def rows_of(position: Position) -> list[str]:
    """Return the board's rows from the top, each cell as X (black), O (white) or "."."""
    text = position.game.state_text(position.state).split()[0]  # type: ignore[attr-defined]
    letters = text.replace("/", "").replace("-", EMPTY)
    rows, columns = board_shape(position.game)
    return [letters[row * columns : (row + 1) * columns] for row in range(rows)]


def stones_of(rows: Sequence[str], player: int) -> list[tuple[int, int]]:
    """Return the cells with stones of a player."""
    return [(r, c) for r, row in enumerate(rows) for c, letter in enumerate(row) if letter == "XO"[player]]


def set_up(game: Game, rows: Sequence[str], to_play: int) -> Position:
    """Return a game that begins with these stones, `to_play` to move. Raises GameError where the rules have no such position.

    In Go nothing came before: superko bans nothing, and the plies are counted anew.
    """
    return Position(game, game.read_state(f"{'/'.join(rows)} {'XO'[to_play]}"))  # type: ignore[attr-defined]


def give_turn(position: Position, player: int) -> Position:
    """Return the position with `player` to move: itself, or where that is not so another one.

    The other player passes, if that is legal and doesn't end the game. In Go, a game that is over (two passes, or the
    limit of plies) goes on from the board as it lies. Raises MoveError where neither can be.
    """
    game, goes_on = position.game, position.outcome() == ONGOING
    if goes_on and position.to_play == player:
        return position
    if goes_on and pass_action(game) in position.legal_actions():
        turned = position.copy()
        turned.play(turned.game.num_actions - 1)
        if turned.outcome() == ONGOING:
            return turned
    if game.name == "go":
        return set_up(game, rows_of(position), player)
    raise MoveError("the game is over" if not goes_on else f"it is the turn of {COLOURS[1 - player]}, who cannot pass")
