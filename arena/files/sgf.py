"""Games as SGF: Go, Othello, Gomoku and Hex. The main line of each game is read; stones that are set up begin it anew there.

    ;FF[4]GM[1]SZ[9]KM[7]PB[mcts:400]PW[random]RE[B+R];B[ee]C[win 0.56];W[ce] …

In Go, Othello and Gomoku a point is two small letters, column and row from the upper left; in Hex the column's letter
and the row's number. What SGF has no property for stands in the game's comment GC, a line each.
Source: https://www.red-bean.com/sgf (FF[4]), parsed and escaped by sgfmill.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sgfmill import sgf_grammar

from arena.files.area import area_lead, score_text
from arena.files.games import DRAWN, FIRST_WON, UNFINISHED, FinishedGame, ReadGame, begin, result_of
from arena.files.sgf_game import PROPERTIES, Node, read_game
from arena.files.sgf_values import escaped, shown, write_cell, write_move
from arena.files.stones import BLACK, WHITE, board_shape, resized, rows_of, stones_of
from arena.files.text import OTHER_BOARD, OTHER_GAME, UNREADABLE, SavedGameError, read_bytes
from games.errors import InputError
from games.game import Game
from games.position import Position

NUMBERS = {"go": b"1", "othello": b"2", "gomoku": b"4", "hex": b"11"}  # the games' numbers in SGF
USUAL_SIZES = {"go": 19, "othello": 8, "gomoku": 15, "hex": 11}  # where the file tells none
BEGINNING = re.compile(rb"(?:\A|\n)[ \t\r]*(?=\(\s*;\s*(?![BW]\[))")  # a game in a broken text; variations begin with a move
ENDINGS = {"resign": "R", "time": "T", "illegal": "F", "forfeit": "F", "infraction": "F"}  # of a tag Termination


def write_sgf(stream: TextIO, finished: FinishedGame) -> None:
    """Write a game to the end of a stream."""
    game = finished.game
    position = begin(game, finished.start)
    nodes: list[Node] = [_root(finished, position)]
    for action, comment in zip(finished.actions, finished.comments, strict=True):
        player = position.to_play
        node = {"BW"[player]: [write_move(game, player, action)]}
        if comment:
            node["C"] = [escaped(comment)]
        nodes.append(node)
        position.play(action)
    nodes[0]["RE"] = [_result(finished, position).encode()]
    tree = sgf_grammar.Coarse_game_tree()
    tree.sequence = nodes
    stream.write(sgf_grammar.serialise_game_tree(tree).decode() + "\n")


def _root(finished: FinishedGame, position: Position) -> Node:
    """Return the properties of a whole game; position: where it begins."""
    game = finished.game
    rows, columns = board_shape(game)
    root = {"FF": "4", "CA": "UTF-8", "AP": "zero", "SZ": str(rows) if rows == columns else f"{columns}:{rows}"}
    if game.name == "go":
        root |= {"KM": f"{game._asdict()['komi']:g}", "RU": "Chinese"}
    root |= {"PB": finished.names[0], "PW": finished.names[1]}
    tags = dict(finished.tags)
    for tag, name in PROPERTIES.items():
        root[name] = tags.pop(tag, "")
    root["DT"] = re.sub(r"^(\d{4})\.(\d\d)\.(\d\d)$", r"\1-\2-\3", root["DT"])  # PGN's way to write a date
    root["GC"] = "\n".join(f"{tag}: {' '.join(value.split())}" for tag, value in tags.items())
    written = {name: [escaped(value)] for name, value in root.items() if value}
    written["GM"] = [NUMBERS[game.name]]
    if finished.start:
        board = rows_of(position)
        stones = [stones_of(board, player) for player in (BLACK, WHITE)]
        for name, cells in zip(("AB", "AW"), stones, strict=True):
            if cells:
                written[name] = [write_cell(game, cell) for cell in cells]
        written["PL"] = [b"BW"[position.to_play : position.to_play + 1]]
        if game.name == "go" and len(stones[BLACK]) > 1 and not stones[WHITE] and position.to_play == WHITE:
            written["HA"] = [str(len(stones[BLACK])).encode()]
    return written


def _result(finished: FinishedGame, position: Position) -> str:
    """Return the result as SGF writes it, with the points of a game of Go or Othello that was played to its end."""
    if finished.result == UNFINISHED:
        return "?"
    if finished.result == DRAWN:
        return "0"
    winner = "B" if finished.result == FIRST_WON else "W"
    if result_of(position) == finished.result and finished.game.name in ("go", "othello"):
        rows = rows_of(position)
        if finished.game.name == "go":
            return score_text(area_lead(rows) - finished.game._asdict()["komi"])
        return score_text(len(stones_of(rows, BLACK)) - len(stones_of(rows, WHITE)))
    ended = finished.tags.get("Termination", "").lower()
    return f"{winner}+{next((letter for word, letter in ENDINGS.items() if word in ended), '')}"


def read_sgf(path: Path, game: Game, any_komi: bool = False) -> Iterator[ReadGame]:
    """Give the games of a file, one after the other.

    any_komi: read games of Go with another komi, too, as if they had that of `game`.
    Raises SavedGameError, naming the path and the move, where the file is broken or holds something else.
    """
    for place, read in _games(_trees(path), game, str(path), any_komi):
        if isinstance(read, SavedGameError):
            between = " " if str(read).startswith("move") else ": "
            raise SavedGameError(f"{place}{between}{read}", read.kind)
        yield read


def games_of(content: bytes, game: Game, where: str, any_komi: bool = False) -> Iterator[tuple[str, ReadGame | SavedGameError]]:
    """Give the place of each game of a text, and the game, or what is wrong with it. where: the name of the text.

    A game without its end takes in what follows it, or breaks the text as a whole: where no fewer games are found so, each
    part of a text that looks like a game is read by itself.
    """
    apart = [_parsed_or_not(part) for part in BEGINNING.split(content) if b"(" in part]
    if len(apart) != 1:
        whole = _parsed_or_not(content)
        found = sum(len(trees) for trees in apart if isinstance(trees, list))
        if not apart or (isinstance(whole, list) and found < len(whole)):
            apart = [whole]
    for number, trees in enumerate(apart, 1):
        place = f"{where} game {number}" if len(apart) > 1 else where
        yield from [(place, trees)] if isinstance(trees, SavedGameError) else _games(trees, game, place, any_komi)


def _parsed_or_not(content: bytes) -> list[Any] | SavedGameError:
    """Return the game trees of a text, or what is wrong with it."""
    try:
        return _parsed(content)
    except SavedGameError as error:
        return error


def _games(trees: list[Any], game: Game, where: str, any_komi: bool) -> Iterator[tuple[str, ReadGame | SavedGameError]]:
    """Give the place of each game tree, and its game, or what is wrong with it."""
    for number, tree in enumerate(trees, 1):
        place = f"{where} game {number}" if len(trees) > 1 else where
        nodes = list(sgf_grammar.main_sequence_iter(tree))
        try:
            _check_root(nodes[0], game, any_komi)
            read: ReadGame | SavedGameError = read_game(nodes, game)
        except SavedGameError as error:
            read = error
        yield place, read


def game_in(path: Path, game: Game) -> Game:
    """Return the game with the size and komi of a file's first game. Raises SavedGameError, also for another kind of game."""
    root: Node = _trees(path)[0].sequence[0]
    try:
        _check_kind(root, game)
        found = resized(game, *_size(root, game))
        if found.name == "go" and "KM" in root:
            found = found._replace(komi=_komi(root))  # type: ignore[attr-defined]
            found.validate()
    except InputError as error:
        raise SavedGameError(f"{path}: {error}") from None
    return found


