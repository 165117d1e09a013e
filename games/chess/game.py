"""Chess, by the FIDE Laws: the game's parameters and sizes, and what a person reads and types."""

from typing import Any, NamedTuple

import numpy as np

from games.chess import notation
from games.chess.actions import NUM_ACTIONS
from games.chess.boards import STATE
from games.errors import GameError
from games.game import Symmetries

# No game is longer than 5898½ moves under the fifty-move rule, and 8848½ under the seventy-five-move rule.
MOST_PLIES = 20_000
CLOCK_DIGITS = 8  # the clock is below 150 where a game goes on
PLIES_DIGITS = 7  # so many plies to the limit, less one, are told apart
PIECES = ("pawns", "knights", "bishops", "rooks", "queens", "king")
REPEATS = ("stood before", "stood twice before", "stood three times before")


class Chess(NamedTuple):
    """Chess. Actions and planes are seen by the player to move (see actions.py and planes.py).

    Mate ends a game before any draw. Stalemate, insufficient material and the limit of plies are draws always. By the
    mirror of the files a position has no symmetry: the king does not stand in the middle, nor castle to both sides alike.
    """

    claims: bool = True  # fifty moves and the third repetition are draws; else only seventy-five and the fifth
    plies: int = 512  # a game that is not over by then is a draw (AlphaZero; Silver et al. 2018)
    history: int = 1  # positions that the planes show

    name = "chess"
    looks_back = True
    perft_through_draws = True
    num_actions = NUM_ACTIONS
    max_legal = 218  # R6R/3Q4/1Q4Q1/4Q3/2Q4Q/Q4Q2/pp1Q4/kBNN1KB1 w - - 0 1 (Petrović 1964)
    state_dtype = STATE

    @property
    def max_plies(self) -> int:
        return self.plies

    @property
    def plane_shape(self) -> tuple[int, int, int]:
        return len(self.plane_names), 8, 8

    @property
    def plane_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for ago in range(self.history):
            when = "" if ago == 0 else f", {ago} {'ply' if ago == 1 else 'plies'} ago"
            names += [f"{side} {kind}{when}" for side in ("my", "their") for kind in PIECES]
            names += [f"position {repeats}{when}" for repeats in REPEATS[: 1 if self.claims else 3]]
        names += [f"{side} right to castle {wing}" for side in ("my", "their") for wing in ("short", "long")]
        names.append("en passant square")
        names += [f"plies since the last capture or pawn move, digit {2**k}" for k in range(CLOCK_DIGITS)]
        names += [f"plies to the limit, at most {2**PLIES_DIGITS - 1}, digit {2**k}" for k in range(PLIES_DIGITS)]
        return tuple(names)

    @property
    def symmetries(self) -> Symmetries:
        return Symmetries(np.arange(NUM_ACTIONS, dtype=np.int32)[None], np.arange(64, dtype=np.int32)[None])

    def validate(self) -> None:
        if not isinstance(self.claims, bool):
            raise GameError(f"chess: expected claims to be True or False, got {self.claims!r}")
        for field, value, most in (("plies", self.plies, MOST_PLIES), ("history", self.history, 8)):
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise GameError(f"chess: expected {field} from 1 to {most}, got {value!r}")

    def to_play(self, state: Any) -> int:
        return int(state["ply"]) % 2

    def move_name(self, state: Any, action: int) -> str:
        return notation.move_name(state, action)

    def parse_move(self, state: Any, text: str) -> int:
        return notation.parse_move(state, text)

    def draw(self, state: Any, last_action: int | None = None) -> str:
        return notation.draw(state, last_action)

    def read_state(self, text: str) -> Any:
        """Return the record of a position in FEN, with or without its two counters. Raises GameError."""
        return notation.read_fen(text, self.plies)

    def state_text(self, state: Any) -> str:
        """Return a position in FEN; an en passant square is named where such a capture is legal."""
        return notation.board_of(state).fen()
