"""`zero value CHECKPOINT`: learn how games of a policy end."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import tyro

from games.catalogue import spec_of
from selfplay.stopping import StopTraining, interrupts, quiet_libraries, seconds
from selfplay.value.settings import ValueSettings
from zero.bounds import at_least, check_seed
from zero.errors import SettingsError
from zero.flags import parse


@dataclass(frozen=True, kw_only=True)
class ValueCommand(ValueSettings):
    """What `zero value` is asked to do."""

    checkpoint: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="CHECKPOINT")]
    """The policy that plays: a checkpoint, or a run folder (its newest one)."""
    opening: Path | None = None
    """Of sampling alphago: who plays up to the random move, a checkpoint (default: the same policy)."""
    run: Path | None = None
    """The run folder (default: runs/NAME-value). One that is there already is gone on with."""
    time: str = "10m"
    """How long to train in this call: 90s, 10m, 2h, 1d. It ends after the interval in which the time is up."""
    intervals: int | None = None
    """Train until the run has that many intervals, instead of for a time."""
    seed: int = 0
    """The same seed and settings give the same networks."""
    device: str = "cpu"
    """cpu, cuda or cuda:N."""
    threads: int | None = None
    """Processor threads (default: all cores)."""
    compile: bool = False
    """Compile the policy's network: a minute at first, then faster."""
    held_out: int = 2048
    """Games that nothing is learned from, to measure the network on: a position of each."""
    measured: int = 256
    """Positions of these that are also compared with the policy's own value, and with perfect play where there is a solver."""
    rollouts: int = 32
    """Games that the policy plays on from each of those, to know its own value there (0: not compared)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        seconds(self.time)
        at_least(self, 1, "intervals", "threads", "held_out")
        at_least(self, 0, "measured", "rollouts")
        check_seed(self.seed, bits=62)
        if self.rollouts == 1:
            raise SettingsError("expected rollouts 0, or at least 2 to know how far they vary, got 1")
        if self.opening is not None and self.sampling != "alphago":
            raise SettingsError("opening is of --sampling alphago only")

    def settings(self) -> ValueSettings:
        """Return those of the run."""
        return ValueSettings(**{field.name: getattr(self, field.name) for field in fields(ValueSettings)})


def main(arguments: list[str]) -> int:
    """Run `zero value`; return 0 when the time is up, the intervals are done, or Ctrl-C asked for the end."""
    asked = parse(ValueCommand, arguments, "zero value", "Learn how games of a policy end, from its games against itself.")

    import torch

    from selfplay.display import display_for
    from selfplay.stages import Limit
    from selfplay.value.stage import COLUMNS
    from selfplay.value.train import Measuring, train_value
    from zero.checkpoint import read_checkpoint
    from zero.checkpoint_files import resolve

    policy = resolve(str(asked.checkpoint))
    game = read_checkpoint(policy).game
    opening = resolve(str(asked.opening)) if asked.opening else None
    folder = asked.run or Path("runs") / f"{game.name}-value"
    if asked.threads:
        torch.set_num_threads(asked.threads)
    limit = Limit(asked.intervals, None if asked.intervals else seconds(asked.time))
    measuring = Measuring(asked.held_out, asked.measured, asked.rollouts)
    display = display_for(sys.stdout, COLUMNS)
    with interrupts() as stop, quiet_libraries("value"):
        try:
            train_value(
                policy,
                folder,
                asked.settings(),
                limit,
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
