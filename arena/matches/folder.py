"""The folder of a tournament: everything that it is, so that it can be stopped at any moment and gone on with.

    settings.json   players, game, seed, openings, conditions: the folder is refused to other ones
    games.jsonl     a line for each game that is over, in the order they ended
    games.pgn       the same games for other programs (.sgf or .txt, as the game has it)
    results.json    ratings and crosstable, written at the end
"""

import contextlib
import json
from pathlib import Path
from typing import Any

from arena.files.games import suffix_of
from arena.matches.record import GameFile, GameRecord, RecordError, read_record
from games.errors import InputError
from games.game import Game
from zero.files import hold, write_bytes


class TournamentError(InputError):
    """A folder that is no tournament, or not this one."""


class Folder:
    """A tournament's folder that this process has to itself. games: those that are over."""

    def __init__(self, path: Path, game: Game, names: list[str], settings: dict[str, Any]) -> None:
        """Open a folder, making it where it is not there.

        settings: what JSON can hold; they have to be the same as those that the folder was made with.
        Raises TournamentError where they are not, where the folder is in use, damaged or cannot be written to.
        """
        self.path, self.names = path, names
        with contextlib.ExitStack() as stack:
            stack.enter_context(hold(path, TournamentError))
            self._settle(settings)
            self.games = self._read_games()
            record = path / f"games{suffix_of(game)}"
            record.unlink(missing_ok=True)  # its end may be torn: written anew, from what the lines say
            self._record = stack.enter_context(contextlib.closing(GameFile(record, game, f"zero tournament {path.name}")))
            for played in self.games:
                self._record.add(played)
            self._lines = stack.enter_context((path / "games.jsonl").open("a", encoding="utf-8"))
            self._open = stack.pop_all()

    def add(self, played: GameRecord) -> None:
        """Keep a game that is over; when this returns, a kill of the program does not lose it."""
        self._lines.write(json.dumps(played._asdict(), ensure_ascii=False) + "\n")
        self._lines.flush()
        self._record.add(played)
        self.games.append(played)

    def write_results(self, results: dict[str, Any]) -> None:
        """Write results.json in one step."""
        write_bytes(self.path / "results.json", (json.dumps(results, indent=1) + "\n").encode())

    def close(self) -> None:
        """Let go of the folder."""
        self._open.close()

    def _settle(self, settings: dict[str, Any]) -> None:
        """Write the settings of a new tournament, or check that an old one has the same."""
        old = read_settings(self.path)
        if old is None:
            write_bytes(self.path / "settings.json", (json.dumps(settings, indent=1) + "\n").encode())
            return
        for name in dict.fromkeys([*old, *settings]):
            if old.get(name) != settings.get(name):
                was, now = (json.dumps(values.get(name), ensure_ascii=False)[:100] for values in (old, settings))
                raise TournamentError(f"{self.path}: its {name} was {was}, now it is {now}; take another folder with --out")

    def _read_games(self) -> list[GameRecord]:
        """Return the games that are over, dropping a last line that was torn by a kill."""
        path = self.path / "games.jsonl"
        if not path.exists():
            return []
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        found: dict[int, GameRecord] = {}
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                record = read_record(line, self.names)
            except RecordError as error:
                raise TournamentError(f"{path} line {number}: {error}") from None
            found.setdefault(record.number, record)
        if len(whole) < len(content):
            write_bytes(path, whole)
        return list(found.values())


def read_settings(path: Path) -> dict[str, Any] | None:
    """Return the settings of a tournament's folder, None where there is none. Raises TournamentError where it is damaged."""
    file = path / "settings.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise TournamentError(f"{file}: cannot be read: {error}") from None
    if not isinstance(settings, dict):
        raise TournamentError(f"{file}: expected the settings of a tournament")
    return settings
