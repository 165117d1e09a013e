"""Games on disk, as plain text: one move a line, in the game's notation; lines that begin with # tell the rest.

    # a game of zero
    # game: othello:size=8
    # first: mcts:400
    # result: 1-0
    d3
    c3  # what was thought of the move before

This is the format for all games that neither PGN nor SGF knows, but it can hold any. See arena/files/games.py.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from arena.files.games import (
    UNFINISHED,
    FinishedGame,
    ReadGame,
    begin,
    finished_game,
    read_games,
    result_of,
    suffix_of,
    write_game,
)
from games.catalogue import spec_of
from games.errors import InputError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

MOST_BYTES = 2**26  # of a file that we read as games
LONGEST_MOVE = 100  # characters of a move's notation
HEADING = "# a game of zero"
BEFORE_COMMENT = "  # "


# Kinds of what is wrong with a game.
TORN, ILLEGAL, VARIANT, OTHER_BOARD, OTHER_GAME = "torn text", "illegal move", "variant", "another board", "another game"
AFTER_THE_END, UNREADABLE = "moves after the end", "unreadable file"


class SavedGameError(InputError):
    """A file that is not a game of ours, or not one of this game. kind: what is wrong, in two words, to count by."""

    def __init__(self, message: str, kind: str = TORN) -> None:
        super().__init__(message)
        self.kind = kind


class PlayedOnError(SavedGameError):
    """A game that goes on where it is over by our rules. read: the game up to there."""

    def __init__(self, message: str, read: ReadGame) -> None:
        super().__init__(message, AFTER_THE_END)
        self.read = read


class SavedGame(NamedTuple):
    """A game that was read from a file."""

    position: Position
    side: int | None  # of the person: 0 where they began, else 1; None where the file doesn't tell


def write_text(stream: TextIO, finished: FinishedGame) -> None:
    """Write a game to the end of a stream."""
    told = {"game": spec_of(finished.game), "first": finished.names[0], "second": finished.names[1]}
    told |= {"result": finished.result if finished.result != UNFINISHED else "", "start": finished.start or ""}
    told |= finished.tags
    lines = [HEADING, *(f"# {key}: {_flat(value)}" for key, value in told.items() if value)]
    position = begin(finished.game, finished.start)
    for action, comment in zip(finished.actions, finished.comments, strict=True):
        name = finished.game.move_name(position.state, action)
        lines.append(f"{name}{BEFORE_COMMENT}{_flat(comment)}" if comment else name)
        position.play(action)
    stream.write("\n".join(lines) + "\n\n")


def read_text(path: Path, game: Game) -> Iterator[ReadGame]:
    """Give the games of a file. Raises SavedGameError with the line where it holds something else, or games of another kind."""
    lines = read_lines(path)
    starts = [number for number, line in enumerate(lines) if line.startswith(HEADING)]
    if not starts or any(line for line in lines[: starts[0]]):
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _read_game(path, game, lines[start:end], start + 1)


def _read_game(path: Path, game: Game, lines: list[str], number: int) -> ReadGame:
    """Read the lines of one game, the first of which has that number in the file."""
    position, comments, told = Position(game), list[str | None](), dict[str, str]()
    for place, line in enumerate(lines, number):
        try:
            if not line or line.startswith("#"):
                key, colon, value = line.lstrip("# ").partition(": ")
                if colon:
                    told[key] = value
                if key == "game" and value != spec_of(game):
                    raise SavedGameError(f"expected a game of {spec_of(game)}, got one of {value[:80]}")
                if key == "start" and not position.actions:
                    position = begin(game, value)
                continue
            move, _, comment = line.partition(BEFORE_COMMENT)
            if position.outcome() != ONGOING:
                raise SavedGameError(f"the game is over before {move[:LONGEST_MOVE]!r}")
            position.play(read_move(position, move.strip()))
            comments.append(comment or None)
        except InputError as error:
            raise SavedGameError(f"{path} line {place}: {error}") from None
    names, result = (told.pop("first", ""), told.pop("second", "")), told.pop("result", result_of(position))
    tags = {key: value for key, value in told.items() if key not in ("game", "start")}
    return ReadGame(position, names, result, comments, tags)


def save_game(position: Position, side: int) -> Path | None:
    """Write a game to a new file; see `save_new`. side: the person's."""
    return save_new(finished_game(position)._replace(tags={"side": ("first", "second")[side]}))


def save_new(finished: FinishedGame) -> Path | None:
    """Write a game to a new file, in the current folder or where else one may write; return None where one can't."""
    stream = io.StringIO()
    write_game(stream, finished)
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _write_new(folder, finished.game, stream.getvalue())
        except OSError:
            continue
    return None


def load_game(path: Path, game: Game) -> SavedGame:
    """Read the first game of a file. Raises SavedGameError with the line where there is none, or none of `game`."""
    found = next(read_games(path, game))
    side = {"first": 0, "second": 1}.get(found.tags.get("side", ""))
    return SavedGame(found.position, side)


def read_move(position: Position, text: str) -> int:
    """Return the legal action that a text from outside names. Raises MoveError, whatever the text.

    A game's own parser may stumble over what nobody would type (ten thousand digits): that is an unreadable move, too.
    """
    legal = " ".join(position.move_names())
    try:
        if len(text) <= LONGEST_MOVE:
            return position.read_move(text)
    except MoveError:
        raise
    except (ValueError, IndexError, KeyError):
        pass
    raise MoveError(f"expected a move, one of {legal}; got {text[:20]!r}{' and more' if len(text) > 20 else ''}")


def moves_of(position: Position) -> list[str]:
    """Return the notation of all moves of the game so far."""
    return position.rewound().names_of(position.actions)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file without blanks around them. Raises SavedGameError where it is none."""
    return [line.strip() for line in read_content(path).splitlines()]


def read_content(path: Path) -> str:
    """Return what a file with games holds. Raises SavedGameError where it cannot be read, is too large, or no text."""
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise SavedGameError(f"{path}: expected a saved game, got a file that is not text") from None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file with games. Raises SavedGameError where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SavedGameError(f"{path}: {getattr(error, 'strerror', None) or error}", UNREADABLE) from None
    if len(content) > MOST_BYTES:
        raise SavedGameError(f"{path}: expected games, got more than {MOST_BYTES} bytes")
    return content


def _folders() -> Iterator[Path]:
    """Give the folders to try: the current one, the user's for state (XDG), the one for temporary files."""
    yield Path()
    state = os.environ.get("XDG_STATE_HOME")
    yield Path(state or os.path.expanduser("~/.local/state")) / "zero"
    yield Path(tempfile.gettempdir())


def _write_new(folder: Path, game: Game, text: str) -> Path:
    """Write to the first of zero-GAME-1, zero-GAME-2 … that isn't there yet."""
    stem, number = "zero-" + re.sub(r"[^A-Za-z0-9_]+", "-", game.name), 1
    while True:
        path = folder / f"{stem}-{number}{suffix_of(game)}"
        try:
            file = path.open("x", encoding="utf-8")
        except FileExistsError:
            number += 1
            continue
        try:
            with file:
                file.write(text)
        except OSError:
            path.unlink(missing_ok=True)  # a full disk: nothing rather than half a game
            raise
        return path


def _flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())
