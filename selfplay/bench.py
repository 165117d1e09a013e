"""`zero bench`: how fast search, network and self-play are on this machine, as ratios within one run."""

import contextlib
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
import tyro

from games import find
from games.game import Game
from selfplay.actor import Actor, Counts
from selfplay.settings import SelfPlaySettings
from zero.checkpoint import Checkpoint, read_checkpoint, resolve, shipped
from zero.errors import SettingsError
from zero.evaluators import Uniform
from zero.flags import parse
from zero.inference import NetworkEvaluator, device_of, evaluator_of
from zero.network import Network, NetworkSettings, new_network
from zero.search.settings import SearchSettings
from zero.search.walk import Batch, allocate_batch

WARM_UP = 3.0  # seconds of self-play before a measurement begins


@dataclass(frozen=True)
class BenchSettings:
    """What `zero bench` is asked to measure."""

    part: tyro.conf.Positional[Literal["search"]] = "search"
    """search: the tree alone, the bare network, and self-play of both together."""
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
    seconds: float = 6.0
    """Time for each measurement."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def __post_init__(self) -> None:
        if self.games < 1 or self.threads < 1 or not self.seconds > 0:
            raise SettingsError("expected games >= 1, threads >= 1 and seconds > 0")


def main(arguments: list[str]) -> int:
    """Measure, and print a table or JSON."""
    asked = parse(BenchSettings, arguments, "zero bench", "Measure the speed of search, network and self-play.")
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
    """Return all numbers. Bare network and self-play take turns, so that a busy moment hits both alike."""
    game, device = checkpoint.game, device_of(asked.device)
    threads = SelfPlaySettings(games=asked.games, threads=asked.threads)
    tree = SelfPlay(game, checkpoint.search, replace(threads, threads=1, cache_mb=0), Uniform)
    evaluator = evaluator_of(checkpoint.network, asked.device, compiled=True)
    groups = 2 if device.type == "cuda" else 1
    uncached = SelfPlay(game, checkpoint.search, replace(threads, cache_mb=0), evaluator, groups)
    cached = SelfPlay(game, checkpoint.search, threads, evaluator, groups)
    batch = typical_batch(cached, asked.games)
    bare = Bare(NetworkEvaluator(game, checkpoint.network, asked.games, device, compiled=True), batch, asked.games)
    eager = Eager(checkpoint.network, batch, device)
    runs: dict[str, list[float]] = {"tree": [], "bare": [], "eager": [], "uncached": [], "cached": []}
    for _ in range(3):
        for name, part in (("tree", tree), ("bare", bare), ("eager", eager), ("uncached", uncached), ("cached", cached)):
            runs[name].append(part.per_second(asked.seconds / 3))
    speed = {name: statistics.median(values) for name, values in runs.items()}
    flops = network_flops(checkpoint.network, game)
    peak = matmul_peak(device)
    return {
        "game": game.name,
        "network": "{}x{}".format(*checkpoint.network_settings.shape(game)),
        "simulations_per_move": checkpoint.search.simulations,
        "games": asked.games,
        "threads": asked.threads,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "tree_simulations_per_second": round(speed["tree"]),
        "bare_network_positions_per_second": round(speed["bare"]),
        "eager_float32_positions_per_second": round(speed["eager"]),
        "inference_speedup": round(speed["bare"] / speed["eager"], 3),
        **number_errors(checkpoint.network, game, device, batch),
        "matmul_peak_share": round(speed["bare"] * flops / peak, 3),
        "matmul_peak_gflops": round(peak / 1e9),
        "selfplay_simulations_per_second_uncached": round(speed["uncached"]),
        "selfplay_simulations_per_second_cached": round(speed["cached"]),
        "search_efficiency_uncached": round(speed["uncached"] / speed["bare"], 3),
        "search_efficiency_cached": round(speed["cached"] / speed["bare"], 3),
        "cache_hit_share": round(cached.counts.cached / max(cached.counts.simulations, 1), 3),
        "terminal_share": round(cached.counts.terminal / max(cached.counts.simulations, 1), 3),
        "mean_batch": round(cached.counts.evaluated / max(cached.counts.rounds, 1), 1),
    }


class EnoughError(Exception):
    """The time for a measurement is up."""


class SelfPlay:
    """Self-play in its steady state: what the first seconds bring, with young games and an empty cache, doesn't count."""

    def __init__(
        self, game: Game, search: SearchSettings, settings: SelfPlaySettings, evaluator: Any, groups: int = 1
    ) -> None:
        self.actor = Actor(game, search, settings, evaluator, seed=0, groups=groups)
        self.counts = Counts(0, 0, 0, 0, 0)
        self.per_second(0.5)  # compile

    def per_second(self, seconds: float) -> float:
        """Return simulations per second, evaluations of roots included."""
        marks: list[tuple[float, Counts]] = []

        def look(done: int, counts: Counts) -> None:
            marks.append((time.perf_counter(), counts))
            if len(marks) > 2 and marks[-2][0] - marks[0][0] > seconds + WARM_UP:
                raise EnoughError

        with contextlib.suppress(EnoughError):
            self.actor.generation(None, positions=10**9, progress=look)
        first = next(i for i, (when, _) in enumerate(marks) if when - marks[0][0] > WARM_UP or i == len(marks) - 2)
        (begin, before), (end, after) = marks[first], marks[-1]
        self.counts = Counts(*(new - old for new, old in zip(after, before, strict=True)))
        return self.counts.simulations / (end - begin)


