"""Commands that show what the search sees while it searches: analyze, lz-analyze, kata-analyze, and with genmove.

A line of analysis is a sequence of `info move E4 visits 12 winrate … pv E4 D3 …`, best move first; all is said for the
player to move. Leela Zero's numbers are whole, ten thousand times the share; KataGo's are shares with a decimal point,
by which Sabaki tells the two apart. What would need a head for the score is left out: scoreLead, scoreMean, scoreStdev,
and ownership. `lcb` is a lower bound (95 %) of the win rate as if each visit were one game, won or lost.

An analysis goes on until there is input of any kind; genmove's variants end as genmove does, whatever comes in.
Source: KataGo, docs/GTP_Extensions.md; leela-zero, src/GTP.cpp.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from arena.gtp.protocol import SYNTAX, GtpError, colour, command, take, whole
from arena.gtp.thinking import decide, final_move, settle

if TYPE_CHECKING:
    from arena.analysis.analyst import Line, Report
    from arena.gtp.session import Session
    from games.position import Position

DEVIATIONS = 1.96  # of the normal distribution, for a 95 % interval
MOST_SHOWN = 10**9
COLOURS = ("b", "black", "w", "white")
FLAGS = ("ownership", "ownershipStdev", "movesOwnership", "movesOwnershipStdev", "pvVisits", "pvEdgeVisits", "rootInfo",
         "noResultValue")  # fmt: skip  (KataGo's; of these rootInfo alone changes what we show)


@dataclass
class Wishes:
    """What the arguments of an analysis ask for."""

    player: int | None = None  # None: who is to move
    interval: float = 0.5  # seconds between lines
    fewest: int = 0  # moves to show, though they have no visits
    most: int = MOST_SHOWN
    avoid: list[tuple[int, str]] = field(default_factory=list)  # player and vertices, apart by commas
    allow: list[tuple[int, str]] = field(default_factory=list)
    root_info: bool = False


def read_wishes(arguments: list[str]) -> Wishes:
    """Read [colour] [centiseconds] and pairs of key and value, of which avoid and allow have three values."""
    wishes, words = Wishes(), list(arguments)
    if words and words[0].lower() in COLOURS:
        wishes.player = colour(words.pop(0))
    if words and words[0].isdigit():
        wishes.interval = whole(words.pop(0)) / 100
    while words:
        key = words.pop(0)
        values = [words.pop(0) for _ in range(3 if key in ("avoid", "allow") else 1) if words]
        if key in ("avoid", "allow"):
            who, vertices, _ = take(values, 3)
            getattr(wishes, key).append((colour(who), vertices))
            continue
        (value,) = take(values, 1)
        if key == "interval":
            wishes.interval = whole(value) / 100
        elif key == "minmoves":
            wishes.fewest = whole(value)
        elif key == "maxmoves":
            wishes.most = max(1, whole(value))
        elif key in FLAGS and value.lower() in ("true", "false"):
            wishes.root_info |= key == "rootInfo" and value.lower() == "true"
        else:
            raise GtpError(SYNTAX)
    return wishes


def chosen_moves(position: "Position", wishes: Wishes) -> list[int] | None:
    """Return the root actions that avoid and allow leave, None for all. Only those of the player to move count there.

    Until how many plies a move is to be avoided (the last value) doesn't matter: we avoid it at the root.
    """
    legal, game, player = position.legal_actions(), position.game, position.to_play
    banned = {action for who, text in wishes.avoid if who == player for action in _actions(position, text)}
    allowed = {action for who, text in wishes.allow if who == player for action in _actions(position, text)}
    left = [action for action in legal if action not in banned and (not allowed or action in allowed)]
    if not left and legal:
        raise GtpError(f"no legal move of {game.name} is left")
    return None if len(left) == len(legal) else left


def _actions(position: "Position", text: str) -> list[int]:
    from arena.gtp.vertices import read_vertex
    from games.errors import MoveError

    try:
        return [read_vertex(position.game, position.to_play, vertex) for vertex in text.split(",")]
    except MoveError:
        raise GtpError(SYNTAX) from None


def analyse(session: "Session", arguments: list[str], kata: bool) -> Iterator[str]:
    """Return the lines of an analysis, which ends with any input; one at least."""
    wishes = read_wishes(arguments)
    position = session.board.turned(wishes.player)
    only = chosen_moves(position, wishes)
    session.analyst()  # what cannot be loaded is said before the answer begins

    def lines() -> Iterator[str]:
        told, due = False, time.monotonic() + wishes.interval
        for analyst in session.search(position, only):
            if session.waiting():
                break
            if time.monotonic() >= due:
                yield line_of(position, analyst.report(), wishes, kata)
                told, due = True, time.monotonic() + wishes.interval
        if not told or not session.waiting():  # nothing is left to search: all has been found
            yield line_of(position, analyst.report(), wishes, kata)
        session.wait()

    return lines()


def think_aloud(session: "Session", arguments: list[str], kata: bool) -> Iterator[str]:
    """Return the lines of a move's search, and the move."""
    wishes, begun = read_wishes(arguments), time.monotonic()
    player = session.board.position.to_play if wishes.player is None else wishes.player
    move = final_move(session)
    position = session.board.position if move is not None else session.board.turned(player)
    only = chosen_moves(position, wishes)
    session.analyst()

    def lines() -> Iterator[str]:
        chosen, due = move, time.monotonic() + wishes.interval
        if move is None:
            for analyst in session.search_move(position, player, only):
                if time.monotonic() >= due:
                    yield line_of(position, analyst.report(), wishes, kata)
                    due = time.monotonic() + wishes.interval
            report = analyst.report()
            yield line_of(position, report, wishes, kata)
            chosen = decide(session, report)
        yield f"play {settle(session, player, chosen, time.monotonic() - begun)}"

    return lines()


