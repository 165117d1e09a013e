"""The position that a client has told, as a game of ours and as a board of python-chess."""

import chess

from arena.files.chess_moves import action_on
from games.chess.notation import state_of
from games.errors import GameError, MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING


class Place:
    """Where the client's game stands. It can go on where our rules end a game, as long as there is a legal move.

    Nobody has to claim a draw, so a client may go on after the third repetition, fifty moves without progress, or more
    plies than a game of ours has. Then our game begins anew from that position, without its past.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self._known: tuple[str | None, list[str]] | None = None
        self.follow(None, [])

    def follow(self, fen: str | None, moves: list[str]) -> None:
        """Go to the position after these moves from `fen` (None: the first position).

        Where they continue those of the last call, only what is new is played. Raises GameError or MoveError; there is no
        position then until the next call.
        """
        known, self._known = self._known, None
        if known is None or known[0] != fen or moves[: len(known[1])] != known[1]:
            self._begin(fen)
            known = (fen, [])
        for i, text in enumerate(moves[len(known[1]) :], len(known[1]) + 1):
            self._play(text, i)
        if self.position.outcome() != ONGOING and self.board.legal_moves:
            self._renew()
        self._known = (fen, list(moves))

    @property
    def there(self) -> bool:
        """Whether the client has told a position that makes sense."""
        return self._known is not None

    def _begin(self, fen: str | None) -> None:
        try:
            self.board = chess.Board() if fen is None else chess.Board(fen)
        except ValueError as error:
            raise GameError(f"position: {error}") from None
        if fen is None:
            self.position = Position(self.game)
            return
        board = self.board.copy(stack=False)
        if board.halfmove_clock > 150 or board.fullmove_number > self.game.max_plies // 2:
            _forget_past(board)
        self.position = Position(self.game, self.game.read_state(board.fen()))  # type: ignore[attr-defined]

    def _play(self, text: str, number: int) -> None:
        try:
            move = self.board.parse_uci(text.lower())  # some write promotions in capitals
        except ValueError:
            move = chess.Move.null()
        action = action_on(self.board, move)
        if action is None:
            raise MoveError(f"position: move {number}, {text[:20]!r}, is not legal in {self.board.fen()}")
        if self.position.outcome() != ONGOING:
            self._renew()
        if self.position.outcome() == ONGOING:  # else nobody can win any more, and the position does not matter
            self.position.play(action)
        self.board.push(move)

    def _renew(self) -> None:
        """Begin our game anew where the board stands."""
        board = self.board.copy(stack=False)
        _forget_past(board)
        self.position = Position(self.game, state_of(board))


def _forget_past(board: chess.Board) -> None:
    board.halfmove_clock, board.fullmove_number = 0, 1
