"""Games on disk, as plain text: one move a line, in the game's notation; lines that begin with # tell the rest."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from games.catalogue import spec_of
from games.errors import InputError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

MOST_BYTES = 2**22  # of a file that we read as a game
LONGEST_MOVE = 100  # characters of a move's notation


class SavedGameError(InputError):
    """A file that is not a game of ours, or not one of this game."""


class SavedGame(NamedTuple):
    """A game that was read from a file."""

    position: Position
    side: int | None  # of the person: 0 where they began, else 1; None where the file doesn't tell


def save_game(position: Position, side: int) -> Path | None:
    """Write a game to a new file, in the current folder or where else one may write; return None where one can't."""
    told = ["# a game of zero play", f"# game: {spec_of(position.game)}", f"# side: {('first', 'second')[side]}"]
    text = "\n".join([*told, *moves_of(position)])
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _write_new(folder, _stem(position.game), text + "\n")
        except OSError:
            continue
    return None


def load_game(path: Path, game: Game) -> SavedGame:
    """Read a game. Raises SavedGameError with the line where it is none, or none of `game`."""
    position, side = Position(game), None
    for number, line in enumerate(_lines(path), 1):
        field, _, value = line.lstrip("# ").partition(": ")
        if line.startswith("#") and field == "game" and value != spec_of(game):
            raise SavedGameError(f"{path}: expected a game of {spec_of(game)}, got one of {value[:80]}")
        if line.startswith("#") and field == "side" and value in ("first", "second"):
            side = int(value == "second")
        if not line or line.startswith("#"):
            continue
        if position.outcome() != ONGOING:
            raise SavedGameError(f"{path} line {number}: the game is over before {line[:LONGEST_MOVE]!r}")
        try:
            position.play(read_move(position, line))
        except InputError as error:
            raise SavedGameError(f"{path} line {number}: {error}") from None
    return SavedGame(position, side)


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
    replay = Position(position.game)
    names = []
    for action in position.actions:
        names.append(position.game.move_name(replay.state, action))
        replay.play(action)
    return names


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SavedGameError(f"{path}: expected a saved game, got more than {MOST_BYTES} bytes")
        return [line.strip() for line in content.decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        raise SavedGameError(f"{path}: expected a saved game, got a file that is not text") from None
    except OSError as error:
        raise SavedGameError(f"{path}: {error.strerror or error}") from None


def _folders() -> Iterator[Path]:
    """Give the folders to try: the current one, the user's for state (XDG), the one for temporary files."""
    yield Path()
    state = os.environ.get("XDG_STATE_HOME")
    yield Path(state or os.path.expanduser("~/.local/state")) / "zero"
    yield Path(tempfile.gettempdir())


def _stem(game: Game) -> str:
    return "zero-" + re.sub(r"[^A-Za-z0-9_]+", "-", game.name)


def _write_new(folder: Path, stem: str, text: str) -> Path:
    """Write to the first of STEM-1.txt, STEM-2.txt … that isn't there yet."""
    number = 1
    while True:
        path = folder / f"{stem}-{number}.txt"
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
