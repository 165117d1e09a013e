"""`zero value CHECKPOINT`: learn how games of a policy end."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from games.catalogue import spec_of
from selfplay.asked import TrainingFlags, completed, default_folder, kept
from selfplay.stopping import StopTraining, interrupts, quiet_libraries
from selfplay.value.settings import ValueSettings
from zero.bounds import at_least
from zero.errors import SettingsError
from zero.flags import parse


@dataclass(frozen=True, kw_only=True)
class ValueCommand(TrainingFlags, ValueSettings):
    """What `zero value` is asked to do."""

    checkpoint: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="CHECKPOINT")]
    """The policy that plays: a checkpoint, or a run folder (its newest one)."""
    opening: Path | None = None
    """Of sampling alphago: who plays up to the random move, a checkpoint (default: the same policy)."""
    compile: bool = False
    """Compile the policy's network: a minute at first, then faster."""
    held_out: int = 2048
    """Games that nothing is learned from, to measure the network on: a position of each."""
    measured: int = 256
    """Positions of these that are also compared with the policy's own value, and with perfect play where there is a solver."""
    rollouts: int = 32
    """Games that the policy plays on from each of those, to know its own value there (0: not compared)."""

    def __post_init__(self) -> None:
        TrainingFlags.__post_init__(self)
        ValueSettings.__post_init__(self)
        at_least(self, 1, "held_out")
        at_least(self, 0, "measured", "rollouts")
        if self.rollouts == 1:
            raise SettingsError("expected rollouts 0, or at least 2 to know how far they vary, got 1")
        if self.opening is not None and self.sampling != "alphago":
            raise SettingsError("opening is of --sampling alphago only")


def main(arguments: list[str]) -> int:
    """Run `zero value`; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ValueCommand, arguments, "zero value", "Learn how games of a policy end, from its games against itself.")

    import torch

    from selfplay.display import display_for
    from selfplay.value.stage import COLUMNS
    from selfplay.value.train import Measuring, train_value
    from zero.checkpoint import read_checkpoint
    from zero.checkpoint_files import resolve

    policy = resolve(str(asked.checkpoint))
    game = read_checkpoint(policy).game
    opening = resolve(str(asked.opening)) if asked.opening else None
    folder = asked.run or default_folder(game, "value")
    asked = completed(asked, arguments, lambda _: folder, "value", ValueSettings)
    if asked.threads:
        torch.set_num_threads(asked.threads)
    measuring = Measuring(asked.held_out, asked.measured, asked.rollouts)
    display = display_for(sys.stdout, COLUMNS)
    with interrupts() as stop, quiet_libraries("value"):
        try:
            train_value(
                policy,
                folder,
                kept(asked, ValueSettings),
                asked.limit(),
                opening=opening,
                seed=asked.seed,
                device=asked.device,
                compiled=asked.compile,
                measuring=measuring,
                stop=stop,
                display=display,
                title=f"{spec_of(game)}: the value of {asked.checkpoint}",
            )
        except StopTraining:
            print("stopped", flush=True)
    return 0
