"""Games of a contest on disk, each as soon as it is over: as lines of JSON, and for other programs as PGN, SGF or text."""

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from arena.files.games import FinishedGame, begin, start_of, suffix_of, write_game
from arena.files.text import moves_of
from arena.matches.contest import PlayedGame
from arena.players.player import Thought
from games.errors import InputError
from games.game import Game
from zero.errors import SettingsError

RESULTS = {1.0: "1-0", 0.5: "1/2-1/2", 0.0: "0-1"}
TERMINATIONS = {"rules": "normal", "time": "time forfeit", "failure": "abandoned"}  # PGN's words; the others are ours


class RecordError(InputError):
    """A line that is no game of ours."""


class GameRecord(NamedTuple):
    """A game that is over, as JSON holds it."""

    number: int
    first: str  # the player who moved first, as typed
    second: str
    result: str  # "1-0" where the first won, "1/2-1/2", "0-1"
    ending: str  # what ended it: see Ending in arena/matches/contest.py
    note: str  # how a player failed
    start: str | None  # the position it began with, None for the game's first
    opening_plies: int  # that the players did not choose
    actions: list[int]
    moves: list[str]  # the same in the game's notation
    values: list[float | None]  # of each ply after the opening: what was expected, for the player to move there
    seconds: float
    date: str

    @property
    def points(self) -> float:
        """Points of the first player: 1, ½ or 0."""
        return next(points for points, text in RESULTS.items() if text == self.result)


def record_of(played: PlayedGame, names: Sequence[str]) -> GameRecord:
    """Return a game of a contest as it is kept. names: of all players."""
    position, pairing = played.position, played.pairing
    return GameRecord(
        number=played.number,
        first=names[pairing.first],
        second=names[pairing.second],
        result=RESULTS[played.result],
        ending=played.ending,
        note=played.note,
        start=start_of(position),
        opening_plies=pairing.opening.ply,
        actions=list(position.actions),
        moves=moves_of(position),
        values=[None if thought.value is None else round(thought.value, 4) for thought in played.thoughts],
        seconds=round(played.seconds, 3),
        date=datetime.date.today().isoformat(),
    )


def read_record(text: bytes, names: Sequence[str]) -> GameRecord:
    """Return the game in a line of JSON. names: of all players. Raises RecordError where it is none."""
    try:
        record = GameRecord(**json.loads(text))
        sound = record.first in names and record.second in names and record.result in RESULTS.values()
        if not sound or not isinstance(record.number, int) or not all(isinstance(action, int) for action in record.actions):
            raise RecordError("expected a game between the players of this tournament")
    except (TypeError, ValueError) as error:
        if isinstance(error, RecordError):
            raise
        shown = text[:60].decode(errors="replace")
        raise RecordError(f"expected a game as JSON, got {shown!r}") from None
    return record


def finished_game(record: GameRecord, game: Game, event: str) -> FinishedGame:
    """Return a game for a file of other programs, with what was expected as comments."""
    begun = begin(game, record.start)
    sides = [(begun.to_play + ply) % 2 for ply in range(record.opening_plies, len(record.actions))]
    expected = [_comment(game, value, side) for value, side in zip(record.values, sides, strict=True)]
    tags = {
        "Event": event,
        "Date": record.date.replace("-", "."),
        "Round": str(record.number + 1),
        "Termination": TERMINATIONS.get(record.ending, record.ending),
    }
    comments = [None] * record.opening_plies + expected
    return FinishedGame(game, record.start, record.actions, comments, (record.first, record.second), record.result, tags)


def _comment(game: Game, value: float | None, side: int) -> str | None:
    """Return what the player on a side expected, for a file: chess has a form of its own for it."""
    if value is None:
        return None
    if game.name == "chess":
        from arena.files.pgn import eval_comment

        return eval_comment(Thought(-1, value), side)
    return f"{value:+.2f} for the player to move"


class GameFile:
    """A file that finished games are appended to, for other programs."""

    def __init__(self, path: Path, game: Game, event: str) -> None:
        """Open the file. Raises SettingsError where its ending is not that of the game's files; OSError."""
        if path.suffix.lower() != suffix_of(game):
            raise SettingsError(f"expected a file ending in {suffix_of(game)} for games of {game.name}, got {path}")
        self.game, self.event = game, event
        self.stream: TextIO = path.open("a", encoding="utf-8")

    def add(self, record: GameRecord) -> None:
        """Write a game; when this returns, a kill of the program does not lose it."""
        write_game(self.stream, finished_game(record, self.game, self.event))
        self.stream.flush()

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