def typical_batch(selfplay: SelfPlay, places: int) -> Batch:
    """Return a batch of positions that self-play met."""
    source = selfplay.actor.groups[0].batch
    batch = allocate_batch(selfplay.actor.game, places)
    batch.words[:] = np.resize(source.words[: max(1, len(source.words))], batch.words.shape)
    return batch


class Bare:
    """The network as self-play uses it, without a search."""

    def __init__(self, evaluator: NetworkEvaluator, batch: Batch, rows: int) -> None:
        self.evaluator, self.batch, self.rows = evaluator, batch, rows

    def per_second(self, seconds: float) -> float:
        """Return positions per second."""
        return _repeat(lambda: self.evaluator.submit(self.batch, self.rows)(), seconds) * self.rows


class Eager:
    """The network as naive code runs it: float32, batch normalisation apart, nothing compiled."""

    def __init__(self, network: Network, batch: Batch, device: torch.device) -> None:
        self.network = network.to(device=device, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        self.batch, self.device = batch, device

    def per_second(self, seconds: float) -> float:
        """Return positions per second."""

        def once() -> None:
            with torch.no_grad():
                planes = torch.from_numpy(np.ascontiguousarray(self.batch.planes)).to(self.device).float()
                self.network(planes)[1].cpu()

        return _repeat(once, seconds) * len(self.batch.planes)


def _repeat(action: Callable[[], Any], seconds: float) -> float:
    """Return how often per second the action can be done."""
    for _ in range(3):
        action()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        action()
        count += 1
    return count / (time.perf_counter() - began)


def number_errors(network: Network, game: Game, device: torch.device, batch: Batch) -> dict[str, float]:
    """Return how far inference in its number type lies from float32: largest differences of a probability and a value."""
    exact, fast = (
        NetworkEvaluator(game, network, len(batch.planes), device, dtype=dtype).submit(batch, len(batch.planes))()
        for dtype in (torch.float32, None)
    )
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


def matmul_peak(device: torch.device) -> float:
    """Return the floating-point operations per second of a large matrix product, in the type that inference uses."""
    from zero.inference import has_bfloat16

    size = 8192 if device.type == "cuda" else 2048
    a = torch.randn(size, size, device=device, dtype=torch.bfloat16 if has_bfloat16(device) else torch.float32)

    def product() -> None:
        (a @ a)[0, 0].item()

    return _repeat(product, 1.0) * 2.0 * size**3


def as_table(numbers: dict[str, Any]) -> str:
    """Return the numbers as aligned lines."""
    width = max(map(len, numbers))
    return "\n".join(f"{name.replace('_', ' '):<{width}}  {value}" for name, value in numbers.items())
