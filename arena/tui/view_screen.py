"""`zero view` on a screen: the games of a records file, with the search's policy as heat on the board."""

from textual.binding import Binding

from arena.players.player import wdl_of
from arena.tui.app import INTERRUPTED, LOST, ZeroApp
from arena.tui.board import Board
from arena.tui.board_screen import BoardScreen
from arena.tui.boards.faces import Cell
from arena.tui.dialogs import Line, Reading
from arena.tui.panel import BestMove, View, side_name
from arena.tui.readings import SHOWN, for_first, notes_of, scene_of
from arena.tui.recorded import OPENING, Ply, Recorded, policy_of
from games.position import Position

HELP = """LOOK
 → and ←, . and ,   a move on, a move back
 Home, End          the first and the last position
 ↓ and ↑            the next game, the one before
 g                  a game by its number
 t                  colours: default, colour-blind, monochrome
 f                  turn the board (chess)
 q                  quit

READ
 Warm cells are where the search wanted to play: the policy that
 the network learns, in per cent. Moves of random openings and
 quick searches have none. Bar and graph are for who moves first,
 the value beside a move for the side to move."""


class ViewScreen(BoardScreen):
    """Steps through recorded games."""

    BINDINGS = [  # noqa: RUF012
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("right,full_stop,pagedown,space", "step(1)", "on", key_display="→"),
        Binding("left,comma,pageup", "step(-1)", "back", key_display="←"),
        Binding("down,n", "game(1)", "next game", key_display="↓"),
        Binding("up", "game(-1)", "game before", key_display="↑"),
        Binding("home", "step(-100000)", show=False),
        Binding("end", "step(100000)", show=False),
        Binding("g", "number", "game"),
        Binding("t", "theme", "theme"),
        Binding("f", "turn", show=False),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, records: Recorded, number: int) -> None:
        super().__init__(records.game, person=False)
        self.records, self.number, self.turned = records, number, False
        self.position = Position(records.game)
        self.names: list[str] = []

    def on_mount(self) -> None:
        super().on_mount()
        self._begin(self.number)

    def _begin(self, number: int) -> None:
        """Show the first position of a game."""
        self.number, self.recorded = number, self.records[number]
        self.position, plies = Position(self.game), self.recorded.plies
        self.names = self.position.names_of([ply.action for ply in plies])
        known = {at: ply.value for at, ply in enumerate(plies) if ply.kind != OPENING and ply.value is not None}
        self.values = {at: value if at % 2 == 0 else -value for at, value in known.items()}
        self.values[len(plies)] = float(self.recorded.outcome)
        self._show()

    def _show(self) -> None:
        at, plies = self.position.ply, self.recorded.plies
        ply = plies[at] if at < len(plies) else None
        policy = policy_of(self.position, ply) if ply else {}
        if isinstance(self.board, Board) and self.face:
            heat: dict[Cell, float] = {}
            for action, share in policy.items():
                for cell in self.face.cells(self.position.state, action)[-1:]:
                    heat[cell] = heat.get(cell, 0.0) + share
            scene = scene_of(self.face, self.position)
            self.board.show(scene._replace(heat=heat, turned=self.turned, targets=frozenset()))
        elif not isinstance(self.board, Board):
            self.board.show(self.position)
        self.panel.show(self._view(ply, policy))
        place = f"game {self.number + 1} of {len(self.records)}"
        of = "" if self.records.players else f"generation {self.records.generation} · "
        self.tell_status(f"{self.game.name} · {of}{place}")
        self.say(self._words(ply))

    def _view(self, ply: Ply | None, policy: dict[int, float]) -> View:
        ranked = sorted(policy.items(), key=lambda item: -item[1])[:SHOWN]
        best = [BestMove(self.game.move_name(self.position.state, action), f"{100 * share:.1f} %", "", share)
                for action, share in ranked]  # fmt: skip
        names, to_play = self.records.names(self.number), self.position.to_play if ply else None
        view = View(names, to_play, title="the search's policy", best=best)
        view = view._replace(notes=notes_of(self.face, self.position), values=self.values, moves=self.names, at=self.position.ply)
        if ply is None or ply.kind == OPENING or ply.value is None or ply.draw is None:
            return view
        return view._replace(wdl=for_first(self.position, wdl_of(ply.value, ply.draw)))

    def _words(self, ply: Ply | None) -> str:
        winner = {1: 0, -1: 1}.get(self.recorded.outcome)
        result = "a draw" if winner is None else f"{side_name(self.face, winner)} won"
        given_up = ", the other gave up" if self.recorded.given_up else ""
        end = f"{result} after {len(self.recorded.plies)} plies{given_up}"
        if ply is None:
            return f"The end: {end}."
        value = "" if ply.value is None else f", value {ply.value:+.2f}"
        thought = "a random opening" if ply.kind == OPENING else f"{ply.kind}{value}"
        return f"ply {self.position.ply + 1}: {self.names[self.position.ply]} ({thought}); {end}"

    def action_step(self, plies: int) -> None:
        moves = self.recorded.plies
        target = min(max(0, self.position.ply + plies), len(moves))
        while self.position.ply > target:
            self.position.undo()
        while self.position.ply < target:
            self.position.play(moves[self.position.ply].action)
        self._show()

    def action_game(self, games: int) -> None:
        self._begin((self.number + games) % len(self.records))

    def action_number(self) -> None:
        most = len(self.records)

        def wrong(text: str) -> str:
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
            return "" if 1 <= number <= most else f"Expected a number from 1 to {most}."

        self.app.push_screen(Line("Game number", check=wrong), lambda text: self._begin(int(text) - 1) if text else None)

    def action_theme(self) -> None:
        self.say(self.app.next_theme())

    def action_turn(self) -> None:
        self.turned = not self.turned and self.face is not None and self.face.clicks == 2
        self._show()

    def action_help(self) -> None:
        self.app.push_screen(Reading(HELP))

    def action_quit(self) -> None:
        self.app.exit(0)


def view(records: Recorded, number: int, theme: str | None) -> int:
    """Show records on the screen and return the exit status."""
    app = ZeroApp(ViewScreen(records, number), theme)
    app.run()
    if app.error is not None:
        raise app.error
    if app.return_value == INTERRUPTED:
        raise KeyboardInterrupt
    return app.return_value if app.return_value == LOST else app.return_code or 0
