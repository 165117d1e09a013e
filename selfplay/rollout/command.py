"""`zero rollout-policy GAME DATA…`: learn a fast policy for rollouts from recorded games."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tyro

from games import find
from games.game import Game
from selfplay.rollout.settings import RolloutSettings
from zero.bounds import at_least, check_seed, within
from zero.errors import SettingsError
from zero.files import hold
from zero.flags import parse

SUMMARY = "Learn a fast policy for rollouts from recorded games."
FILE = "policy.safetensors"  # in the run folder


@dataclass(frozen=True)
class RolloutPolicySettings:
    """What `zero rollout-policy` is asked to do."""

    game: tyro.conf.Positional[str]
    """NAME[:PARAMETER=VALUE,...], as in connect_four or go:size=9; or MODULE:CLASS for a game of your own."""
    data: tyro.conf.Positional[tuple[Path, ...]]
    """Files of games, or folders that hold some, as for zero imitate."""
    run: Path | None = None
    """The folder in which policy.safetensors is written (default: runs/NAME-rollout); the games that were read are kept
    there, too, and used again."""
    file: Path | None = None
    """Write the policy to this file instead, and keep nothing else."""
    seed: int = 0
    """The same seed, games and settings give the same file."""
    threads: int | None = None
    """Processes that read games (default: all cores); a policy learns on one core, in seconds."""
    validation: float = 0.05
    """Share of the games that is not learned from, but measured with."""
    learning: RolloutSettings = field(default_factory=RolloutSettings)

    def __post_init__(self) -> None:
        at_least(self, 1, "threads")
        within(self, 0, 0.9, "validation")
        check_seed(self.seed, bits=62)
        if not self.data:
            raise SettingsError("expected games to learn from: files or folders of PGN, SGF or records")
        if self.run is not None and self.file is not None:
            raise SettingsError("expected --run or --file, got both")


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    asked = parse(RolloutPolicySettings, arguments, "zero rollout-policy", SUMMARY)
    game = find(asked.game)

    from selfplay.expert.drawing import Collection
    from selfplay.expert.reading import read_collection
    from selfplay.rollout.training import train_rollout_policy

    with _folder(game, asked) as (folder, path):
        read = read_collection(asked.data, game, folder, asked.threads or os.cpu_count() or 1)
        print(read, flush=True)
        collection = Collection(folder, game, asked.seed, asked.validation)
        report = train_rollout_policy(
            game, collection, path, asked.learning, asked.seed, watch=lambda line: print(line, flush=True)
        )
    print(as_text(report))
    print(f"written to {path}")
    return 0


@contextlib.contextmanager
def _folder(game: Game, asked: RolloutPolicySettings) -> Iterator[tuple[Path, Path]]:
    """Give the folder for the games and the path of the policy. Raises SettingsError where it is in use."""
    if asked.file is not None:
        with tempfile.TemporaryDirectory(prefix="zero-games-") as folder:
            yield Path(folder), asked.file
        return
    from selfplay.asked import default_folder

    usual = default_folder(game)
    run = asked.run or usual.with_name(f"{usual.name}-rollout")
    with hold(run, SettingsError):
        yield run / "games", run / FILE


def as_text(report: dict[str, Any]) -> str:
    """Return a report as lines for a person."""
    lines = [
        f"learned from {report['positions']:,} positions: {report['weights']:,} weights, lookahead {report['lookahead']}"
    ]
    if report["illegal_labels"]:
        lines.append(f"passed over {report['illegal_labels']:,} labels that are no legal moves")
    if report["top1"] is not None:
        lines.append(
            f"on {report['held_out_positions']:,} held-out positions: top-1 {report['top1']:.1%} "
            f"(uniform play {report['uniform_top1']:.1%}), perplexity {report['perplexity']:.3f} "
            f"(uniform play {report['uniform_perplexity']:.3f})"
        )
    return "\n".join(lines)
