"""A game on the table, without a screen: the moves, the position that is looked at, who plays which side.

In analysis the game rests: one steps through it and tries other moves, which are a side line and leave the game as it
is. Every value that is kept is for the player who began.
"""

from games.game import Game
from games.position import Position
from games.rules import ONGOING

SIDES = ("first", "second")


class Session:
    """One game. machines: for each side, whether the machine plays it."""

    def __init__(self, position: Position, machines: tuple[bool, bool] = (False, True)) -> None:
        self.position = position.copy()  # the one that is shown
        self.line = list(position.actions)  # the game, or the side line that is being tried
        self.values: dict[int, float] = {}  # by ply of the line: expected outcome for the player who began
        self.machines = list(machines)
        self.paused = self.analysis = False
        self.saved = list(position.actions)  # what is safe on disk, or needs not be
        self._game: tuple[list[int], dict[int, float]] | None = None  # the game, while a side line is tried

    @property
    def game(self) -> Game:
        return self.position.game

    @property
    def at(self) -> int:
        """The ply that is shown."""
        return self.position.ply

    @property
    def over(self) -> bool:
        """Whether the game is over in the position that is shown."""
        return self.position.outcome() != ONGOING

    @property
    def on_side_line(self) -> bool:
        return self._game is not None

    @property
    def actions(self) -> list[int]:
        """The moves of the game, without side lines."""
        return self._game[0] if self._game else self.line

    @property
    def game_values(self) -> dict[int, float]:
        """The values of the game's plies, without side lines."""
        return self._game[1] if self._game else self.values

    @property
    def unsaved(self) -> bool:
        """Whether the game has moves that are not on disk."""
        return bool(self.actions) and self.actions != self.saved[: len(self.actions)]

    @property
    def machine_moves(self) -> bool:
        """Whether the machine is to move now."""
        return not (self.analysis or self.paused or self.over) and self.machines[self.position.to_play]

    @property
    def person_moves(self) -> bool:
        """Whether a person may move now."""
        return not self.over and (self.analysis or not self.machines[self.position.to_play])

    def whole(self) -> Position:
        """Return the last position of the game, with all that led to it."""
        position = self.position.rewound()
        for action in self.actions:
            position.play(action)
        return position

    def play(self, action: int) -> None:
        """Make a move in the position that is shown. Raises MoveError where it is not legal."""
        if self.at < len(self.line) and self.line[self.at] == action:
            self.position.play(action)
            return
        self.position.play(action)
        if self.analysis and self._game is None:
            self._game = list(self.line), dict(self.values)
        self._cut(self.at - 1)
        self.line.append(action)

    def undo(self) -> bool:
        """Take moves back until a person is to move; return whether there was one to take back.

        While the machine thinks that is one move, else the machine's answer and the move before it. Where the machine
        plays both sides, one move is taken back, and it pauses. In analysis: a step back.
        """
        if self.analysis:
            return self.step(-1)
        people = [side for side in (0, 1) if not self.machines[side]]
        plies = self._plies_to_undo(people)
        if plies == 0:
            return False
        for _ in range(plies):
            self.position.undo()
        self._cut(self.at)
        self.paused = self.paused or not people
        return True

    def _plies_to_undo(self, people: list[int]) -> int:
        """Return how many moves are to be taken back: up to one that a person made, 0 where there is none."""
        if not people:
            return min(1, self.at)
        position = self.position.copy()
        while position.ply:
            position.undo()
            if position.to_play in people:
                return self.at - position.ply
        return 0

    def step(self, plies: int) -> bool:
        """Look so many plies further on in the line, or back; return whether that was possible. Analysis begins."""
        target = min(max(0, self.at + plies), len(self.line))
        if target == self.at:
            return False
        self.analysis = True
        while self.at > target:
            self.position.undo()
        while self.at < target:
            self.position.play(self.line[self.at])
        return True

    def back_to_game(self) -> None:
        """End the analysis: the game goes on where it stood."""
        self._leave_side_line()
        self.step(len(self.line) - self.at)
        self.analysis = False

    def _leave_side_line(self) -> None:
        if self._game is None:
            return
        game, values = self._game
        shared = 0
        while shared < min(self.at, len(game)) and game[shared] == self.line[shared]:
            shared += 1
        while self.at > shared:
            self.position.undo()
        self.line, self.values, self._game = game, values, None

    def go_on_from_here(self) -> None:
        """End the analysis: the position that is shown, with the moves that led to it, becomes the game."""
        self._game = None
        self._cut(self.at)
        self.analysis = False

    def note(self, value: float, ply: int | None = None) -> None:
        """Keep what the player to move may expect at a ply, by default in the position that is shown."""
        ply = self.at if ply is None else ply
        flips = (self.position.to_play + self.at - ply) % 2  # players take turns
        self.values[ply] = -value if flips else value

    def _cut(self, ply: int) -> None:
        """Forget the line from a ply on."""
        del self.line[ply:]
        self.values = {at: value for at, value in self.values.items() if at <= ply}
