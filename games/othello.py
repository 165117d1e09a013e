"""Othello on boards of 4×4, 6×6 and 8×8 cells: who has more discs at the end wins.

Bitboards in a frame of 8×8 bits, whatever the size: cell (row, column) is bit 8 * row + column, row 0 on top; a
smaller board stands in the corner at bit 0. No disc in the first or the last column is ever flipped along a row or a
diagonal: without these columns lines cannot run over the edge. (On smaller boards free columns behind the edge do it.)

A player without a move must pass, and nobody else may. Where neither has a move the game is over at once: the two
passes that would end it are not played.
"""

from typing import Any, NamedTuple

import numpy as np

from games.bits import lowest_bit, popcount
from games.errors import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.grid import bits_of, cell_letters, draw_cells, read_board, read_cell
from games.jit import kernel
from games.patterns import NOWHERE, acts_on, board
from games.rules import DRAW, LOSS, ONGOING, WIN, encode, initial, key, legal_actions, outcome, play

# Discs of the player to move and of the other, the cells that the player to move can take, and who that is. The cells
# are kept since outcome and legal_actions both ask for them: that makes random games a tenth faster.
STATE = state_dtype(("mine", np.uint64), ("theirs", np.uint64), ("moves", np.uint64), ("turn", np.int64))
NONE = np.uint64(0)
ONE = np.uint64(1)
INNER = np.uint64(0x7E7E7E7E7E7E7E7E)  # all columns but the first and the last
ROWS = np.uint64(0x0101010101010101)  # the first cell of every row
RIGHT, DOWN_LEFT, DOWN, DOWN_RIGHT = np.uint64(1), np.uint64(7), np.uint64(8), np.uint64(9)  # steps to the next cell


