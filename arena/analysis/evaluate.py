"""`zero evaluate connect_four PLAYER`: a player's mistakes by stage of the game, against an exact solver."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arena.analysis.mistakes import as_json, as_text, mistakes
from arena.matches.lines import derived_seed, spread
from arena.matches.progress import shown_progress
from arena.players.recipes import game_of, read_player
from arena.players.solver import Solver
from games.errors import InputError
from games.game import Game
from games.position import Position, position_of
from games.rules import ONGOING
from zero.bounds import at_least, check_seed
from zero.flags import parse


class PositionsError(InputError):
    """A file that is not a list of positions."""


@dataclass(frozen=True)
class EvaluateSettings:
    """What `zero evaluate` is asked to do."""

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    """The game: connect_four, on 6 rows and 7 columns."""
    player: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="PLAYER")]
    """FILE or RUN[@SIMULATIONS], net:FILE, random, minimax:DEPTH, mcts:SIMULATIONS, solver."""
    simulations: int = 600
    """Simulations a move of a checkpoint without @SIMULATIONS."""
    positions: Path | None = None
    """A file of positions, each a line of moves as columns 1 to 7 ("44455"); what follows a blank is left out."""
    count: int = 2100
    """Positions to make by random legal play where there is no file: distinct, unfinished, every ply alike."""
    seed: int = 0
    """Of the positions, and of the player's random choices where it makes any."""
    device: str = "cpu"
    """Where a network runs: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of text."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations", "count")
        check_seed(self.seed)


def read_positions(path: Path, game: Game) -> list[Position]:
    """Read one position a line: its moves as single digits; anything after a blank and empty lines are ignored.

    Raises PositionsError with the number of the first line that is no unfinished game, or where there is no line.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise PositionsError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise PositionsError(f"{path}: expected lines of moves as columns, got a file that is not ASCII text") from None
    found = [_read_position(game, line.split()[0], f"{path} line {i}") for i, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise PositionsError(f"{path}: expected lines of moves as columns, got an empty file")
    return found


def _read_position(game: Game, moves: str, where: str) -> Position:
    try:
        position = position_of(game, moves)
    except InputError as error:
        raise PositionsError(f"{where}: {error}") from None
    if position.outcome() != ONGOING:
        raise PositionsError(f"{where}: expected a game that goes on, but after {moves[:60]!r} it is over")
    return position


def main(arguments: list[str]) -> int:
    """Run `zero evaluate` and return its exit status."""
    settings = parse(EvaluateSettings, arguments, "zero evaluate", "Count a player's mistakes against an exact solver.")
    recipe = read_player(settings.player)
    game = game_of([recipe], settings.game)
    solver = Solver(game)
    seed = derived_seed(settings.seed, 1)
    player = recipe.make(game, seed, settings.simulations, settings.device)
    alone = recipe.without_search() if recipe.kind == "checkpoint" else None
    network = alone.make(game, seed, device=settings.device) if alone else None
    positions = read_positions(settings.positions, game) if settings.positions else spread(game, settings.count, settings.seed)
    with shown_progress(f"{settings.player} against the solver") as progress:
        report = mistakes(player, positions, solver, progress)
    network_report = mistakes(network, positions, solver) if network else None
    if settings.json:
        both = {"positions": len(positions), **as_json(report)}
        print(json.dumps({**both, "network_alone": as_json(network_report) if network_report else None}))
        return 0
    print(as_text(report, f"{settings.player}, {len(positions)} positions"))
    if network_report:
        print(as_text(network_report, "the network alone"))
    return 0
