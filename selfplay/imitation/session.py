"""One call of `zero imitate`: read the games, learn until it is time to stop, report what was learned."""

import os
import sys
from dataclasses import fields
from pathlib import Path

import torch
from rich.console import Console

from games.game import Game
from selfplay.asked import kept
from selfplay.display import Display, display_for
from selfplay.expert.drawing import Collection
from selfplay.expert.reading import finished_reading, origin_of, read_collection
from selfplay.imitation.command import ImitateSettings
from selfplay.imitation.picture import draw
from selfplay.imitation.report import FILE, Report, make_report, table_of, write_report
from selfplay.imitation.settings import ImitationSettings
from selfplay.imitation.stage import COLUMNS, imitate
from selfplay.runs import read_metrics
from selfplay.stopping import Stop
from zero.checkpoint_files import checkpoints_of, resolve
from zero.errors import RunError
from zero.inference import device_of
from zero.network import NetworkSettings

GAMES, PICTURE = "games", "report.png"  # in the run folder
ROUND = 10  # intervals of a round of DAgger


def learn(game: Game, folder: Path, asked: ImitateSettings, stop: Stop) -> None:
    """Learn as asked; every interval that ended is on the disk."""
    device = device_of(asked.device)
    if asked.threads:
        torch.set_num_threads(asked.threads)
    display = display_for(sys.stdout, COLUMNS)
    display.say(f"{game.name}: imitation in {folder} on {device} with {torch.get_num_threads()} threads")
    start = resolve(str(asked.start)) if asked.start else None
    collect(game, asked.data, folder, asked.threads or os.cpu_count() or 1, stop, display)
    settings, rest = kept(asked, ImitationSettings), (asked.seed, device, stop, display, start)
    if asked.dagger is not None and asked.expert is not None:
        from selfplay.imitation.dagger import DaggerSettings, imitate_in_rounds

        rounds = DaggerSettings(asked.expert, asked.dagger, asked.labels, asked.intervals or ROUND)
        checkpoint = imitate_in_rounds(game, folder, folder / GAMES, settings, rounds, *rest)
    else:
        limit = asked.limit()
        checkpoint = imitate(game, folder / GAMES, folder, settings, limit, *rest)
    if not stop.asked:
        report = tell(game, folder, checkpoint, settings, asked.seed, device, stop, display)
        if report is not None:
            Console().print(table_of(report))
            display.say(f"stored in {folder / FILE} and {folder / PICTURE}")
    display.say(closing(asked.game, folder, settings))


def collect(game: Game, data: tuple[Path, ...], folder: Path, workers: int, stop: Stop, display: Display) -> None:
    """Read the games into the run folder, and say what came of it.

    Raises RunError where there are none, and where the run has learned from other ones.
    """
    told = finished_reading(folder / GAMES)
    if not data:
        if told is None:
            raise RunError(f"run folder {folder} has no games yet: name files or folders that hold some")
        return
    learned = any(int(path.stem) > 0 for path in checkpoints_of(folder))
    if learned and told is not None and told[0] != origin_of(data, game):
        raise RunError(f"run folder {folder} has learned from other files than {', '.join(map(str, data))}: take another --run")

    def watch(phase: str, share: float) -> None:
        stop.check()
        display.phase(phase, share, {})

    with display:
        read = read_collection(data, game, folder / GAMES, workers, watch)
    display.say(str(read))
    if read.skipped:
        display.say(f"each of these is named in {folder / GAMES / 'skipped.txt'}")


def tell(
    game: Game,
    folder: Path,
    checkpoint: Path,
    settings: ImitationSettings,
    seed: int,
    device: torch.device,
    stop: Stop,
    display: Display,
) -> Report | None:
    """Measure a checkpoint on all games that were held back, and write that down; None where there are none."""

    def watch(phase: str, share: float) -> None:
        stop.check()
        display.phase(phase, share, {})

    collection = Collection(folder / GAMES, game, seed, settings.validation, settings.min_rating, settings.learn_from)
    with display:
        report = make_report(checkpoint, collection, settings.value, device, watch)
    if report is not None:
        write_report(folder / FILE, report)
        draw(read_metrics(folder), report, f"{game.name}, interval {report.generation}", folder / PICTURE)
    return report


def closing(game: str, folder: Path, settings: ImitationSettings) -> str:
    """Say what to try next. game: as one would type it."""
    usual = NetworkSettings()
    odd = [one.name for one in fields(NetworkSettings) if getattr(settings.network, one.name) != getattr(usual, one.name)]
    flags = "".join(_flag(name.replace("_", "-"), getattr(settings.network, name)) for name in odd)
    return f"play it:   zero play {game} --opponent net:{folder}\ntrain on:  zero train {game} --start {folder}{flags}"


def _flag(name: str, value: object) -> str:
    """Return a setting of the network as one types it."""
    return f" --network.{'' if value else 'no-'}{name}" if isinstance(value, bool) else f" --network.{name} {value}"
