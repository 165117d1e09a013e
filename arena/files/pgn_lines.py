"""Collections of games of chess in PGN, read fast: a kernel reads what is as usual, python-chess says what the rest is.

On one core the kernel's way is 100 times as fast as python-chess, see benchmarks/README.md.
"""

import io
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from arena.files import movetext
from arena.files.games import DRAWN, FIRST_WON, SECOND_WON, UNFINISHED
from arena.files.main_lines import Found, MainLine, line_of, rating_of
from arena.files.pgn import CHESS, RESULTS, USUAL, games_in
from arena.files.text import OTHER_GAME, TORN, SavedGameError
from games.game import Game
from games.rules import ONGOING

# A tag after an empty line begins a game, also where a comment before it has no end.
BEGINNING = re.compile(rb"\n[ \t\r]*\n(?=\[[A-Za-z0-9][\w+#=:-]*[ \t]+\")")
TAGS = re.compile(rb"(?:\[[^\n]*(?:\n|\Z))*")
TAG = re.compile(rb"^\[(WhiteElo|BlackElo|Result|FEN|SetUp|Variant)[ \t]+\"([^\r\n]*)\"[ \t]*\][ \t\r]*$", re.MULTILINE)
TOLD = {movetext.WHITE_WON: FIRST_WON, movetext.BLACK_WON: SECOND_WON, movetext.DRAWN: DRAWN}
# What may stand in movetext beside comments: numbers, moves and their signs, results.
COMMENT = re.compile(r"\{[^}]*\}|;[^\n]*|^[%\[][^\n]*", re.MULTILINE)
MOVE = r"[NBRQKP]?[a-h]?[1-8]?[x-]?[a-h][1-8](?:=?[NBRQ])?(?:e\.?p\.?)?|[O0]-[O0](?:-[O0])?|--|Z0"
KNOWN = re.compile(rf"(?:\d+\.+)?(?:{MOVE})?[+#!?=.N]*|\d+\.*|\$\d+|1-0|0-1|1/2-1/2|\*")
MOST_UNKNOWN = 0.2  # share of words that are none of these; a text with more is no PGN
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def beginnings(content: bytes) -> list[int]:
    """Return where games begin in a text, but for the first."""
    return [found.end() for found in BEGINNING.finditer(content)]


def lines_of_pgn(content: bytes, game: Game, where: str, line: int = 1) -> Iterator[Found]:
    """Give all games of a text. where: its name; line: the number of its first line."""
    if game.name != CHESS:
        yield where, SavedGameError(f"PGN holds games of chess, but the game is {game.name}", OTHER_GAME)
        return
    read = _Kernel(game)
    content = content.removeprefix(BYTE_ORDER_MARK)
    starts = [0, *beginnings(content), len(content)]
    for start, end in pairwise(starts):
        piece = content[start:end]
        blank = piece[: len(piece) - len(piece.lstrip())].count(b"\n")
        if piece.strip():
            place = f"{where} line {line + blank}"
            found = read(piece.strip())
            if found is None:
                yield from _doubtful(piece.strip(), game, where, line + blank)
            else:
                yield place, found
        line += piece.count(b"\n")


def _doubtful(piece: bytes, game: Game, where: str, line: int) -> Iterator[Found]:
    """Give the games of a text that the kernel didn't read."""
    text = piece.decode("utf-8", "replace")
    words = COMMENT.sub(" ", text).replace("(", " ").replace(")", " ").split()
    unknown = sum(KNOWN.fullmatch(word) is None for word in words)
    if unknown > MOST_UNKNOWN * len(words):
        yield f"{where} line {line}", SavedGameError(f"expected moves, got {unknown} words of another kind", TORN)
        return
    nothing = True
    for place, read in games_in(io.StringIO(text, newline=None), game, where, line):
        nothing = False
        yield place, line_of(read)
    if nothing:
        yield f"{where} line {line}", SavedGameError("expected a game, got text without moves", TORN)


class _Kernel:
    """The kernel and its arrays."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.state, self.past = np.zeros(1, game.state_dtype), np.zeros(game.max_plies, np.int64)
        self.legal, self.actions = np.zeros(game.max_legal, np.int32), np.zeros(game.max_plies, np.int32)

    def __call__(self, piece: bytes) -> MainLine | SavedGameError | None:
        """Return a game, or what is wrong with it; None where it is for python-chess to say what it is."""
        head = TAGS.match(piece)
        assert head is not None  # it matches everything
        tags = {name.decode(): value.decode("ascii", "replace") for name, value in TAG.findall(head[0])}
        if "FEN" in tags or tags.get("SetUp", "0") != "0" or tags.get("Variant", USUAL[0]).lower() not in USUAL:
            return None
        text = np.frombuffer(piece[head.end() :].rstrip(), np.uint8)
        plies, how, told, ended = movetext.read_moves(self.game, text, self.state, self.past, self.legal, self.actions)
        if how == movetext.DOUBTFUL:
            return None
        if how == movetext.TORN:
            return SavedGameError("a comment or a variation has no end", TORN)
        result = tags.get("Result", UNFINISHED)
        if result not in RESULTS or result == UNFINISHED:
            result = TOLD.get(told, UNFINISHED)
        outcome = ended if ended == ONGOING or plies % 2 == 0 else -ended
        ratings = rating_of(tags.get("WhiteElo", "")), rating_of(tags.get("BlackElo", ""))
        played_on = f"the game was over before move {plies // 2 + 1}" if how == movetext.PLAYED_ON else ""
        return MainLine(self.actions[:plies].copy(), result, outcome, ratings, played_on)
