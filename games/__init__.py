"""The rules of the games, and nothing else: no search, no network. Importing this package compiles nothing."""

from games.catalogue import find, names, spec_of
from games.errors import GameError, InputError, MoveError

__all__ = ["GameError", "InputError", "MoveError", "find", "names", "spec_of"]
