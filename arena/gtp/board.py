"""A game as GTP tells it: perhaps stones that were set up, then moves of either colour, in turn or not."""

from arena.files.games import begin
from arena.files.stones import give_turn, rows_of
from arena.gtp.protocol import GtpError
from games.errors import MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING


class Board:
    """The game on the board. What a command takes back is replayed from the start, so that undo is always exact."""

    def __init__(self, game: Game) -> None:
        self.clear(game)

    def clear(self, game: Game, start: str | None = None) -> None:
        """Begin anew, at the first position or at the one that a text describes (Game.read_state)."""
        self.game, self.start = game, start
        self.moves: list[tuple[int, int]] = []  # player and action
        self.position = begin(self.game, self.start)

    def take_over(self, position: Position, start: str | None) -> None:
        """Go on with a whole game that began as `start` says."""
        self.clear(position.game, start)
        for action in position.actions:
            self.moves.append((self.position.to_play, action))
            self.position.play(action)

    def play(self, player: int, action: int) -> None:
        """Make a move. Raises MoveError where it is not legal."""
        position = give_turn(self.position, player)
        position.play(action)
        self.position = position
        self.moves.append((player, action))

    def undo(self) -> None:
        """Take the last move back. Raises GtpError where there is none."""
        if not self.moves:
            raise GtpError("cannot undo")
        self.moves.pop()
        self._replay()

    def change(self, game: Game) -> None:
        """Go on with other parameters of the same game on the same board (komi)."""
        self.game = game
        self._replay()

    def turned(self, player: int | None) -> Position:
        """Return the position with a player to move, to be searched. Raises GtpError where that cannot be."""
        player = self.position.to_play if player is None else player
        try:
            return give_turn(self.position, player)
        except MoveError as error:
            raise GtpError(str(error)) from None

    @property
    def over(self) -> bool:
        return self.position.outcome() != ONGOING

    def rows(self) -> list[str]:
        """Return the board's rows from the top: X is black, O white, "." free."""
        return rows_of(self.position)

    def _replay(self) -> None:
        position = begin(self.game, self.start)
        for player, action in self.moves:
            position = give_turn(position, player)
            position.play(action)
        self.position = position
