"""An engine as a player of many games: a few processes of the same program, each with games of its own.

What goes wrong in one game (the program hangs, has ended, or answers what is no legal move) costs that game only: its
process is ended, and the next game that needs one gets a new one.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from arena.players.player import Player, PlayerFailedError, PlayerResignedError, Thought
from games.errors import InputError
from games.game import Game
from games.position import Position

MOST_PROCESSES = 8
LAST_WORDS = 5  # lines of stderr that are told


class EnginePool(Player):
    """Up to `workers` players of the same kind, each with one process, that consider positions side by side.

    make: makes one of them; raises InputError where the program is not there. Positions of one game (one Position
    object) go to the same one.
    """

    def __init__(self, game: Game, text: str, make: Callable[[], Player], workers: int | None = None) -> None:
        super().__init__(game, text)
        self.make = make
        self.workers = self.at_once = workers or max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
        self.engines: list[Player | None] = [make()] + [None] * (self.workers - 1)  # the first now, so that a wrong one is told
        self.games: list[Position | None] = [None] * self.workers  # that each engine plays
        self.threads = ThreadPoolExecutor(self.workers, "engine")

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        thoughts = []
        for answer in self.attempt(positions):
            if isinstance(answer, PlayerFailedError):
                raise answer
            thoughts.append(answer)
        return thoughts

    def attempt(self, positions: Sequence[Position]) -> list[Thought | PlayerFailedError]:
        answers: list[Thought | PlayerFailedError] = []
        for start in range(0, len(positions), self.workers):
            part = positions[start : start + self.workers]
            answers += self.threads.map(self._ask, self._seats(part), part)
        return answers

    def _seats(self, positions: Sequence[Position]) -> list[int]:
        """Return which engine considers each position, no two the same: the one that knows its game, or any other."""
        known = [next((i for i, game in enumerate(self.games) if game is position), None) for position in positions]
        free = [i for i in range(self.workers) if i not in known]
        seats = [free.pop(0) if seat is None else seat for seat in known]
        for seat, position in zip(seats, positions, strict=True):
            self.games[seat] = position
        return seats

    def _ask(self, seat: int, position: Position) -> Thought | PlayerFailedError:
        try:
            engine = self.engines[seat] or self.make()
        except InputError as error:  # the program was there when we began
            return PlayerFailedError(str(error))
        self.engines[seat], engine.time_left = engine, self.time_left
        try:
            thought = engine.think(position)
            if thought.action not in position.legal_actions():
                raise PlayerFailedError(f"answered action {thought.action}, which is not legal")
            return thought
        except PlayerResignedError as error:
            return error
        except PlayerFailedError as error:
            self.engines[seat] = self.games[seat] = None
            engine.close()
            return PlayerFailedError(_with_last_words(str(error), str(getattr(engine, "errors", ""))))

    def close(self) -> None:
        for engine in self.engines:
            if engine is not None:
                engine.close()
        self.engines = [None] * self.workers
        self.games = [None] * self.workers


def _with_last_words(reason: str, errors: str) -> str:
    """Return in a line why an engine failed, with the end of what it wrote to stderr."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return f"{reason}; its stderr ends with: {' / '.join(lines[-LAST_WORDS:])}" if lines else reason
