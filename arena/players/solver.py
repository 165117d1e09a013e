"""The exact solver of Connect Four on 6×7 cells: bitbully (from PyPI, in the extra `solver`) with its opening book."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from arena.players.player import Player, Thought
from games.catalogue import spec_of
from games.errors import InputError
from games.game import Game
from games.position import Position

SOLVED = "connect_four:rows=6,columns=7"


class SolverError(InputError):
    """There is no exact solver: for this game, or on this machine."""


class Solution(NamedTuple):
    """What is true of a position; everything is said for the player to move there."""

    scores: dict[int, int]  # of each legal action: 0 draws; else 22 - (the winner's stones at the end), negative if it loses

    @property
    def value(self) -> int:
        """The outcome with best play: 1 win, 0 draw, -1 loss."""
        return _sign(max(self.scores.values()))

    @property
    def has_mistakes(self) -> bool:
        """Whether a legal action gives away a win or a draw."""
        return _sign(min(self.scores.values())) < self.value

    def is_mistake(self, action: int) -> bool:
        """Return whether the action gives away a win or a draw."""
        return _sign(self.scores[action]) < self.value

    def best(self) -> list[int]:
        """Return the actions with the best score, ascending: the quickest wins, or the slowest losses."""
        most = max(self.scores.values())
        return [action for action, score in sorted(self.scores.items()) if score == most]


class Solver:
    """Solves positions exactly, and remembers them. Raises SolverError where that cannot be."""

    def __init__(self, game: Game) -> None:
        if spec_of(game) != SOLVED:
            raise SolverError(f"the exact solver knows {SOLVED} only, got {spec_of(game)}")
        try:
            import bitbully
        except ImportError as error:
            raise SolverError(f"the exact solver needs bitbully ({error}): pip install 'zero-engine[solver]'") from None
        self._board: Any = bitbully.Board
        self._engine: Any = bitbully.BitBully()
        self._known: dict[bytes, Solution] = {}

    def solve(self, position: Position) -> Solution:
        """Return what is true of a position that is not over. The first time takes up to a second, mostly far less."""
        key = position.state.tobytes()
        if key not in self._known:
            scores = self._engine.score_all_moves(self._board(position.actions))
            self._known[key] = Solution({int(action): int(score) for action, score in scores.items()})
        return self._known[key]


class SolverPlayer(Player):
    """Plays perfectly: a random one of the moves with the best score, so it wins as soon and loses as late as it can."""

    def __init__(self, game: Game, seed: int, solver: Solver | None = None) -> None:
        super().__init__(game, "solver")
        self.solver = solver or Solver(game)
        self.random = random.Random(seed)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        return [self._consider(position) for position in positions]

    def _consider(self, position: Position) -> Thought:
        solution = self.solver.solve(position)
        action = self.random.choice(solution.best())
        wdl = {1: (1.0, 0.0, 0.0), 0: (0.0, 1.0, 0.0), -1: (0.0, 0.0, 1.0)}[solution.value]
        return Thought(action, float(solution.value), wdl, plies_left(position.ply, solution.scores[action]))


def plies_left(ply: int, score: int) -> int:
    """Return the plies to the end of the game in a position with that score, after `ply` plies, if both play on perfectly.

    The winner's last stone is number 22 - |score| of 21; the player who is to move lays stones 1 + ply // 2 and on.
    """
    if score == 0:
        return 42 - ply
    last = 22 - abs(score)  # the winner's own number of that stone
    beginner_wins = (ply % 2 == 0) == (score > 0)
    return (2 * last - 1 if beginner_wins else 2 * last) - ply


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)
