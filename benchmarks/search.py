"""`zero bench search`: how fast search, network and self-play are on this machine, as ratios within one run."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from games import find
from games.game import Game
from selfplay.actor import Actor, Counts, Parked
from selfplay.settings import SelfPlaySettings
from zero.bounds import at_least
from zero.checkpoint import Checkpoint, read_checkpoint
from zero.checkpoint_files import resolve, shipped
from zero.evaluators import Uniform
from zero.flags import parse
from zero.inference import NetworkEvaluator, device_of, evaluator_of
from zero.network import Network, NetworkSettings, new_network
from zero.quantised import Packed
from zero.search.settings import SearchSettings
from zero.search.walk import Batch

STEADY_PLIES = 24  # moves after which the games are no longer in step
SECONDS = 4.0  # of a measurement without self-play


@dataclass(frozen=True)
class BenchSettings:
    """What `zero bench search` is asked to measure."""

    game: str = "connect_four"
    """The game, as for zero train."""
    checkpoint: str | None = None
    """Checkpoint or run folder whose network and settings are measured (default: the one that ships, or an untrained one)."""
    games: int = 256
    """Games at once."""
    threads: int = 1
    """Processor threads for everything."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    positions: int = 12_000
    """Searched positions of a measurement: as many as a generation of a run has by default."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def __post_init__(self) -> None:
        at_least(self, 1, "games", "threads")
        at_least(self, 3, "positions")


def main(arguments: list[str]) -> int:
    """Measure, and print a table or JSON."""
    asked = parse(BenchSettings, arguments, "zero bench search", "Measure the speed of search, network and self-play.")
    game = find(asked.game)
    torch.set_num_threads(asked.threads)
    checkpoint = _checkpoint(game, asked.checkpoint)
    numbers = measure(checkpoint, asked)
    print(json.dumps(numbers) if asked.json else as_table(numbers))
    return 0


def _checkpoint(game: Game, named: str | None) -> Checkpoint:
    path = resolve(named) if named else shipped(game)
    if path is not None:
        return read_checkpoint(path, game)
    settings = NetworkSettings()
    return Checkpoint(game, new_network(game, settings, 0), settings, SearchSettings(), 0)


def measure(checkpoint: Checkpoint, asked: BenchSettings) -> dict[str, Any]:
    """Return all numbers. The bare network is measured before and after each self-play, so that both meet the same machine."""
    game, device = checkpoint.game, device_of(asked.device)
    settings = SelfPlaySettings(games=asked.games, threads=asked.threads)
    evaluator = evaluator_of(checkpoint.network, asked.device, compiled=True)
    groups = 2 if device.type == "cuda" else 1
    cached = SelfPlay(checkpoint, settings, evaluator, groups)
    uncached = SelfPlay(checkpoint, replace(settings, cache_mb=0), evaluator, groups)
    tree = SelfPlay(checkpoint, replace(settings, threads=1, cache_mb=0), Uniform)
    parked = cached.warm_up(asked.games * STEADY_PLIES)
    batch = cached.actor.groups[0].batch
    bare = Bare(NetworkEvaluator(game, checkpoint.network, asked.games, device, compiled=True), batch, asked.games)
    rates = [bare.per_second()]
    cached_rate, counts = cached.per_second(parked, asked.positions)
    rates.append(bare.per_second())
    uncached_rate, _ = uncached.per_second(parked, asked.positions // 3)
    rates.append(bare.per_second())
    tree_rate, _ = tree.per_second(parked, asked.positions)
    eager = Eager(checkpoint.network, batch, device).per_second()
    fast, peak = statistics.median(rates), matmul_peak(device, bare.evaluator.dtype)
    return {
        "game": game.name,
        "network": "{}x{}".format(*checkpoint.network_settings.shape(game)),
        "simulations_per_move": checkpoint.search.simulations,
        "games": asked.games,
        "threads": asked.threads,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "number_type": str(bare.evaluator.dtype).removeprefix("torch."),
        "tree_simulations_per_second": round(tree_rate),
        "bare_network_positions_per_second": round(fast),
        "eager_float32_positions_per_second": round(eager),
        "inference_speedup": round(fast / eager, 3),
        **number_errors(checkpoint.network, bare.evaluator, game, batch),
        "matmul_peak_share": round(fast * network_flops(checkpoint.network, game) / peak, 3),
        "matmul_peak_gflops": round(peak / 1e9),
        "selfplay_simulations_per_second_uncached": round(uncached_rate),
        "selfplay_simulations_per_second_cached": round(cached_rate),
        "search_efficiency_uncached": round(uncached_rate / statistics.mean(rates[1:]), 3),
        "search_efficiency_cached": round(cached_rate / statistics.mean(rates[:2]), 3),
        "cache_hit_share": round(counts.cached / counts.simulations, 3),
        "terminal_share": round(counts.terminal / counts.simulations, 3),
        "mean_batch": round(counts.evaluated / counts.rounds, 1),
    }


class SelfPlay:
    """Self-play as in a run: a generation begins with an empty cache and games in progress."""

    def __init__(self, checkpoint: Checkpoint, settings: SelfPlaySettings, evaluator: Any, groups: int = 1) -> None:
        self.actor = Actor(checkpoint.game, checkpoint.search, settings, evaluator, seed=0, groups=groups)

    def warm_up(self, positions: int) -> Parked:
        """Play until the games are spread over all stages, and return them."""
        return self.actor.generation(None, positions=positions)[1]

    def per_second(self, parked: Parked, positions: int) -> tuple[float, Counts]:
        """Return simulations per second, evaluations of roots included, over a generation of so many positions."""
        self.actor.generation(parked, positions=1)  # compile
        began = time.perf_counter()
        counts = self.actor.generation(parked, positions=positions)[2]
        return counts.simulations / (time.perf_counter() - began), counts


class Bare:
    """The network as self-play uses it, without a search."""

    def __init__(self, evaluator: NetworkEvaluator, batch: Batch, rows: int) -> None:
        self.evaluator, self.batch, self.rows = evaluator, batch, rows

    def per_second(self) -> float:
        """Return positions per second."""
        return _repeat(lambda: self.evaluator.submit(self.batch, self.rows)()) * self.rows


class Eager:
    """The network as naive code runs it: float32, batch normalisation apart, nothing compiled."""

    def __init__(self, network: Network, batch: Batch, device: torch.device) -> None:
        self.network = network.to(device=device, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        self.batch, self.device = batch, device

    def per_second(self) -> float:
        """Return positions per second."""

        def once() -> None:
            with torch.no_grad():
                planes = torch.from_numpy(np.ascontiguousarray(self.batch.planes)).to(self.device).float()
                self.network(planes)[1].cpu()

        return _repeat(once) * len(self.batch.planes)


def _repeat(action: Callable[[], Any], seconds: float = SECONDS) -> float:
    """Return how often per second the action can be done."""
    for _ in range(3):
        action()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        action()
        count += 1
    return count / (time.perf_counter() - began)


def number_errors(network: Network, evaluator: NetworkEvaluator, game: Game, batch: Batch) -> dict[str, float]:
    """Return how far the evaluator of self-play lies from float32: largest differences of a probability and a value."""
    rows = len(batch.planes)
    reference = NetworkEvaluator(game, network, rows, evaluator.device, dtype=torch.float32)
    exact, fast = (which.submit(batch, rows)() for which in (reference, evaluator))
    policies = [torch.softmax(torch.from_numpy(found.logits), 1).numpy() for found in (exact, fast)]
    values = [found.wdl[:, 0] - found.wdl[:, 2] for found in (exact, fast)]
    return {
        "policy_error_against_float32": round(float(np.abs(policies[0] - policies[1]).max()), 5),
        "value_error_against_float32": round(float(np.abs(values[0] - values[1]).max()), 5),
    }


def network_flops(network: Network, game: Game) -> float:
    """Return the multiplications and additions of one evaluation."""
    total = 0.0
    cells = game.plane_shape[1] * game.plane_shape[2]
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            total += 2.0 * module.weight.numel() * cells
        elif isinstance(module, torch.nn.Linear):
            total += 2.0 * module.weight.numel()
    return total


def matmul_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Return the operations per second of a large matrix product in the type that inference uses."""
    size = 8192 if device.type == "cuda" else 2048
    if dtype == torch.int8:
        return max(_repeat(product, 1.0) for product in _int8_products(size)) * 2.0 * size**3
    a = torch.randn(size, size, device=device, dtype=dtype)
    return _repeat(lambda: (a @ a)[0, 0].item(), 1.0) * 2.0 * size**3


def _int8_products(size: int) -> list[Callable[[], Any]]:
    """Return the ways to multiply matrices of integers; which one is faster depends on processor and version of torch."""
    a, b = (torch.randint(0, 127, (size, size), dtype=dtype) for dtype in (torch.uint8, torch.int8))
    layer = Packed.of(b.float(), torch.zeros(size), [size, size])
    return [lambda: torch._int_mm(b, b), lambda: layer(a, torch.bfloat16, False)]


def as_table(numbers: dict[str, Any]) -> str:
    """Return the numbers as aligned lines."""
    width = max(map(len, numbers))
    return "\n".join(f"{name.replace('_', ' '):<{width}}  {value}" for name, value in numbers.items())
