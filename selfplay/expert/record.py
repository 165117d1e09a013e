"""`zero record PLAYER [PLAYER]`: let players play games to learn from.

    DIR/recording.json       the game, the players, the seed: the folder is refused to other ones
    DIR/000001.safetensors   records (selfplay/records.py) of some games, written in one step

Each file is a function of the settings, of its number and of the files before it, so a recording that was killed goes on
with the same games (players that keep time, and engines, aside). Moves of the players are what is learned from; the random
plies that a game begins with are not.
"""

import contextlib
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from arena.matches.progress import shown_progress
from arena.players.recipes import read_players
from games.catalogue import spec_of
from games.game import Game
from selfplay.display import duration
from selfplay.expert.record_folder import RecordFolder, Summary
from selfplay.expert.recording import first_games, play_batch, players_of
from selfplay.records import Records
from selfplay.slots import OPENING, default_plies
from zero.bounds import at_least, check_seed
from zero.errors import PlayerError, SettingsError
from zero.flags import parse

FILE_GAMES, ENGINE_GAMES = 1000, 50  # in a file; of engines fewer, since a killed recording loses the file that it was at
Watch = Callable[[float, str], None]  # (share done, what is behind the bar)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What makes two recordings the same, beside game and players; and how far one is to go."""

    games: int | None = None
    """Games in all, those included in which a player fails (default: 1000)."""
    positions: int | None = None
    """Record until there are so many positions to learn from, instead of a number of games; at most one game more."""
    opening_plies: int | None = None
    """Each game begins with 0 to so many random plies (default: a third of the board's cells, at most 14)."""
    simulations: int | None = None
    """Simulations a move of checkpoints without @SIMULATIONS (default: what they were trained with)."""
    file_games: int | None = None
    """Games a file; a recording that is killed loses those of the file it was at (default: 1000; 50 where an engine plays)."""
    seed: int = 0
    """Of openings and of all random choices: the same seed gives the same games, engines and time limits aside."""
    device: str = "cpu"
    """Where networks run: cpu, cuda, cuda:1."""

    def __post_init__(self) -> None:
        at_least(self, 1, "games", "positions", "simulations", "file_games")
        at_least(self, 0, "opening_plies")
        check_seed(self.seed, bits=62)
        if self.games is not None and self.positions is not None:
            raise SettingsError("expected a number of games or of positions, got both")


@dataclass(frozen=True, kw_only=True)
class RecordSettings(Recording):
    """What `zero record` is asked to do."""

    players: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="PLAYER")]
    """One player, which plays itself, or two, which swap colours: solver, mcts:200, a checkpoint … (zero players)."""
    game: str | None = None
    """The game, as in connect_four or connect_four:rows=5,columns=6; not needed where a player is a checkpoint."""
    out: Path | None = None
    """The folder that keeps the games (default: records/GAME/PLAYERS). Called again, the recording goes on there."""
    json: bool = False
    """Print one JSON object instead of text."""


def main(arguments: list[str]) -> int:
    """Run `zero record`; return 0, or 1 where a player failed in a game."""
    asked = parse(RecordSettings, arguments, "zero record", "Let players play games to learn from.")
    game, _ = read_players(asked.players, asked.game)
    folder = asked.out or default_folder(game, asked.players)
    try:
        with shown_recording(*asked.players) as watch:
            found = record(game, asked.players, folder, asked, watch)
    except KeyboardInterrupt:
        print(f"zero record: {folder} keeps the files that were finished; the same command goes on", file=sys.stderr)
        raise
    if asked.json:
        print(json.dumps({"game": spec_of(game), "players": asked.players, **found._asdict(), "folder": str(folder)}))
    else:
        print(as_text(found, game, asked.players))
    return 1 if found.failures else 0


def default_folder(game: Game, players: Sequence[str]) -> Path:
    """Return records/GAME/PLAYERS, with the signs that stand in players' texts made fit for a file's name."""
    return Path("records") / game.name / "-".join(re.sub(r"[^\w.@=]+", "_", player)[-60:] for player in players)


@contextlib.contextmanager
def shown_recording(*players: str) -> Iterator[Watch]:
    """Give a Watch that shows a bar, and the time that is left judging by the time it took so far."""
    with shown_progress(" - ".join(players)) as progress:
        began: tuple[float, float] | None = None  # when, and with which share done

        def watch(share: float, note: str) -> None:
            nonlocal began
            began = began or (time.monotonic(), share)
            seconds, done = time.monotonic() - began[0], share - began[1]
            left = f", time left {duration(seconds * (1 - share) / done)}" if done > 0 else ""
            progress(round(100 * share), 100, note + left)

        yield watch


