"""Vertices, GTP's names of moves.

A column's letter, without I, and a row's number; both as the game itself counts rows: from the bottom in Go and Gomoku,
from the top in Othello, whose a1 is the upper left. Hex programs leave no letter out, and neither do we there; they say
swap-pieces for taking the first stone over. Small and capital letters are the same.
"""

import re

from arena.files.stones import action_at, board_shape, cell_of, pass_action, swap_action
from games.errors import MoveError
from games.game import Game

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
HEX_LETTERS = "abcdefghijklmnopqrstuvwxyz"
SWAP = "swap-pieces"


def vertex_of(game: Game, player: int, action: int) -> str:
    """Return the vertex of a player's action."""
    cell = cell_of(game, player, action)
    if cell is None:
        return SWAP if action == swap_action(game) else "pass"
    return vertex_at(game, cell)


def vertex_at(game: Game, cell: tuple[int, int]) -> str:
    """Return the vertex of a cell, (row, column) from the upper left."""
    row, column = cell
    number = row + 1 if game.name in ("othello", "hex") else board_shape(game)[0] - row
    return f"{(HEX_LETTERS if game.name == 'hex' else LETTERS)[column]}{number}"


def read_cell(game: Game, text: str) -> tuple[int, int] | None:
    """Return the cell that a vertex names, None where it names none of the board."""
    found = re.fullmatch("([A-Z])([1-9][0-9]?)", text.upper()) if text.isascii() else None
    letters = HEX_LETTERS.upper() if game.name == "hex" else LETTERS
    rows, columns = board_shape(game)
    if found is None or found[1] not in letters[:columns] or int(found[2]) > rows:
        return None
    row = int(found[2]) - 1
    return (row if game.name in ("othello", "hex") else rows - 1 - row), letters.index(found[1])


def read_vertex(game: Game, player: int, text: str) -> int:
    """Return the action of a player that a vertex names. Raises MoveError where it names none; it need not be legal."""
    word, skip, swap = text.lower(), pass_action(game), swap_action(game)
    if word == "pass" and skip is not None:
        return skip
    if word in (SWAP, "swap") and swap is not None:
        return swap
    cell = read_cell(game, text)
    if cell is None:
        raise MoveError(f"expected a vertex, got {text[:20]!r}")
    return action_at(game, player, cell)
