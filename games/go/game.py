"""What Go tells Python: its parameters, sizes, notation, drawing, positions as text."""

import math
import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from games.errors import GameError, MoveError
from games.game import Symmetries, state_dtype
from games.go.text import BLACK, EMPTY, LETTERS, draw_board, read_position, write_position
from games.rules import initial

NEAR_LIMIT = 2  # times size: so many plies before the limit of plies a plane shows that it is near
MOST_PLIES = 10_000


@cache
def _state(words: int) -> np.dtype[Any]:
    """Return the dtype of a position whose bitboards have so many words. Kernels are compiled once for each."""
    return state_dtype(
        ("mine_or_empty", np.uint64, (words,)),  # points without a stone of the other, seen by the player to move
        ("theirs_or_empty", np.uint64, (words,)),  # points without one of the player's: both together are empty
        ("atari", np.uint64, (words,)),  # stones of both colours whose group has one liberty
        ("mine_taken", np.uint64, (words,)),  # points where stones of the player were captured, at any time
        ("theirs_taken", np.uint64, (words,)),  # the same of the other
        ("key", np.int64),  # of the board alone: see games/go/groups.py
        ("ply", np.int16),  # Black is to move where it is even
        ("passes", np.int8),  # in a row, up to now
        ("fresh", np.int8),  # 1 where the last move was a stone on a point where its colour was never captured before, else 0
        ("mine_lost", np.int16),  # stones of the player to move captured so far
        ("theirs_lost", np.int16),  # the same of the other
    )


class Go(NamedTuple):
    """Go by the Tromp-Taylor rules, without suicide: area scoring of the board as it lies, positional superko.

    An action is a point, counted by rows from the top, and the last one is to pass. Two passes in a row end the game,
    and so does the limit of plies; either way each player has a point for each stone on the board and for each empty
    point that reaches only stones of that colour. Dead stones have to be captured, or they count as alive.
    No stone may bring an earlier board back, whoever is to move; passes may.
    """

    size: int = 9
    komi: float = 7.0  # points for White; with a whole number there are draws
    history: int = 2  # positions that the planes show
    ply_limit: int = 0  # plies after which a game ends; 0 for 2 * size²

    name = "go"
    looks_back = True

    @property
    def num_actions(self) -> int:
        return self.size * self.size + 1

    @property
    def max_legal(self) -> int:
        return self.num_actions

    @property
    def max_plies(self) -> int:
        return self.ply_limit if self.ply_limit > 0 else 2 * self.size * self.size

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return 2 * self.history + 5, self.size, self.size

    @property
    def plane_names(self) -> tuple[str, ...]:
        """Names of the planes; komi and, but for its nearness, the limit of plies are not shown."""
        names = []
        for back in range(self.history):
            when = ("", ", a ply before", f", {back} plies before")[min(back, 2)]
            names += [f"stones of the player to move{when}", f"stones of the other{when}"]
        ends = f"the limit of plies is at most {NEAR_LIMIT * self.size} away"
        return *names, "empty points", "stones with one liberty", "Black is to move", "the last move was a pass", ends

    @property
    def state_dtype(self) -> np.dtype[Any]:
        return _state(-(-self.size * (self.size + 1) // 64))

    @property
    def symmetries(self) -> Symmetries:
        area = self.size * self.size
        board = np.arange(area, dtype=np.int32).reshape(self.size, self.size)
        cells = np.stack([np.rot90(side, turns).reshape(-1) for side in (board, board.T) for turns in range(4)])
        return Symmetries(np.hstack([cells, np.full((8, 1), area, np.int32)]), cells)

    def validate(self) -> None:
        for field, low, high in (("size", 5, 19), ("history", 1, 8), ("ply_limit", 0, MOST_PLIES)):
            number = getattr(self, field)
            if type(number) is not int or not low <= number <= high:
                raise GameError(f"go: expected {field} from {low} to {high}, got {number!r}")
        area, komi = self.size * self.size, self.komi
        if type(komi) not in (int, float) or not math.isfinite(komi) or abs(komi) > area or 2 * komi != int(2 * komi):
            raise GameError(f"go: expected a komi of whole or half points from {-area} to {area}, got {komi!r}")

    def to_play(self, state: Any) -> int:
        return int(state["ply"]) % 2

    def move_name(self, state: Any, action: int) -> str:
        row, column = divmod(action, self.size)
        return "pass" if row == self.size else f"{LETTERS[column]}{self.size - row}"

    def parse_move(self, state: Any, text: str) -> int:
        if text.isascii() and text.upper() == "PASS":
            return self.size * self.size
        found = re.fullmatch("([A-HJ-T])([1-9][0-9]?)", text.upper() if text.isascii() else "")
        if found:
            row, column = self.size - int(found[2]), LETTERS.index(found[1])
            if row >= 0 and column < self.size:
                return row * self.size + column
        last = f"{LETTERS[self.size - 1]}{self.size}"
        raise MoveError(f"expected a point from A1 to {last} (no letter I) or pass, got {text[:40]!r}")

    def draw(self, state: Any, last_action: int | None = None) -> str:
        return draw_board(self.size, state, last_action)

    def state_text(self, state: Any) -> str:
        """Return a position in one line (see games/go/text.py), without what came before it."""
        return write_position(self.size, state)

    def read_state(self, text: str) -> Any:
        """Return the position that `state_text` writes. Nothing is banned in it, as superko has nothing to look back to.

        Raises GameError with what is wrong and where.
        """
        from games.go.groups import set_up

        said = read_position(self.size, text, self.max_plies)
        turn = {EMPTY: 0, BLACK: 1 + said.ply % 2}
        cells = np.array([turn.get(letter, 2 - said.ply % 2) for row in said.rows for letter in row], np.int8)
        state = np.zeros(1, self.state_dtype)[0]
        initial(self, state)
        state["ply"], state["passes"] = said.ply, said.passes
        dead = set_up(self, state, cells)
        if dead >= 0:
            raise GameError(f"go: expected every group to have a liberty, but that of {self.move_name(state, dead)} has none")
        return state
