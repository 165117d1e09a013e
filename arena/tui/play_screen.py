"""What a person can do at the table: point, type, and the commands of commands.py."""

from typing import Any

from textual.events import Key
from textual.widgets import Input

from arena.files.text import read_move
from arena.tui.board import Board
from arena.tui.board_screen import TextBoard
from arena.tui.boards.faces import Cell
from arena.tui.commands import BINDINGS, WORDS, help_text
from arena.tui.dialogs import Choice, Reading
from arena.tui.file_table import FileTable
from arena.tui.panel import side_name
from arena.tui.session import Session
from arena.tui.strength import LEVELS, Level, strength_of
from arena.tui.table import GETTING_READY
from games.errors import MoveError


class PlayScreen(FileTable):
    """A game, and what a person does with it."""

    BINDINGS = BINDINGS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does anything yet: before the rules are ready only leaving and reading do."""
        return self.session is not None or action in ("help", "quit", "theme") or not hasattr(PlayScreen, f"action_{action}")

    # Moves

    def on_board_pointed(self, message: Board.Pointed) -> None:
        """Make the move that a cell means, or pick up the piece on it."""
        session, face = self.session, self.face
        if session is None or face is None or not self._may_move(session):
            return
        position, cell = session.position, message.cell
        moves = {action: face.cells(position.state, action) for action in position.legal_actions()}
        plain = {action: cells for action, cells in moves.items() if face.is_plain(position.state, action)}
        if not plain:
            self._play(next(iter(moves)))  # nothing but to pass
        elif face.clicks == 2:
            self._pick(plain, cell)
        else:
            found = [action for action, cells in plain.items() if face.pointed(cells, cell)]
            if found:
                self._play(found[0])
            else:
                self.say(f"{face.column_names[cell[1]]}{face.row_names[cell[0]]} is not legal here.")

    def _pick(self, moves: dict[int, tuple[Cell, ...]], cell: Cell) -> None:
        """Move the piece that was picked up to a cell, or pick up the one there."""
        assert self.session
        found = [action for action, cells in moves.items() if cells == (self.picked, cell)]
        if len(found) == 1:
            self._play(found[0])
            return
        if found:
            names = [(self.game.move_name(self.session.position.state, action), action) for action in found]
            self.app.push_screen(Choice("The pawn becomes", names), self._play_at(self.session.at))
            return
        can_move = self.picked != cell and any(cells[0] == cell for cells in moves.values())
        if not can_move and self.picked is None:
            self.say("No piece can move from there.")
        self.picked = cell if can_move else None
        self.refresh_all()

    def on_text_board_chosen(self, message: TextBoard.Chosen) -> None:
        if self.session and self._may_move(self.session):
            self._play(self.session.position.legal_actions()[message.number])

    def on_key(self, event: Key) -> None:
        """Drop a disc into a column by its number."""
        if self.face and self.face.style == "frame" and event.character in self.face.column_names and self.session:
            event.stop()
            if self._may_move(self.session):
                self._typed_move(self.session, str(event.character))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what was typed, a command or a move."""
        text, session = event.value.strip(), self.session
        event.input.clear()
        if text.lower() in WORDS:
            self.call_later(self.run_action, f"screen.{WORDS[text.lower()]}")
        elif text and session and self._may_move(session):
            self._typed_move(session, text)

    def _typed_move(self, session: Session, text: str) -> None:
        try:
            self._play(read_move(session.position, text))
        except MoveError as error:
            self.say(str(error))

    def _may_move(self, session: Session) -> bool:
        if session.person_moves:
            return True
        self.say("The game is over: u takes back, n is a new game." if session.over else "It is the machine's turn.")
        return False

    def _play(self, action: int) -> None:
        assert self.session
        self.session.play(action)
        self.changed()

    def _play_at(self, ply: int) -> Any:
        """Return a function that plays an action where the game is still at that ply."""

        def play(action: int | None) -> None:
            if action is not None and self.session and self.session.at == ply and self._may_move(self.session):
                self._play(action)

        return play

    def action_other_move(self) -> None:
        """Make the move that is no cell: pass, or swap."""
        session = self.session
        if session is None or not self._may_move(session) or self.face is None:
            return
        position = session.position
        other = [action for action in position.legal_actions() if not self.face.is_plain(position.state, action)]
        if other:
            self._play(other[0])
        else:
            self.say("There is no pass or swap here.")

    def action_undo(self) -> None:
        if self.session and self.session.undo():
            self.changed()
        else:
            self.say("There is no move of yours to take back.")

    # The machine

    def action_hint(self) -> None:
        session, machine = self.session, self.brain.machine
        if machine is None:
            self.say(GETTING_READY)
        elif session and not session.over and session.person_moves:
            self.brain.analyse(session.position, machine.full)
            self._hinting = True
            self.say("Looking for a good move …")

    def action_now(self) -> None:
        self.brain.finish()

    def action_swap(self) -> None:
        assert self.session
        self._seat([not plays for plays in self.session.machines])

    def action_who(self) -> None:
        first, second = (side_name(self.face, side) for side in (0, 1))
        seats = [[False, True], [True, False], [True, True], [False, False]]
        texts = [f"you {first}, the machine {second}", f"the machine {first}, you {second}", "the machine both", "you both"]
        assert self.session
        now = seats.index(list(self.session.machines))
        self.app.push_screen(Choice("Who plays?", list(zip(texts, seats, strict=True)), now), self._seat)

    def _seat(self, machines: list[bool] | None) -> None:
        if machines is not None and self.session:
            self.session.machines, self.session.paused = machines, False
            if self.face and self.face.clicks == 2:
                self.flipped = machines == [True, False]
            self.changed()

    def action_pause(self) -> None:
        if self.session and not self.session.analysis:
            self.session.paused = not self.session.paused
            self.changed()

    def action_level(self) -> None:
        machine = self.brain.machine
        if machine and machine.player:
            self.say(f"{machine.name} has no levels: its strength is in its name.")
            return
        full = machine.full if machine else LEVELS["full"]
        names = list(LEVELS)
        texts = [f"{name:<9} {strength_of(name, full)}" for name in names]
        answers = list(zip(texts, names, strict=True))
        self.app.push_screen(Choice("How strong?", answers, names.index(self.level)), self._set_level)

    def _set_level(self, level: Level | None) -> None:
        if level is not None:
            self.level = level
            self.changed()

    # Looking

    def action_analysis(self) -> None:
        session = self.session
        assert session
        if not session.analysis:
            session.analysis = True
        elif not session.on_side_line and session.at == len(session.line):
            session.back_to_game()
        else:
            answers = [("back to the game", False), ("go on from this position", True)]
            self.app.push_screen(Choice("The analysis ends:", answers), self._end_analysis)
            return
        self.changed()

    def _end_analysis(self, from_here: bool | None) -> None:
        session = self.session
        if from_here is None or session is None:
            return
        message = ""
        if from_here:
            message = self.keep()
            session.go_on_from_here()
        else:
            session.back_to_game()
        self.changed(message)

    def action_step(self, plies: int) -> None:
        if self.session and self.session.step(plies):
            self.changed()

    def action_turn(self) -> None:
        if self.face and self.face.clicks == 2:
            self.flipped = not self.flipped
            self.refresh_all()

    def action_theme(self) -> None:
        self.say(self.app.next_theme())

    def action_type(self) -> None:
        self.query_one("#line", Input).focus()

    def action_board(self) -> None:
        if self.picked is not None:
            self.picked = None
            self.refresh_all()
        self.focus_board()

    def action_help(self) -> None:
        self.app.push_screen(Reading(help_text(self.face.style if self.face else None)))

    def action_quit(self) -> None:
        self.app.exit(0)