def line_of(position: "Position", report: "Report", wishes: Wishes, kata: bool) -> str:
    """Return a line of analysis."""
    seen = sum(line.visits > 0 for line in report.lines)
    shown = report.lines[: min(wishes.most, max(seen, wishes.fewest, 1))]
    infos = [_info(position, line, order, report, kata) for order, line in enumerate(shown)]
    if wishes.root_info and kata:
        infos.append(f"rootInfo visits {report.simulations} utility {report.value:.6f} winrate {_share(report.value):.6f}")
    return " ".join(infos)


def _info(position: "Position", line: "Line", order: int, report: "Report", kata: bool) -> str:
    """Return what is known of a move; of one without visits, the value of the position."""
    from arena.gtp.vertices import vertex_of

    game, player = position.game, position.to_play
    value = report.value if line.value is None else line.value
    bound = lower_bound(value, 0 if line.plies is not None else line.visits)
    pv = " ".join(vertex_of(game, (player + ply) % 2, action) for ply, action in enumerate(line.pv))
    move = vertex_of(game, player, line.action)
    if kata:
        shares = f"winrate {_share(value):.6f} prior {line.prior:.6f} lcb {bound:.6f}"
        utility = f"utility {value:.6f} utilityLcb {2 * bound - 1:.6f} weight {float(line.visits)}"
        return f"info move {move} visits {line.visits} {shares} {utility} order {order} pv {pv}"
    winrate, prior, lcb = (round(10_000 * share) for share in (_share(value), line.prior, bound))
    return f"info move {move} visits {line.visits} winrate {winrate} prior {prior} lcb {lcb} order {order} pv {pv}"


def _share(value: float) -> float:
    """Return the expected score, from 0 to 1."""
    return min(1.0, max(0.0, (1 + value) / 2))


def lower_bound(value: float, visits: int) -> float:
    """Return what the win rate is above with 95 % confidence, if visits were games; without visits, the win rate itself."""
    share = _share(value)
    return share if visits == 0 else max(0.0, share - DEVIATIONS * math.sqrt(share * (1 - share) / visits))


for dialect, as_kata in (("", True), ("lz-", False), ("kata-", True)):
    command(f"{dialect}analyze")(partial(analyse, kata=as_kata))
    command(f"{dialect}genmove_analyze")(partial(think_aloud, kata=as_kata))


@command("stop")
def stop(session: "Session", arguments: list[str]) -> str:
    return ""  # the line itself has ended the analysis


@command("clear_cache")
def clear_cache(session: "Session", arguments: list[str]) -> str:
    take(arguments, 0)
    session.forget()
    return ""
