"""Boards of Go as text: drawn for a person, and in one line for a program."""

from typing import Any, NamedTuple

from games.errors import GameError

LETTERS = "ABCDEFGHJKLMNOPQRST"  # of columns; GTP leaves out I
BLACK, WHITE, EMPTY = "X", "O", "."


def stones(size: int, state: Any) -> list[str]:
    """Return the rows of a position from the top, each point as X, O or "."."""
    mine, theirs = (int.from_bytes(state[name].tobytes(), "little") for name in ("mine_or_empty", "theirs_or_empty"))
    letters = {(1, 1): EMPTY, (1, 0): BLACK, (0, 1): WHITE}
    if int(state["ply"]) % 2:
        mine, theirs = theirs, mine
    starts = range(0, size * (size + 1), size + 1)
    return ["".join(letters[mine >> i & 1, theirs >> i & 1] for i in range(start, start + size)) for start in starts]


def star_points(size: int) -> set[tuple[int, int]]:
    """Return the points (row, column) that boards mark for the eye."""
    edge = 3 if size >= 13 else 2
    lines = [edge, size - 1 - edge] if size >= 7 else []
    points = {(row, column) for row in lines for column in lines}
    if size % 2:
        middle = size // 2
        points.add((middle, middle))
        if size >= 15:
            points |= {point for line in lines for point in ((line, middle), (middle, line))}
    return points


def draw_board(size: int, state: Any, last_action: int | None) -> str:
    """Return the board with coordinates, its star points as +, the last stone in brackets, and what was captured."""
    marked = divmod(last_action, size) if last_action is not None else (-1, -1)
    stars = star_points(size)
    head = "   " + " ".join(LETTERS[:size])
    lines = [head]
    for row, letters in enumerate(stones(size, state)):
        line = f"{size - row:2}"
        for column, letter in enumerate(letters):
            before = "(" if (row, column) == marked else ")" if (row, column - 1) == marked else " "
            line += before + ("+" if letter == EMPTY and (row, column) in stars else letter)
        line += ")" if (row, size - 1) == marked else " "
        lines.append(line + str(size - row))
    lines.append(head)
    lost = [int(state["mine_lost"]), int(state["theirs_lost"])]
    turn = int(state["ply"]) % 2
    lines.append(f"X has captured {lost[1 - turn]}, O {lost[turn]}")
    if marked[0] == size:
        lines.append(f"{(BLACK, WHITE)[1 - turn]} passed")
    return "\n".join(lines)


class Text(NamedTuple):
    """What the text of a position says."""

    rows: list[str]  # from the top, points as X, O or "."
    ply: int
    passes: int


def write_position(size: int, state: Any) -> str:
    """Return a position as ROWS X|O PLY [pass [pass]]: the board, who is to move, how many plies were made."""
    ply, passes = int(state["ply"]), int(state["passes"])
    return " ".join(["/".join(stones(size, state)), (BLACK, WHITE)[ply % 2], str(ply), *["pass"] * passes])


def read_position(size: int, text: str, max_plies: int) -> Text:
    """Return what the text of a position says. Without PLY it is the first that fits who is to move.

    Raises GameError with what is wrong and where.
    """
    words = text.split()
    if len(words) < 2:
        raise GameError(f"go: expected a position as ROWS X|O [PLY] [pass [pass]], got {text[:80]!r}")
    rows = words[0].upper().split("/")
    if len(rows) != size:
        raise GameError(f"go: expected {size} rows apart by '/', got {len(rows)} in {words[0][:400]!r}")
    for number, row in enumerate(rows, 1):
        wrong = [letter for letter in row if letter not in (BLACK, WHITE, EMPTY)]
        if len(row) != size or wrong:
            raise GameError(f"go: expected {size} points of X, O or '.' in row {number} from the top, got {row[:40]!r}")
    turn = words[1].upper()
    if turn not in (BLACK, WHITE):
        raise GameError(f"go: expected X or O to move, got {words[1][:40]!r}")
    ply, passes = int(turn == WHITE), words[2:]
    if passes and passes[0].lower() != "pass":
        ply, passes = _ply(passes[0], turn, max_plies), passes[1:]
    if len(passes) > min(2, ply) or any(word.lower() != "pass" for word in passes):
        raise GameError(f"go: expected at most {min(2, ply)} times 'pass' after ply {ply}, got {' '.join(passes)[:40]!r}")
    return Text(rows, ply, len(passes))


def _ply(text: str, turn: str, most: int) -> int:
    """Return the number of plies made, which is even where Black is to move."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= most):
        raise GameError(f"go: expected a number of plies from 0 to {most}, got {text[:40]!r}")
    if int(text) % 2 != (turn == WHITE):
        raise GameError(f"go: expected an {'odd' if turn == WHITE else 'even'} number of plies with {turn} to move, got {text}")
    return int(text)
