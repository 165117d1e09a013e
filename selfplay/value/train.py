"""The value network's training as a function, for `zero value` and for the chain of AlphaGo's stages."""

import contextlib
import zlib
from pathlib import Path
from typing import NamedTuple

from arena.matches.progress import shown_progress
from selfplay.display import Display
from selfplay.runs import Run, read_metrics
from selfplay.stages import Limit, train_stage
from selfplay.stopping import Stop
from selfplay.value.report import Report, measure, write_report
from selfplay.value.settings import RunSettings, ValueSettings
from selfplay.value.show import draw_report, print_report
from selfplay.value.stage import ValueStage
from zero.checkpoint import read_checkpoint
from zero.inference import device_of


class Measuring(NamedTuple):
    """What is measured when the training ends."""

    held_out: int = 2048  # games
    positions: int = 256  # of these that are compared with the policy's own value and with a solver
    rollouts: int = 32  # games that the policy plays on from each


def train_value(
    policy: Path,
    folder: Path,
    settings: ValueSettings,
    limit: Limit,
    *,
    opening: Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    compiled: bool = False,
    measuring: Measuring | None = None,
    stop: Stop,
    display: Display,
    title: str = "",
) -> tuple[Path, Report | None]:
    """Train in a run folder, or go on there; return its last checkpoint, and the report unless Ctrl-C came.

    policy, opening: checkpoint files. The report is printed, and written to report.json and report.png in the folder.
    Raises an InputError where a file is no checkpoint of one game, the folder is another run's, or a loss is not finite.
    """
    measuring = measuring or Measuring()
    player = read_checkpoint(policy)
    beginner = read_checkpoint(opening, player.game) if opening else player
    kept = RunSettings(**vars(settings), opening=f"{zlib.crc32(opening.read_bytes()):08x}" if opening else None)
    with contextlib.closing(Run(folder, player.game, seed, kept, policy, "value")) as run:
        display.say(f"{player.game.name}: learning the value of {policy} in {folder}")
        stage = ValueStage(player, beginner, settings, seed, device_of(device), compiled, measuring.held_out)
        last = train_stage(run, stage, limit, stop, display)
        if stop.asked:
            return run.checkpoint(last), None
        with shown_progress("measuring") as progress:

            def watch(phase: str, share: float) -> None:
                stop.check()
                progress(round(100 * share), 100, phase)

            report = measure(stage, measuring.positions, measuring.rollouts, watch)
        write_report(folder / "report.json", report)
        draw_report(report, read_metrics(folder), title or f"the value of {policy}", folder / "report.png")
        print_report(report, title or f"the value of {policy}")
        display.say(f"in {folder}: report.json, report.png")
        return run.checkpoint(last), report
