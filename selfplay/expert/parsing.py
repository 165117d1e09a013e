"""From a piece of a source to games and to what is wrong with the others. Without torch: reading processes begin here."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.files.games import DRAWN, FIRST_WON, SECOND_WON
from arena.files.main_lines import Found, MainLine, lines_of_sgf
from arena.files.pgn_lines import lines_of_pgn
from arena.files.text import AFTER_THE_END, UNREADABLE, SavedGameError
from games import find
from games.game import Game
from games.rules import DRAW, LOSS, ONGOING, WIN
from selfplay.expert.sources import PGN, Piece

NO_MOVES, NO_GAME, NO_RESULT = "no moves", "no game", "result unknown"
OUTCOMES = {FIRST_WON: WIN, SECOND_WON: LOSS, DRAWN: DRAW}


class Skipped(NamedTuple):
    """A game that was left out, or was not read to its end."""

    place: str  # the file, and the line or the number of the game
    reason: str
    kind: str  # the reason in two words, to count by


class Parsed(NamedTuple):
    """G games with P plies in all; the arrays are those of ExpertGames."""

    starts: NDArray[np.int64]  # [G + 1]
    outcomes: NDArray[np.int8]  # [G]
    ratings: NDArray[np.int16]  # [G, 2]
    actions: NDArray[np.int32]  # [P]
    skipped: list[Skipped]  # games left out
    kept: Counter[str]  # kinds of what is odd about games that are there: NO_RESULT, AFTER_THE_END


def parse(piece: Piece, game: Game) -> Parsed:
    """Read a piece of text. A game that goes on where it is over by our rules is read up to there."""
    lines: list[MainLine] = []
    skipped: list[Skipped] = []
    for where, first, content in piece.texts:
        if not piece.kind:
            skipped.append(Skipped(where, content.decode(), UNREADABLE))
            continue
        found = lines_of_pgn(content, game, where, first) if piece.kind == PGN else lines_of_sgf(content, game, where)
        before = len(lines), len(skipped)
        _sort(found, lines, skipped)
        if (len(lines), len(skipped)) == before:
            skipped.append(Skipped(where, "expected games, found none", NO_GAME))
    kept: Counter[str] = Counter()
    outcomes = []
    for line in lines:
        outcomes.append(_outcome(line))
        kept[NO_RESULT] += outcomes[-1] == ONGOING
        kept[AFTER_THE_END] += bool(line.played_on)
    return Parsed(
        starts=np.cumsum([0, *(len(line.actions) for line in lines)]).astype(np.int64),
        outcomes=np.array(outcomes, np.int8),
        ratings=np.array([line.ratings for line in lines], np.int16).reshape(-1, 2),
        actions=np.concatenate([np.zeros(0, np.int32), *(line.actions for line in lines)]),
        skipped=skipped,
        kept=kept,
    )


def _sort(found: Iterable[Found], lines: list[MainLine], skipped: list[Skipped]) -> None:
    """Put what was found to the games or to what is left out."""
    for place, one in found:
        if isinstance(one, SavedGameError):
            skipped.append(Skipped(place, " ".join(str(one).split()), one.kind))
        elif not len(one.actions):
            skipped.append(Skipped(place, "it has no moves", NO_MOVES))
        else:
            lines.append(one)


def _outcome(line: MainLine) -> int:
    """Return the outcome for the player who began: as the file tells, but by our rules where that is not what was played."""
    return line.outcome if line.played_on else OUTCOMES.get(line.result, line.outcome)


def parse_by_name(piece: Piece, spec: str) -> Parsed:
    """Read a piece in a process of its own. spec: the game, as `find` reads it."""
    return parse(piece, _found(spec))


@lru_cache(maxsize=1)
def _found(spec: str) -> Game:
    return find(spec)
