"""Games as SGF: Go, Othello, Gomoku and Hex. The main line of each game is read; stones that are set up begin it anew there.

    ;FF[4]GM[1]SZ[9]KM[7]PB[mcts:400]PW[random]RE[B+R];B[ee]C[win 0.56];W[ce] …

In Go, Othello and Gomoku a point is two small letters, column and row from the upper left; in Hex the column's letter
and the row's number. What SGF has no property for stands in the game's comment GC, a line each.
Source: https://www.red-bean.com/sgf (FF[4]), parsed and escaped by sgfmill.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from sgfmill import sgf_grammar

from arena.files.area import area_lead, score_text
from arena.files.games import DRAWN, FIRST_WON, SECOND_WON, UNFINISHED, FinishedGame, ReadGame, begin, result_of
from arena.files.sgf_values import escaped, read_cells, read_move, read_text, shown, write_cell, write_move
from arena.files.stones import BLACK, EMPTY, WHITE, board_shape, give_turn, pass_action, resized, rows_of, set_up, stones_of
from arena.files.text import SavedGameError, read_bytes
from games.errors import InputError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

Node = dict[str, list[bytes]]  # the properties of a node, as they stand in the file

NUMBERS = {"go": b"1", "othello": b"2", "gomoku": b"4", "hex": b"11"}  # the games' numbers in SGF
USUAL_SIZES = {"go": 19, "othello": 8, "gomoku": 15, "hex": 11}  # where the file tells none
PROPERTIES = {"Event": "EV", "Date": "DT", "Round": "RO", "Site": "PC"}  # of tags as PGN names them
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
    trees = _trees(path)
    for number, tree in enumerate(trees, 1):
        where = f"{path} game {number}" if len(trees) > 1 else str(path)
        nodes = list(sgf_grammar.main_sequence_iter(tree))
        _check_root(nodes[0], game, any_komi, where)
        yield _read_game(nodes, game, where)


def game_in(path: Path, game: Game) -> Game:
    """Return the game with the size and komi of a file's first game. Raises SavedGameError, also for another kind of game."""
    root: Node = _trees(path)[0].sequence[0]
    _check_kind(root, game, str(path))
    try:
        found = resized(game, *_size(root, game, str(path)))
        if found.name == "go" and "KM" in root:
            found = found._replace(komi=_komi(root, str(path)))  # type: ignore[attr-defined]
            found.validate()
    except SavedGameError:
        raise
    except InputError as error:
        raise SavedGameError(f"{path}: {error}") from None
    return found


def _trees(path: Path) -> list[Any]:
    """Return the game trees of a file."""
    content = read_bytes(path)
    try:
        trees: list[Any] = sgf_grammar.parse_sgf_collection(content)
    except ValueError as error:
        raise SavedGameError(f"{path}: expected games in SGF: {error}") from None
    return trees


def _check_kind(root: Node, game: Game, where: str) -> None:
    kind = root.get("GM", [b"1"])[0].strip()
    if game.name not in NUMBERS:
        raise SavedGameError(f"{where}: SGF has no games of {game.name}")
    if kind != NUMBERS[game.name]:
        found = {number: name for name, number in NUMBERS.items()}.get(kind) or f"game number {shown(kind)}"
        raise SavedGameError(f"{where}: expected a game of {game.name}, got one of {found}")


def _check_root(root: Node, game: Game, any_komi: bool, where: str) -> None:
    """Raise SavedGameError unless the file says that it holds a game of this kind, on a board of this size, with this komi."""
    _check_kind(root, game, where)
    size, expected = _size(root, game, where), board_shape(game)
    if size != expected:
        shapes = [f"{rows}×{columns}" for rows, columns in (expected, size)]
        raise SavedGameError(f"{where}: expected a board of {shapes[0]}, got one of {shapes[1]}")
    if game.name == "go" and "KM" in root and not any_komi and _komi(root, where) != game._asdict()["komi"]:
        komi, other = game._asdict()["komi"], _komi(root, where)
        raise SavedGameError(f"{where}: expected a komi of {komi:g}, got {other:g} (the game go:komi={other:g} has that)")


def _size(root: Node, game: Game, where: str) -> tuple[int, int]:
    """Return the rows and columns of the board."""
    text = root.get("SZ", [str(USUAL_SIZES[game.name]).encode()])[0].strip()
    found = re.fullmatch(rb"(\d{1,3})(?::(\d{1,3}))?", text)
    if found is None:
        raise SavedGameError(f"{where}: expected a size such as 9, got {shown(text)}")
    return int(found[2] or found[1]), int(found[1])


