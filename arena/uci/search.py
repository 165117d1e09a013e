"""One `go`: what is told while it runs, when it ends, and the one answer that it gets."""

import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from arena.uci.go import Go, seconds_of
from arena.uci.info import info_lines
from arena.uci.options import Options
from arena.uci.strength import draw, strength_of

if TYPE_CHECKING:
    import chess

    from arena.analysis.analyst import Report
    from arena.analysis.thinker import Limit, Thinker
    from arena.uci.place import Place

EVERY = 0.25  # seconds between two looks at a search, which cost some milliseconds in a large tree …
OFTEN = 0.05  # … where what it finds ends it (depth, mate) …
QUIET = 1.0  # … and between two times that the same best line is told
CHANCE = random.Random()


class Search:
    """The search that a `go` asks for.

    `watch` and `done` are called in the thinker's thread, the rest in the server's; the answer is told once, by
    whichever of them comes last: the end of the search, or leave to answer.
    """

    def __init__(self, thinker: "Thinker", place: "Place", go: Go, options: Options, say: Callable[[str], None]) -> None:
        self.thinker, self.go, self.say = thinker, go, say
        self.position, self.board = place.position, place.board.copy(stack=False)
        self.best, self.wdl = options.whole("MultiPV"), options.on("UCI_ShowWDL")
        self.overhead, self.debug = options.whole("Move Overhead") / 1000, options.debug
        self.temperature, self.most = _weakness(options)
        self.held, self.pondering = go.held, go.ponder
        self.only = tuple(_asked_for(place, go.searchmoves)) or None
        self._answering = threading.Lock()
        self._report: Report | None = None  # at the end
        self._answered = False
        self._ends: float | None = None  # by the clock of time.monotonic
        self._told: tuple[object, float] = (None, 0.0)
        self._began = time.monotonic()

    def start(self) -> None:
        """Begin. Raises what the search before this one failed with."""
        limit = self._limit()
        if self.debug:
            self.say(f"info string limits: {limit.simulations or 'no'} nodes, {limit.seconds or 'no'} seconds")
        often = self.go.depth is not None or self.go.mate is not None
        self.thinker.start(self.position, limit, self.watch, OFTEN if often else EVERY, self.done)

    @property
    def running(self) -> bool:
        """Whether the client still waits for an answer."""
        return not self._answered

    @property
    def dead(self) -> bool:
        """Whether the search has ended without a result, which would leave the client waiting for an answer that is due."""
        return self.running and not self.held and self._report is None and not self.thinker.busy

    def stop(self) -> None:
        """Answer now."""
        self._release()
        try:
            self.thinker.stop()
        except Exception as error:  # whatever it was, the client waits for a move
            self.fail(error)

    def ponderhit(self) -> None:
        """Go on as if the move had just been asked for: the opponent made the move that we pondered on."""
        if not self.pondering:
            return
        self.pondering = False
        self.thinker.change(self._limit(time.monotonic() - self._began))
        if not self.go.infinite:
            self._release()

    def cancel(self) -> None:
        """Never answer."""
        self._answered = True

    def fail(self, error: BaseException | None) -> None:
        """Answer with a legal move although the search could not go on."""
        with self._answering:
            if not self._answered:
                self._answered = True
                self.say(f"info string the search failed: {type(error).__name__}: {str(error)[:200]}")
                self.say("info depth 0 score cp 0")
                self.say(f"bestmove {any_move(self.board)}")

    def watch(self, report: "Report") -> None:
        """Look at a search that goes on: tell what is new, and end it where the answer is there."""
        known = (report.lines[0].pv, report.lines[0].plies) if report.lines else None
        now = time.monotonic()
        if known != self._told[0] or now - self._told[1] >= QUIET:
            self._told = (known, now)
            self._tell(report)
        if not self.held and self._enough(report):
            self.thinker.change(_ended())

    def done(self, report: "Report") -> None:
        """Answer, or keep the answer until the client may hear it."""
        self._report = report
        if not self.held:
            self._answer()

    def _release(self) -> None:
        self.held = False
        if self._report is not None:
            self._answer()

    def _answer(self) -> None:
        with self._answering:
            if self._answered or self._report is None:
                return
            self._answered = True
            self._tell(self._report)
            self.say(" ".join(["bestmove", *self._choice(self._report)]))

    def _choice(self, report: "Report") -> list[str]:
        """Return the words that follow on `bestmove`."""
        if not report.lines:  # over by our rules, though a client may want to see a move
            return [any_move(self.board)]
        number = draw([line.visits for line in report.lines], self.temperature, CHANCE)
        moves = self._moves(report.lines[number].pv)[:2]
        return moves if len(moves) == 1 else [moves[0], "ponder", moves[1]]

    def _tell(self, report: "Report") -> None:
        for line in info_lines(report, self._moves, self.best, self.wdl):
            self.say(line)

    def _moves(self, actions: tuple[int, ...]) -> list[str]:
        from arena.files.chess_moves import line_on

        return [move.uci() for move in line_on(self.board, actions)]

    def _limit(self, past: float = 0.0) -> "Limit":
        """Return when the search ends by itself. past: seconds that it has run before its time began to count."""
        from arena.analysis.thinker import Limit

        if self.held and (self.pondering or self.go.infinite):
            return Limit(self.most, None, self.only)
        nodes = [max(1, limit) for limit in (self.go.nodes, self.most) if limit is not None]
        seconds = seconds_of(self.go, self.board.turn, self.overhead, self.board.ply())
        self._ends = None if seconds is None else time.monotonic() + seconds
        return Limit(min(nodes, default=None), None if seconds is None else past + seconds, self.only)

    def _enough(self, report: "Report") -> bool:
        """Return whether the depth or mate that was asked for is there, or, on a clock, more time would change nothing."""
        if not report.lines:
            return True
        best = report.lines[0]
        if self.go.depth is not None and len(best.pv) >= self.go.depth:
            return True
        if self.go.mate is not None and best.plies is not None and best.value == 1 and (best.plies + 1) // 2 <= self.go.mate:
            return True
        return self.go.on_a_clock and self._settled(report)

    def _settled(self, report: "Report") -> bool:
        """Return whether no other move could come to have more visits than the best one in the time that is left."""
        best = report.lines[0]
        if len(report.lines) == 1 or (best.plies is not None and best.value != 0):
            return True
        left = max(0.0, (self._ends or 0.0) - time.monotonic())
        return report.seconds > 0 and best.visits > report.lines[1].visits + report.fresh / report.seconds * left


def any_move(board: "chess.Board") -> str:
    """Return a legal move in UCI's notation, `(none)` where there is none."""
    move = next(iter(board.legal_moves), None)
    return move.uci() if move else "(none)"


def _asked_for(place: "Place", moves: tuple[str, ...]) -> list[int]:
    """Return the legal actions among the moves of `searchmoves`."""
    from arena.files.chess_moves import action_on

    found = []
    for text in moves:
        try:
            action = action_on(place.board, place.board.parse_uci(text))
        except ValueError:
            continue
        found += [action] if action is not None else []
    return found


def _weakness(options: Options) -> tuple[float, int | None]:
    """Return the temperature that moves are drawn with, and the most simulations, None for any number."""
    if options.on("UCI_AnalyseMode"):
        return 0.0, None
    temperature = options.number("Temperature") or 0.0
    if not options.on("UCI_LimitStrength"):
        return temperature, None
    strength = strength_of(options.whole("UCI_Elo"))
    return max(temperature, strength.temperature), strength.simulations


def _ended() -> "Limit":
    from arena.analysis.thinker import Limit

    return Limit(simulations=1, seconds=0.0)
