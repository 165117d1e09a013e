"""`zero bench rollouts`: games played to their end by random moves and by a rollout policy, beside a network's evaluation."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from games import find
from games.game import Game
from games.position import Position
from zero.bounds import above
from zero.checkpoint_files import resolve
from zero.errors import SettingsError
from zero.evaluators import Evaluator, Rollouts
from zero.flags import parse
from zero.inference import NetworkEvaluator
from zero.network import NetworkSettings, new_network
from zero.rollout_policy import PolicyRollouts, RolloutPolicy, new_rollout_policy, read_rollout_policy
from zero.search.walk import Batch, allocate_batch

GAMES = ("connect_four", "othello:size=6", "go:size=5")
ROWS = 256  # positions at once
NETWORK = "64x5"
FEW_MOVES = 10


@dataclass(frozen=True)
class BenchSettings:
    """What `zero bench rollouts` is asked to measure."""

    game: str | None = None
    """One game, NAME or NAME:PARAMETER=VALUE,… (default: connect_four, othello:size=6, go:size=5)."""
    policy: Path | None = None
    """A file of zero rollout-policy, instead of one that has learned nothing; a move costs the same."""
    seconds: float = 2.0
    """Processor time for each measurement."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def __post_init__(self) -> None:
        above(self, 0, "seconds")
        if self.policy is not None and self.game is None:
            raise SettingsError("expected --game with --policy")


def main(arguments: list[str]) -> int:
    """Measure, and print a table or JSON."""
    what = "Measure rollouts beside one evaluation of a network, all on one core."
    asked = parse(BenchSettings, arguments, "zero bench rollouts", what)
    torch.set_num_threads(1)
    found = {}
    for spec in GAMES if asked.game is None else (asked.game,):
        game = find(spec)
        policy = read_rollout_policy(resolve(str(asked.policy)), game) if asked.policy else untrained(game)
        found[spec] = measure(game, policy, asked.seconds)
    print(json.dumps(found) if asked.json else as_table(found))
    return 0


def untrained(game: Game) -> RolloutPolicy:
    """Return a policy that looks ahead as far as one that learned would."""
    return new_rollout_policy(game, 2 if game.max_legal <= FEW_MOVES else 1)


def measure(game: Game, policy: RolloutPolicy, seconds: float) -> dict[str, float]:
    """Return the numbers of one game. Times are processor time: other programs count little."""
    batch = allocate_batch(game, ROWS)
    for row in range(ROWS):
        batch.states[row] = Position(game).state
        batch.planes[row] = Position(game).planes()
    blind = PolicyRollouts(game, ROWS, new_rollout_policy(game, 0))  # without weights: as long as random games
    fast = PolicyRollouts(game, ROWS, policy)
    network = NetworkEvaluator(game, new_network(game, NetworkSettings(size=NETWORK), 0), ROWS)
    blind.submit(batch, ROWS)
    random_length = blind.plies / ROWS
    random_games = _per_second(Rollouts(game, ROWS), batch, ROWS, seconds)
    games = _per_second(fast, batch, ROWS, seconds)
    length = fast.plies / fast.asked
    move = 1e9 / games / length
    alone, together = (1e9 / _per_second(network, batch, rows, seconds) for rows in (1, ROWS))
    return {
        "random_games_per_second": round(random_games),
        "random_ns_per_move": round(1e9 / random_games / random_length, 1),
        "lookahead": policy.tables.lookahead,
        "policy_games_per_second": round(games),
        "policy_moves_per_game": round(length, 1),
        "policy_ns_per_move": round(move, 1),
        "network_ns_alone": round(alone),
        "network_ns_in_batch": round(together),
        "network_alone_in_moves": round(alone / move, 1),
        "network_in_batch_in_moves": round(together / move, 1),
    }


def _per_second(evaluator: Evaluator, batch: Batch, rows: int, seconds: float) -> float:
    """Return the positions that an evaluator answers in a second of processor time."""
    once: Callable[[], Any] = lambda: evaluator.submit(batch, rows)()  # noqa: E731
    once()
    count, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        once()
        count += rows
    return count / (time.process_time() - began)


def as_table(found: dict[str, dict[str, float]]) -> str:
    """Return the numbers as aligned lines, a column for each game."""
    names = list(next(iter(found.values())))
    width = max(map(len, names))
    lines = [" " * width + "".join(f"  {spec:>16}" for spec in found)]
    for name in names:
        lines.append(f"{name.replace('_', ' '):<{width}}" + "".join(f"  {row[name]:>16,}" for row in found.values()))
    return "\n".join([*lines, f"the network: {NETWORK}; in batch: of {ROWS} positions"])
