"""Finding a game by name: those of the package, those that installed packages offer, and one's own files.

A game is written NAME, or NAME:PARAMETER=VALUE,…; a name is one of ours, an entry point of the group
`zero.games`, or MODULE:CLASS for a class that Python can import (the current folder included).
"""

import difflib
import importlib
import sys
from importlib import metadata
from typing import Any

from games.errors import GameError
from games.game import Game

OURS = {
    "chess": "games.chess.game:Chess",
    "connect_four": "games.connect_four:ConnectFour",
    "go": "games.go.game:Go",
    "gomoku": "games.gomoku:Gomoku",
    "hex": "games.hex:Hex",
    "othello": "games.othello:Othello",
    "tic_tac_toe": "games.tic_tac_toe:TicTacToe",
}
MEMBERS: tuple[str, ...] = ("name", "looks_back", "history", "num_actions", "max_legal", "max_plies", "plane_shape")
MEMBERS += ("plane_names", "state_dtype", "symmetries", "validate", "to_play", "move_name", "parse_move", "draw")


def names() -> list[str]:
    """Return the names of all games that can be found without a module path."""
    return sorted({*OURS, *_offered()})


def find(spec: str) -> Game:
    """Return the game that `spec` describes (see the module's text). Raises GameError with what was expected."""
    name, _, parameters = spec.partition(":")
    if parameters and "=" not in parameters.split(":")[0]:  # MODULE:CLASS[:PARAMETERS]
        class_name, _, parameters = parameters.partition(":")
        target = f"{name}:{class_name}"
    else:
        known = {**_offered(), **OURS}
        if name not in known:
            raise GameError(_unknown(name))
        target = known[name]
    return _build(_load(target), parameters, spec)


def spec_of(game: Game) -> str:
    """Return the text from which `find` makes an equal game: its name or class, then all its parameters."""
    game_class = type(game)
    target = f"{game_class.__module__}:{game_class.__qualname__}"
    named = {path: name for name, path in [*_offered().items(), *OURS.items()]}
    name = named.get(target, target)
    parameters = ",".join(f"{field}={value}" for field, value in game._asdict().items())
    return f"{name}:{parameters}" if parameters else name


def _offered() -> dict[str, str]:
    return {entry.name: entry.value for entry in metadata.entry_points(group="zero.games")}


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, names(), n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"unknown game {name!r}{hint}: expected one of {', '.join(names())}, or MODULE:CLASS"


def _load(target: str) -> Any:
    module_name, _, class_name = target.partition(":")
    if not all(part.isidentifier() for part in [*module_name.split("."), class_name]):
        raise GameError(f"expected a game as NAME or MODULE:CLASS, got {target!r}")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        game_class = getattr(importlib.import_module(module_name), class_name)
    except ModuleNotFoundError as error:
        raise GameError(f"game {target!r}: there is no module {error.name!r} here or on the Python path") from None
    except AttributeError:
        raise GameError(f"game {target!r}: module {module_name!r} has no {class_name!r}") from None
    missing = [member for member in MEMBERS if not hasattr(game_class, member)]
    if missing or not hasattr(game_class, "_fields"):
        what = f"it lacks {', '.join(missing)}" if missing else "it is not a NamedTuple"
        raise GameError(f"{target!r} is not a game: {what} (see games/game.py)")
    return game_class


def _build(game_class: Any, parameters: str, spec: str) -> Game:
    values: dict[str, Any] = {}
    for item in filter(None, parameters.split(",")):
        field, _, text = item.partition("=")
        if field not in game_class._fields:
            expected = ", ".join(game_class._fields) or "none"
            raise GameError(f"game {spec!r}: unknown parameter {field!r}, expected one of: {expected}")
        values[field] = _parse(text, type(game_class._field_defaults.get(field, 0)), spec, field)
    try:
        game: Game = game_class(**values)
    except TypeError as error:
        raise GameError(f"game {spec!r}: {error}") from None
    game.validate()
    return game


def _parse(text: str, kind: type, spec: str, field: str) -> Any:
    if kind is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
    elif kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    else:
        return text
    raise GameError(f"game {spec!r}: expected {kind.__name__} for {field}, got {text!r}")
