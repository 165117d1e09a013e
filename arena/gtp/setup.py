"""Commands that say who we are, set the board up, and move stones on it."""

from pathlib import Path
from typing import TYPE_CHECKING

from arena.gtp.protocol import COMMANDS, SYNTAX, GtpError, colour, command, real, take, whole
from games.errors import GameError, InputError, MoveError

if TYPE_CHECKING:
    from arena.gtp.session import Session
    from games.game import Game

# Lizzie reads a version as x.y, and wants a y of 15 or more from programs that analyse as Leela Zero does. So we say
# first whose commands of analysis they are, then what we are.
DIALECT = "0.17"
WORDS = ("pass", "resign", "swap", "swap-pieces")  # moves without a vertex


@command("protocol_version")
def protocol_version(session: "Session", arguments: list[str]) -> str:
    return "2"


@command("name")
def name(session: "Session", arguments: list[str]) -> str:
    return f"zero ({session.loader.name()})"


@command("version")
def version(session: "Session", arguments: list[str]) -> str:
    from importlib.metadata import version

    return f"{DIALECT} (analysis as in Leela Zero {DIALECT}; this is zero {version('zero-engine')})"


@command("known_command")
def known_command(session: "Session", arguments: list[str]) -> str:
    (word,) = take(arguments, 1)
    return "true" if word in commands_of(session) else "false"


@command("list_commands")
def list_commands(session: "Session", arguments: list[str]) -> str:
    return "\n".join(commands_of(session))


@command("quit")
def leave(session: "Session", arguments: list[str]) -> str:
    return ""  # the server ends after this answer


def commands_of(session: "Session") -> list[str]:
    """Return the commands that have a meaning in the game."""
    go = session.loader.game_name == "go"
    return sorted(word for word, entry in COMMANDS.items() if go or not entry.go_only)


@command("boardsize")
def boardsize(session: "Session", arguments: list[str]) -> str:
    (size,) = take(arguments, 1)
    return _resize(session, whole(size), whole(size))


@command("rectangular_boardsize")
def rectangular_boardsize(session: "Session", arguments: list[str]) -> str:
    columns, rows = take(arguments, 2)
    return _resize(session, whole(rows), whole(columns))


def _resize(session: "Session", rows: int, columns: int) -> str:
    from arena.files.stones import board_shape, resized

    if (rows, columns) != board_shape(session.game):
        try:
            game = resized(session.game, rows, columns)
        except GameError:
            raise GtpError("unacceptable size") from None
        if session.settings.has_network:
            raise GtpError("unacceptable size")  # a network plays on the board that it learned
        session.board.clear(game)
    else:
        session.board.clear(session.game)
    return ""


@command("clear_board")
def clear_board(session: "Session", arguments: list[str]) -> str:
    take(arguments, 0)
    session.board.clear(session.game)
    session.clock.start()
    return ""


@command("komi")
def komi(session: "Session", arguments: list[str]) -> str:
    (text,) = take(arguments, 1)
    points = real(text)
    if session.game.name != "go":
        return ""  # controllers say it before any game; where it means nothing it changes nothing
    game: Game = session.game._replace(komi=points)  # type: ignore[attr-defined]
    try:
        game.validate()
    except GameError as error:
        raise GtpError(str(error)) from None
    session.board.change(game)
    return ""


@command("get_komi", go_only=True)
def get_komi(session: "Session", arguments: list[str]) -> str:
    return str(session.game._asdict()["komi"])


@command("play")
def play(session: "Session", arguments: list[str]) -> str:
    from arena.gtp.vertices import read_vertex

    who, vertex = take(arguments, 2)
    player = colour(who)
    try:
        action = read_vertex(session.game, player, vertex)
    except MoveError:
        raise GtpError("illegal move" if vertex.lower() in WORDS else SYNTAX) from None
    try:
        session.board.play(player, action)
    except MoveError:
        raise GtpError("illegal move") from None
    return ""


@command("undo")
def undo(session: "Session", arguments: list[str]) -> str:
    take(arguments, 0)
    session.board.undo()
    return ""


