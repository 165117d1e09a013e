"""gtp:COMMAND, a player behind the Go Text Protocol: any program for Go, Othello, Gomoku or Hex.

A process plays one game at a time. It is told the size of the board, the komi, and the moves that it doesn't know yet;
then it is asked for its own.
"""

import time
from collections.abc import Sequence

from arena.engines.pool import EnginePool
from arena.engines.process import EngineProcess
from arena.files.games import start_of, suffix_of
from arena.files.stones import BLACK, COLOURS, WHITE, board_shape, pass_action, rows_of, stones_of
from arena.gtp.vertices import read_vertex, vertex_at, vertex_of
from arena.players.player import Player, PlayerFailedError, PlayerResignedError, Thought, TimeLeft
from games.errors import MoveError
from games.game import Game
from games.position import Position
from zero.errors import PlayerError

PATIENCE = 120.0  # seconds for an answer where no time is given, and for the first move: a network may have to be loaded
SLACK = 10.0  # seconds on top, where a time is given
MOST_LINES = 10_000  # of an answer


class RefusedError(Exception):
    """The program answered with a question mark."""


class GtpEngine:
    """One process, and what it knows of a game."""

    def __init__(self, process: EngineProcess, game: Game) -> None:
        self.game, self.process = game, process
        self.known: list[str] | None = None  # commands that set up the game it is in; None: that is not known
        self.told_time: str | None = None  # settings, since the game began
        self.has_moved = False
        self.commands: set[str] = set()

    def meet(self) -> None:
        """Ask for its commands. Raises PlayerFailedError."""
        self.commands = set(self.ask("list_commands").split())

    def ask(self, command: str, patience: float | None = None) -> str:
        """Return the answer to a command. Raises PlayerFailedError where there is none in time, or it is refused."""
        try:
            return self._ask(command, PATIENCE if patience is None else patience)
        except RefusedError as error:
            raise PlayerFailedError(f"refuses {command!r}: {error}") from None

    def follow(self, position: Position) -> None:
        """Tell the moves that lead to a position, from the start where they don't follow on what is known."""
        wanted, known = self.commands_to(position), self.known
        if known is None or wanted[: len(known)] != known:
            self.known = self.told_time = None
            for command in (f"boardsize {board_shape(self.game)[0]}", "clear_board"):
                self.ask(command)
            if self.game.name == "go":
                self.ask(f"komi {self.game._asdict()['komi']:g}")
            self.known = known = []
        for command in wanted[len(known) :]:
            try:
                self._ask(command, PATIENCE)
            except RefusedError as error:
                if not (self.game.name == "othello" and command.endswith(" pass")):  # some take it for granted there
                    raise PlayerFailedError(f"refuses {command!r}: {error}") from None
            known.append(command)

    def commands_to(self, position: Position) -> list[str]:
        """Return the commands that lead from an empty board to a position. Raises PlayerFailedError where none do."""
        game, begun = self.game, position.rewound()
        commands = []
        if start_of(position) is not None:
            if game.name == "othello":
                raise PlayerFailedError("cannot be told a position of Othello that is no game's first")
            commands = self._setup(begun)
        first = begun.to_play
        return commands + [_play(game, (first + ply) % 2, action) for ply, action in enumerate(position.actions)]

    def _setup(self, position: Position) -> list[str]:
        """Return the commands that put the stones of a position on the board."""
        game, rows = self.game, rows_of(position)
        black, white = ([vertex_at(game, cell) for cell in stones_of(rows, player)] for player in (BLACK, WHITE))
        if len(black) > 1 and not white and "set_free_handicap" in self.commands:
            return [f"set_free_handicap {' '.join(black)}"]
        return [f"play black {vertex}" for vertex in black] + [f"play white {vertex}" for vertex in white]

    def tell_time(self, player: int, left: TimeLeft | None) -> float:
        """Tell the time for the next move; return how long to wait for it."""
        if left is None:
            return PATIENCE
        if "time_settings" in self.commands:
            if left.clock is None:
                self._settle_time(f"time_settings 0 {max(1, int(left.seconds))} 1")  # each move has a period of its own
            elif self.told_time is None:
                self._settle_time(f"time_settings {max(1, int(left.clock[0]))} 0 0")
        if left.clock is not None and "time_left" in self.commands:
            for who, seconds in zip((player, 1 - player), left.clock, strict=True):
                self.ask(f"time_left {COLOURS[who]} {max(0, int(seconds))} 0")
        return (left.seconds if left.clock is None else left.clock[0]) + SLACK

    def _settle_time(self, settings: str) -> None:
        if settings != self.told_time:
            self.ask(settings)
            self.told_time = settings

    def move(self, position: Position, patience: float) -> int:
        """Return the program's move. Raises PlayerFailedError where it gives none that is legal, PlayerResignedError."""
        player = position.to_play
        text = self.ask(f"genmove {COLOURS[player]}", patience if self.has_moved else max(patience, PATIENCE)).strip()
        known, self.known, self.has_moved = self.known, None, True
        if text.lower() == "resign":
            raise PlayerResignedError("resigns")
        try:
            action = read_vertex(self.game, player, text)
        except MoveError:
            raise PlayerFailedError(f"answers {text[:40]!r}, which is no move") from None
        if action not in position.legal_actions():
            raise PlayerFailedError(f"answers {text[:40]!r}, which is not legal")
        self.known = [*(known or []), _play(self.game, player, action)]
        return action

    def _ask(self, command: str, patience: float) -> str:
        deadline = time.monotonic() + patience
        self.process.send(command)
        while not (line := self.process.read_line(deadline)).startswith(("=", "?")):
            pass  # what some programs write between answers
        lines = [line[1:].lstrip("0123456789")]
        while rest := self.process.read_line(deadline).strip():
            lines.append(rest)
            if len(lines) > MOST_LINES:
                raise PlayerFailedError(f"answers {command!r} with more than {MOST_LINES} lines")
        text = "\n".join(lines).strip()
        if line.startswith("?"):
            raise RefusedError(text[:200])
        return text


