"""`zero ladder RUN`: rates the checkpoints of a run against each other, and draws how strength grew.

Which checkpoints. Those whose generation is a multiple of a step (`--every`, or the smallest power of two that leaves at most
`--most` of them), the first and the last. So the choice stays nearly the same while a run goes on. Where one of two
neighbours scores 95 % or more against the other, games say little about how far apart they are: then the checkpoint midway
joins, and so on, until there is none between.

Who plays whom: arena/ratings/pairing.py.
"""

import hashlib
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tyro

from arena.matches.lines import derived_seed
from arena.matches.match import default_opening_plies, play_match
from arena.matches.progress import shown_progress
from arena.players.player import Player
from arena.players.recipes import read_player
from arena.ratings.crosstable import as_json, elo_text, interval_text
from arena.ratings.kept import KeptMatch, KeptMatches, outcomes
from arena.ratings.pairing import chosen, next_pair
from arena.ratings.plot import Point, draw_ladder
from arena.ratings.table import Outcome, Table, rate
from games.catalogue import spec_of
from games.game import Game
from zero.bounds import at_least, check_seed
from zero.errors import RunError
from zero.flags import parse

MATCH_GAMES = 40
ONE_SIDED = 0.95  # score of a match between neighbours, from which on the checkpoint midway joins
KEPT_PLAYERS = 4  # in memory, each with its evaluation cache


@dataclass(frozen=True)
class LadderSettings:
    """What `zero ladder` is asked to do."""

    run: tyro.conf.Positional[Path]
    """The run folder."""
    most: int = 16
    """Rate at most so many checkpoints, evenly chosen, the first and the last among them (and more where strength grows fast)."""
    every: int | None = None
    """Rate each checkpoint whose generation is a multiple of this, the first and the last, instead."""
    games: int = 200
    """Games of each checkpoint, on the average; they are played in matches of 40."""
    simulations: int | None = None
    """Simulations a move (default: what the run was trained with)."""
    anchor: str | None = None
    """Who has the rating 0: a generation (64), or another player that then takes part (mcts:100). Default: the first
    checkpoint, or where it lost every game, the first one that others can be compared with."""
    opening_plies: int | None = None
    """Random plies that each pair of games begins with (default: by the length of the game, 4 for Connect Four)."""
    seed: int = 0
    """Of the openings and of random players."""
    out: Path | None = None
    """Where results and picture are kept; called again, it plays only what is missing (default: RUN/ladder)."""
    device: str = "cpu"
    """Where networks run: cpu, cuda, cuda:1."""
    json: bool = False
    """Print one JSON object instead of text."""

    def __post_init__(self) -> None:
        at_least(self, 2, "most", "games")
        at_least(self, 1, "every", "simulations")
        at_least(self, 0, "opening_plies")
        check_seed(self.seed)


class Rung(NamedTuple):
    """A player on the ladder."""

    key: str  # under which its games are kept: a checkpoint that has changed is another player
    name: str
    generation: int | None  # None for the anchor that is no checkpoint


class Ladder:
    """Who takes part, and the games played so far."""

    def __init__(self, settings: LadderSettings) -> None:
        from zero.checkpoint import read_checkpoint
        from zero.checkpoint_files import checkpoints_of

        self.settings = settings
        self.paths = {int(path.stem): path for path in checkpoints_of(settings.run)}
        if len(self.paths) < 2:
            wanted = "expected a run folder with two or more checkpoints/*.safetensors"
            raise RunError(f"{settings.run}: {wanted}, got {len(self.paths)}")
        checkpoint = read_checkpoint(self.paths[max(self.paths)])
        self.game: Game = checkpoint.game
        self.simulations = settings.simulations or checkpoint.search.simulations
        self.plies = default_opening_plies(self.game) if settings.opening_plies is None else settings.opening_plies
        self.out = settings.out or settings.run / "ladder"
        about = {"game": spec_of(self.game), "simulations": self.simulations, "opening_plies": self.plies}
        self.kept = KeptMatches(self.out / "matches.jsonl", about)
        self.made: Callable[[str], Player] = lru_cache(KEPT_PLAYERS)(self._make)
        self.rungs = self._first_rungs()

    def _first_rungs(self) -> list[Rung]:
        """Return who takes part at first: the chosen checkpoints, those that have played before, and the anchor."""
        anchor, played = self.settings.anchor, {key for match in self.kept.matches for key in (match.a, match.b)}
        numbers = {number for number in map(_generation, played) if number in self.paths and self._rung(number).key in played}
        numbers.update(chosen(sorted(self.paths), self.settings.most, self.settings.every))
        if anchor is None:
            return [*map(self._rung, sorted(numbers))]
        if anchor.isdecimal() and int(anchor) in self.paths:
            return [*map(self._rung, sorted({*numbers, int(anchor)}))]
        self._make(anchor)  # a player that cannot be made is said at once
        return [*map(self._rung, sorted(numbers)), Rung(anchor, anchor, None)]

    def _rung(self, generation: int) -> Rung:
        digest = hashlib.sha256(self.paths[generation].read_bytes()).hexdigest()[:12]
        return Rung(f"{generation}:{digest}", str(generation), generation)

    def _make(self, name: str) -> Player:
        text = str(self.paths[int(name)]) if name.isdecimal() else name
        return read_player(text).make(self.game, self.settings.seed, self.simulations, self.settings.device)

    @property
    def games(self) -> list[Outcome]:
        """All games between those that take part."""
        return outcomes(self.kept.matches, {rung.key: i for i, rung in enumerate(self.rungs)})

    @property
    def target(self) -> int:
        """Games that are to be played in all."""
        return self.settings.games * len(self.rungs) // 2

    def climb(self, progress: Callable[[int, int], None]) -> None:
        """Play until all is known that was asked for. Interrupted, it loses the match in progress at most."""
        while True:
            gap = self._gap()
            if gap is not None:
                self.rungs = sorted([*self.rungs, self._rung(gap)], key=_place)
                continue
            pair = next_pair(len(self.rungs), self.chain, self.games, self.target)
            if pair is None:
                return
            self._play(*pair, progress)

    @property
    def chain(self) -> int:
        """How many of the players are checkpoints; they come first, by generation."""
        return sum(rung.generation is not None for rung in self.rungs)

    def _gap(self) -> int | None:
        """Return the generation midway between two neighbours whose games were one-sided, None where there is none."""
        games = self.games
        for i in range(self.chain - 1):
            low, high = self.rungs[i].generation or 0, self.rungs[i + 1].generation or 0
            between = [number for number in sorted(self.paths) if low < number < high]
            points = [game.result if game.first == i else 1 - game.result for game in games if {*game[:2]} == {i, i + 1}]
            if between and points and abs(sum(points) / len(points) - 0.5) >= ONE_SIDED - 0.5:
                return min(between, key=lambda number: abs(2 * number - low - high))
        return None

    def _play(self, i: int, j: int, progress: Callable[[int, int], None]) -> None:
        a, b = self.rungs[i], self.rungs[j]
        before = sum(len(match.results) for match in self.kept.matches if {match.a, match.b} == {a.key, b.key})
        seed = derived_seed(self.settings.seed, zlib.crc32(f"{a.key} {b.key} {before}".encode())) >> 1  # as a seed has it
        done = len(self.games)
        total = max(self.target, done + MATCH_GAMES)
        one, other = self.made(a.name), self.made(b.name)
        result = play_match(one, other, self.game, MATCH_GAMES, self.plies, seed, lambda over, _: progress(done + over, total))
        self.kept.add(KeptMatch(a.key, b.key, result.results))

    def table(self) -> Table:
        """Return the ratings, anchored at the chosen player, or at the first checkpoint that others can be compared with."""
        return rate([rung.name for rung in self.rungs], self.games, self.settings.anchor)


