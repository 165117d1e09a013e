"""`zero play GAME`: on a screen of its own, or at the plain prompt."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from arena.tui.strength import Level
from games.catalogue import find
from zero.bounds import at_least, check_seed
from zero.flags import parse

Theme = Literal["default", "colour-blind", "monochrome"]


@dataclass(frozen=True)
class PlaySettings:
    """What `zero play` is asked to do."""

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    """The game, as in connect_four or connect_four:rows=5,columns=6."""
    opponent: str | None = None
    """FILE or RUN[@SIMULATIONS], net:FILE, random, minimax:DEPTH, mcts:SIMULATIONS, solver; default: what ships."""
    side: Literal["first", "second"] | None = None
    """The side you take (default: first, or that of the loaded game)."""
    simulations: int | None = None
    """Simulations a move of a checkpoint, more is stronger (default: 400)."""
    level: Level = "full"
    """How strong the machine plays on its screen; weaker levels search less and make mistakes."""
    load: Path | None = None
    """A saved game to go on with."""
    seed: int = 0
    """Of the machine's random choices, where it makes any."""
    device: str = "cpu"
    """Where a network runs: cpu, cuda, cuda:1."""
    theme: Theme | None = None
    """Colours of the screen (default: default, or monochrome where NO_COLOR is set)."""
    plain: bool = False
    """The line prompt, for pipes and screen readers; also where there is no terminal."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations")
        check_seed(self.seed)


def main(arguments: list[str]) -> int:
    """Run `zero play` and return its exit status."""
    settings = parse(PlaySettings, arguments, "zero play", "Play against the engine, or let it play and look on.")
    game = find(settings.game)
    if not settings.plain:
        from arena.tui.terminal import has_screen

        if has_screen():
            from arena.tui.start import play

            return play(settings, game)
    from arena.tui.plain import run

    return run(settings, game)
