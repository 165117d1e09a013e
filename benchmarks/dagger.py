"""`zero bench dagger`: DAgger beside behaviour cloning from the same number of labels of one expert.

Cloning learns from the expert's games against itself. DAgger learns from the first part of these, and from what the expert
says of positions that the learner visits, with as many labels and optimiser steps in all. Then each is asked about a random
position of each of many fresh games that it plays itself, at temperature 1: how often does the expert want another move?
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from arena.players.recipes import read_players
from games.catalogue import spec_of
from games.game import Game
from selfplay.display import Plain
from selfplay.expert.games import NOTHING, ExpertGames, from_records, join, take, write_games
from selfplay.expert.record import Recording, record
from selfplay.imitation.dagger import DaggerSettings, error_where_it_goes, imitate_in_rounds
from selfplay.imitation.settings import ImitationSettings
from selfplay.imitation.stage import imitate
from selfplay.imitation.visited import Disagreement
from selfplay.records import read_shard
from selfplay.stages import Limit
from selfplay.stopping import Stop
from zero.bounds import at_least, check_seed
from zero.checkpoint_files import numbered
from zero.flags import parse
from zero.network import NetworkSettings


@dataclass(frozen=True)
class DaggerBenchmark:
    """What `zero bench dagger` is asked to do."""

    game: str = "connect_four"
    """The game."""
    expert: str = "net:shipped"
    """The player that labels."""
    labels: int = 8000
    """Labels for each of the two."""
    rounds: int = 3
    """Rounds of DAgger; the cloning before them has as many labels as each."""
    opening_plies: int = 4
    """The expert's games begin with 0 to so many random plies."""
    intervals: int = 3
    """Intervals of learning in each round; cloning alone has as many as all rounds together."""
    steps: int = 50
    """Optimiser steps in an interval."""
    size: str = "16x2"
    """Of the network."""
    positions: int = 2000
    """Fresh games of each learner; the expert is asked about a position of each."""
    seed: int = 0
    """Of all random choices."""

    def __post_init__(self) -> None:
        at_least(self, 1, "labels", "rounds", "intervals", "steps", "positions")
        at_least(self, 0, "opening_plies")
        check_seed(self.seed, bits=62)


def main(arguments: list[str]) -> int:
    """Run the benchmark and print both errors."""
    asked = parse(DaggerBenchmark, arguments, "zero bench dagger", "DAgger beside cloning from as many labels.")
    game, _ = read_players([asked.expert], asked.game)
    with tempfile.TemporaryDirectory() as folder:
        cloning, dagger = compare(game, asked, Path(folder))
    print(f"{spec_of(game)}, expert {asked.expert}, {asked.labels:,} labels each, {asked.positions:,} positions that each visits")
    for name, error in (("cloning", cloning), (f"DAgger, {asked.rounds} rounds", dagger)):
        low, high = error.interval
        print(
            f"{name:<18} differs from the expert in {error.rate:.1%}, 95 % interval {low:.1%} to {high:.1%}; "
            f"cross-entropy {error.cross_entropy:.3f}"
        )
    return 0


def compare(game: Game, asked: DaggerBenchmark, folder: Path) -> tuple[Disagreement, Disagreement]:
    """Return the errors of cloning and of DAgger, each where it goes itself. folder: empty, for all that is written."""
    settings = ImitationSettings(steps=asked.steps, validation=0.0, network=NetworkSettings(size=asked.size))
    display, stop, device = Plain(()), Stop(), torch.device("cpu")
    recording = Recording(positions=asked.labels, opening_plies=asked.opening_plies, seed=asked.seed)
    found = record(game, [asked.expert], folder / "records", recording)
    print(f"the expert's games: {found.labelled:,} positions, {found.distinct:,} of them distinct", file=sys.stderr)
    games = join([from_records(read_shard(path, game)) for path in numbered(folder / "records")])
    part = asked.labels // (asked.rounds + 1)
    for name, labels in (("all", part * (asked.rounds + 1)), ("first", part)):
        (folder / name).mkdir()
        write_games(folder / name / "000000.safetensors", game, first_labels(games, labels))
    whole = Limit((asked.rounds + 1) * asked.intervals)
    cloned = imitate(game, folder / "all", folder / "cloned", settings, whole, asked.seed, device, stop, display)
    rounds = DaggerSettings(asked.expert, asked.rounds, part, asked.intervals)
    last = imitate_in_rounds(game, folder / "dagger", folder / "first", settings, rounds, asked.seed, device, stop, display)
    errors = [error_where_it_goes(game, path, asked.expert, asked.positions, asked.seed) for path in (cloned, last)]
    return errors[0], errors[1]


def first_labels(games: ExpertGames, count: int) -> ExpertGames:
    """Return the games up to that in which the label with that number comes, without the labels behind it."""
    labels = games.labels.copy()
    labels[games.labelled()[count:]] = NOTHING
    kept = games._replace(labels=labels)
    return take(kept, np.unique(kept.owners(kept.labelled())))
