"""The course of a game on the screen: whose turn it is, what is being thought, what is shown. What keys do: play_screen.py."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from arena.files.text import moves_of
from arena.players.player import PlayerFailedError
from arena.tui import storage
from arena.tui.board import Board
from arena.tui.board_screen import BoardScreen
from arena.tui.boards.faces import Cell
from arena.tui.brain import Answered, Brain, Failed, Found, Machine, Ready
from arena.tui.panel import View, Wdl, side_name
from arena.tui.readings import LONGEST_VARIATION, best_moves, for_first, notes_of, scene_of
from arena.tui.session import Session
from arena.tui.strength import Level, strength_of
from games.game import Game
from games.position import Position

if TYPE_CHECKING:
    from arena.analysis.analyst import Report
    from arena.players.player import Thought

PACE = 0.5  # seconds between two moves of the machine against itself
GETTING_READY = "The machine is getting ready; you can begin."


class Begun(Message):
    """The rules are ready, and the game that is to be played."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session


class Table(BoardScreen):
    """A game, and what thinks about it.

    begin: gives the session, machine: what there is to think with; both are called in a thread of their own.
    """

    def __init__(self, game: Game, begin: Callable[[], Session], machine: Callable[[], Machine], level: Level, seed: int) -> None:
        super().__init__(game)
        self.begin, self.make_machine, self.level = begin, machine, level
        self.brain = Brain(self.post_message, seed)
        self.session: Session | None = None
        self.picked: Cell | None = None  # the piece of chess that is about to move
        self.flipped = False
        self.files: list[str] = []  # where games were saved
        self._seen: tuple[Position, Report] | None = None  # what was searched last, and what was found
        self._wdl: Wdl | None = None
        self._hint: tuple[Cell, ...] = ()
        self._hinting = False
        self._moved_at = 0.0
        self._names: list[str] = []  # of the moves of the line

    def on_mount(self) -> None:
        super().on_mount()
        self.tell_status(f"{self.game.name}: getting the rules ready …")
        self.brain.run(lambda: self.post_message(Begun(self.begin())))
        self.brain.load(self.make_machine)

    def on_unmount(self) -> None:
        self.brain.close()

    def on_begun(self, message: Begun) -> None:
        self.sit_down(message.session)

    def on_ready(self, message: Ready) -> None:
        self.changed()

    def on_failed(self, message: Failed) -> None:
        """Go on without a player that has failed; end where anything else went wrong."""
        if isinstance(message.error, PlayerFailedError) and self.session:
            self.session.machines = [False, False]
            self.changed()
            self.say(f"{message.error}. You play both sides now.")
        else:
            self.app.fail(message.error)

    def sit_down(self, session: Session) -> None:
        """Begin with another game."""
        self.session = session
        self.refresh_bindings()  # keys that do nothing without a game are not shown before there is one
        self._seen = self._wdl = None
        self.flipped = bool(self.face and self.face.clicks == 2 and session.machines == [True, False])
        self.changed()

    def changed(self, message: str = "") -> None:
        """Draw the position anew, and let whoever is to move begin. message: instead of the usual one."""
        session = self.session
        if session is None:
            return
        self.brain.stop()
        self.picked, self._hint, self._hinting = None, (), False
        self._names = session.position.rewound().names_of(session.line)
        self.refresh_all()
        if session.over and not session.analysis:
            message = message or f"{self.result()} {self.keep()}"
        elif self.brain.machine is None:
            message = message or GETTING_READY
        elif session.analysis and not session.over:
            self.brain.analyse(session.position)
        elif session.machine_moves:
            self.brain.move(session.position, strength_of(self.level, self.brain.machine.full))
        self.say(message or self._usual())

    def keep(self) -> str:
        """Save the game where it has moves that are not on disk; return what to say."""
        if self.session is None or not self.session.unsaved:
            return ""
        path = storage.keep(self.session, self.machine_name)
        if path is None:
            return f"The game could not be saved; its moves were {' '.join(moves_of(self.session.whole()))}"
        self.files.append(str(path))
        return f"The game is saved in {path}."

    @property
    def machine_name(self) -> str:
        return self.brain.machine.name if self.brain.machine else "the machine"

    def result(self) -> str:
        """Return how the game ended."""
        session = self.session
        assert session
        winner = session.position.winner()
        if winner is None:
            return "A draw."
        alone = session.machines.count(False) == 1
        if alone:
            return "You lose." if session.machines[winner] else "You win!"
        return f"{side_name(self.face, winner)} wins."

    def on_found(self, message: Found) -> None:
        """Show what a search has found so far."""
        session = self.session
        if message.wish != self.brain.wish or session is None:
            return
        self._look(session.position, message.report)
        if self._hinting and message.final:
            self._hinting = False
            line = message.report.lines[0]
            name = self.game.move_name(session.position.state, line.action)
            self._hint = self.face.cells(session.position.state, line.action) if self.face else ()
            win, draw, loss = (round(100 * part) for part in message.report.wdl)
            self.say(f"hint: {name}; win {win} %, draw {draw} %, loss {loss} %")
        self.refresh_all()

    def on_answered(self, message: Answered) -> None:
        """Make the machine's move, at a pace that can be followed."""
        session = self.session
        if message.wish != self.brain.wish or session is None:
            return
        wait = PACE - (time.monotonic() - self._moved_at) if all(session.machines) else 0
        if wait > 0:
            self.set_timer(wait, lambda: self.on_answered(message))
            return
        self._moved_at = time.monotonic()
        if message.report is not None:
            self._look(session.position, message.report)
        elif message.thought is not None:
            self._take(session.position, message.thought)
        session.play(message.action)
        self.changed()

    def _look(self, position: Position, report: "Report") -> None:
        assert self.session
        self._seen, self._wdl = (position.copy(), report), for_first(position, report.wdl)
        if report.fresh or report.lines:
            self.session.note(report.value)

    def _take(self, position: Position, thought: "Thought") -> None:
        assert self.session
        self._seen = None
        self._wdl = for_first(position, thought.wdl) if thought.wdl else None
        if thought.value is not None:
            self.session.note(thought.value)

    def _usual(self) -> str:
        """Return what to say of the position."""
        session = self.session
        assert session
        if session.analysis:
            branch = "a side line; " if session.on_side_line else ""
            return f"Analysis ({branch}a: back to the game). Ply {session.at} of {len(session.line)}."
        if session.paused:
            return "Pause. Space: go on."
        side = side_name(self.face, session.position.to_play)
        if session.machines[session.position.to_play]:
            return f"{side}: {self.machine_name} thinks …"
        return f"Your move ({side})." if any(session.machines) else f"{side} to move."

    def refresh_all(self) -> None:
        """Show position and panel."""
        session = self.session
        if session is None:
            return
        position = session.position
        if isinstance(self.board, Board) and self.face:
            scene = scene_of(self.face, position)._replace(picked=self.picked, hint=self._hint, turned=self.flipped)
            if self.picked is not None:
                moves = [self.face.cells(position.state, action) for action in position.legal_actions()]
                scene = scene._replace(targets=frozenset(cells[-1] for cells in moves if cells[0] == self.picked))
            self.board.show(scene)
        elif not isinstance(self.board, Board):
            self.board.show(position)
        self.panel.show(self._view(session))
        self._tell()

    def _tell(self) -> None:
        machine = self.brain.machine
        loading = "" if machine else " · the machine is loading …"
        level = "" if machine and machine.player else f" · level {self.level}"
        self.tell_status(f"{self.game.name}{level}{' · analysis' if self.session and self.session.analysis else ''}{loading}")

    def _view(self, session: Session) -> View:
        position = session.position
        first, second = (self.machine_name if plays else "you" for plays in session.machines)
        view = View((first, second), None if session.over else position.to_play, self._wdl)
        view = view._replace(notes=notes_of(self.face, position), values=session.values, moves=self._names, at=session.at)
        if self._seen is None or not self._seen[1].lines:
            return view
        searched, report = self._seen
        title = f"{side_name(self.face, searched.to_play)} to move, {report.simulations:,} simulations"
        line = " ".join(searched.names_of(report.lines[0].pv[:LONGEST_VARIATION]))
        return view._replace(title=title, best=best_moves(searched, report), variation=line)
