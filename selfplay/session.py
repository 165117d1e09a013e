"""One call of `zero train`: open the run, go through generations until it is time to stop, say how strong it got."""

import sys
import time
from pathlib import Path
from typing import Any

import torch

from arena.matches.match import play_match
from arena.players.player import SearchPlayer, rollout_player
from games.game import Game
from selfplay.display import Display, display_for
from selfplay.loop import Loop, Report
from selfplay.rating import Rating
from selfplay.runs import Run
from selfplay.settings import Settings
from selfplay.stopping import Stop, StopTraining, seconds
from selfplay.train import TrainSettings
from zero.checkpoint_files import resolve
from zero.inference import device_of, evaluator_of

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
            display.phase("preparing (the first time compiles for a minute)", 0.0, {})
            loop = Loop(run, device, start, asked.compile)
            for note in loop.notes:
                display.say(note)
            if loop.generation:
                display.say(f"going on after generation {loop.generation}")
            try:
                stop.in_generation = True
                _generations(loop, asked, stop, display, began)
            except StopTraining:
                display.say(f"stopped; generation {loop.generation} is the last one on the disk")
            finally:
                stop.in_generation = False
        display.say(_closing(run, loop, asked.game, device, interrupted=stop.asked))
    finally:
        run.close()


def _generations(loop: Loop, asked: TrainSettings, stop: Stop, display: Display, began: float) -> None:
    from torch.utils.tensorboard import SummaryWriter

    limit = seconds(asked.time)
    rating, took = Rating(loop), 0.0
    with SummaryWriter(str(loop.run.folder / "tensorboard"), purge_step=loop.generation + 1) as board:
        while not stop.asked:
            if asked.generations is not None and loop.generation >= asked.generations:
                break
            # Each call makes a generation, and the last one may end half of its length late, but not more.
            if asked.generations is None and took and time.monotonic() - began + took / 2 >= limit:
                break
            started = time.monotonic()

            def watch(phase: str, share: float, numbers: dict[str, Any]) -> None:
                stop.check()
                left = limit - (time.monotonic() - began) if asked.generations is None else None
                display.phase("finishing this generation" if stop.asked else phase, share, {**numbers, "left": left})

            report = loop.play_and_learn(watch)
            wrong: dict[str, float] = {}
            if asked.rating_seconds and time.monotonic() - rating.when >= asked.rating_seconds:
                wrong = rating.update(loop, watch)
            line = {**metrics_of(report, rating.value), **wrong}
            loop.run.add_metrics({**line, "rated_generation": rating.generation})
            for name, value in line.items():
                board.add_scalar(name, value, report.generation)
            display.generation(line)
            took = time.monotonic() - started


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
        "ending_loss": report.losses.ending,
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


def _closing(run: Run[Settings], loop: Loop, game: str, device: torch.device, interrupted: bool) -> str:
    """Say how strong the player is and what to try next. game: as one would type it."""
    lines = [f"{loop.games} games, {loop.positions} positions, {loop.generation} generations in {run.folder}"]
    if not interrupted:
        search = run.settings.search
        opponent = 4 * search.simulations
        player = SearchPlayer(run.game, "trained", search, evaluator_of(loop.player, str(device)))
        tally = play_match(player, rollout_player(run.game, opponent, run.seed), run.game, FINAL_GAMES, seed=run.seed).tally()
        lines.append(
            f"with {search.simulations} simulations a move it won {tally.wins}, drew {tally.draws}, lost {tally.losses} "
            f"of {tally.games} games against mcts:{opponent}, a search with random rollouts"
        )
    lines += [f"play it:   zero play {game} --opponent {run.folder}", f"match it:  zero match {run.folder} mcts:1000"]
    return "\n".join(lines)
