"""Openings that pairs of games begin with: from a book, or random plies.

A book is a file of PGN or SGF games, of EPD (chess), or of plain text: a position a line, as `zero perft --position`
reads it. An opening is a Position in which the game goes on; whoever plays from it takes a copy.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from arena.files.games import read_games
from arena.matches.lines import openings, position_after
from arena.matches.progress import Progress, shown_progress
from games.catalogue import spec_of
from games.errors import InputError
from games.game import Game
from games.position import Position, position_of
from games.rules import ONGOING
from zero.errors import SettingsError

COLLECTIONS = (".pgn", ".sgf")
MOST_OPENINGS = 1_000_000


class BookError(InputError):
    """A file that is no book of openings of the game."""


def default_opening_plies(game: Game) -> int:
    """Return how many random plies a game begins with: 2 in tic-tac-toe, 4 in Connect Four, at most 8."""
    return min(8, 2 + game.max_plies // 20)


def random_openings(game: Game, plies: int | None, count: int, seed: int) -> tuple[list[Position], int]:
    """Return `count` openings of random plies (default: by the length of the game), and how many are distinct.

    Raises SettingsError where no game goes on for that long.
    """
    plies = default_opening_plies(game) if plies is None else plies
    lines, distinct = openings(game, plies, count, seed) if plies <= game.max_plies else ([], 0)
    if not lines:
        raise SettingsError(f"opening_plies {plies}: in {spec_of(game)} every game is over by then; expected fewer")
    return [position_after(game, line) for line in lines], distinct


def book_openings(path: Path, game: Game, plies: int | None, count: int, seed: int) -> tuple[list[Position], int]:
    """Return `count` openings of a book, in an order that the seed shuffles, and how many are distinct.

    Where the book has fewer distinct positions, they come again in turn. plies: of each line, at most (default: all).
    """
    with shown_progress(f"reading {path.name}") as progress:
        book = read_book(path, game, plies, progress)
    order = np.random.default_rng(seed).permutation(len(book))
    return [book[order[i % len(book)]] for i in range(count)], min(count, len(book))


def read_book(path: Path, game: Game, plies: int | None = None, progress: Progress | None = None) -> list[Position]:
    """Return the distinct openings of a book, in its order. plies: of each line, at most (default: all).

    progress: told how many have been read (of games in PGN some 700 a second).
    Raises InputError, naming the file and the place, where one is no opening of the game, or there is none.
    """
    seen: set[bytes] = set()
    found = []
    for number, position in enumerate(_positions(path, game), 1):
        while plies is not None and position.ply > plies:
            position.undo()
        if position.outcome() != ONGOING:
            raise BookError(f"{path}: the game is over at the end of opening {number}; take fewer --opening-plies")
        if progress and number % 100 == 0:
            progress(number, None)
        board = position.state.tobytes()
        if board not in seen:
            seen.add(board)
            found.append(position)
        if number > MOST_OPENINGS:
            raise BookError(f"{path}: expected at most {MOST_OPENINGS} openings")
    if not found:
        raise BookError(f"{path}: expected openings of {spec_of(game)}, found none")
    return found


def _positions(path: Path, game: Game) -> Iterator[Position]:
    """Give the positions at the end of a book's lines."""
    if path.suffix.lower() in COLLECTIONS:
        for read in read_games(path, game, any_komi=True):
            yield read.position
        return
    is_epd = path.suffix.lower() == ".epd"
    if is_epd and game.name != "chess":
        raise BookError(f"{path}: expected a book for {spec_of(game)}, got an EPD file, which is of chess")
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if text and not text.startswith("#"):
                    yield _position(game, text, is_epd, f"{path} line {number}")
    except OSError as error:
        raise BookError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BookError(f"{path}: expected a book of openings, got a file that is not text") from None


def _position(game: Game, text: str, is_epd: bool, where: str) -> Position:
    try:
        return position_of(game, _fen(text) if is_epd else text)
    except InputError as error:
        raise BookError(f"{where}: {error}") from None


def _fen(epd: str) -> str:
    """Return the FEN of an EPD line: the first four fields, and its operations hmvc and fmvn where it has them."""
    import chess

    if len(words := epd.split()) >= 6 and words[4].isdigit() and words[5].isdigit():
        return " ".join(words[:6])  # many books have FEN under this name
    board = chess.Board()
    try:
        operations = board.set_epd(epd)
        board.halfmove_clock = int(str(operations.get("hmvc", 0)))
        board.fullmove_number = int(str(operations.get("fmvn", 1)))
    except ValueError as error:
        raise BookError(str(error)) from None
    return board.fen(en_passant="fen")
