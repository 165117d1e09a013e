"""The rules interface: six functions that each game implements, callable from Python and from inside any kernel.

A game is a NamedTuple of its parameters. A rule dispatches on the class of its first argument: `play(game, …)` runs
the function that was registered with `@play.of(ConnectFour)`. From Python this is a dictionary look-up; inside a
kernel numba resolves it while compiling, so a kernel is written once, and each game gets a specialisation of its own.

`past` holds the keys of all positions before this one, of the game and of the search path, oldest first. It is empty
for games whose rules don't look back (`Game.looks_back` is False). Boards are always seen by the player to move.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from numba.extending import overload

from games.errors import GameError
from games.jit import add_source, kernel

LOSS, DRAW, WIN, ONGOING = -1, 0, 1, 2


class Rule:
    """A function dispatched on the class of its first argument, a game."""

    def __init__(self, declaration: Callable[..., Any], otherwise: "Rule | None" = None) -> None:
        """otherwise: the rule that serves games which don't have this one; it takes the same arguments."""
        self.otherwise = otherwise
        self.__name__ = declaration.__name__
        self.__doc__ = declaration.__doc__
        self.parameters = list(inspect.signature(declaration).parameters)
        self.kernels: dict[Any, Callable[..., Any]] = {}  # by class

        def choose(*argument_types):
            return getattr(self.kernel_of(getattr(argument_types[0], "instance_class", None)), "py_func", None)

        choose.__signature__ = inspect.signature(declaration)  # type: ignore[attr-defined]  # numba compares it
        overload(self, jit_options={"nogil": True, "error_model": "numpy"})(choose)

    def of(self, game_class: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function as this rule of `game_class`. Raises GameError if its parameters differ."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            given = list(inspect.signature(function).parameters)
            if given != self.parameters:
                raise GameError(
                    f"rule {self.__name__} of {game_class.__name__}: expected the parameters "
                    f"({', '.join(self.parameters)}), got ({', '.join(given)})"
                )
            file = function.__code__.co_filename
            add_source(None if file.startswith("<") else file)
            self.kernels[game_class] = kernel(function)
            return self.kernels[game_class]

        return register

    def kernel_of(self, game_class: Any) -> Callable[..., Any] | None:
        """Return the kernel that serves a class of games; None where there is none."""
        if game_class in self.kernels or self.otherwise is None:
            return self.kernels.get(game_class)
        return self.otherwise.kernel_of(game_class)

    def __call__(self, game: Any, *arguments: Any) -> Any:
        implementation = self.kernel_of(type(game))
        if implementation is None:
            raise GameError(f"{type(game).__name__} has no rule {self.__name__}: define it with @{self.__name__}.of")
        return implementation(game, *arguments)


@Rule
def initial(game, state):
    """Write the first position of a game.

    state: a record of game.state_dtype, overwritten.
    """


@Rule
def legal_actions(game, state, past, out):
    """Write the legal actions of a position that is not over, in ascending order, and return their number (int64).

    past: [n] int64, the keys of all earlier positions.
    out:  [at least game.max_legal] int32; the first count entries are the answer, the others up to max_legal scratch.
    """


@partial(Rule, otherwise=legal_actions)
def count_legal(game, state, past, out):
    """Return how many legal actions a position has that is not over (int64).

    A game need not have this rule, which makes its perft faster. past, out: as for legal_actions; `out` is scratch.
    """


@Rule
def play(game, state, action):
    """Make a legal move, in place: afterwards the other player is to move.

    An action that is not legal leaves the state undefined; check before.
    """


@Rule
def outcome(game, state, past):
    """Return WIN, DRAW or LOSS for the player to move, or ONGOING (int64)."""


@Rule
def key(game, state):
    """Return an int64 that identifies the position for repetition and superko, and nothing else."""


@Rule
def encode(game, states, past, planes):
    """Write the input planes of a position, seen by the player to move.

    states: [1 to game.history] records, the position and those before it, newest first.
    planes: [game.plane_shape] uint8, zero on entry, modified in place.
    """
