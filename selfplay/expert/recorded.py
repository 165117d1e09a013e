"""Games that the engine recorded, and shards of collections, as games to learn from."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from arena.files.text import ILLEGAL, UNREADABLE
from games.game import Game
from selfplay.expert.games import KIND, ExpertGames, from_records, no_games, read_games, take
from selfplay.expert.parsing import NO_MOVES, Skipped
from selfplay.records import read_shard
from selfplay.replay import lawful_plies
from zero.errors import CheckpointError


def games_recorded(path: Path, game: Game) -> tuple[ExpertGames, list[Skipped]]:
    """Return the games of a file, and what is wrong with those that are left out."""
    try:
        games = read_games(path, game) if _kind(path) == KIND else from_records(read_shard(path, game))
    except CheckpointError as error:
        return no_games(), [Skipped(str(path), str(error).removeprefix(f"{path}: "), UNREADABLE)]
    lengths, lawful = np.diff(games.starts), _lawful(games, game)
    skipped = []
    for number in np.flatnonzero((lengths == 0) | (lawful < lengths)):
        kind, reason = (ILLEGAL, f"move {lawful[number] + 1} is not legal") if lengths[number] else (NO_MOVES, "it has no moves")
        skipped.append(Skipped(f"{path} game {number + 1}", reason, kind))
    return take(games, np.flatnonzero((lengths > 0) & (lawful == lengths))) if skipped else games, skipped


def _kind(path: Path) -> str:
    """Return what kind of file of ours a file is, "" where it is none."""
    try:
        with safe_open(path, "numpy") as file:
            return str(json.loads((file.metadata() or {})["zero"])["kind"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return ""


def _lawful(games: ExpertGames, game: Game) -> NDArray[np.int64]:
    """Return how many plies of each game have a legal move and a legal label, if any, before the first that has not."""
    longest = int(np.diff(games.starts).max(initial=0)) + 1
    states, past = np.zeros(longest, game.state_dtype), np.zeros(longest, np.int64)
    found = np.zeros(len(games.outcomes), np.int64)
    options = np.zeros(game.max_legal, np.int32)
    lawful_plies(game, games.actions, games.labels, games.starts, game.looks_back, states, past, options, found)
    return found
