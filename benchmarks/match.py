"""`zero bench match`: how fast a match of two networks is, beside the networks alone, in one run."""

import copy
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from arena.matches.lines import spread
from arena.matches.match import play_match
from arena.players.player import MOST_TREES, SearchPlayer, Thought
from benchmarks.search import Bare, as_table
from games import find
from games.game import Game
from games.position import Position
from zero.bounds import at_least
from zero.checkpoint import read_checkpoint
from zero.checkpoint_files import resolve, shipped
from zero.errors import SettingsError
from zero.flags import parse
from zero.inference import NetworkEvaluator, device_of, evaluator_of
from zero.network import Network, NetworkSettings, new_network
from zero.search.settings import SearchSettings
from zero.search.walk import allocate_batch


@dataclass(frozen=True)
class MatchBenchSettings:
    """What `zero bench match` is asked to measure."""

    game: str = "connect_four"
    """The game, as for zero match."""
    checkpoint: str | None = None
    """Checkpoint or run folder of player A (default: the one that ships, or an untrained one); B's network differs a little."""
    games: int = 400
    """Games of the match."""
    simulations: int = 100
    """Simulations a move."""
    threads: int = 1
    """Processor threads."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def __post_init__(self) -> None:
        at_least(self, 1, "simulations", "threads")
        if self.games < 2 or self.games % 2 or self.games > MOST_TREES:
            raise SettingsError(f"expected an even number of games from 2 to {MOST_TREES}, got {self.games}")


def main(arguments: list[str]) -> int:
    """Measure, and print a table or JSON."""
    asked = parse(MatchBenchSettings, arguments, "zero bench match", "Measure the speed of a match beside the networks alone.")
    game = find(asked.game)
    torch.set_num_threads(asked.threads)
    path = resolve(asked.checkpoint) if asked.checkpoint else shipped(game)
    network = read_checkpoint(path, game).network if path else new_network(game, NetworkSettings(), 0)
    numbers = measure(game, network, asked)
    print(json.dumps(numbers) if asked.json else as_table(numbers))
    return 0


def measure(game: Game, network: Network, asked: MatchBenchSettings) -> dict[str, Any]:
    """Return all numbers. The bare networks are measured before and after, so that both meet the same machine."""
    settings = SearchSettings(simulations=asked.simulations)
    networks = [network, changed(network)]
    players = [Timed(game, name, settings, evaluator_of(net, asked.device)) for name, net in zip("AB", networks, strict=True)]
    for player in players:
        player.consider(spread(game, asked.games, 0))  # compile, and take the memory
        assert player.searcher
        player.searcher.forget()
        player.seconds = 0.0
    batch = allocate_batch(game, asked.games)
    for row, position in enumerate(spread(game, asked.games, 1)):
        batch.planes[row] = position.planes()
    device = device_of(asked.device)
    evaluators = [NetworkEvaluator(game, net, asked.games, device) for net in networks]
    compiled = NetworkEvaluator(game, network, asked.games, device, compiled=True)
    before = [Bare(evaluator, batch, asked.games).per_second() for evaluator in (*evaluators, compiled)]
    earlier, began = _totals(players), time.perf_counter()
    result = play_match(players[0], players[1], game, asked.games)
    seconds = time.perf_counter() - began
    after = [Bare(evaluator, batch, asked.games).per_second() for evaluator in (*evaluators, compiled)]
    bare, fast = statistics.mean([*before[:2], *after[:2]]), statistics.mean([before[2], after[2]])
    simulations, cached, terminal = _totals(players) - earlier
    rate = simulations / seconds
    return {
        "game": game.name,
        "games": asked.games,
        "simulations_per_move": asked.simulations,
        "threads": asked.threads,
        "seconds": round(seconds, 1),
        "games_per_second": round(len(result.results) / seconds, 1),
        "simulations_per_second": round(rate),
        "bare_network_positions_per_second": round(bare),
        "compiled_network_positions_per_second": round(fast),
        "share_of_bare_network": round(rate / bare, 3),
        "share_of_compiled_network": round(rate / fast, 3),
        "evaluations_per_second": round((simulations - cached - terminal) / seconds),
        "evaluations_share_of_bare_network": round((simulations - cached - terminal) / seconds / bare, 3),
        "cache_hit_share": round(cached / simulations, 3),
        "terminal_share": round(terminal / simulations, 3),
        "time_outside_searches": round(1 - sum(player.seconds for player in players) / seconds, 3),
    }


class Timed(SearchPlayer):
    """Adds up the seconds that it searches."""

    seconds = 0.0

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        began = time.perf_counter()
        thoughts = super().consider(positions)
        self.seconds += time.perf_counter() - began
        return thoughts


def _totals(players: Sequence[Timed]) -> NDArray[np.int64]:
    """Return how many simulations there were so far, how many the cache answered, and how many ended the game."""
    trees = [player.searcher.forest.trees for player in players if player.searcher]
    return np.array([sum(int(tree[name].sum()) for tree in trees) for name in ("simulations", "cached", "terminal")])


def changed(network: Network) -> Network:
    """Return a network whose weights differ a little, so that two equals don't play the same games."""
    other = copy.deepcopy(network)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weights in other.parameters():
            weights.mul_(1 + 0.02 * torch.randn(weights.shape, generator=random))
    return other
