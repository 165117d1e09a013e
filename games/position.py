"""A game in progress, for Python code that plays: the positions so far, legal moves, undo."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import MoveError
from games.game import Game
from games.rules import LOSS, ONGOING, encode, initial, key, legal_actions, outcome, play

MOST_NAMES = 40  # legal moves named in a line


class Position:
    """The current position of a game and all that came before it."""

    def __init__(self, game: Game, state: Any = None) -> None:
        """Begin a game: at its first position, or at `state`, a record of game.state_dtype (`position_of` reads one)."""
        self.game = game
        self.actions: list[int] = []
        self._states = np.zeros(1, game.state_dtype)
        self._past = np.zeros(1, np.int64)
        if state is None:
            initial(game, self._states[0])
        else:
            self._states[0] = state

    def copy(self) -> "Position":
        """Return a position that goes its own way from here."""
        other = Position(self.game, self._states[0])
        other.actions = list(self.actions)
        other._states, other._past = self._states.copy(), self._past.copy()
        return other

    def rewound(self) -> "Position":
        """Return a position where this game began, that goes its own way from there."""
        other = self.copy()
        other.actions.clear()
        return other

    def names_of(self, actions: Sequence[int]) -> list[str]:
        """Return the notation of legal actions that are made one after the other from here on."""
        ahead, names = self.copy(), []
        for action in actions:
            names.append(self.game.move_name(ahead.state, action))
            ahead.play(action)
        return names

    @property
    def start(self) -> tuple[bytes, ...]:
        """The fields of the record that the game began with, to compare by: between them its bytes may have gaps."""
        return tuple(self._states[name][0].tobytes() for name in self.game.state_dtype.names or ())

    @property
    def ply(self) -> int:
        """The number of moves made since the position that it began with."""
        return len(self.actions)

    @property
    def state(self) -> Any:
        """The current record of game.state_dtype; not to be written to."""
        return self._states[self.ply]

    @property
    def past(self) -> NDArray[np.int64]:
        """[ply] keys of the positions before this one; empty for games that don't look back."""
        return self._past[: self.ply if self.game.looks_back else 0]

    @property
    def to_play(self) -> int:
        """0 where the player who began is to move, else 1."""
        return self.game.to_play(self.state)

    def frames(self, count: int) -> NDArray[Any]:
        """Return up to `count` positions before this one, newest first."""
        return self._states[max(0, self.ply - count) : self.ply][::-1]

    def outcome(self) -> int:
        """Return WIN, DRAW or LOSS for the player to move, or ONGOING."""
        return int(outcome(self.game, self.state, self.past))

    def legal_actions(self) -> list[int]:
        """Return the legal actions in ascending order; none where the game is over."""
        if self.outcome() != ONGOING:
            return []
        out = np.zeros(self.game.max_legal, np.int32)
        return [int(action) for action in out[: legal_actions(self.game, self.state, self.past, out)]]

    def play(self, action: int) -> None:
        """Make a move. Raises MoveError where it is not legal."""
        if action not in self.legal_actions():
            raise MoveError(f"expected a legal action, one of {self.legal_actions()}, got {action}")
        if self.ply + 1 == len(self._states):
            longer = np.zeros(2 * len(self._states), self.game.state_dtype)  # np.concatenate can lose the type of a record
            longer[: len(self._states)] = self._states
            self._states = longer
            self._past = np.concatenate([self._past, np.zeros(self.ply + 1, np.int64)])
        self._past[self.ply] = key(self.game, self.state)
        self._states[self.ply + 1] = self.state
        play(self.game, self._states[self.ply + 1], action)
        self.actions.append(action)

    def undo(self) -> int:
        """Take the last move back and return it. Raises MoveError at the start of the game."""
        if not self.actions:
            raise MoveError("there is no move to take back")
        return self.actions.pop()

    def read_move(self, text: str) -> int:
        """Return the legal action that `text` names. Raises MoveError where it is unreadable or not legal."""
        action = self.game.parse_move(self.state, text)
        if action not in self.legal_actions():
            raise MoveError(f"{text} is not legal here: expected one of {self.legal_text()}")
        return action

    def move_names(self) -> list[str]:
        """Return the notation of all legal moves."""
        return [self.game.move_name(self.state, action) for action in self.legal_actions()]

    def legal_text(self) -> str:
        """Return the notation of the legal moves as a line; of many, the first."""
        names = self.move_names()
        shown = " ".join(names[:MOST_NAMES])
        return shown if len(names) <= MOST_NAMES else f"{shown} … ({len(names)} in all)"

    def winner(self) -> int | None:
        """Return 0 or 1 where that player has won, None for a draw or a game that goes on."""
        result = self.outcome()
        if result in (ONGOING, 0):
            return None
        return self.to_play if result != LOSS else 1 - self.to_play

    def planes(self) -> NDArray[np.uint8]:
        """Return the input planes, [P, R, C]."""
        planes = np.zeros(self.game.plane_shape, np.uint8)
        states = np.concatenate([self._states[self.ply : self.ply + 1], self.frames(self.game.history - 1)])
        encode(self.game, states, self.past, planes)
        return planes

    def draw(self) -> str:
        """Return the board as text."""
        return self.game.draw(self.state, self.actions[-1] if self.actions else None)


def position_of(game: Game, text: str) -> Position:
    """Return the position that a text describes, as a person types it.

    text: what `game.read_state` reads, where the game has it (chess: FEN); or moves from the first position, apart by
    blanks or, where each is one letter, together ("44455").
    Raises GameError or MoveError with what is wrong, and at which move.
    """
    read_state = getattr(game, "read_state", None)
    words = text.split()
    if read_state is not None and not _is_move(game, words[0] if words else ""):
        return Position(game, read_state(text))
    if len(words) == 1 and not _is_move(game, words[0]):
        words = list(words[0])
    position = Position(game)
    for i, word in enumerate(words):
        try:
            position.play(position.read_move(word))
        except MoveError as error:
            reason = "the game is over before it" if position.outcome() != ONGOING else str(error)
            raise MoveError(f"move {i + 1} of {text[:60]!r}: {reason}") from None
    return position


def _is_move(game: Game, word: str) -> bool:
    try:
        game.parse_move(Position(game).state, word)
    except MoveError:
        return False
    return True