class Othello(NamedTuple):
    """Othello. An action is a cell, counted by rows from the top, or after these the pass.

    Notation: a column from a and a row from 1, a1 the upper left; `pass`. The first position is its own image under
    four of the square's eight symmetries only; the others swap the colours of its discs, and lead to positions that
    no game reaches.
    """

    size: int = 8

    name = "othello"
    looks_back = False
    history = 1
    plane_names = ("discs of the player to move", "discs of the other", "cells that the player to move can take")

    @property
    def num_actions(self) -> int:
        return self.size**2 + 1

    @property
    def max_legal(self) -> int:
        return self.size**2 - 4  # a bound that needs no proof: the four cells in the middle are never free

    @property
    def max_plies(self) -> int:
        return 2 * (self.size**2 - 4)  # a pass follows a disc: two in a row would have ended the game

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 3, self.size, self.size

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return STATE

    @property
    def symmetries(self) -> Symmetries:
        board = np.arange(self.size**2, dtype=np.int32).reshape(self.size, self.size)
        cells = np.stack([side.reshape(-1) for side in (board, board[::-1, ::-1], board.T, board[::-1, ::-1].T)])
        passes = np.full((4, 1), self.size**2, np.int32)
        return Symmetries(np.concatenate([cells, passes], axis=1), cells)

    def validate(self) -> None:
        if type(self.size) is not int or self.size not in (4, 6, 8):
            raise GameError(f"othello: expected size 4, 6 or 8, got {self.size!r}")

    def to_play(self, state: Any) -> int:
        return int(state["turn"])

    def move_name(self, state: Any, action: int) -> str:
        if action == self.size**2:
            return "pass"
        return "abcdefgh"[action % self.size] + str(action // self.size + 1)

    def parse_move(self, state: Any, text: str) -> int:
        if text.lower() == "pass":
            return self.size**2
        cell = read_cell(text, self.size, self.size)
        if cell is None:
            last = self.move_name(state, self.size**2 - 1)
            raise MoveError(f"expected a cell from a1 to {last} or pass, got {text!r}")
        return cell[0] * self.size + cell[1]

    def draw(self, state: Any, last_action: int | None = None) -> str:
        last = None if last_action in (None, self.size**2) else divmod(last_action, self.size)
        return draw_cells(self._letters(state), last)

    def state_text(self, state: Any) -> str:
        """Return a position as the collections write it: all cells by rows, - where free, then X or O to move."""
        return "".join(self._letters(state)).replace(".", "-") + " " + "XO"[self.to_play(state)]

    def read_state(self, text: str) -> Any:
        """Return the position that `state_text` wrote as `text`. Raises GameError that says what is wrong."""
        cells, to_play = read_board(self.name, text, self.size, self.size)
        middle = self.size // 2 - 1
        for row, column in ((middle, middle), (middle, middle + 1), (middle + 1, middle), (middle + 1, middle + 1)):
            if cells[row][column] == ".":
                where = self.move_name(None, row * self.size + column)
                raise GameError(f"othello: expected discs on the four cells in the middle, got {where} free in {text!r}")
        framed = [row.ljust(8, ".") for row in cells]
        discs = [bits_of(framed, letter) for letter in "XO"]
        state = np.zeros(1, STATE)[0]
        state["mine"], state["theirs"], state["turn"] = discs[to_play], discs[1 - to_play], to_play
        state["moves"] = _moves(self, state["mine"], state["theirs"])
        return state

    def _letters(self, state: Any) -> list[str]:
        """Return the rows from the top as letters."""
        mine, theirs = int(state["mine"]), int(state["theirs"])
        first, second = (mine, theirs) if self.to_play(state) == 0 else (theirs, mine)
        return [row[: self.size] for row in cell_letters(first, second, 8, 8)[: self.size]]


@kernel
def _reach(start, through, step):
    """Return the cells of `through` that lie in an unbroken line from `start`, up and down a direction.

    Doubling the length (Kogge and Stone 1973): up to six cells in four steps.
    """
    up = through & (start << step)
    up |= through & (up << step)
    pairs = through & (through << step)
    two = step + step
    up |= pairs & (up << two)
    up |= pairs & (up << two)
    down = through & (start >> step)
    down |= through & (down >> step)
    pairs >>= step
    down |= pairs & (down >> two)
    down |= pairs & (down >> two)
    return up, down


@kernel
def _ends(mine, through, step):
    """Return the cells that close a line over discs of `through` that begins at one of `mine`."""
    up, down = _reach(mine, through, step)
    return (up << step) | (down >> step)


@kernel
def _moves(game, mine, theirs):
    """Return the cells that a player with discs `mine` can take, a bitboard."""
    inner = theirs & INNER
    found = _ends(mine, theirs, DOWN) | _ends(mine, inner, RIGHT)
    found |= _ends(mine, inner, DOWN_LEFT) | _ends(mine, inner, DOWN_RIGHT)
    board = ((ONE << np.uint64(game.size)) - ONE) * (ROWS >> np.uint64(64 - 8 * game.size))
    return found & board & ~(mine | theirs)


@kernel
def _flips(disc, mine, through, step):
    """Return the discs of `through` between `disc` and one of `mine`, both ways along a direction."""
    up, down = _reach(disc, through, step)
    up = up if (up << step) & mine else NONE
    down = down if (down >> step) & mine else NONE
    return up | down


@initial.of(Othello)
def _initial(game, state):
    middle = np.uint64(9 * (game.size // 2 - 1))  # the upper left of the four cells in the middle
    state.mine = np.uint64(0x0102) << middle
    state.theirs = np.uint64(0x0201) << middle
    state.moves = _moves(game, state.mine, state.theirs)
    state.turn = 0


@legal_actions.of(Othello)
def _legal_actions(game, state, past, out):
    moves = state.moves
    if moves == NONE:
        out[0] = game.size * game.size
        return 1
    count = 0
    while moves:
        bit = lowest_bit(moves)
        out[count] = (bit >> 3) * game.size + (bit & 7)
        moves &= moves - ONE
        count += 1
    return count


@play.of(Othello)
def _play(game, state, action):
    mine, theirs = state.mine, state.theirs
    if action < game.size * game.size:
        disc = ONE << np.uint64(action // game.size * 8 + action % game.size)
        inner = theirs & INNER
        flipped = _flips(disc, mine, theirs, DOWN) | _flips(disc, mine, inner, RIGHT)
        flipped |= _flips(disc, mine, inner, DOWN_LEFT) | _flips(disc, mine, inner, DOWN_RIGHT)
        mine |= disc | flipped
        theirs ^= flipped
    state.mine = theirs
    state.theirs = mine
    state.moves = _moves(game, theirs, mine)
    state.turn = 1 - state.turn


@outcome.of(Othello)
def _outcome(game, state, past):
    if state.moves != NONE or _moves(game, state.theirs, state.mine) != NONE:
        return ONGOING
    lead = popcount(state.mine) - popcount(state.theirs)
    return WIN if lead > 0 else LOSS if lead < 0 else DRAW


@key.of(Othello)
def _key(game, state):
    return 0  # no position comes twice: between two passes a disc is added


@encode.of(Othello)
def _encode(game, states, past, planes):
    mine, theirs, moves = states[0].mine, states[0].theirs, states[0].moves
    for row in range(game.size):
        for column in range(game.size):
            bit = ONE << np.uint64(8 * row + column)
            if mine & bit:
                planes[0, row, column] = 1
            elif theirs & bit:
                planes[1, row, column] = 1
            elif moves & bit:
                planes[2, row, column] = 1


@acts_on.of(Othello)
def _acts_on(game, state, action):
    return action if action < game.size * game.size else NOWHERE


@board.of(Othello)
def _board(game, state, cells):
    for row in range(game.size):
        for column in range(game.size):
            bit = np.uint64(8 * row + column)
            cells[row * game.size + column] = (state.mine >> bit & ONE) + (state.theirs >> bit & ONE) * np.uint64(2)
