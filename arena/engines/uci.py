"""uci:COMMAND: any chess engine as a player, through python-chess's engine module.

A player is one process. It is started when the player is made, so that a wrong command is told at once, and again when
it is asked after it has failed. All engines' pipes are served by one thread.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from functools import cache
from typing import Any, TypeVar

import chess.engine

from arena.files.chess_moves import action_on, board_with_moves
from arena.players.player import Player, PlayerFailedError, Thought
from games.game import Game
from games.position import Position
from zero.errors import PlayerError

START_SECONDS = 20.0  # that a program may take to say `uciok`; ours takes half a second
READY_SECONDS = 180.0  # … and then to be ready: a network is loaded, kernels are compiled
LATE_SECONDS = 10.0  # that a move may take longer than it was to
SEARCH_SECONDS = 300.0  # that a move may take where only its nodes are limited
QUIT_SECONDS = 1.0  # that it may take to end when it is told so
LAST_LINES = 50  # of stderr that are kept
INFO = chess.engine.INFO_BASIC | chess.engine.INFO_SCORE

Result = TypeVar("Result")


class UciPlayer(Player):
    """A chess engine. options: as it calls them; seconds and nodes: limits of a move, where a contest gives no time.

    Raises PlayerError where there is no such program, or it does not speak UCI, or knows no such option.
    """

    at_once = 1

    def __init__(
        self, game: Game, text: str, command: list[str], options: dict[str, str], seconds: float | None, nodes: int | None
    ) -> None:
        super().__init__(game, text)
        if game.name != "chess":
            raise PlayerError(f"player {text!r} plays chess, but the game is {game.name}")
        self.command, self.options, self.seconds, self.nodes = command, options, seconds, nodes
        self._said: deque[str] = deque(maxlen=LAST_LINES)
        self._engine: _Engine | None = None
        try:
            self._engine = self._started()
        except OSError as error:
            raise PlayerError(f"player {text!r}: {command[0]!r} cannot be run: {error.strerror or error}") from None
        except PlayerFailedError as error:
            raise PlayerError(f"player {text!r}: {error}{self._last_words()}") from None

    @property
    def errors(self) -> str:
        """The last lines that the program has written to stderr."""
        return "\n".join(self._said)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        return [self._consider(position) for position in positions]

    def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.end()

    def _consider(self, position: Position) -> Thought:
        try:
            engine = self._engine or self._started()
        except OSError as error:
            raise PlayerFailedError(f"cannot be run any more: {error.strerror or error}") from None
        self._engine = engine
        board, limit = board_with_moves(position), self._limit(position)
        seconds = SEARCH_SECONDS if limit.time is None and limit.white_clock is None else self._longest()
        try:
            played = engine.ask(engine.protocol.play(board, limit, game=position, info=INFO), seconds, "did not answer")
            return self._thought(position, board, played)
        except PlayerFailedError:
            self.close()
            raise

    def _started(self) -> "_Engine":
        """Return a new process that is ready. Raises OSError or PlayerFailedError."""
        engine = _Engine(self.command, self._said)
        try:
            engine.ask(engine.protocol.initialize(), START_SECONDS, "did not say uciok")
            known = {option.lower(): option for option in engine.protocol.options}
            options = dict(self.options)
            if "uci_showwdl" in known and not any(name.lower() == "uci_showwdl" for name in options):
                options["UCI_ShowWDL"] = "true"
            unknown = [name for name in options if name.lower() not in known]
            if unknown:
                raise PlayerFailedError(f"knows no option {unknown[0]!r}, only {', '.join(sorted(known.values()))}")
            engine.ask(engine.protocol.configure(options), START_SECONDS, "did not take its options")
            engine.ask(engine.protocol.ping(), READY_SECONDS, "did not say readyok")
        except PlayerFailedError:
            engine.end()
            raise
        return engine

    def _limit(self, position: Position) -> chess.engine.Limit:
        """Return what the engine is told about its time."""
        left = self.time_left
        if left is not None and left.clock is not None:
            white, black = left.clock if position.to_play == 0 else left.clock[::-1]
            limit = chess.engine.Limit(white_clock=white, black_clock=black, remaining_moves=left.moves_to_go)
            limit.white_inc = limit.black_inc = left.increment
            return limit
        if left is not None:
            return chess.engine.Limit(time=left.seconds)
        return chess.engine.Limit(time=self.seconds, nodes=self.nodes)

    def _longest(self) -> float:
        """Return after how many seconds an engine that was told its time counts as hanging."""
        if self.time_left is None:
            return (self.seconds or 0.0) + LATE_SECONDS
        return (self.time_left.clock or (self.time_left.seconds,))[0] + LATE_SECONDS

    def _thought(self, position: Position, board: chess.Board, played: chess.engine.PlayResult) -> Thought:
        action = action_on(board, played.move) if played.move else None
        if action is None or action not in position.legal_actions():
            raise PlayerFailedError(f"answered {played.move.uci() if played.move else 'no move'} in {board.fen()}")
        score, chances = played.info.get("score"), played.info.get("wdl")
        if score is None:
            return Thought(action)
        mate = score.relative.mate()
        if mate:
            sign = 1.0 if mate > 0 else -1.0
            return Thought(action, sign, (max(0.0, sign), 0.0, max(0.0, -sign)), 2 * abs(mate) - (mate > 0))
        wdl = chances.relative if chances else score.relative.wdl(model="sf", ply=max(1, board.ply()))
        win, draw, loss = (count / wdl.total() for count in wdl)
        return Thought(action, win - loss, (win, draw, loss))

    def _last_words(self) -> str:
        return f"; its stderr ends with: {self._said[-1][:200]}" if self._said else ""


class _Engine:
    """A running process, in a process group of its own. said: where its lines on stderr go. Raises OSError."""

    def __init__(self, command: list[str], said: "deque[str]") -> None:
        self.loop = _loop()
        start = self._start(command, said)
        self.transport, self.protocol = asyncio.run_coroutine_threadsafe(start, self.loop).result()

    async def _start(self, command: list[str], said: "deque[str]") -> tuple[asyncio.SubprocessTransport, "_Protocol"]:
        run = asyncio.get_running_loop().subprocess_exec
        return await run(lambda: _Protocol(said), *command, process_group=0)

    def ask(self, answer: Coroutine[Any, Any, Result], seconds: float, late: str) -> Result:
        """Return what a coroutine of the protocol gives. Raises PlayerFailedError where the process fails to answer."""
        future = asyncio.run_coroutine_threadsafe(answer, self.loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise PlayerFailedError(f"{late} within {seconds:g} s") from None
        except chess.engine.EngineTerminatedError as error:
            raise PlayerFailedError(f"has ended: {error}") from None
        except chess.engine.EngineError as error:
            raise PlayerFailedError(str(error)) from None

    def end(self) -> None:
        """Tell the process to quit, and end all of its group that is still there."""
        with contextlib.suppress(PlayerFailedError):
            self.ask(self.protocol.quit(), QUIT_SECONDS, "did not quit")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.transport.get_pid(), signal.SIGKILL)
        self.loop.call_soon_threadsafe(self.transport.close)


class _Protocol(chess.engine.UciProtocol):
    """python-chess's, but that lines on stderr are kept instead of logged."""

    def __init__(self, said: "deque[str]") -> None:
        super().__init__()
        self.said = said

    def error_line_received(self, line: str) -> None:
        self.said.append(line)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop that serves all engines, in a thread that ends with the program."""
    logging.getLogger("chess.engine").addHandler(logging.NullHandler())  # strange lines of an engine are not for the screen
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="engines", daemon=True).start()
    return loop
