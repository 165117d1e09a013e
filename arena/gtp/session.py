"""What the commands act on: the board, the clock, the limits of a search, and the analyst that thinks."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from arena.gtp.clock import Clock
from arena.gtp.loading import GtpSettings, Loader

if TYPE_CHECKING:
    from arena.analysis.analyst import Analyst
    from arena.gtp.board import Board
    from games.game import Game
    from games.position import Position

SIMULATIONS = 800  # of a move, where neither simulations nor a time are given


class Session:
    """One conversation.

    waiting: says whether there is input that nobody has read yet. wait: returns as soon as there is.
    """

    def __init__(self, settings: GtpSettings, loader: Loader, waiting: Callable[[], bool], wait: Callable[[], None]) -> None:
        self.settings, self.loader, self.waiting, self.wait = settings, loader, waiting, wait
        self.clock = Clock()
        self.simulations, self.seconds = settings.simulations, settings.seconds
        self._board: Board | None = None
        self._analyst: Analyst | None = None

    @property
    def board(self) -> "Board":
        """The board; the first time waits until the game is known."""
        if self._board is None:
            from arena.gtp.board import Board

            self._board = Board(self.loader.game())
        return self._board

    @property
    def game(self) -> "Game":
        """The game on the board."""
        return self.board.game

    def analyst(self) -> "Analyst":
        """Return an analyst for the game on the board; the first time waits until it is loaded.

        Where the komi has changed the same network thinks, and the ends of games that its search meets are counted with
        the new one. For another size it is what ships for that size, or rollouts.
        """
        from arena.analysis.analyst import Analyst
        from arena.files.stones import board_shape

        if self._analyst is None:
            self._analyst = self.loader.take_analyst()
        found, game = self._analyst, self.game
        if board_shape(found.game) != board_shape(game):
            self._analyst = None  # its memory is free before the other takes some
            found = self.loader.another(with_komi_of(game, self.loader.game()))
        if found.game != game:
            self._analyst = None
            room = self.settings.room_mb
            found = Analyst(game, found.name, found.evaluator, found.settings, room, found.cache_mb)
        self._analyst = found
        return found

    def forget(self) -> None:
        """Drop what was searched."""
        if self._analyst is not None:
            self._analyst.forget()

    def search(
        self,
        position: "Position",
        only: Sequence[int] | None = None,
        simulations: int | None = None,
        seconds: float | None = None,
    ) -> Iterator["Analyst"]:
        """Search a position, without limits by default; give the analyst after each round to the network, and at the end."""
        analyst = self.analyst()
        analyst.begin(position, only)
        while not analyst.reached(simulations, seconds) and analyst.step(simulations):
            yield analyst
        yield analyst

    def search_move(self, position: "Position", player: int, only: Sequence[int] | None = None) -> Iterator["Analyst"]:
        """The same within the limits of a move of `player`."""
        seconds = self._seconds(position, player)
        return self.search(position, only, self.simulations or (SIMULATIONS if seconds is None else None), seconds)

    def _seconds(self, position: "Position", player: int) -> float | None:
        """Return the seconds that a move may take, None where nothing limits them."""
        cells = position.game.plane_shape[1] * position.game.plane_shape[2]
        stones = sum(row.count(letter) for row in self.board.rows() for letter in "XO")
        limits = [self.clock.budget(player, (cells - stones) // 3), self.seconds]
        return min((limit for limit in limits if limit is not None), default=None)


def with_komi_of(game: "Game", other: "Game") -> "Game":
    """Return the game with the komi of another one, where it has a komi."""
    return game._replace(komi=other._asdict()["komi"]) if game.name == "go" else game  # type: ignore[attr-defined]
