"""Two players meet: pairs of games with one random opening and swapped colours, all games at once; `zero match`."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import tyro

from arena.elo import Elo, elo_difference
from arena.lines import derived_seed, openings, position_after
from arena.player import Player
from arena.players import game_of, read_player
from arena.progress import shown_progress
from games.catalogue import spec_of
from games.game import Game
from games.position import Position
from games.rules import ONGOING
from zero.errors import SettingsError
from zero.flags import parse

Progress = Callable[[int, int], None]  # told how many games of how many are over


class Tally(NamedTuple):
    """Results of the first player, A."""

    wins: int
    draws: int
    losses: int

    @property
    def games(self) -> int:
        return sum(self)

    @property
    def score(self) -> float:
        """Points per game: a win is 1, a draw ½. Half where there are no games."""
        return (self.wins + self.draws / 2) / self.games if self.games else 0.5


class MatchResult(NamedTuple):
    """How a match went, for A. Games 2i and 2i + 1 are pair i: A begins the first of them."""

    results: list[int]  # of each game: 1 where A won, 0 draw, -1
    distinct_openings: int

    def tally(self, began: bool | None = None) -> Tally:
        """Return the results of all games, or of those that A began (the random opening included), or didn't begin."""
        chosen = self.results if began is None else self.results[0 if began else 1 :: 2]
        return Tally(chosen.count(1), chosen.count(0), chosen.count(-1))

    @property
    def elo(self) -> Elo:
        """A's Elo difference to B, with its 95 % interval."""
        pairs = zip(self.results[::2], self.results[1::2], strict=True)
        return elo_difference([(one + other + 2) / 4 for one, other in pairs])


def default_opening_plies(game: Game) -> int:
    """Return how many random plies a game begins with: 2 in tic-tac-toe, 4 in Connect Four, at most 8."""
    return min(8, 2 + game.max_plies // 20)


def play_match(
    a: Player,
    b: Player,
    game: Game,
    games: int,
    opening_plies: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> MatchResult:
    """Let A and B play `games` games, an even number, all at once.

    The openings come from the seed; the players' own chances from the seeds they were made with. Raises SettingsError
    where the numbers make no sense or no game outlasts the opening.
    """
    plies = default_opening_plies(game) if opening_plies is None else opening_plies
    if games < 2 or games % 2:
        raise SettingsError(f"expected an even number of games from 2 on (pairs with swapped colours), got {games}")
    if plies < 0:
        raise SettingsError(f"expected opening_plies >= 0, got {plies}")
    lines, distinct = openings(game, plies, games // 2, derived_seed(seed, 0)) if plies <= game.max_plies else ([], 0)
    if not lines:
        raise SettingsError(f"opening_plies {plies}: in {spec_of(game)} every game is over by then; expected fewer")
    positions = [position_after(game, line) for line in lines for _ in range(2)]
    sides = [i % 2 for i in range(games)]  # which side A takes in each game
    running = list(range(games))
    while running:
        _move(a, [positions[i] for i in running if positions[i].to_play == sides[i]])
        _move(b, [positions[i] for i in running if positions[i].to_play != sides[i]])
        running = [i for i in running if positions[i].outcome() == ONGOING]
        if progress:
            progress(games - len(running), games)
    return MatchResult([_result(position, side) for position, side in zip(positions, sides, strict=True)], distinct)


def _move(player: Player, positions: list[Position]) -> None:
    """Let the player move in all these positions that are not over."""
    going = [position for position in positions if position.outcome() == ONGOING]
    if going:
        for position, action in zip(going, player.choose(going), strict=True):
            position.play(action)


def _result(position: Position, side: int) -> int:
    winner = position.winner()
    return 0 if winner is None else 1 if winner == side else -1


@dataclass(frozen=True)
class MatchSettings:
    """What `zero match` is asked to do."""

    a: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="A")]
    """A player: FILE or RUN[@SIMULATIONS], net:FILE, random, minimax:DEPTH, mcts:SIMULATIONS, solver."""
    b: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="B")]
    """The other player."""
    games: int = 400
    """Games in all, an even number: each opening is played twice, with swapped colours."""
    game: str | None = None
    """The game, as in connect_four or connect_four:rows=5,columns=6; not needed where a player is a checkpoint."""
    simulations: int | None = None
    """Simulations a move of checkpoints without @SIMULATIONS (default: what they were trained with)."""
    opening_plies: int | None = None
    """Random plies that each pair begins with (default: by the length of the game, 4 for Connect Four)."""
    seed: int = 0
    """The same seed gives the same match."""
    device: str = "cpu"
    """Where networks run: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of text."""

    def __post_init__(self) -> None:
        if self.simulations is not None and self.simulations < 1:
            raise SettingsError(f"expected simulations >= 1, got {self.simulations}")
        if not 0 <= self.seed < 2**63:
            raise SettingsError(f"expected a seed from 0 to 2**63 - 1, got {self.seed}")


