"""The folder of AlphaGo's pipeline: what its stages leave, and which of them are done.

    RUN/alphago.json   the game and all settings: the folder is refused to other ones; players of kind alphago: read it
    RUN/records/       games of the expert
    RUN/games/         the same, or games from files, as they are learned from
    RUN/imitation/     a network that plays as the expert does, with the value of its positions
    RUN/reinforce/     the same network after games against its own past
    RUN/value/         a network that says how games of that policy end
    RUN/rollout/       the fast policy
    RUN/from-random/ … what else was asked for
    RUN/matches.jsonl  the matches between all of them; report.json and report.png say what came of it

A stage that is done has a finished.json, which says how long it took.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from games import spec_of
from games.game import Game
from selfplay.alphago.matches import FINISHED
from selfplay.alphago.settings import SETTINGS, ChainCommand, ChainSettings
from selfplay.asked import kept
from selfplay.runs import differences, filled, read_metrics
from selfplay.stopping import Stop, StopTraining
from zero.errors import RunError
from zero.files import hold, write_bytes


class Chain:
    """A pipeline's folder that this process has to itself."""

    def __init__(self, game: Game, folder: Path, asked: ChainCommand, stop: Stop) -> None:
        """Open the folder. Raises RunError where it belongs to other settings, is in use or cannot be written to."""
        self.game, self.folder, self.asked, self.stop = game, folder, asked, stop
        self.lock = hold(folder, RunError)
        try:
            self._settle()
        except BaseException:
            self.close()
            raise

    def _settle(self) -> None:
        path = self.folder / SETTINGS
        mine = {
            "game": spec_of(self.game),
            "data": [str(source) for source in self.asked.data],
            "prior": "imitation",
            **asdict(kept(self.asked, ChainSettings)),
        }
        if not path.exists():
            write_bytes(path, (json.dumps(mine, indent=2) + "\n").encode())
            return
        try:
            theirs = json.loads(path.read_text(encoding="utf-8"))
            odd = differences(filled(theirs, asdict(ChainSettings())), mine)
        except (OSError, ValueError, AttributeError) as error:
            raise RunError(f"{path}: cannot be read: {error}") from None
        if odd:
            raise RunError(f"run folder {self.folder} belongs to other settings: {'; '.join(odd)}; take another --run")

    def close(self) -> None:
        """Let go of the folder."""
        self.lock.close()

    def stage(self, name: str, work: Callable[[Path], object]) -> None:
        """Do a stage in its folder, unless it is done. Raises StopTraining where Ctrl-C ended it before."""
        folder = self.folder / name
        if (folder / FINISHED).exists():
            return
        print(f"\n{name}", flush=True)
        began = time.monotonic()
        work(folder)
        if self.stop.asked:
            raise StopTraining
        spent = learning_seconds(folder) or time.monotonic() - began
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / FINISHED, (json.dumps({"seconds": spent}) + "\n").encode())

    def seconds(self, name: str) -> float:
        """Return how long a stage that is done took."""
        told: dict[str, float] = json.loads((self.folder / name / FINISHED).read_text(encoding="utf-8"))
        return told["seconds"]


def learning_seconds(folder: Path) -> float:
    """Return how long the training in a run folder took so far, 0 where none is there."""
    return sum(line.get("seconds") or line["play_seconds"] + line["learn_seconds"] for line in read_metrics(folder))
