"""Gomoku, and all games of k in a row on a board of m×n cells: the players put stones on free cells in turn.

Who makes `length` of his own in a row, column or diagonal wins. A full board without is a draw. In free style more
than `length` win too; with `exact` they are worth nothing. A stone can only complete lines through its own cell,
so `play` counts along these four, and the position keeps whether the last stone has won.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from games.errors import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.grid import LETTERS, bits_of, board_text, cell_letters, draw_cells, read_board, read_cell, rectangle_symmetries
from games.jit import kernel
from games.patterns import OTHER, OWN, acts_on, board
from games.rules import DRAW, LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play
from games.words import bit_of, to_int, to_words, word_mask, words_for, write_cells


@lru_cache
def _state(words: int) -> np.dtype[Any]:
    """Return a position's dtype: stones of who began and of the other (games/words.py), plies, has the last one won?"""
    return state_dtype(("stones", np.uint64, (2, words)), ("plies", np.int32), ("won", np.int32))


class Gomoku(NamedTuple):
    """Gomoku. An action is a cell, counted by rows from the top.

    Notation, as Gomoku programs write it: a column from a to s, i included (Go programs leave it out), and a row from
    1 at the bottom; h8 is the middle of 15×15 cells.
    """

    rows: int = 15
    columns: int = 15
    length: int = 5
    exact: bool = False

    name = "gomoku"
    looks_back = False
    history = 1
    plane_names = ("stones of the player to move", "stones of the other", "free cells")

    @property
    def num_actions(self) -> int:
        return self.rows * self.columns

    max_legal = max_plies = num_actions

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 3, self.rows, self.columns

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return _state(words_for(self.num_actions))

    @property
    def symmetries(self) -> Symmetries:
        cells = rectangle_symmetries(self.rows, self.columns)
        return Symmetries(cells, cells)

    def validate(self) -> None:
        for field, size in (("rows", self.rows), ("columns", self.columns)):
            if type(size) is not int or not 3 <= size <= 19:
                raise GameError(f"gomoku: expected {field} from 3 to 19, got {size!r}")
        longest = max(self.rows, self.columns)
        if type(self.length) is not int or not 3 <= self.length <= longest:
            raise GameError(f"gomoku: expected length from 3 to {longest}, the longer side, got {self.length!r}")
        if type(self.exact) is not bool:
            raise GameError(f"gomoku: expected exact to be True or False, got {self.exact!r}")

    def to_play(self, state: Any) -> int:
        return int(state["plies"]) % 2

    def move_name(self, state: Any, action: int) -> str:
        return LETTERS[action % self.columns] + str(self.rows - action // self.columns)

    def parse_move(self, state: Any, text: str) -> int:
        cell = read_cell(text, self.rows, self.columns)
        if cell is None:
            raise MoveError(f"expected a cell from a1 to {self.move_name(state, self.columns - 1)}, got {text!r}")
        return (self.rows - 1 - cell[0]) * self.columns + cell[1]

    def draw(self, state: Any, last_action: int | None = None) -> str:
        last = None if last_action is None else divmod(last_action, self.columns)
        return draw_cells(self._letters(state), last, upwards=True)

    def state_text(self, state: Any) -> str:
        """Return a position as one line (`games.grid.board_text`)."""
        return board_text(self._letters(state), self.to_play(state))

    def read_state(self, text: str) -> Any:
        """Return the position that `state_text` wrote as `text`. Raises GameError that says what is wrong."""
        cells, to_play = read_board(self.name, text, self.rows, self.columns)
        bits = [bits_of(cells, letter) for letter in "XO"]
        first, second = (stones.bit_count() for stones in bits)
        if first != second + to_play:
            expected = ("as many X as O", "one X more than O")[to_play]
            found = f"{first} X and {second} O"
            raise GameError(f"gomoku: expected {expected} where {'XO'[to_play]} is to move, got {found} in {text!r}")
        state = np.zeros(1, self.state_dtype)[0]
        words = words_for(self.num_actions)
        state["stones"] = [to_words(stones, words) for stones in bits]
        state["plies"] = first + second
        won = [any(stones >> cell & 1 and _wins(self, state, player, cell) for cell in range(self.num_actions))
               for player, stones in enumerate(bits)]  # fmt: skip
        if won[to_play]:
            raise GameError(f"gomoku: expected no winning line of {'XO'[to_play]}, who is to move, got {text!r}")
        state["won"] = won[1 - to_play]
        return state

    def _letters(self, state: Any) -> list[str]:
        """Return the rows from the top as letters."""
        return cell_letters(to_int(state["stones"][0]), to_int(state["stones"][1]), self.rows, self.columns)


@kernel
def _run(state, player, cell, step, most):
    """Return how many stones of a player follow each other behind `cell`, up to `most`, which stay on the board."""
    count = 0
    while count < most:
        cell += step
        if not state.stones[player, cell >> 6] & bit_of(cell):
            break
        count += 1
    return count


@kernel
def _fits(game, state, player, cell, step, before, behind):
    """Return whether the row through `cell` along a direction wins.

    before, behind: how many cells of the board lie on either side of it.
    """
    count = 1 + _run(state, player, cell, -step, min(before, game.length))
    count += _run(state, player, cell, step, min(behind, game.length))
    return count == game.length or (count > game.length and not game.exact)


@kernel
def _wins(game, state, player, cell):
    """Return whether a stone of `player` at `cell` stands in a row that wins."""
    up = cell // game.columns
    left = cell - up * game.columns
    down, right = game.rows - 1 - up, game.columns - 1 - left
    won = _fits(game, state, player, cell, 1, left, right)
    won |= _fits(game, state, player, cell, game.columns, up, down)
    won |= _fits(game, state, player, cell, game.columns + 1, min(up, left), min(down, right))
    won |= _fits(game, state, player, cell, game.columns - 1, min(up, right), min(down, left))
    return won


@initial.of(Gomoku)
def _initial(game, state):
    for word in range(state.stones.shape[1]):
        state.stones[0, word] = np.uint64(0)
        state.stones[1, word] = np.uint64(0)
    state.plies = 0
    state.won = 0


@legal_actions.of(Gomoku)
def _legal_actions(game, state, past, out):
    cells, count = game.rows * game.columns, 0
    for word in range(state.stones.shape[1]):
        free = ~(state.stones[0, word] | state.stones[1, word]) & word_mask(cells, word)
        count += write_cells(free, word, cells, out, count)
    return count


@play.of(Gomoku)
def _play(game, state, action):
    player = state.plies & 1
    state.stones[player, action >> 6] |= bit_of(action)
    state.plies += 1
    state.won = int(_wins(game, state, player, action))


@outcome.of(Gomoku)
def _outcome(game, state, past):
    if state.won:
        return LOSS  # for the player to move: the last stone was the other's
    return DRAW if state.plies == game.rows * game.columns else ONGOING


@key.of(Gomoku)
def _key(game, state):
    return 0  # no position comes twice


@encode.of(Gomoku)
def _encode(game, states, past, planes):
    state = states[0]
    player = state.plies & 1
    for row in range(game.rows):
        for column in range(game.columns):
            cell = row * game.columns + column
            bit = bit_of(cell)
            if state.stones[player, cell >> 6] & bit:
                planes[0, row, column] = 1
            elif state.stones[1 - player, cell >> 6] & bit:
                planes[1, row, column] = 1
            else:
                planes[2, row, column] = 1


@acts_on.of(Gomoku)
def _acts_on(game, state, action):
    return action


@board.of(Gomoku)
def _board(game, state, cells):
    player = state.plies & 1
    for cell in range(game.rows * game.columns):
        word, bit = cell >> 6, bit_of(cell)
        if state.stones[player, word] & bit:
            cells[cell] = OWN
        elif state.stones[1 - player, word] & bit:
            cells[cell] = OTHER
