"""Errors that tell a person what was expected, what came, and where.

Each kind of bad input has a type of its own; all are `InputError`s, so the command line shows one line and
exits with status 2, while a bug in the engine keeps its traceback.
"""


class InputError(ValueError):
    """Something outside the engine (a flag, a file, a move) was not what it has to be."""


class GameError(InputError):
    """No such game, or parameters that the game does not allow."""


class MoveError(InputError):
    """A move that cannot be read or is not legal in the position."""