class GtpProgram(Player):
    """Plays what one process answers. It is started again when it is asked after it has failed."""

    at_once = 1

    def __init__(self, game: Game, text: str, command: list[str], seconds: float | None) -> None:
        super().__init__(game, text)
        if suffix_of(game) != ".sgf":
            raise PlayerError(f"player {text!r}: GTP has no words for {game.name}")
        self.command, self.seconds = command, seconds
        self._engine: GtpEngine | None = None
        self._failed: GtpEngine | None = None
        try:
            self._started().follow(Position(game))
        except PlayerFailedError as error:
            self.close()
            last = f"; its stderr ends with: {self.errors.splitlines()[-1][:200]}" if self.errors else ""
            raise PlayerError(f"player {text!r}: {error}{last}") from None

    @property
    def errors(self) -> str:
        """The last lines that the program wrote on stderr."""
        engine = self._engine or self._failed
        return engine.process.errors if engine else ""

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        return [self._consider(position) for position in positions]

    def close(self) -> None:
        if self._engine is not None:
            self._engine.process.close("quit")
            self._engine, self._failed = None, self._engine

    def _consider(self, position: Position) -> Thought:
        if self.game.name == "othello" and position.legal_actions() == [pass_action(self.game)]:
            return Thought(position.legal_actions()[0])  # not all programs are ready to be asked
        left = self.time_left or (TimeLeft(self.seconds) if self.seconds else None)
        try:
            engine = self._started()
            engine.follow(position)
            return Thought(engine.move(position, engine.tell_time(position.to_play, left)))
        except PlayerResignedError:
            raise
        except PlayerFailedError:
            self.close()
            raise

    def _started(self) -> GtpEngine:
        """Return the process that runs, or a new one. Raises PlayerFailedError where it does not answer."""
        if self._engine is None:
            process = EngineProcess(self.name, self.command)
            self._engine = GtpEngine(process, self.game)
            self._engine.meet()
        return self._engine


class GtpPlayer(EnginePool):
    """As many processes of a program as games are to be played side by side. seconds: a move, where a contest gives no time.

    Raises PlayerError where the program cannot be started, or doesn't play this game on this board.
    """

    def __init__(self, game: Game, text: str, command: list[str], seconds: float | None = None) -> None:
        super().__init__(game, text, lambda: GtpProgram(game, text, command, seconds))


def _play(game: Game, player: int, action: int) -> str:
    return f"play {COLOURS[player]} {vertex_of(game, player, action)}"