def main(arguments: list[str]) -> int:
    """Run `zero match` and return its exit status."""
    settings = parse(MatchSettings, arguments, "zero match", "Let two players meet, and say how far apart they are.")
    recipes = [read_player(settings.a), read_player(settings.b)]
    game = game_of(recipes, settings.game)
    a, b = (
        recipe.make(game, derived_seed(settings.seed, i + 1), settings.simulations, settings.device)
        for i, recipe in enumerate(recipes)
    )
    with shown_progress(f"{settings.a} - {settings.b}") as progress:
        result = play_match(a, b, game, settings.games, settings.opening_plies, settings.seed, progress)
    print(json.dumps(as_json(result, settings, game)) if settings.json else as_text(result, settings, game))
    return 0


def as_json(result: MatchResult, settings: MatchSettings, game: Game) -> dict[str, Any]:
    """Return the match as one object for JSON; what is infinite is None."""
    tally, elo = result.tally(), result.elo
    return {
        "game": spec_of(game),
        "a": settings.a,
        "b": settings.b,
        "games": tally.games,
        "wins": tally.wins,
        "draws": tally.draws,
        "losses": tally.losses,
        "score": tally.score,
        "elo": _finite(elo.difference),
        "elo_low": _finite(elo.low),
        "elo_high": _finite(elo.high),
        "first": result.tally(began=True)._asdict(),
        "second": result.tally(began=False)._asdict(),
        "distinct_openings": result.distinct_openings,
        "seed": settings.seed,
    }


def as_text(result: MatchResult, settings: MatchSettings, game: Game) -> str:
    """Return the match as lines for a person."""
    tally = result.tally()
    lines = [f"{spec_of(game)}: A is {settings.a}, B is {settings.b}", f"{'':<12}{'wins':>7}{'draws':>7}{'losses':>7}"]
    for label, part in (("A", tally), ("  first", result.tally(began=True)), ("  second", result.tally(began=False))):
        lines.append(f"{label:<12}{part.wins:>7}{part.draws:>7}{part.losses:>7}")
    lines += [f"score {100 * tally.score:.1f} % of {tally.games} games", _elo_text(result.elo)]
    if result.distinct_openings < tally.games // 2:
        lines.append(
            f"There are only {result.distinct_openings} distinct openings for {tally.games // 2} pairs: "
            "they came again, so the interval holds only if the players vary their moves."
        )
    return "\n".join(lines)


def _elo_text(elo: Elo) -> str:
    if math.isinf(elo.difference):
        bound = f"at least {elo.low:+.0f}" if elo.difference > 0 else f"at most {elo.high:+.0f}"
        return f"Elo difference {bound} with 95 % confidence (one side won every game)"
    return f"Elo difference {elo.difference:+.0f}, 95 % interval {elo.low:+.0f} to {elo.high:+.0f}"


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
