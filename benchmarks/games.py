"""`zero bench games`: random games and perft of each game on one core, beside OpenSpiel and python-chess in the same run."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from games import find
from games.game import Game
from games.jit import borrowed, kernel
from games.perft import perft
from games.position import Position
from games.rules import ONGOING, initial, key, legal_actions, outcome, play
from zero.errors import SettingsError
from zero.flags import parse
from zero.random import random_below

MOST_PLIES = 512  # of a random game of chess, ours and theirs


class Row(NamedTuple):
    """A game to measure."""

    game: str
    depth: int  # of perft
    theirs: str = ""  # the same game in OpenSpiel


ROWS = (
    Row("connect_four", 9, "connect_four"),
    Row("othello", 9, "othello"),
    Row("gomoku", 3, "mnk(m=15,n=15,k=5)"),
    Row("hex", 3, "hex(board_size=11)"),
    Row("go:size=9", 4, "go(board_size=9)"),
    Row("go:size=19", 2, "go(board_size=19)"),
    Row("chess", 6, "chess"),
)


@dataclass(frozen=True)
class BenchSettings:
    """What `zero bench games` is asked to measure."""

    game: str | None = None
    """One game, NAME or NAME:PARAMETER=VALUE,… (default: those of the table in benchmarks/README.md)."""
    depth: int | None = None
    """Depth of perft (default: one that takes about a second)."""
    seconds: float = 3.0
    """Time for each measurement of random games."""
    rivals: bool = True
    """Measure OpenSpiel and python-chess too, where they are installed."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= 3600:
            raise SettingsError(f"expected seconds above 0 and at most 3600, got {self.seconds}")
        if self.depth is not None and not 1 <= self.depth <= 64:
            raise SettingsError(f"expected depth from 1 to 64, got {self.depth}")


class Tally(NamedTuple):
    """What was done in some time."""

    games: int
    plies: int
    seconds: float


class Board(NamedTuple):
    """A game in progress, and what its rules need."""

    states: Any  # [1] game.state_dtype
    past: Any  # [most plies] int64; empty for games that don't look back
    legal: Any  # [max_legal] int32
    random: Any  # [1] uint64 generator state


def main(arguments: list[str]) -> int:
    """Measure, and print a table or JSON."""
    asked = parse(BenchSettings, arguments, "zero bench games", "Measure random games and perft of each game on one core.")
    rows = ROWS if asked.game is None else (_row(asked.game),)
    found = {row.game: measure(row, asked) for row in rows}
    print(json.dumps(found) if asked.json else as_table(found))
    return 0


def _row(spec: str) -> Row:
    game = find(spec)
    return next((row for row in ROWS if find(row.game) == game), Row(spec, 3))


def measure(row: Row, asked: BenchSettings) -> dict[str, float]:
    """Return the speed of one game, and how many times that of the rivals it is."""
    game = find(row.game)
    ours = random_games(game, asked.seconds)
    numbers = _rates("", ours)
    position, depth = Position(game), asked.depth or row.depth
    perft(position, 1)
    began = time.perf_counter()
    lines = perft(position, depth)
    numbers |= {"perft_depth": depth, "perft_nodes_per_second": round(lines / (time.perf_counter() - began))}
    rivals: dict[str, Callable[[], Tally]] = {}
    if asked.rivals and row.theirs and _is_installed("pyspiel"):
        rivals["open_spiel"] = lambda: open_spiel_games(row.theirs, asked.seconds)
    if asked.rivals and game.name == "chess":
        rivals["python_chess"] = lambda: python_chess_games(asked.seconds)
    for name, run in rivals.items():
        theirs = run()
        numbers |= _rates(f"{name}_", theirs)
        numbers[f"times_{name}"] = round((ours.games / ours.seconds) / (theirs.games / theirs.seconds), 2)
    return numbers


def _rates(prefix: str, tally: Tally) -> dict[str, float]:
    return {
        f"{prefix}random_games_per_second": round(tally.games / tally.seconds, 1),
        f"{prefix}plies_per_second": round(tally.plies / tally.seconds),
    }


def _is_installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def random_games(game: Game, seconds: float) -> Tally:
    """Play random games for some time."""
    most = min(game.max_plies, MOST_PLIES) if game.name == "chess" else game.max_plies
    board = Board(
        np.zeros(1, game.state_dtype),
        np.zeros((most + 1) * game.looks_back, np.int64),
        np.zeros(game.max_legal, np.int32),
        np.zeros(1, np.uint64),
    )
    play_games(game, board, 1, most)
    games = plies = 0
    count, began = 1, time.perf_counter()
    while time.perf_counter() - began < seconds:
        plies += play_games(game, board, count, most)
        games += count
        count = min(2 * count, 1 << 14)
    return Tally(games, plies, time.perf_counter() - began)


@kernel
def play_games(game, board, count, most):
    """Play random games of at most so many plies; return the plies of all. board: scratch, modified."""
    board = borrowed(board)
    states, past, legal = board.states, board.past, board.legal
    looks_back = min(past.shape[0], 1)
    total = 0
    for _ in range(count):
        initial(game, states[0])
        plies = 0
        while plies < most and outcome(game, states[0], past[: plies * looks_back]) == ONGOING:
            options = legal_actions(game, states[0], past[: plies * looks_back], legal)
            if looks_back:
                past[plies] = key(game, states[0])
            play(game, states[0], legal[random_below(board.random, 0, options)])
            plies += 1
        total += plies
    return total


def open_spiel_games(name: str, seconds: float) -> Tally:
    """Play random games in OpenSpiel's C++ for some time."""
    import pyspiel

    game = pyspiel.load_game(name)
    bots = [pyspiel.make_uniform_random_bot(player, player + 1) for player in range(2)]
    games = plies = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        state = game.new_initial_state()
        pyspiel.evaluate_bots(state, bots, games)
        plies += state.move_number()
        games += 1
    return Tally(games, plies, time.perf_counter() - began)


def python_chess_games(seconds: float) -> Tally:
    """Play random games of python-chess for some time, with all draw rules."""
    import chess

    choose = random.Random(0).choice
    games = plies = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        board = chess.Board()
        while board.ply() < MOST_PLIES and not board.is_game_over(claim_draw=False):
            if board.halfmove_clock >= 100 or board.is_repetition(3):
                break
            board.push(choose(list(board.legal_moves)))
        plies += board.ply()
        games += 1
    return Tally(games, plies, time.perf_counter() - began)


def as_table(found: dict[str, dict[str, float]]) -> str:
    """Return the numbers as aligned columns."""
    head = f"{'game':<14}{'games/s':>12}{'plies/s':>14}{'perft':>7}{'nodes/s':>15}  rivals"
    lines = [head]
    for name, row in found.items():
        rivals = "  ".join(
            f"{rival}: {row[f'{rival}_random_games_per_second']:,.0f} games/s ({row[f'times_{rival}']:.1f}x)"
            for rival in ("open_spiel", "python_chess")
            if f"times_{rival}" in row
        )
        lines.append(
            f"{name:<14}{row['random_games_per_second']:>12,.0f}{row['plies_per_second']:>14,}{row['perft_depth']:>7}"
            f"{row['perft_nodes_per_second']:>15,}  {rivals}"
        )
    return "\n".join(lines)
