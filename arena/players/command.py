"""`zero players [GAME]`: what players there are, what each means, and an example of each to copy."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from arena.files.games import WITH_STONES
from arena.players.recipes import KINDS, Kind
from arena.players.solver import SOLVED
from games.catalogue import find, spec_of
from games.game import Game
from zero.checkpoint_files import shipped
from zero.flags import parse


@dataclass(frozen=True)
class PlayersSettings:
    """What `zero players` is asked to show."""

    game: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="GAME")] = None
    """A game: only the players that can play it (default: all)."""


def main(arguments: list[str]) -> int:
    """Run `zero players` and return its exit status."""
    settings = parse(PlayersSettings, arguments, "zero players", "List the kinds of players, with an example of each.")
    print(as_text(find(settings.game) if settings.game else None))
    return 0


def as_text(game: Game | None) -> str:
    """Return the players that can play a game, or all, as lines for a person."""
    kinds = [kind for kind in KINDS if game is None or plays(kind, game)]
    width = max(len(kind.form) for kind in kinds)
    title = f"Players of {spec_of(game)}:" if game else "A player is one of these, wherever a command asks for a PLAYER:"
    lines = [title, ""]
    for kind in kinds:
        lines.append(f"  {kind.form:<{width}}  {kind.meaning}")
        told = f"as in {kind.example.replace('connect_four', game.name) if game else kind.example}"
        lines.append(f"  {'':<{width}}  {told}" + ("" if game else f"; plays {kind.games}"))
    example = game.name if game else "connect_four"
    lines += ["", f"Try: zero match mcts:200 minimax:2 --game {example} --games 20"]
    return "\n".join(lines)


def plays(kind: Kind, game: Game) -> bool:
    """Return whether players of a kind can play a game; a checkpoint can where it was trained for it."""
    word = kind.form.split(":")[0]
    if word == "shipped":
        return shipped(game) is not None
    return {"solver": spec_of(game) == SOLVED, "uci": game.name == "chess", "gtp": game.name in WITH_STONES}.get(word, True)
