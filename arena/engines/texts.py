"""Players that are programs of others, as typed: uci:COMMAND?OPTION=VALUE&… and gtp:COMMAND?movetime=MS.

COMMAND is split into words as a shell does it. nodes and movetime (milliseconds, as in UCI) limit each move; all other
options are the engine's own. %26, %3D and %25 stand for &, = and % inside an option.
"""

import shlex
from typing import Literal, NamedTuple
from urllib.parse import unquote

from arena.engines.pool import EnginePool
from arena.players.player import Player
from games.game import Game
from zero.errors import PlayerError

SECONDS = 1.0  # a move, where the text says no limit and there is no time control


class EngineText(NamedTuple):
    """What the text of such a player says."""

    text: str
    protocol: Literal["uci", "gtp"]
    command: list[str]
    options: dict[str, str]
    seconds: float | None  # a move
    nodes: int | None

    def make(self, game: Game) -> Player:
        """Return the player. Raises PlayerError where the program is not there, or its protocol has no words for the game."""
        if self.protocol == "gtp":
            from arena.engines.gtp import GtpPlayer

            return GtpPlayer(game, self.text, self.command, self.seconds)
        from arena.engines.uci import UciPlayer

        seconds = SECONDS if self.seconds is None and self.nodes is None else self.seconds
        return EnginePool(game, self.text, lambda: UciPlayer(game, self.text, self.command, self.options, seconds, self.nodes))


def read_engine(text: str, protocol: Literal["uci", "gtp"], rest: str) -> EngineText:
    """Return what a text says. rest: what stands behind "uci:". Raises PlayerError where it makes no sense."""
    command_text, _, options_text = rest.partition("?")
    try:
        command = shlex.split(command_text)
    except ValueError as error:
        raise PlayerError(f"player {text[:200]!r}: its command cannot be read: {error}") from None
    if not command:
        raise PlayerError(f"player {text[:200]!r}: expected {protocol}:COMMAND, got no command")
    options = {}
    for item in filter(None, options_text.split("&")):
        name, equals, value = item.partition("=")
        if not name or not equals:
            raise PlayerError(f"player {text[:200]!r}: expected OPTION=VALUE&… behind the ?, got {item[:80]!r}")
        options[unquote(name)] = unquote(value)
    seconds = _limit(text, options, "movetime")
    nodes = _limit(text, options, "nodes") if protocol == "uci" else None
    if protocol == "gtp" and options:
        raise PlayerError(f"player {text[:200]!r}: GTP has no options, expected movetime only, got {', '.join(options)[:80]}")
    return EngineText(text, protocol, command, options, None if seconds is None else seconds / 1000, nodes)


def _limit(text: str, options: dict[str, str], name: str) -> int | None:
    """Take a limit of a move out of the options; None where it is not there."""
    value = options.pop(name, None)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 12 and int(value) >= 1):
        raise PlayerError(f"player {text[:200]!r}: expected {name} as a whole number from 1 on, got {value[:40]!r}")
    return int(value)
