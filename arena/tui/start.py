"""`zero play` on a screen: what is made from the settings, and what is said when the screen is gone."""

import shlex
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from arena.files.text import moves_of
from arena.tui import storage
from arena.tui.app import INTERRUPTED, LOST, ZeroApp
from arena.tui.brain import Machine, machine_of
from arena.tui.plain import ROLLOUTS, SIMULATIONS
from arena.tui.play_screen import PlayScreen
from arena.tui.session import Session
from games.game import Game
from games.position import Position
from zero.checkpoint_files import shipped

if TYPE_CHECKING:
    from arena.tui.play import PlaySettings


def play(settings: "PlaySettings", game: Game) -> int:
    """Play on the screen and return the exit status."""
    screen = screen_of(settings, game)
    app = ZeroApp(screen, settings.theme)
    try:
        app.run()
    finally:
        screen.keep()
        if app.return_value != LOST:
            print("".join(f"{line}\n" for line in _last_words(screen, settings)), end="")
    if app.error is not None:
        raise app.error
    if app.return_value == INTERRUPTED:
        raise KeyboardInterrupt
    return (app.return_code or 0) if app.return_value is None else app.return_value


def screen_of(settings: "PlaySettings", game: Game, machine: Callable[[], Machine] | None = None) -> PlayScreen:
    """Return the screen of a game. machine: in place of the one that the settings describe."""

    def make() -> Machine:
        return machine_of(game, settings, SIMULATIONS if settings.opponent else _default_simulations(game))

    return PlayScreen(game, lambda: session_of(settings, game), machine or make, settings.level, settings.seed)


def session_of(settings: "PlaySettings", game: Game) -> Session:
    """Return the game that is to be played. Raises InputError where a file is no such game."""
    position, side = Position(game), None
    if settings.load:
        from arena.files.games import read_games

        read = list(islice(read_games(settings.load, game), 1))
        if read:
            position, side = read[0].position, storage.side_of(read[0])
    position.legal_actions()  # rules that are not compiled yet must not hold a key press up
    if settings.side:
        side = int(settings.side == "second")
    session = Session(position, (side == 1, side != 1))
    session.analysis = session.over
    return session


def _default_simulations(game: Game) -> int:
    return SIMULATIONS if shipped(game) else ROLLOUTS


def _last_words(screen: PlayScreen, settings: "PlaySettings") -> list[str]:
    """Return what is to be said when the screen is gone: where games are, how to go on."""
    lines = [f"A game is saved in {path}" for path in screen.files]
    session = screen.session
    if screen.files and session and session.whole().legal_actions() and not session.unsaved:
        words = ["zero", "play", settings.game, "--load", screen.files[-1]]
        for flag, value in (("--opponent", settings.opponent), ("--simulations", settings.simulations)):
            words += [flag, str(value)] if value else []
        lines[-1] += f"; go on with: {shlex.join(words)}"
    if session and session.unsaved:
        lines.append(f"The game could not be saved; its moves were {' '.join(moves_of(session.whole()))}")
    return lines
