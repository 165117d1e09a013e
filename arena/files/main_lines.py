"""Games as one learns from them: moves, result and ratings; or what is wrong with a game.

This is for collections. After a broken game the next one is read; PGN is read fast, see arena/files/pgn_lines.py.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.files.games import ReadGame
from arena.files.sgf import games_of
from arena.files.sgf_game import RATINGS
from arena.files.text import PlayedOnError, SavedGameError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

SET_UP = "set-up position"  # a kind of what is wrong, beside those of arena/files/text.py
HIGHEST_RATING = 9999


class MainLine(NamedTuple):
    """A game to learn from."""

    actions: NDArray[np.int32]  # [plies] from the first position
    result: str  # as the file tells it: "1-0" the player who began won, "0-1", "1/2-1/2"; "*" where it does not
    outcome: int  # by the rules, for the player who began; ONGOING where the game goes on
    ratings: tuple[int, int]  # of the player who began and of the other, 0 where not known
    played_on: str  # where it goes on after its end by our rules: at which move, which is left out; else ""


Found = tuple[str, MainLine | SavedGameError]  # the place of a game, and the game or what is wrong with it


def lines_of_sgf(content: bytes, game: Game, where: str) -> Iterator[Found]:
    """Give all games of a file in SGF; those of Go whatever their komi, as if they had that of `game`."""
    for place, read in games_of(content, game, where, any_komi=True):
        yield place, line_of(read, RATINGS)


def line_of(read: ReadGame | SavedGameError, ratings: tuple[str, str] = ("WhiteElo", "BlackElo")) -> MainLine | SavedGameError:
    """Return a game as one learns from it. ratings: the tags of the player who began and of the other."""
    played_on = ""
    if isinstance(read, PlayedOnError):
        read, played_on = read.read, str(read)
    if isinstance(read, SavedGameError):
        return read
    position = read.position
    if position.start != Position(position.game).start:
        return SavedGameError("it begins at a position that was set up", SET_UP)
    outcome = position.outcome()
    if outcome != ONGOING and position.to_play == 1:
        outcome = -outcome
    first, second = (rating_of(read.tags.get(tag, "")) for tag in ratings)
    return MainLine(np.array(position.actions, np.int32), read.result, outcome, (first, second), played_on)


def rating_of(text: str) -> int:
    """Return the rating that a tag tells, 0 where it tells none."""
    found = re.fullmatch(r"\s*(\d{3,4})(\.\d*)?\??\s*", text)
    return min(int(found[1]), HIGHEST_RATING) if found else 0
