"""Commands that think of a move, tell the time, and count the score."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from arena.gtp.clock import Left, Terms
from arena.gtp.protocol import SYNTAX, GtpError, colour, command, real, take, whole

if TYPE_CHECKING:
    from arena.analysis.analyst import Report
    from arena.gtp.session import Session


@command("genmove")
def genmove(session: "Session", arguments: list[str]) -> str:
    (who,) = take(arguments, 1)
    return think(session, colour(who))


@command("reg_genmove")
def reg_genmove(session: "Session", arguments: list[str]) -> str:
    """Say what we would play, and play nothing."""
    (who,) = take(arguments, 1)
    return think(session, colour(who), plays=False)


def think(session: "Session", player: int, plays: bool = True) -> str:
    """Search, and return the move: a vertex, pass or resign."""
    begun, move = time.monotonic(), final_move(session)
    if move is None:
        position = session.board.turned(player)
        *_, analyst = session.search_move(position, player)
        move = decide(session, analyst.report())
    return settle(session, player, move, time.monotonic() - begun, plays)


def final_move(session: "Session") -> int | None:
    """Return the move where there is nothing to think about, as the game is over; None where it goes on.

    After two passes a player passes again: what stands on the board counts as alive, so that all has been said.
    """
    from arena.files.stones import pass_action
    from games.rules import ONGOING

    position = session.board.position
    if position.outcome() == ONGOING:
        return None
    if position.game.name == "go" and position.state["passes"] < 2:
        return None  # the limit of plies, which GTP doesn't know: the board is set up anew
    skip = pass_action(position.game)
    if skip is None:
        raise GtpError("the game is over")
    return skip


def decide(session: "Session", report: "Report") -> int | None:
    """Return the best move, or None to resign."""
    hopeless = (1 + report.value) / 2 < session.settings.resign
    return None if hopeless else report.action


def settle(session: "Session", player: int, move: int | None, seconds: float, plays: bool = True) -> str:
    """Make the move on the board, take its time off the clock, and return it as GTP says it."""
    from arena.gtp.vertices import vertex_of

    session.clock.spend(player, seconds)
    if move is None:
        return "resign"
    if plays and not (session.game.name == "othello" and session.board.over):  # its pass is no move of the rules
        session.board.play(player, move)
    return vertex_of(session.game, player, move)


@command("time_settings")
def time_settings(session: "Session", arguments: list[str]) -> str:
    main, period, stones = take(arguments, 3)
    terms = Terms(real(main), real(period), whole(stones))
    if terms.main < 0 or terms.period < 0:
        raise GtpError(SYNTAX)
    unlimited = terms.period > 0 and terms.stones == 0  # GTP's way to say that there is no clock
    session.clock.set(None if unlimited else terms)
    return ""


@command("kgs-time_settings")
def kgs_time_settings(session: "Session", arguments: list[str]) -> str:
    kind, *numbers = take(arguments, 1, 4)
    if kind == "none" and not numbers:
        session.clock.set(None)
    elif kind == "absolute" and len(numbers) == 1:
        session.clock.set(Terms(abs(real(numbers[0])), 0.0, 0))
    elif kind in ("canadian", "byoyomi") and len(numbers) == 3:
        main, period, count = abs(real(numbers[0])), abs(real(numbers[1])), whole(numbers[2])
        session.clock.set(Terms(main, period, count, byoyomi=kind == "byoyomi"))
    else:
        raise GtpError(SYNTAX)
    return ""


@command("time_left")
def time_left(session: "Session", arguments: list[str]) -> str:
    who, seconds, stones = take(arguments, 3)
    session.clock.tell(colour(who), Left(max(0.0, real(seconds)), whole(stones)))
    return ""


@command("final_score")
def final_score(session: "Session", arguments: list[str]) -> str:
    """Count the board as it lies, in Go at any time: area, all stones alive. In Othello the discs at the end."""
    from arena.files.area import area_lead, score_text
    from arena.files.stones import COLOURS

    take(arguments, 0)
    board = session.board
    if board.game.name == "go":
        return score_text(area_lead(board.rows()) - board.game._asdict()["komi"])
    if not board.over:
        raise GtpError("cannot score")
    if board.game.name == "othello":
        return score_text(sum(row.count("X") - row.count("O") for row in board.rows()))
    winner = board.position.winner()
    return "0" if winner is None else f"{COLOURS[winner][0].upper()}+"


@command("final_status_list", go_only=True)
def final_status_list(session: "Session", arguments: list[str]) -> str:
    """Name the stones of a status. All are alive: the rules that we play by count them so, and dead ones are captured first."""
    from arena.gtp.vertices import vertex_at

    (status,) = take(arguments, 1)
    if status not in ("alive", "dead", "seki"):
        raise GtpError(SYNTAX)
    found = groups(session.board.rows()) if status == "alive" else []
    return "\n".join(" ".join(vertex_at(session.game, cell) for cell in group) for group in found)


def groups(rows: Sequence[str]) -> Iterator[list[tuple[int, int]]]:
    """Give the groups of connected stones on a board."""
    from arena.files.area import NEXT

    waiting = {(r, c) for r, row in enumerate(rows) for c, letter in enumerate(row) if letter != "."}
    while waiting:
        group = [min(waiting)]
        waiting.remove(group[0])
        for row, column in group:  # grows while it is walked through
            for point in ((row + down, column + right) for down, right in NEXT):
                if point in waiting and rows[point[0]][point[1]] == rows[row][column]:
                    waiting.remove(point)
                    group.append(point)
        yield group
