"""`zero scaling FILE`: what twice the simulations are worth, by matches of a network against itself."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import tyro

from arena.matches.lines import derived_seed
from arena.matches.match import default_opening_plies, play_match
from arena.matches.progress import shown_progress
from arena.players.player import Player
from arena.players.recipes import game_of, read_player
from arena.ratings.crosstable import as_json, elo_text, finite, interval_text
from arena.ratings.kept import KeptMatch, KeptMatches, outcomes
from arena.ratings.plot import draw_scaling
from arena.ratings.table import Rating, Table, rate
from games.catalogue import spec_of
from zero.bounds import at_least, check_seed
from zero.errors import PlayerError, SettingsError
from zero.flags import parse

MATCH_GAMES = 100


@dataclass(frozen=True)
class ScalingSettings:
    """What `zero scaling` is asked to do."""

    file: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="FILE")]
    """A checkpoint, a run folder for its newest one, or shipped (with --game)."""
    game: str | None = None
    """The game, as in connect_four; not needed where a file tells."""
    simulations: int = 16
    """The fewest simulations a move."""
    doublings: int = 5
    """How often to double them: 5 ends at 512. Each count plays the one before it."""
    games: int = 200
    """Games for each doubling, an even number."""
    opening_plies: int | None = None
    """Random plies that each pair of games begins with (default: by the length of the game, 4 for Connect Four)."""
    seed: int = 0
    """Of the openings."""
    out: Path | None = None
    """A folder where results are kept: called again, it plays only what is missing. The picture goes there too, without it
    to scaling.png."""
    device: str = "cpu"
    """Where the network runs: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of text."""

    def __post_init__(self) -> None:
        at_least(self, 2, "games")
        at_least(self, 1, "simulations", "doublings")
        at_least(self, 0, "opening_plies")
        if self.games % 2:
            raise SettingsError(f"expected an even number of games (pairs with swapped colours), got {self.games}")
        if self.doublings > 20:
            raise SettingsError(f"expected at most 20 doublings, got {self.doublings}")
        check_seed(self.seed)


def main(arguments: list[str]) -> int:
    """Run `zero scaling` and return its exit status."""
    settings = parse(ScalingSettings, arguments, "zero scaling", "Measure what twice the simulations are worth.")
    recipe = read_player(settings.file)
    if recipe.kind != "checkpoint" or recipe.number is not None or recipe.seconds is not None:
        raise PlayerError(f"player {settings.file!r}: expected a checkpoint file or run folder, without simulations or time")
    game = game_of([recipe], settings.game)
    recipe = recipe.of(game)
    plies = default_opening_plies(game) if settings.opening_plies is None else settings.opening_plies
    about = {"game": spec_of(game), "network": recipe.digest(), "opening_plies": plies}
    kept = KeptMatches(settings.out / "matches.jsonl" if settings.out else None, about)
    counts = [settings.simulations * 2**doubling for doubling in range(settings.doublings + 1)]

    @lru_cache(2)
    def player(simulations: int) -> Player:
        return recipe.make(game, settings.seed, simulations, settings.device)

    with shown_progress(f"scaling of {settings.file}") as progress:
        while (missing := next_match(kept, counts, settings.games)) is not None:
            low, high, games, done = missing
            seed = derived_seed(settings.seed, zlib.crc32(f"{low} {high} {done}".encode())) >> 1  # as a seed has it
            shown = partial(_shift, progress, counts.index(low) * settings.games + done, settings.games * settings.doublings)
            result = play_match(player(high), player(low), game, games, plies, seed, shown)
            kept.add(KeptMatch(str(high), str(low), result.results))
    report(kept, counts, settings, spec_of(game))
    return 0


def next_match(kept: KeptMatches, counts: list[int], games: int) -> tuple[int, int, int, int] | None:
    """Return which two counts of simulations are to meet next, in how many games, and how many they have played; or None."""
    for low, high in pairwise(counts):
        done = sum(len(match.results) for match in kept.matches if (match.a, match.b) == (str(high), str(low)))
        if done < games:
            return low, high, min(MATCH_GAMES, games - done), done
    return None


def _shift(progress: Callable[[int, int], None], before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def report(kept: KeptMatches, counts: list[int], settings: ScalingSettings, game: str) -> None:
    """Print the table and draw the picture."""
    names = [str(number) for number in counts]
    games = outcomes(kept.matches, {name: i for i, name in enumerate(names)})
    table = rate(names, games, names[0])
    steps = [rate(names, games, name).ratings[i + 1] for i, name in enumerate(names[:-1])]
    doubling = per_doubling(table, settings.doublings)
    picture = settings.out / "scaling.png" if settings.out else Path("scaling.png")
    draw_scaling(counts, table.ratings, steps, f"{game}, {Path(settings.file).name}\n{doubling_text(doubling)}", picture)
    if settings.json:
        told = {"elo": finite(doubling.elo), "low": finite(doubling.low), "high": finite(doubling.high)}
        print(json.dumps({"game": game, "elo_per_doubling": told, **as_json(table, games)}))
        return
    print(f"{settings.file}, {game}: {len(games):,} games")
    print(as_text(counts, table.ratings, steps))
    print(doubling_text(doubling))
    print(picture)


def per_doubling(table: Table, doublings: int) -> Rating:
    """Return what a doubling brought on the average: the rating of the last count over that of the first, shared out."""
    last = table.ratings[-1]
    return last._replace(elo=last.elo / doublings, low=last.low / doublings, high=last.high / doublings)


def doubling_text(doubling: Rating) -> str:
    """Return what a doubling brought as a line."""
    interval = interval_text(doubling)
    return f"{elo_text(doubling)} Elo per doubling" + (f", 95 % interval {interval}" if interval else "")


def as_text(counts: list[int], ratings: list[Rating], steps: list[Rating]) -> str:
    """Return the counts of simulations as lines: Elo above the fewest, and above half as many."""
    lines = [f"{'simulations':>11}{'Elo':>7}{'95 % interval':>18}{'doubling':>10}{'95 % interval':>18}"]
    for i, (number, rating) in enumerate(zip(counts, ratings, strict=True)):
        step = f"{elo_text(steps[i - 1]):>10}{interval_text(steps[i - 1]):>18}" if i else ""
        lines.append(f"{number:>11}{elo_text(rating):>7}{interval_text(rating):>18}{step}".rstrip())
    return "\n".join(lines)
