"""Hex on boards of 2×2 to 19×19 cells: who connects his two sides of the board with a chain of stones wins.

X, who began, connects the upper side with the lower, O the left with the right. A cell touches those left and right
of it, the two above (above, above and right) and the two below (below, below and left). One player always wins.

Each player sees the board with his own sides above and below: X as it is drawn, O mirrored at the long diagonal from
the upper left to the lower right. Planes, action numbers and bitboards are in the view of the player concerned, so
that the network learns one direction only. Notation and drawings are the same for both.

With `swap` the second player may answer the first stone by taking it over: it goes, and a stone of his own appears
at the cell mirrored at the long diagonal. In the players' own views nothing but the seats changes: who is to move sees
what the other saw before. Therefore a plane tells whether the swap is open.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from games.errors import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.grid import LETTERS, bits_of, board_text, cell_letters, draw_cells, read_board, read_cell
from games.hex_chains import put
from games.patterns import NOWHERE, OTHER, OWN, acts_on, board, turned
from games.rules import LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play
from games.words import bit_of, to_int, word_mask, words_for, write_cells


@lru_cache
def _state(words: int) -> np.dtype[Any]:
    """Return a position's dtype: bitboards (games/words.py) of each player, as that player sees them, and two numbers.

    taken:   the cells with a stone of either player.
    reached: the player's stones that are connected with the upper side; loose: the player's other stones.
    front:   scratch of `put`, empty between moves.
    plies:   moves so far, the swap included; won: has the last one connected both sides?
    """
    sets = [(name, np.uint64, (2, words)) for name in ("taken", "reached", "loose")]
    return state_dtype(*sets, ("front", np.uint64, (words,)), ("plies", np.int32), ("won", np.int32))


class Hex(NamedTuple):
    """Hex. An action is a cell as the player to move sees it, counted by rows from above, or after these the swap.

    Notation: a column from a, no letter left out, and a row from 1 at the top; `swap`.
    """

    size: int = 11
    swap: bool = False

    name = "hex"
    looks_back = False
    history = 1

    @property
    def num_actions(self) -> int:
        return self.size**2 + self.swap

    @property
    def max_legal(self) -> int:
        return self.size**2  # where the swap is open, one cell is taken

    @property
    def max_plies(self) -> int:
        return self.size**2 + self.swap

    @property
    def plane_names(self) -> tuple[str, ...]:
        stones = ("stones of the player to move", "stones of the other", "free cells")
        return (*stones, "everywhere where the swap is open") if self.swap else stones

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 3 + self.swap, self.size, self.size

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return _state(words_for(self.size**2))

    @property
    def symmetries(self) -> Symmetries:
        cells = np.arange(self.size**2, dtype=np.int32)
        cells = np.stack([cells, cells[::-1]])
        swaps = np.full((2, int(self.swap)), self.size**2, np.int32)
        return Symmetries(np.concatenate([cells, swaps], axis=1), cells)

    def validate(self) -> None:
        if type(self.size) is not int or not 2 <= self.size <= 19:
            raise GameError(f"hex: expected size from 2 to 19, got {self.size!r}")
        if type(self.swap) is not bool:
            raise GameError(f"hex: expected swap to be True or False, got {self.swap!r}")

    def to_play(self, state: Any) -> int:
        return int(state["plies"]) % 2

    def move_name(self, state: Any, action: int) -> str:
        if action == self.size**2:
            return "swap"
        row, column = self._on_board(self.to_play(state), action)
        return f"{LETTERS[column]}{row + 1}"

    def parse_move(self, state: Any, text: str) -> int:
        if self.swap and text.lower() == "swap":
            return self.size**2
        cell = read_cell(text, self.size, self.size)
        if cell is None:
            expected = f"a cell from a1 to {LETTERS[self.size - 1]}{self.size}{' or swap' if self.swap else ''}"
            raise MoveError(f"expected {expected}, got {text!r}")
        row, column = cell if self.to_play(state) == 0 else cell[::-1]
        return row * self.size + column

    def draw(self, state: Any, last_action: int | None = None) -> str:
        cells, last = self._letters(state), None
        if last_action == self.size**2:
            at = "".join(cells).index("O")  # the swap leaves one stone on the board
            last = divmod(at, self.size)
        elif last_action is not None:
            last = self._on_board(1 - self.to_play(state), last_action)
        return draw_cells(cells, last, slanted=True)

    def state_text(self, state: Any) -> str:
        """Return a position as one line (`games.grid.board_text`)."""
        return board_text(self._letters(state), self.to_play(state))

    def read_state(self, text: str) -> Any:
        """Return the position that `state_text` wrote as `text`. Raises GameError that says what is wrong.

        The numbers of stones tell whether there was a swap.
        """
        cells, to_play = read_board(self.name, text, self.size, self.size)
        bits = [bits_of(cells, letter) for letter in "XO"]
        first, second = (stones.bit_count() for stones in bits)
        swapped = self.swap and second > 0 and first + 1 == second + to_play
        if first != second + to_play and not swapped:
            found = f"{first} X and {second} O"
            raise GameError(f"hex: expected as many X as O, and one X more where O is to move, got {found} in {text!r}")
        state = np.zeros(1, self.state_dtype)[0]
        state["plies"] = first + second + swapped
        for player, stones in enumerate(bits):
            for cell in (cell for cell in range(self.size**2) if stones >> cell & 1):
                row, column = self._on_board(player, cell)  # there and back is the same: this is what the player sees
                if put(state, player, self.size, row * self.size + column):
                    state["won"] = 1
                    if player == to_play:
                        mover = f"{'XO'[player]}, who is to move"
                        raise GameError(f"hex: expected no chain across the board of {mover}, got {text!r}")
        return state

    def _on_board(self, player: int, cell: int) -> tuple[int, int]:
        """Return (row, column) on the board of a cell that a player sees."""
        row, column = divmod(cell, self.size)
        return (row, column) if player == 0 else (column, row)

    def _letters(self, state: Any) -> list[str]:
        """Return the rows from the top as letters."""
        first = to_int(state["reached"][0]) | to_int(state["loose"][0])
        return cell_letters(first, to_int(state["taken"][0]), self.size, self.size)


@initial.of(Hex)
def _initial(game, state):
    for word in range(state.front.shape[0]):
        state.front[word] = np.uint64(0)
        for player in range(2):
            state.taken[player, word] = np.uint64(0)
            state.reached[player, word] = np.uint64(0)
            state.loose[player, word] = np.uint64(0)
    state.plies = 0
    state.won = 0


@legal_actions.of(Hex)
def _legal_actions(game, state, past, out):
    player, cells, count = state.plies & 1, game.size * game.size, 0
    for word in range(state.taken.shape[1]):
        free = ~state.taken[player, word] & word_mask(cells, word)
        count += write_cells(free, word, cells, out, count)
    if game.swap and state.plies == 1:
        out[count] = cells
        count += 1
    return count


@play.of(Hex)
def _play(game, state, action):
    if action < game.size * game.size:
        state.won = int(put(state, state.plies & 1, game.size, action))
    else:
        for word in range(state.taken.shape[1]):  # the seats change, the views stay as they are
            first, second = state.taken[0, word], state.taken[1, word]
            state.taken[0, word], state.taken[1, word] = second, first
            first, second = state.reached[0, word], state.reached[1, word]
            state.reached[0, word], state.reached[1, word] = second, first
            first, second = state.loose[0, word], state.loose[1, word]
            state.loose[0, word], state.loose[1, word] = second, first
    state.plies += 1


@outcome.of(Hex)
def _outcome(game, state, past):
    return LOSS if state.won else ONGOING  # for the player to move: the last stone was the other's


@key.of(Hex)
def _key(game, state):
    return 0  # no position comes twice


@encode.of(Hex)
def _encode(game, states, past, planes):
    state = states[0]
    player = state.plies & 1
    for row in range(game.size):
        for column in range(game.size):
            cell = row * game.size + column
            word, bit = cell >> 6, bit_of(cell)
            if not state.taken[player, word] & bit:
                planes[2, row, column] = 1
            elif (state.reached[player, word] | state.loose[player, word]) & bit:
                planes[0, row, column] = 1
            else:
                planes[1, row, column] = 1
            if game.swap and state.plies == 1:
                planes[3, row, column] = 1


@acts_on.of(Hex)
def _acts_on(game, state, action):
    return action if action < game.size * game.size else NOWHERE


@turned.of(Hex)
def _turned(game, cell):
    return cell % game.size * game.size + cell // game.size


@board.of(Hex)
def _board(game, state, cells):
    player = state.plies & 1
    for cell in range(game.size * game.size):
        word, bit = cell >> 6, bit_of(cell)
        if (state.reached[player, word] | state.loose[player, word]) & bit:
            cells[cell] = OWN
        elif state.taken[player, word] & bit:
            cells[cell] = OTHER
