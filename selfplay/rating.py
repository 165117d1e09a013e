"""How strong a run's networks are while it trains: Elo of one against another, and mistakes where there is a solver."""

import copy
import time
from collections.abc import Callable
from typing import Any

from arena.analysis.mistakes import STAGES, mistakes
from arena.matches.lines import spread
from arena.players.player import SearchPlayer
from arena.players.solver import Solver, SolverError
from arena.ratings.elo import elo_of
from selfplay.loop import Loop, rating_match
from selfplay.runs import read_metrics
from zero.checkpoint import read_checkpoint
from zero.errors import CheckpointError
from zero.inference import evaluator_of
from zero.network import Network

GAMES = 40
JUDGED_POSITIONS = 420


class Rating:
    """Elo of the run's networks: 0 is the network before learning; each rated one played the one rated before it.

    Measured between generations, this changes nothing of what the run learns.
    """

    def __init__(self, loop: Loop) -> None:
        self.when = time.monotonic()
        self.value, self.generation = 0.0, 0
        metrics = read_metrics(loop.run.folder)
        if metrics:
            self.value, self.generation = float(metrics[-1]["rating"]), int(metrics[-1]["rated_generation"])
        try:
            self.network: Network = read_checkpoint(loop.run.checkpoint(self.generation), loop.run.game).network
        except CheckpointError:  # torn, or removed to save space: the next one is rated against the network of today
            self.network, self.generation = copy.deepcopy(loop.player), loop.generation
        self.judge = Judge(loop)

    def update(self, loop: Loop, watch: Callable[[str, float, dict[str, Any]], None]) -> dict[str, float]:
        """Rate the network that plays now; return its shares of wrong moves by stage, where they can be told."""
        watch("rating", 0.0, {})
        new = copy.deepcopy(loop.player)
        run = loop.run
        tally = rating_match(run.game, run.settings, new, self.network, loop.device, loop.generation, GAMES).tally()
        # Half a game each way keeps a clean sweep finite.
        self.value += elo_of((tally.wins + tally.draws / 2 + 0.5) / (tally.games + 1))
        self.network, self.generation = new, loop.generation
        wrong = self.judge.wrong_moves(loop)
        self.when = time.monotonic()
        return wrong


class Judge:
    """Counts mistakes of the player in training against an exact solver; silent where there is none for the game."""

    def __init__(self, loop: Loop) -> None:
        self.solver: Solver | None = None
        try:
            self.solver = Solver(loop.run.game)
            self.positions = spread(loop.run.game, JUDGED_POSITIONS, seed=0)
        except SolverError:
            pass

    def wrong_moves(self, loop: Loop) -> dict[str, float]:
        """Return the share of wrong moves in each stage, with the run's search."""
        if self.solver is None:
            return {}
        player = SearchPlayer(loop.run.game, "", loop.run.settings.search, evaluator_of(loop.player, str(loop.device)))
        report = mistakes(player, self.positions, self.solver)
        return {f"wrong_{stage}": share for stage in STAGES if (share := report[stage].share) is not None}
