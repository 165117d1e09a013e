"""`zero tournament PLAYER PLAYER …`: everybody meets everybody, or the first all others; ratings in one table."""

import contextlib
import dataclasses
import itertools
import json
import math
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import tyro

from arena.matches.contest import Contest, Pairing
from arena.matches.folder import Folder, TournamentError, read_settings
from arena.matches.lines import derived_seed
from arena.matches.record import record_of
from arena.matches.settings import ContestSettings
from arena.matches.standings import Standings
from arena.players.recipes import Recipe, read_players
from arena.players.solver import SOLVED
from games.catalogue import find, spec_of
from games.game import Game
from zero.bounds import at_least
from zero.checkpoint_files import shipped
from zero.errors import SettingsError
from zero.flags import parse

DEPTHS = {"tic_tac_toe": 9, "connect_four": 6}  # of minimax among the usual players; others 2
FREE = ("players", "game", "rounds", "out", "anchor", "at_once", "on_failure", "device", "json")  # may change on the way


@dataclass(frozen=True, kw_only=True)
class TournamentSettings(ContestSettings):
    """What `zero tournament` is asked to do."""

    players: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="PLAYER")] = ()
    """Two or more players (zero players lists the kinds). None: those that the folder knows, else the usual ones for the
    game: the network that ships, with search and without, random, minimax, mcts, the solver."""
    rounds: int = 20
    """In a round each two that meet play two games, from one opening with swapped colours."""
    gauntlet: bool = False
    """The first player meets all others, and they don't meet each other."""
    anchor: str | None = None
    """PLAYER or PLAYER=ELO: whose rating is known (0 where not said); default: the first mcts player, or without one whoever
    most can be compared with."""
    out: Path | None = None
    """The folder that keeps all games (default: tournaments/GAME). Called again, the tournament goes on there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "rounds")

    def meetings(self) -> list[tuple[int, int]]:
        """Return who meets in each round, by the players' numbers."""
        numbers = range(len(self.players))
        return [(0, other) for other in numbers[1:]] if self.gauntlet else list(itertools.combinations(numbers, 2))

    def standings(self) -> Standings:
        """Return the table of the players. Raises SettingsError where the anchor is none of them."""
        if self.anchor is None:
            rollouts = (name for name in self.players if name.startswith("mcts:"))  # loses some games and wins some
            return Standings(self.players, next(rollouts, None), 0.0)
        name, elo = self.anchor, "0"
        if name not in self.players:
            name, _, elo = name.rpartition("=")
        try:
            known = float(elo)
        except ValueError:
            known = math.nan
        if name not in self.players or not math.isfinite(known):
            raise SettingsError(f"expected anchor PLAYER or PLAYER=ELO with one of the players, got {self.anchor!r}")
        return Standings(self.players, name, known)


def main(arguments: list[str]) -> int:
    """Run `zero tournament` and return its exit status."""
    about = "Let many players meet, and rate them all in one table."
    settings = _completed(parse(TournamentSettings, arguments, "zero tournament", about))
    game, recipes = read_players(settings.players, settings.game)
    standings = settings.standings()
    out = settings.out or Path("tournaments") / game.name
    described = _described(settings, game, recipes)
    with contextlib.closing(Folder(out, game, list(settings.players), described)) as folder:
        try:
            _play(settings, game, recipes, folder, standings)
        except KeyboardInterrupt:
            print(f"{len(folder.games)} games are kept in {out}; the same command goes on", file=sys.stderr)
            raise
        finally:  # also where it was interrupted: what has been played counts
            if folder.games:
                folder.write_results({"game": spec_of(game), **standings.as_json(folder.games)})
        played = folder.games
    if settings.json:
        print(json.dumps({"game": spec_of(game), **standings.as_json(played)}))
    else:
        print(f"{spec_of(game)}, {len(played)} games in {out}\n\n{standings.as_text(played)}")
    return 0


def _play(
    settings: TournamentSettings, game: Game, recipes: Sequence[Recipe], folder: Folder, standings: Standings
) -> None:
    """Play all games that the folder does not have yet."""
    meetings = settings.meetings()
    openings, _ = settings.openings(game, settings.rounds * len(meetings), derived_seed(settings.seed, 0))
    pairings = []
    for opening, (one, other) in zip(openings, itertools.cycle(meetings), strict=False):
        pairings += [Pairing(one, other, opening), Pairing(other, one, opening)]
    done = {played.number for played in folder.games}
    left = [number for number in range(len(pairings)) if number not in done]
    if not left:
        return
    with contextlib.ExitStack() as stack:
        players = settings.make(recipes, game, stack, len(done))
        show = stack.enter_context(standings.shown(len(pairings)))
        for played in Contest(players, settings.conditions()).play([pairings[number] for number in left], left):
            folder.add(record_of(played, settings.players))
            show(folder.games)


def _completed(settings: TournamentSettings) -> TournamentSettings:
    """Return the settings with the players, and what else a folder knows, filled in where they were not given."""
    if settings.out is None and settings.game is not None:
        settings = dataclasses.replace(settings, out=Path("tournaments") / find(settings.game).name)
    if not settings.players:
        known = read_settings(settings.out) if settings.out else None
        settings = _from_folder(settings, known) if known else dataclasses.replace(settings, players=usual_players(settings.game))
    if len(settings.players) < 2:
        raise SettingsError(f"expected two players or more, got {' '.join(settings.players)}")
    for name in settings.players:
        if settings.players.count(name) > 1:
            raise SettingsError(f"player {name!r} is there twice: a table needs one name for each")
    return settings


def _from_folder(settings: TournamentSettings, known: dict[str, Any]) -> TournamentSettings:
    """Return the settings with those of a folder where they are still the default."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        if field.name in known and getattr(settings, field.name) == field.default:
            changes[field.name] = known[field.name]
    try:
        changes["book"] = Path(known["book"]) if known["book"] else settings.book
        changes["players"] = tuple(known["players"])
        return dataclasses.replace(settings, **changes)
    except (KeyError, TypeError) as error:
        raise TournamentError(f"{settings.out}: its settings.json is damaged: {error}") from None


def usual_players(spec: str | None) -> tuple[str, ...]:
    """Return the players that a new one of the game is measured with. Raises GameError, or SettingsError without a game."""
    if spec is None:
        raise SettingsError("expected players, or a game for the usual ones, as in --game connect_four")
    game = find(spec)
    own = ("shipped", "net:shipped") if shipped(game) else ()
    solver = ("solver",) if spec_of(game) == SOLVED and find_spec("bitbully") else ()
    return *own, "random", f"minimax:{DEPTHS.get(game.name, 2)}", "mcts:100", "mcts:1000", *solver


def _described(settings: TournamentSettings, game: Game, recipes: Sequence[Recipe]) -> dict[str, Any]:
    """Return what all games of a tournament have to have in common, as JSON holds it."""
    described = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings) if field.name not in FREE}
    described["book"] = str(settings.book) if settings.book else None
    return {
        "game": spec_of(game),
        "players": list(settings.players),
        **described,
        "networks": {recipe.text: digest for recipe in recipes if (digest := recipe.digest()) is not None},
        "book_checksum": zlib.crc32(settings.book.read_bytes()) if settings.book else None,
    }
