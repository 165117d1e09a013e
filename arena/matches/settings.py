"""What `zero match` and `zero tournament` ask alike: the game, its openings, time, and when a game ends."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from arena.matches.adjudicate import Adjudication
from arena.matches.book import book_openings, random_openings
from arena.matches.clock import TimeControl, read_time_control
from arena.matches.contest import Conditions
from arena.matches.lines import derived_seed
from arena.players.player import MOST_TREES, Player
from arena.players.recipes import Recipe
from games.game import Game
from games.position import Position
from zero.bounds import at_least, check_seed


@dataclass(frozen=True, kw_only=True)
class ContestSettings:
    """Flags of every contest."""

    game: str | None = None
    """The game, as in connect_four or connect_four:rows=5,columns=6; not needed where a player is a checkpoint."""
    simulations: int | None = None
    """Simulations a move of checkpoints without @SIMULATIONS (default: what they were trained with)."""
    book: Path | None = None
    """Openings: a file of PGN, SGF or EPD, or of positions as text, one a line (default: random plies)."""
    opening_plies: int | None = None
    """Random plies that each pair begins with (default: by the length of the game, 4 for Connect Four); with a book, the most
    plies that are taken of each of its lines."""
    time_control: str | None = None
    """1s: a second a move. 30s+0.3s: a clock with increment. 40/60s: 40 moves a minute. Checkpoints that say neither
    @SIMULATIONS nor @TIME use what they have; who takes more has lost. With clocks, one game at a time."""
    resign_value: float | None = None
    """End a game as won where both sides have expected at least that, from 0 to 1, for the same one …"""
    resign_plies: int = 6
    """… at each of so many last plies."""
    draw_value: float | None = None
    """End a game as drawn where both sides have expected at most that, for either …"""
    draw_plies: int = 12
    """… at each of so many last plies …"""
    draw_after: int = 0
    """… and after at least so many."""
    max_plies: int | None = None
    """End a game as drawn after so many plies (beside the opening's)."""
    at_once: int = MOST_TREES
    """Games at once, at most: many fill a network's batches."""
    on_failure: Literal["lose", "stop"] = "lose"
    """An engine that hangs, ends or makes an illegal move loses that game, or stops it all."""
    seed: int = 0
    """Of openings and of all random choices: the same seed gives the same games, time controls and engines aside."""
    device: str = "cpu"
    """Where networks run: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of text."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations", "at_once")
        at_least(self, 0, "opening_plies")
        check_seed(self.seed)
        self.conditions()  # tells what is wrong

    def conditions(self) -> Conditions:
        """Return what holds for all games. Raises SettingsError where that makes no sense."""
        adjudication = Adjudication(**{field.name: getattr(self, field.name) for field in fields(Adjudication)})
        return Conditions(adjudication, self._time_control(), self.at_once, self.on_failure == "stop")

    def _time_control(self) -> TimeControl | None:
        return None if self.time_control is None else read_time_control(self.time_control)

    def openings(self, game: Game, count: int, seed: int) -> tuple[list[Position], int]:
        """Return `count` openings, and how many of them are distinct. Raises InputError where there are none."""
        if self.book is not None:
            return book_openings(self.book, game, self.opening_plies, count, seed)
        return random_openings(game, self.opening_plies, count, seed)

    def make(self, recipes: Sequence[Recipe], game: Game, stack: contextlib.ExitStack, done: int = 0) -> list[Player]:
        """Return the players, which are closed with the stack. done: games played before, so that chances are others."""
        players = []
        for i, recipe in enumerate(recipes):
            seed = derived_seed(self.seed, i + 1)
            seed = derived_seed(seed >> 1, done) if done else seed
            players.append(recipe.make(game, seed, self.simulations, self.device, self.time_control is not None))
            stack.callback(players[-1].close)
        return players
