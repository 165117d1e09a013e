"""One call of `zero train`: open the run, go through generations until it is time to stop, say how strong it got."""

import copy
import sys
import time
from pathlib import Path
from typing import Any

import torch

from arena.elo import elo_of
from arena.match import play_match
from arena.player import SearchPlayer, rollout_player
from games.game import Game
from selfplay.display import Display, display_for
from selfplay.loop import Loop, Report, rating_match
from selfplay.runs import Run, read_metrics
from selfplay.settings import Settings
from selfplay.train import Stop, StopTraining, TrainSettings, seconds
from zero.checkpoint import read_checkpoint, resolve
from zero.errors import RunError
from zero.inference import device_of, evaluator_of
from zero.network import Network

RATING_GAMES = 40
FINAL_GAMES = 40


def train(game: Game, folder: Path, settings: Settings, asked: TrainSettings, stop: Stop) -> None:
    """Train as asked; every generation that ended is on the disk."""
    began = time.monotonic()
    device = device_of(asked.device)
    if asked.threads:
        torch.set_num_threads(asked.threads)
    start = resolve(str(asked.start)) if asked.start else None
    run = Run(folder, game, asked.seed, settings, start)
    try:
        display = display_for(sys.stdout)
        display.say(f"{game.name}: training in {folder} on {device} with {torch.get_num_threads()} threads")
        with display:
            display.phase("preparing", 0.0, {})
            loop = Loop(run, device, start, asked.compile)
            for note in loop.notes:
                display.say(note)
            if loop.generation:
                display.say(f"going on after generation {loop.generation}")
            try:
                _generations(loop, asked, stop, display, began)
            except StopTraining:
                display.say(f"stopped; generation {loop.generation} is the last one on the disk")
        display.say(_closing(run, loop, device, interrupted=stop.asked))
    finally:
        run.close()


def _generations(loop: Loop, asked: TrainSettings, stop: Stop, display: Display, began: float) -> None:
    from torch.utils.tensorboard import SummaryWriter

    limit = seconds(asked.time)
    rating = Rating(loop)
    with SummaryWriter(str(loop.run.folder / "tensorboard"), purge_step=loop.generation + 1) as board:
        while not stop.asked:
            if asked.generations is not None and loop.generation >= asked.generations:
                break
            if asked.generations is None and time.monotonic() - began >= limit:
                break

            def watch(phase: str, share: float, numbers: dict[str, Any]) -> None:
                left = limit - (time.monotonic() - began) if asked.generations is None else None
                display.phase("finishing this generation" if stop.asked else phase, share, {**numbers, "left": left})

            report = loop.play_and_learn(watch)
            if asked.rating_seconds and time.monotonic() - rating.when >= asked.rating_seconds:
                rating.update(loop, watch)
            line = metrics_of(report, rating.value)
            loop.run.add_metrics({**line, "rated_generation": rating.generation})
            for name, value in line.items():
                board.add_scalar(name, value, report.generation)
            display.generation(line)


class Rating:
    """Elo of the run's networks: 0 is the network before learning; each rated one played the one rated before it."""

    def __init__(self, loop: Loop) -> None:
        self.when = time.monotonic()
        self.value, self.generation = 0.0, 0
        metrics = [line for line in read_metrics(loop.run.folder) if line["generation"] <= loop.generation]
        if metrics:
            self.value, self.generation = float(metrics[-1].get("rating", 0)), int(metrics[-1].get("rated_generation", 0))
        self.network: Network = read_checkpoint(loop.run.checkpoint(self.generation), loop.run.game).network

    def update(self, loop: Loop, watch: Any) -> None:
        """Rate the network that plays now."""
        watch("rating", 0.0, {})
        new = copy.deepcopy(loop.player)
        tally = rating_match(
            loop.run.game, loop.run.settings, new, self.network, loop.device, loop.generation, RATING_GAMES
        ).tally()
        # Half a game each way keeps a clean sweep finite.
        self.value += elo_of((tally.wins + tally.draws / 2 + 0.5) / (tally.games + 1))
        self.network, self.generation, self.when = new, loop.generation, time.monotonic()


def metrics_of(report: Report, rating: float) -> dict[str, float]:
    """Return a generation's line of metrics.jsonl."""
    counts = report.counts
    simulations = max(counts.simulations, 1)
    return {
        "generation": report.generation,
        "games": report.games,
        "positions": report.positions,
        "policy_loss": report.losses.policy,
        "value_loss": report.losses.value,
        "policy_entropy": report.losses.policy_entropy,
        "gradient_norm": report.losses.gradient_norm,
        "rating": rating,
        "simulations_per_second": report.simulations_per_second,
        "cached_share": counts.cached / simulations,
        "terminal_share": counts.terminal / simulations,
        "batch": counts.evaluated / max(counts.rounds, 1),
        "resigned": report.resigned,
        "accepted": float(report.accepted),
        "play_seconds": report.play_seconds,
        "learn_seconds": report.learn_seconds,
    }


def _closing(run: Run, loop: Loop, device: torch.device, interrupted: bool) -> str:
    """Say how strong the player is and what to try next."""
    lines = [f"{loop.games} games, {loop.window.total} positions, {loop.generation} generations in {run.folder}"]
    if loop.generation and not interrupted:
        search = run.settings.search
        opponent = 4 * search.simulations
        player = SearchPlayer(run.game, "trained", search, evaluator_of(loop.player, str(device)))
        tally = play_match(player, rollout_player(run.game, opponent, run.seed), run.game, FINAL_GAMES, seed=run.seed).tally()
        lines.append(
            f"with {search.simulations} simulations a move it won {tally.wins}, drew {tally.draws}, lost {tally.losses} "
            f"of {tally.games} games against mcts:{opponent}, a search with random rollouts"
        )
    name = run.game.name
    lines += [f"play it:   zero play {name} --opponent {run.folder}", f"match it:  zero match {run.folder} mcts:1000"]
    if loop.generation == 0:
        raise RunError("\n".join(["no generation was finished", *lines[:1]]))
    return "\n".join(lines)