class Growth(NamedTuple):
    """What a generation had behind it."""

    games: int | None  # of self-play; None where the run doesn't tell
    hours: float | None  # of self-play and learning


def growth(run: Path) -> dict[int | None, Growth]:
    """Return by generation what metrics.jsonl tells; {} where there is none."""
    found: dict[int | None, Growth] = {0: Growth(0, 0.0)}
    seconds = 0.0
    try:
        for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            seconds += fields["play_seconds"] + fields["learn_seconds"]
            found[int(fields["generation"])] = Growth(int(fields["games"]), seconds / 3600)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        pass  # as far as it can be read
    return found


def main(arguments: list[str]) -> int:
    """Run `zero ladder` and return its exit status."""
    settings = parse(LadderSettings, arguments, "zero ladder", "Rate the checkpoints of a run, and draw how strength grew.")
    ladder = Ladder(settings)
    try:
        with shown_progress(f"ladder of {settings.run}") as progress:
            ladder.climb(progress)
    except KeyboardInterrupt:
        print(f"zero ladder: {ladder.out} keeps what was played; the same command goes on", file=sys.stderr)
        raise
    report(ladder)
    return 0


def report(ladder: Ladder) -> None:
    """Print the table and draw the picture."""
    table, behind = ladder.table(), growth(ladder.settings.run)
    unknown = Growth(None, None)
    points = [
        Point(rating, rung.name, rung.generation, *behind.get(rung.generation, unknown))
        for rung, rating in zip(ladder.rungs, table.ratings, strict=True)
    ]
    title = f"{spec_of(ladder.game)}, {ladder.simulations} simulations a move"
    picture = ladder.out / "ladder.png"
    draw_ladder(points, title, table.names[table.anchor], picture)
    if ladder.settings.json:
        learned = {point.name: {"games": point.games, "hours": point.hours} for point in points if point.games is not None}
        told = {"game": spec_of(ladder.game), "simulations": ladder.simulations, "learned_from": learned}
        print(json.dumps({**told, **as_json(table, ladder.games)}))
        return
    zero = ladder.rungs[table.anchor]
    above = zero.name if zero.generation is None else f"generation {zero.name}"
    print(f"{title}: {ladder.chain} checkpoints of {ladder.settings.run}, {len(ladder.games):,} games; Elo above {above}")
    print(as_text(points))
    print(picture)


def as_text(points: list[Point]) -> str:
    """Return the ladder as lines, by generation."""
    lines = [f"{'generation':<14}{'Elo':>7}{'95 % interval':>18}{'games':>7}{'score':>9}{'learned games':>15}{'hours':>8}"]
    for rating, name, _, games, hours in points:
        learned = ("" if games is None else f"{games:,}").rjust(15) + ("" if hours is None else f"{hours:.2f}").rjust(8)
        played = f"{rating.games:>7}{100 * rating.score:>7.1f} %"
        lines.append(f"{name:<14}{elo_text(rating):>7}{interval_text(rating):>18}{played}{learned}".rstrip())
    return "\n".join(lines)


def _generation(key: str) -> int:
    digits = key.partition(":")[0]
    return int(digits) if digits.isdecimal() else -1


def _place(rung: Rung) -> float:
    return float("inf") if rung.generation is None else rung.generation