@command("showboard")
def showboard(session: "Session", arguments: list[str]) -> str:
    from arena.files.stones import COLOURS

    board = session.board
    told = f"{COLOURS[board.position.to_play]} to play, move {len(board.moves) + 1}"
    told += f", komi {get_komi(session, [])}" if board.game.name == "go" else ""
    return f"\n{board.position.draw()}\n{told}"


@command("fixed_handicap", go_only=True)
def fixed_handicap(session: "Session", arguments: list[str]) -> str:
    from arena.gtp.handicap import fixed_cells, most_stones

    (text,) = take(arguments, 1)
    stones = whole(text)
    if not 2 <= stones <= most_stones(session.game.plane_shape[1]):
        raise GtpError("invalid number of stones")
    return _give_stones(session, fixed_cells(session.game, stones))


@command("place_free_handicap", go_only=True)
def place_free_handicap(session: "Session", arguments: list[str]) -> str:
    """Place stones where we like: on the fixed places, as many as there are, which may be fewer than asked for."""
    from arena.gtp.handicap import fixed_cells, most_stones

    (text,) = take(arguments, 1)
    stones = min(whole(text), most_stones(session.game.plane_shape[1]))
    if stones < 2:
        raise GtpError("invalid number of stones")
    return _give_stones(session, fixed_cells(session.game, stones))


@command("set_free_handicap", go_only=True)
def set_free_handicap(session: "Session", arguments: list[str]) -> str:
    from arena.gtp.vertices import read_cell

    cells = [read_cell(session.game, vertex) for vertex in arguments]
    found = [cell for cell in cells if cell is not None]
    if len(found) < len(cells) or len(set(found)) < len(cells) or len(cells) < 2:
        raise GtpError("bad vertex list")
    _give_stones(session, found)
    return ""


def _give_stones(session: "Session", cells: list[tuple[int, int]]) -> str:
    """Put Black's handicap on an empty board, with White to move; return the vertices."""
    from arena.files.stones import EMPTY, WHITE, set_up
    from arena.gtp.vertices import vertex_at

    board, game = session.board, session.game
    rows = board.rows()
    if board.moves or any(letter != EMPTY for row in rows for letter in row):
        raise GtpError("board not empty")
    placed = [[("X" if (r, c) in cells else EMPTY) for c in range(len(rows))] for r in range(len(rows))]
    try:
        position = set_up(game, ["".join(row) for row in placed], WHITE)
    except GameError:  # stones without a liberty
        raise GtpError("bad vertex list") from None
    board.clear(game, game.state_text(position.state))  # type: ignore[attr-defined]
    return " ".join(vertex_at(game, cell) for cell in cells)


@command("loadsgf")
def loadsgf(session: "Session", arguments: list[str]) -> str:
    """Read a game up to before a move, or whole; answer whose turn it is."""
    from arena.files.games import start_of
    from arena.files.sgf import game_in, read_sgf
    from arena.files.stones import COLOURS, board_shape

    words = list(take(arguments, 1, 1000))
    before = whole(words.pop()) if len(words) > 1 and words[-1].isdigit() else None
    path = Path(" ".join(words)).expanduser()  # names of files may have blanks
    try:
        game = game_in(path, session.game)
        position = next(read_sgf(path, game)).position
    except InputError as error:
        raise GtpError(f"cannot load file: {error}") from None
    if session.settings.has_network and board_shape(game) != board_shape(session.game):
        raise GtpError("unacceptable size")
    while before is not None and position.ply >= max(1, before):
        position.undo()
    session.board.take_over(position, start_of(position))
    return COLOURS[position.to_play]


@command("printsgf")
def printsgf(session: "Session", arguments: list[str]) -> str:
    """Return the game as SGF, or write it to a file."""
    import io

    from arena.files.games import finished_game
    from arena.files.sgf import write_sgf
    from zero.files import write_bytes

    stream = io.StringIO()
    write_sgf(stream, finished_game(session.board.position))
    if not arguments:
        return stream.getvalue()
    try:
        write_bytes(Path(" ".join(arguments)).expanduser(), stream.getvalue().encode())
    except (OSError, ValueError) as error:
        raise GtpError(f"cannot write file: {error}") from None
    return ""
