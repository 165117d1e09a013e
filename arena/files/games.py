"""Games on disk, in the format that each game's own programs read: PGN, SGF, or plain text where neither knows the game.

    chess                        .pgn   arena/files/pgn.py
    go, othello, gomoku, hex     .sgf   arena/files/sgf.py
    all others                   .txt   arena/files/text.py

A file may hold several games. Writing takes a stream, so that a tournament appends game after game.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from games.game import Game

if TYPE_CHECKING:  # so that a program which asks for names only waits for no compiler
    from games.position import Position

WITH_STONES = ("go", "othello", "gomoku", "hex")  # the games that SGF and GTP have words for
FIRST_WON, SECOND_WON, DRAWN, UNFINISHED = "1-0", "0-1", "1/2-1/2", "*"


class FinishedGame(NamedTuple):
    """A game to be written. "First" is White in PGN, Black in SGF."""

    game: Game
    start: str | None  # the position it began with, as game.read_state reads it; None for the game's first position
    actions: list[int]
    comments: list[str | None]  # of each action, mostly an evaluation
    names: tuple[str, str]  # of the player who moved first, and the other
    result: str  # "1-0" the first player won, "0-1", "1/2-1/2", "*" unfinished
    tags: dict[str, str]  # Event, Date, Round, Termination …


class ReadGame(NamedTuple):
    """A game that was read from a file."""

    position: "Position"  # at its end; begun where the file says
    names: tuple[str, str]  # "" where the file doesn't tell
    result: str
    comments: list[str | None]  # of each action
    tags: dict[str, str]


def suffix_of(game: Game) -> str:
    """Return the ending of files with games of this kind: ".pgn", ".sgf" or ".txt"."""
    if type(game).__module__.split(".")[0] != "games":
        return ".txt"  # one's own game, whatever its name
    return ".pgn" if game.name == "chess" else ".sgf" if game.name in WITH_STONES else ".txt"


def write_game(stream: TextIO, finished: FinishedGame) -> None:
    """Write one game to the end of a stream of text (UTF-8), in the format of `suffix_of`."""
    suffix = suffix_of(finished.game)
    if suffix == ".pgn":
        from arena.files.pgn import write_pgn

        write_pgn(stream, finished)
    elif suffix == ".sgf":
        from arena.files.sgf import write_sgf

        write_sgf(stream, finished)
    else:
        from arena.files.text import write_text

        write_text(stream, finished)


def read_games(path: Path, game: Game, any_komi: bool = False) -> Iterator[ReadGame]:
    """Give all games of a file, one after the other. A file ending in .pgn or .sgf is read as that, any other as plain text.

    any_komi: read games of Go with another komi, too, as if they had that of `game` (openings, say).
    Raises SavedGameError, naming the path and the place, where it holds no game, or one of another kind; never OSError.
    """
    suffix = path.suffix.lower()
    if suffix == ".pgn":
        from arena.files.pgn import read_pgn

        return read_pgn(path, game)
    if suffix == ".sgf":
        from arena.files.sgf import read_sgf

        return read_sgf(path, game, any_komi)
    from arena.files.text import read_text

    return read_text(path, game)


def result_of(position: "Position") -> str:
    """Return the result of a position's game, "*" where it goes on."""
    from games.rules import ONGOING

    if position.outcome() == ONGOING:
        return UNFINISHED
    winner = position.winner()
    return DRAWN if winner is None else (FIRST_WON, SECOND_WON)[winner]


def begin(game: Game, start: str | None) -> "Position":
    """Return the game at its first position, or where a text says. Raises GameError where that describes no position."""
    from games.errors import GameError
    from games.position import Position

    if not start:
        return Position(game)
    if not hasattr(game, "read_state"):
        raise GameError(f"{game.name} begins at its first position only, got {start[:80]!r}")
    return Position(game, game.read_state(start))


def start_of(position: "Position") -> str | None:
    """Return the text of the position that a game began with, None where that is the game's first one."""
    game = position.game
    if not hasattr(game, "state_text"):
        return None  # it cannot begin elsewhere
    text: str = game.state_text(position.rewound().state)  # texts, not records: these have bytes between their fields
    return None if text == game.state_text(begin(game, None).state) else text


def finished_game(
    position: "Position", names: tuple[str, str] = ("", ""), comments: list[str | None] | None = None, result: str | None = None
) -> FinishedGame:
    """Return a position's whole game, to be written; result: where it is not that of the last position (a resignation)."""
    told = comments or [None] * position.ply
    return FinishedGame(position.game, start_of(position), list(position.actions), told, names, result or result_of(position), {})