def _komi(root: Node, where: str) -> float:
    text = root["KM"][0].strip()
    if not re.fullmatch(rb"[-+]?(\d{1,4}(\.\d{0,9})?|\.\d{1,9})", text):
        raise SavedGameError(f"{where}: expected a komi such as 7.5, got {shown(text)}")
    return float(text)


def _read_game(nodes: Sequence[Node], game: Game, where: str) -> ReadGame:
    """Read the main line of a game."""
    encoding = nodes[0].get("CA", [b"UTF-8"])[0].decode("ascii", "replace").strip()
    position, comments, number = Position(game), list[str | None](), 0
    for i, node in enumerate(nodes):
        try:
            if any(name in node for name in ("AB", "AW", "AE")) or _other_turn(node, position):
                position, comments = _set_up(position, nodes[i:]), []
            before = position
            for player, name in enumerate("BW"):
                for value in node.get(name, []):
                    number += 1
                    position = _play(position, player, value)
            if position is not before and position.actions[: before.ply] != before.actions:
                comments = []  # a move out of turn after which the board was set up anew
            made = position.ply - len(comments)
            comments += [None] * made
            if "C" in node and made:
                comments[-1] = read_text(node["C"][0], encoding) or None
        except InputError as error:
            raise SavedGameError(f"{where} move {number}: {error}") from None
    names = (read_text(nodes[0].get("PB", [b""])[0], encoding), read_text(nodes[0].get("PW", [b""])[0], encoding))
    told = read_text(nodes[0].get("RE", [b""])[0], encoding)
    return ReadGame(position, names, _read_result(told) or result_of(position), comments, _tags(nodes[0], encoding))


def _play(position: Position, player: int, value: bytes) -> Position:
    """Make the move that a property tells; return the position, a new one where the player was not in turn."""
    game, text = position.game, value.strip()
    if text.lower() in (b"resign", b"forfeit"):
        return position
    action = read_move(game, player, text)
    if position.outcome() != ONGOING:
        if action == pass_action(game):
            return position  # some programs write more passes than it takes to end a game
        raise MoveError(f"the game is over before {shown(text)}")
    position = give_turn(position, player)
    try:
        position.play(action)
    except MoveError:
        raise MoveError(f"{'BW'[player]}[{text.decode('ascii', 'replace')[:20]}] is not legal here") from None
    return position


def _set_up(position: Position, nodes: Sequence[Node]) -> Position:
    """Return the position with the stones of the first node set up; the following ones may tell whose turn it is."""
    game, node = position.game, nodes[0]
    board = [list(row) for row in rows_of(position)]
    if game.name == "othello" and not position.actions and ("AB" in node or "AW" in node):
        board = [[EMPTY] * len(row) for row in board]  # its four discs are named with the others
    for name, letter in (("AB", "X"), ("AW", "O"), ("AE", EMPTY)):
        for value in node.get(name, []):
            for row, column in read_cells(game, value.strip()):
                board[row][column] = letter
    return set_up(game, ["".join(row) for row in board], _turn(nodes, game, board))


def _other_turn(node: Node, position: Position) -> bool:
    """Return whether a node says that it is the turn of the player who is not to move."""
    told = node.get("PL", [b""])[0].strip().upper()[:1]
    return told in (b"B", b"W") and told != b"BW"[position.to_play : position.to_play + 1]


def _turn(nodes: Sequence[Node], game: Game, board: Sequence[Sequence[str]]) -> int:
    """Return who is to move where stones were set up: PL tells, else who moves next, else the stones themselves."""
    told = nodes[0].get("PL", [b""])[0].strip().upper()
    if told[:1] in (b"B", b"W"):
        return int(told[:1] == b"W")
    mover = next((node for node in nodes if "B" in node or "W" in node), None)
    if mover is not None:
        return int("B" not in mover)
    black, white = (sum(row.count(letter) for row in board) for letter in "XO")
    return int(black > white)  # after a handicap White moves; so does who has fewer stones in Gomoku and Hex


def _read_result(text: str) -> str | None:
    """Return the result, None where the file tells none."""
    word = text.strip().lower()
    if word[:2] in ("b+", "w+"):
        return FIRST_WON if word[0] == "b" else SECOND_WON
    return DRAWN if word in ("0", "draw", "jigo") else UNFINISHED if word else None


def _tags(root: Node, encoding: str) -> dict[str, str]:
    """Return what the file tells of the game, named as in PGN."""
    tags = {tag: read_text(root[name][0], encoding) for tag, name in PROPERTIES.items() if name in root}
    if "Date" in tags:
        tags["Date"] = re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\1.\2.\3", tags["Date"])
    for line in read_text(root.get("GC", [b""])[0], encoding).splitlines():
        tag, colon, value = line.partition(": ")
        if colon and tag.isidentifier():
            tags[tag] = value
    return tags