def as_text(found: Summary, game: Game, players: Sequence[str]) -> str:
    """Return a summary as lines for a person."""
    against = f"{players[0]} against {players[1]}" if len(players) == 2 else f"{players[0]} against itself"
    lines = [f"{spec_of(game)}: {found.games:,} games of {against} in {found.folder}"]
    if len(players) == 2:
        lines.append(f"{players[0]} won {found.wins:,}, drew {found.draws:,} and lost {found.losses:,}")
    lines.append(f"who began won {found.first_wins:,}, {found.draws:,} were drawn")
    lines.append(
        f"{found.labelled:,} positions to learn from, {found.distinct:,} of them distinct; "
        f"{found.opening_plies:,} random plies before them"
    )
    if found.failures:
        lines += [f"left out, since a player failed: {len(found.failures)}", *found.failures]
    lines += [f"look at them:  zero view {found.folder}", f"learn:         zero imitate {spec_of(game)} {found.folder}"]
    return "\n".join(lines)


def record(
    game: Game, players: Sequence[str], folder: Path, asked: Recording | None = None, watch: Watch | None = None
) -> Summary:
    """Play and write what the folder does not have yet; return what it holds then.

    players: one, which plays itself, or two, as `zero players` lists them.
    Raises an InputError where they cannot play the game, a player fails in all games of a file, the folder belongs to another
    recording, is in use or cannot be written to.
    """
    asked, watch = asked or Recording(), watch or (lambda share, note: None)
    if not 1 <= len(players) <= 2:
        raise SettingsError(f"expected one player or two, got {' '.join(players) or 'none'}")
    _, recipes = read_players(players, spec_of(game))
    plies = default_plies(game) if asked.opening_plies is None else asked.opening_plies
    most = asked.file_games or (ENGINE_GAMES if any(recipe.engine for recipe in recipes) else FILE_GAMES)
    settings = {
        "game": spec_of(game),
        "players": list(players),
        "networks": [recipe.digest() for recipe in recipes],
        "simulations": asked.simulations,
        "opening_plies": plies,
        "file_games": most,
        "seed": asked.seed,
    }
    with contextlib.closing(RecordFolder(folder, game, settings)) as recording:
        make = players_of(recipes, game, asked.simulations, asked.device)
        while count := _wanted(recording, asked, most, game):
            first = recording.played
            batch = play_batch(
                game,
                make,
                range(first, first + count),
                asked.seed,
                plies,
                lambda over: watch(*_progress(recording, asked, over, game)),
            )
            if not len(batch.records.games):
                raise PlayerError(f"a player failed in every game: {batch.failures[0]}")
            recording.add(_cut(batch.records, recording, asked), batch.failures, count)
        return recording.summary()


def _wanted(recording: RecordFolder, asked: Recording, most: int, game: Game) -> int:
    """Return how many games the next file is to have, 0 where nothing is left to do; a function of the files."""
    if asked.positions is None:
        return max(0, min(most, (asked.games or FILE_GAMES) - recording.played))
    left = asked.positions - recording.labelled
    if left <= 0:
        return 0
    return min(most, 2 * math.ceil((1.1 * left / _plies_a_game(recording, game) + 1) / 2))


def _plies_a_game(recording: RecordFolder, game: Game) -> float:
    return max(1.0, recording.labelled / recording.played) if recording.played else game.max_plies / 2


def _cut(records: Records, recording: RecordFolder, asked: Recording) -> Records:
    """Return the records up to the game in which as many positions as were asked for are reached."""
    if asked.positions is None:
        return records
    labelled = np.concatenate([[0], np.cumsum(records.kinds != OPENING)])[records.starts[1:]]
    reached = int(np.searchsorted(labelled, asked.positions - recording.labelled))
    return first_games(records, min(reached + 1, len(records.games)))


def _progress(recording: RecordFolder, asked: Recording, over: int, game: Game) -> tuple[float, str]:
    """Return the share of all that is done, and it in words, when `over` games of the next file have ended."""
    if asked.positions is None:
        done, total = recording.played + over, asked.games or FILE_GAMES
        return done / total, f"{done:,} of {total:,} games"
    positions = recording.labelled + over * _plies_a_game(recording, game)
    return min(1.0, positions / asked.positions), f"{recording.played + over:,} games"
