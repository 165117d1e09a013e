"""What `zero gtp` is asked to do, and loading it: the game, then the analyst, in a thread behind the first answers."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from arena.files.games import WITH_STONES
from arena.players.alphago import spec_of_player
from games.errors import GameError
from zero.bounds import above, at_least, within
from zero.checkpoint_files import FOLDER, game_in, resolve, shipped
from zero.errors import PlayerError, SettingsError

if TYPE_CHECKING:
    from arena.analysis.analyst import Analyst
    from games.game import Game

ROLLOUTS = "rollouts"


@dataclass(frozen=True)
class GtpSettings:
    """What `zero gtp` is asked to do."""

    file: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="FILE")] = None
    """A checkpoint file or run folder; default: the network that ships for the game, or random rollouts."""
    game: str | None = None
    """The game where there is no FILE: go (the default), hex, gomoku or othello, as in go:size=13,komi=6.5."""
    size: int | None = None
    """The size of the board. A network plays on the size that it learned: boardsize asks for another one in vain."""
    simulations: int | None = None
    """Simulations a move (default: 800 where nothing limits its time, else as many as fit in)."""
    seconds: float | None = None
    """Seconds a move at most, whatever the clock says."""
    resign: float = 0.0
    """Resign where the expected score, from 0 to 1, is below this (0: never)."""
    room_mb: float = 256
    """Memory of the search tree; a search ends where it is full."""
    device: str = "cpu"
    """Where a network runs: cpu, cuda, cuda:1."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations")
        above(self, 0, "seconds")
        if not 0 <= self.resign < 1:
            raise SettingsError(f"expected resign from 0 to less than 1, got {self.resign}")
        within(self, 16, 2**20, "room_mb")

    @property
    def has_network(self) -> bool:
        """Whether a checkpoint was named."""
        return self.file not in (None, ROLLOUTS)


class Loader:
    """Loads in a thread; who asks for something waits until it is there, and is told what went wrong.

    What can be checked without numba and torch is checked at once. failed: called in the thread where the rest cannot be
    loaded, so that who listens wakes up and asks.
    """

    def __init__(self, settings: GtpSettings, failed: Callable[[], None]) -> None:
        self.settings, self._failed = settings, failed
        self.game_name = served((settings.game or "go").partition(":")[0])
        if settings.has_network:
            self.game_name = served(_game_of(settings.file or ""))
        self._game: Future[Game] = Future()
        self._analyst: Future[Analyst] = Future()
        self._thread = threading.Thread(target=self._work, name="loader", daemon=True)
        self._started = False

    def start(self) -> None:
        """Begin, where nobody has."""
        if not self._started:
            self._started = True
            self._thread.start()

    @property
    def busy(self) -> bool:
        return self._thread.is_alive()

    def check(self) -> None:
        """Raise what loading failed with, when the thread has ended."""
        for future in (self._game, self._analyst):
            if future.done() and future.exception() is not None:
                self._thread.join()
                future.result()

    def name(self) -> str:
        """Return in words who thinks; waits only where a network ships for the game, to see whether it fits."""
        if self.settings.has_network:
            return str(self.settings.file)
        might_ship = (FOLDER / f"{self.game_name}.safetensors").exists()
        if self.settings.file is None and might_ship and shipped(self.game()):
            return f"the network that ships for {self.game_name}"
        return f"random rollouts for {self.game_name}"

    def game(self) -> "Game":
        """Return the game as it was asked for."""
        self.start()
        return self._game.result()

    def take_analyst(self) -> "Analyst":
        """Return the analyst, once: who has it holds its memory alone."""
        self.start()
        analyst, self._analyst = self._analyst.result(), Future()
        return analyst

    def another(self, game: "Game | None") -> "Analyst":
        """Return an analyst for a game; None: for that of the checkpoint."""
        from arena.analysis.analyst import analyst_of

        return analyst_of(game, self.settings.file, self.settings.device, self.settings.room_mb)

    def _work(self) -> None:
        try:
            settings = self.settings
            if not settings.has_network:
                self._game.set_result(named_game(settings))
                self._analyst.set_result(self.another(self._game.result()))
                return
            analyst = self.another(named_game(settings) if settings.game or settings.size else None)
            self._game.set_result(analyst.game)
            self._analyst.set_result(analyst)
        except BaseException as error:  # whatever it is, it has to reach those who wait
            for future in (self._game, self._analyst):
                if not future.done():
                    future.set_exception(error)
            self._failed()


def served(name: str) -> str:
    """Return the name of a game, if GTP has words for it. Raises PlayerError."""
    if name not in WITH_STONES:
        raise PlayerError(f"GTP has words for {', '.join(WITH_STONES)} only: expected one of these games, got {name}")
    return name


def _game_of(player: str) -> str:
    """Return the name of the game that a checkpoint, a run folder or alphago:RUN plays. Raises CheckpointError, PlayerError."""
    if player.startswith("alphago:"):
        return spec_of_player(player).partition(":")[0]
    path = Path(player)
    if not path.exists():
        raise PlayerError(f"{path}: there is no such checkpoint file or run folder")
    return game_in(resolve(str(path))).partition(":")[0]


def named_game(settings: GtpSettings) -> "Game":
    """Return the game that the settings name. Raises GameError or PlayerError."""
    from arena.files.stones import resized
    from games.catalogue import find

    game = find(settings.game or "go")
    if settings.size is None:
        return game
    try:
        return resized(game, settings.size)
    except GameError as error:
        raise PlayerError(f"--size {settings.size}: {error}") from None
