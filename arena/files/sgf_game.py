"""The main line of one game in SGF; stones that are set up begin it anew there."""

import re
from collections.abc import Sequence

from arena.files.games import DRAWN, FIRST_WON, SECOND_WON, UNFINISHED, ReadGame, result_of
from arena.files.sgf_values import read_cells, read_move, read_text, shown
from arena.files.stones import EMPTY, give_turn, pass_action, rows_of, set_up
from arena.files.text import ILLEGAL, PlayedOnError, SavedGameError
from games.errors import InputError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING

Node = dict[str, list[bytes]]  # the properties of a node, as they stand in the file

PROPERTIES = {"Event": "EV", "Date": "DT", "Round": "RO", "Site": "PC"}  # of tags as PGN names them
RATINGS = ("BlackElo", "WhiteElo")  # tags, of the player who began and of the other


def read_game(nodes: Sequence[Node], game: Game) -> ReadGame:
    """Read the main line of a game. Raises SavedGameError where it is broken, PlayedOnError where it goes on after its end."""
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
        except _OverError as error:
            raise PlayedOnError(f"move {number}: {error}", _described(nodes[0], position, comments, encoding)) from None
        except InputError as error:
            raise SavedGameError(f"move {number}: {error}", ILLEGAL) from None
    return _described(nodes[0], position, comments, encoding)


def _described(root: Node, position: Position, comments: list[str | None], encoding: str) -> ReadGame:
    """Return a game with what its root tells."""
    names = (read_text(root.get("PB", [b""])[0], encoding), read_text(root.get("PW", [b""])[0], encoding))
    result = _read_result(read_text(root.get("RE", [b""])[0], encoding)) or result_of(position)
    return ReadGame(position, names, result, comments, _tags(root, names, encoding))


class _OverError(MoveError):
    """A move after the end of the game."""


def _play(position: Position, player: int, value: bytes) -> Position:
    """Make the move that a property tells; return the position, a new one where the player was not in turn."""
    game, text = position.game, value.strip()
    if text.lower() in (b"resign", b"forfeit"):
        return position
    action = read_move(game, player, text)
    if position.outcome() != ONGOING:
        if action == pass_action(game):
            return position  # some programs write more passes than it takes to end a game
        raise _OverError(f"the game is over before {shown(text)}")
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


def _tags(root: Node, names: tuple[str, str], encoding: str) -> dict[str, str]:
    """Return what the file tells of the game, named as in PGN. names: some servers write ratings there, as in gnugo (1800)."""
    tags = {tag: read_text(root[name][0], encoding) for tag, name in PROPERTIES.items() if name in root}
    if "Date" in tags:
        tags["Date"] = re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\1.\2.\3", tags["Date"])
    for line in read_text(root.get("GC", [b""])[0], encoding).splitlines():
        tag, colon, value = line.partition(": ")
        if colon and tag.isidentifier():
            tags[tag] = value
    for tag, rank, name in zip(RATINGS, ("BR", "WR"), names, strict=True):
        text = read_text(root.get(rank, [b""])[0], encoding)
        found = re.fullmatch(r"(\d{3,4})\??", text) or re.search(r"\((\d{3,4})\??\)$", name)
        if found is not None:
            tags.setdefault(tag, found[1])
    return tags
