"""Games of the table on disk: a new one, saving, opening. Whatever is on the table is kept before it goes."""

import asyncio
from itertools import islice
from pathlib import Path

from arena.files.games import ReadGame, read_games, suffix_of
from arena.tui import storage
from arena.tui.dialogs import Choice, Line
from arena.tui.session import Session
from arena.tui.table import Table
from games.errors import InputError
from games.position import Position

MOST_GAMES = 500  # of a file, to choose from


class FileTable(Table):
    """A table whose games come from files and go there."""

    def action_new(self) -> None:
        assert self.session
        message = self.keep()
        machines = (self.session.machines[0], self.session.machines[1])
        self.sit_down(Session(Position(self.game), machines))
        if message:
            self.say(message)

    def action_save(self) -> None:
        assert self.session
        if not self.session.actions:
            self.say("There is no move to save yet.")
            return
        name = f"my-{self.game.name}{suffix_of(self.game)}"
        self.app.push_screen(Line("Save as", name, self._save), lambda name: self.say(f"Saved: {name}") if name else None)

    def _save(self, name: str) -> str:
        """Save the game under a name; return what is wrong."""
        assert self.session
        try:
            storage.save_as(self.session, self.machine_name, Path(name).expanduser())
        except FileExistsError:
            return "There is such a file already: choose another name."
        except (OSError, ValueError) as error:
            return f"{getattr(error, 'strerror', None) or error}"
        return ""

    def action_open(self) -> None:
        self.app.push_screen(Line("Open a file of games"), self._open)

    async def _open(self, name: str | None) -> None:
        if not name:
            return
        path = Path(name).expanduser()
        try:
            games = await asyncio.to_thread(lambda: list(islice(read_games(path, self.game), MOST_GAMES)))
        except InputError as error:
            self.say(str(error))
            return
        if len(games) == 1:
            self._take_up(games[0])
        elif games:
            titles = [(_title(i, game), game) for i, game in enumerate(games, 1)]
            self.app.push_screen(Choice("Which game?", titles), self._take_up)
        else:
            self.say(f"{path}: there is no game in it.")

    def _take_up(self, game: ReadGame | None) -> None:
        """Go on with a game from a file; one that is over is there to be looked at."""
        if game is None:
            return
        message = self.keep()
        side = storage.side_of(game)
        session = Session(game.position, (side == 1, side != 1))
        session.analysis = session.over
        self.sit_down(session)
        if message:
            self.say(message)


def _title(number: int, game: ReadGame) -> str:
    first, second = (name or "?" for name in game.names)
    return f"{number:>3}  {first} - {second}  {game.result}  {game.position.ply} plies"
