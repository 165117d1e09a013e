"""Games of chess in PGN, through python-chess: what every chess program reads and writes.

Of a game with variations the main line is read. A comment belongs to the move before it; evaluations are written as
other programs do it, `[%eval 0.35]` in pawns or `[%eval #-4]` in moves to mate, both from White's point of view.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import chess
import chess.engine
import chess.pgn

from arena.files.chess_moves import action_on, move_on
from arena.files.games import UNFINISHED, FinishedGame, ReadGame
from arena.files.text import ILLEGAL, OTHER_GAME, UNREADABLE, VARIANT, PlayedOnError, SavedGameError
from arena.players.player import Thought
from arena.uci.info import centipawns, mate_in
from games.errors import GameError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

CHESS = "chess"
OURS = ("White", "Black", "Result", "FEN", "SetUp")  # tags that say what the other fields of a game do
RESULTS = ("1-0", "0-1", "1/2-1/2", UNFINISHED)
USUAL = ("standard", "chess", "normal", "from position")  # variants, in small letters, that are none
COLUMNS = 80  # of a line, as the standard's export format has it
SHOWN = 60  # characters of what is wrong


def write_pgn(stream: TextIO, finished: FinishedGame) -> None:
    """Write one game to the end of a stream, with an empty line after it."""
    game = chess.pgn.Game()
    for name, text in {"White": finished.names[0], "Black": finished.names[1], **finished.tags}.items():
        if name not in OURS or name in ("White", "Black"):
            game.headers[name] = _tag(text)
    game.headers["Result"] = finished.result
    if finished.start is not None:
        game.setup(finished.start)
    node: chess.pgn.GameNode = game
    board = game.board()
    for action, comment in zip(finished.actions, finished.comments, strict=True):
        move = move_on(board, action)
        node = node.add_variation(move, comment=" ".join((comment or "").split()))
        board.push(move)
    print(game.accept(chess.pgn.StringExporter(columns=COLUMNS)), file=stream, end="\n\n")


def eval_comment(thought: Thought, to_play: int) -> str | None:
    """Return what a player thought of a position as PGN's evaluation; None where it has no idea.

    to_play: who was to move there, 0 for White.
    """
    if thought.value is None:
        return None
    colour = chess.WHITE if to_play == 0 else chess.BLACK
    score: chess.engine.Score = chess.engine.Cp(centipawns(thought.value))
    if thought.plies is not None and thought.value != 0:
        score = chess.engine.Mate(mate_in(thought.value, thought.plies))
    node = chess.pgn.Game()
    node.set_eval(chess.engine.PovScore(score, colour))
    return node.comment or None


def read_pgn(path: Path, game: Game, strict: bool = True, skipped: list[str] | None = None) -> Iterator[ReadGame]:
    """Give the games of a file one after the other, reading on as they are taken.

    strict:  a game that is none raises SavedGameError with its place; else it is left out.
    skipped: where to append what was wrong with each game that is left out.
    Raises SavedGameError also where the file cannot be read or holds no game at all.
    """
    if game.name != CHESS:
        raise SavedGameError(f"{path}: PGN holds games of chess, but the game is {game.name}", OTHER_GAME)
    found = 0
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline=None) as file:
            for found, (place, read) in enumerate(games_in(file, game, str(path)), 1):
                if isinstance(read, ReadGame):
                    yield read
                elif strict:
                    raise SavedGameError(f"{place}, game {found}: {read}", read.kind)
                elif skipped is not None:
                    skipped.append(f"{place}, game {found}: {read}")
    except OSError as error:
        raise SavedGameError(f"{path}: {error.strerror or error}", UNREADABLE) from None
    if not found:
        raise SavedGameError(f"{path}: expected games in PGN, found none")


def games_in(file: TextIO, game: Game, where: str, line: int = 1) -> Iterator[tuple[str, ReadGame | SavedGameError]]:
    """Give the place of each game of a text, and the game, or what is wrong with it.

    file: with line breaks as Python has them; where: its name; line: the number of its first line.
    """
    lines = _Lines(file, line - 1)
    while True:
        place = f"{where} line {lines.number + 1}"
        read: _Game | None = chess.pgn.read_game(lines, Visitor=_MainLine)  # type: ignore[call-overload]
        if read is None:
            return
        if not (read.tagged or read.variations or read.errors):
            continue  # text that is neither a tag nor a move
        try:
            yield place, _game_of(read, game)
        except SavedGameError as error:
            yield place, error


class _Lines:
    """A file that counts the lines read from it."""

    def __init__(self, file: TextIO, number: int) -> None:
        self.file, self.number = file, number

    def readline(self) -> str:
        line = self.file.readline()
        self.number += bool(line)
        return line


class _Game(chess.pgn.Game):
    tagged = False  # whether the file has a tag of it


class _MainLine(chess.pgn.GameBuilder[_Game]):
    """Builds a game from its main line, and keeps what is wrong with it for the caller."""

    def __init__(self) -> None:
        super().__init__(Game=_Game)

    def begin_variation(self) -> chess.pgn.SkipType:  # type: ignore[override]
        return chess.pgn.SKIP

    def end_variation(self) -> None:  # none was begun
        pass

    def visit_header(self, tagname: str, tagvalue: str) -> None:
        super().visit_header(tagname, tagvalue)
        self.game.tagged = True

    def handle_error(self, error: Exception) -> None:
        self.game.errors.append(error)


def _game_of(read: _Game, game: Game) -> ReadGame:
    """Return a game as one of ours. Raises SavedGameError, without the place, where it is none."""
    board = _start_of(read)
    fen = board.fen()
    try:
        position = Position(game, game.read_state(fen) if fen != chess.STARTING_FEN else None)  # type: ignore[attr-defined]
    except GameError as error:
        raise SavedGameError(str(error)) from None
    comments: list[str | None] = []
    for node in read.mainline():
        action = action_on(board, node.move)
        where = f"move {board.fullmove_number}{'.' if board.turn else '...'}"
        if position.outcome() != ONGOING:
            over = f"{where}: the game was over before {node.move.uci()}, by the rules of {_rules(game)}"
            raise PlayedOnError(over, _described(read, position, comments))
        if action is None:
            raise SavedGameError(f"{where}: {node.move.uci()} is no move", ILLEGAL)
        position.play(action)
        board.push(node.move)
        comments.append(node.comment or None)
    if read.errors:
        where = f"move {board.fullmove_number}{'.' if board.turn else '...'}"
        raise SavedGameError(f"{where}: {str(read.errors[0])[:SHOWN]}", ILLEGAL)
    return _described(read, position, comments)


def _described(read: _Game, position: Position, comments: list[str | None]) -> ReadGame:
    """Return a game with what its tags tell."""
    headers = read.headers
    names = tuple("" if headers.get(side, "?") == "?" else headers[side] for side in ("White", "Black"))
    tags = {name: text for name, text in headers.items() if name not in OURS and text.strip("?.")}
    result = headers.get("Result", UNFINISHED)
    return ReadGame(position, names, result if result in RESULTS else UNFINISHED, comments, tags)  # type: ignore[arg-type]


def _start_of(read: _Game) -> chess.Board:
    """Return the position that a game begins with. Raises SavedGameError where it is none of standard chess."""
    variant = read.headers.get("Variant", "Standard")
    if read.headers.is_chess960() or variant.lower() not in USUAL:
        raise SavedGameError(f"expected standard chess, got variant {variant[:SHOWN]!r}", VARIANT)
    try:
        return read.board()
    except ValueError as error:
        raise SavedGameError(str(error)[:SHOWN]) from None


def _rules(game: Game) -> str:
    return "chess where draws are claimed at once" if getattr(game, "claims", False) else "chess"


def _tag(text: str) -> str:
    """Return a tag's value as the format can hold it: PGN has no line breaks there, and python-chess no quotes."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split()) or "?"