def _trees(path: Path) -> list[Any]:
    """Return the game trees of a file."""
    try:
        return _parsed(read_bytes(path))
    except SavedGameError as error:
        raise error if error.kind == UNREADABLE else SavedGameError(f"{path}: {error}") from None


def _parsed(content: bytes) -> list[Any]:
    """Return the game trees of a text."""
    try:
        trees: list[Any] = sgf_grammar.parse_sgf_collection(content)
    except ValueError as error:
        raise SavedGameError(f"expected games in SGF: {error}") from None
    return trees


def _check_kind(root: Node, game: Game) -> None:
    kind = root.get("GM", [b"1"])[0].strip()
    if game.name not in NUMBERS:
        raise SavedGameError(f"SGF has no games of {game.name}", OTHER_GAME)
    if kind != NUMBERS[game.name]:
        found = {number: name for name, number in NUMBERS.items()}.get(kind) or f"game number {shown(kind)}"
        raise SavedGameError(f"expected a game of {game.name}, got one of {found}", OTHER_GAME)


def _check_root(root: Node, game: Game, any_komi: bool) -> None:
    """Raise SavedGameError unless the file says that it holds a game of this kind, on a board of this size, with this komi."""
    _check_kind(root, game)
    size, expected = _size(root, game), board_shape(game)
    if size != expected:
        shapes = [f"{rows}×{columns}" for rows, columns in (expected, size)]
        raise SavedGameError(f"expected a board of {shapes[0]}, got one of {shapes[1]}", OTHER_BOARD)
    if game.name == "go" and "KM" in root and not any_komi and _komi(root) != game._asdict()["komi"]:
        komi, other = game._asdict()["komi"], _komi(root)
        raise SavedGameError(f"expected a komi of {komi:g}, got {other:g} (the game go:komi={other:g} has that)")


def _size(root: Node, game: Game) -> tuple[int, int]:
    """Return the rows and columns of the board."""
    text = root.get("SZ", [str(USUAL_SIZES[game.name]).encode()])[0].strip()
    found = re.fullmatch(rb"(\d{1,3})(?::(\d{1,3}))?", text)
    if found is None:
        raise SavedGameError(f"expected a size such as 9, got {shown(text)}")
    return int(found[2] or found[1]), int(found[1])


def _komi(root: Node) -> float:
    text = root["KM"][0].strip()
    if not re.fullmatch(rb"[-+]?(\d{1,4}(\.\d{0,9})?|\.\d{1,9})", text):
        raise SavedGameError(f"expected a komi such as 7.5, got {shown(text)}")
    return float(text)
