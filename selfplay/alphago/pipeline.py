"""The stages of AlphaGo's pipeline, one after the other, each gone on with where it stopped.

Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", Methods.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from arena.matches.progress import shown_progress
from games import spec_of
from selfplay.alphago.chain import Chain, learning_seconds
from selfplay.alphago.matches import MATCHES, NETWORKS, ROLLOUT_POLICY, Meetings, digests, players
from selfplay.alphago.report import write_report
from selfplay.display import display_for
from selfplay.expert.drawing import Collection
from selfplay.expert.reading import read_collection
from selfplay.expert.record import Recording, as_text, record, shown_recording
from selfplay.imitation import stage as imitation
from selfplay.imitation.settings import ImitationSettings
from selfplay.reinforce import session as reinforcement
from selfplay.reinforce.stage import COLUMNS as REINFORCE_COLUMNS
from selfplay.rollout.training import train_rollout_policy
from selfplay.settings import Settings
from selfplay.stages import Limit
from selfplay.train import TrainSettings
from selfplay.value.stage import COLUMNS as VALUE_COLUMNS
from selfplay.value.train import train_value
from zero.checkpoint_files import checkpoints_of, resolve
from zero.inference import device_of


class Pipeline:
    """A pipeline that goes on from what its folder holds."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.game, self.folder = chain, chain.game, chain.folder
        self.asked, self.stop = chain.asked, chain.stop
        self.device = device_of(self.asked.device)

    def run(self) -> str:
        """Do what is missing; return the report as text."""
        if not self.asked.data:
            self.chain.stage("records", self.record)
        self.chain.stage("games", self.read)
        self.chain.stage("imitation", self.imitate)
        self.chain.stage("reinforce", self.reinforce)
        self.chain.stage("value", self.learn_value)
        self.chain.stage("rollout", self.learn_rollouts)
        for extra in self.asked.also:
            EXTRAS[extra](self)
        return self.meet()

    def limit(self, folder: Path, stage: str) -> Limit:
        """Return what is left in a folder of the time that a stage has for learning."""
        left = self.asked.budget(stage) - learning_seconds(folder)
        return Limit(seconds=left) if left > 0 else Limit(intervals=0)

    def record(self, folder: Path) -> None:
        """Let the expert play games against itself."""
        asked = Recording(positions=self.asked.positions, seed=self.asked.seed, device=self.asked.device)
        with shown_recording(self.asked.expert) as watch:
            found = record(self.game, [self.asked.expert], folder, asked, watch)
        print(as_text(found, self.game, [self.asked.expert]))

    def read(self, folder: Path) -> None:
        """Bring the games into the form in which they are learned from."""
        sources = self.asked.data or (self.folder / "records",)
        with shown_progress("reading games") as progress:

            def watch(phase: str, share: float) -> None:
                self.stop.check()
                progress(round(100 * share), 100, phase)

            print(read_collection(sources, self.game, folder, os.cpu_count() or 1, watch))

    def imitate(self, folder: Path) -> None:
        """Learn the expert's moves."""
        self._clone(folder, self.asked.imitation, self.limit(folder, "imitation"))

    def _clone(self, folder: Path, settings: ImitationSettings, limit: Limit) -> None:
        display = display_for(sys.stdout, imitation.COLUMNS)
        games, seed = self.folder / "games", self.asked.seed
        imitation.imitate(self.game, games, folder, settings, limit, seed, self.device, self.stop, display)

    def reinforce(self, folder: Path) -> None:
        """Let the policy play its own past, and learn from who won."""
        self._reinforce(folder, resolve(str(self.folder / "imitation")))

    def _reinforce(self, folder: Path, start: Path | None) -> None:
        settings = self.asked.reinforce
        if start is None:
            settings = replace(settings, network=self.asked.imitation.network)
        limit, display = self.limit(folder, "reinforce"), display_for(sys.stdout, REINFORCE_COLUMNS)
        asked = self.asked
        reinforcement.reinforce(self.game, start, folder, settings, limit, asked.seed, asked.device, self.stop, display)

    def learn_value(self, folder: Path) -> None:
        """Learn how games of the policy end: imitation plays up to a random ply, then a random move, then the policy."""
        policy, opening = (resolve(str(self.folder / name)) for name in ("reinforce", "imitation"))
        train_value(
            policy,
            folder,
            self.asked.value,
            self.limit(folder, "value"),
            opening=opening if self.asked.value.sampling == "alphago" else None,
            seed=self.asked.seed,
            device=self.asked.device,
            stop=self.stop,
            display=display_for(sys.stdout, VALUE_COLUMNS),
            title=f"{spec_of(self.game)}: the value of the policy after REINFORCE",
        )

    def learn_rollouts(self, folder: Path) -> None:
        """Learn the fast policy from the same games as the network."""
        collection = Collection(self.folder / "games", self.game, self.asked.seed)
        path = self.folder / ROLLOUT_POLICY
        asked = self.asked
        train_rollout_policy(self.game, collection, path, asked.rollout, asked.seed, lambda line: print(line, flush=True))

    def from_random(self) -> None:
        """REINFORCE for as long, without imitation before."""
        self.chain.stage("from-random", lambda folder: self._reinforce(folder, None))

    def plain_networks(self) -> None:
        """A shared residual network for policy and value, and two plain ones, from the same games for equally many steps.

        Source: Silver et al. 2017 (AlphaGo Zero), figure 4.
        """
        shared = replace(self.asked.imitation, value=True)
        policy = replace(shared, value=False, network=replace(shared.network, residual=False, squeeze=False))
        value = replace(policy, value=True, policy=False)
        self.chain.stage("shared", lambda folder: self._clone(folder, shared, self.limit(folder, "imitation")))
        steps = Limit(intervals=len(checkpoints_of(self.folder / "shared")) - 1)
        self.chain.stage("plain/imitation", lambda folder: self._clone(folder, policy, steps))
        self.chain.stage("plain/value", lambda folder: self._clone(folder, value, steps))
        self.chain.stage("plain", lambda folder: None)

    def expert_iteration(self) -> None:
        """Expert iteration (zero train) for as long as all stages of the pipeline took together."""
        from selfplay.session import train

        stages = [] if self.asked.data else ["records"]
        spent = sum(self.chain.seconds(name) for name in [*stages, "games", *NETWORKS, "rollout"])

        def learn(folder: Path) -> None:
            left = spent - learning_seconds(folder)
            if left > 0:
                asked = TrainSettings(spec_of(self.game), f"{left:.3f}s", seed=self.asked.seed, device=self.asked.device)
                train(self.game, folder, Settings(network=self.asked.imitation.network), asked, self.stop)

        self.chain.stage("expert-iteration", learn)

    def meet(self) -> str:
        """Let all players meet, and return what came of it."""
        expert = None if self.asked.data else self.asked.expert
        entrants = players(self.folder, self.asked.simulations, expert)
        print(f"\nmatches between {len(entrants)} players", flush=True)
        kept = self.folder / MATCHES
        meetings = Meetings(self.game, kept, entrants, digests(self.folder), self.asked.seed, self.asked.device)
        with shown_progress("matches") as progress:
            meetings.play(self.asked.games, self.asked.claim_games, progress)
        title = f"AlphaGo's pipeline on {spec_of(self.game)}, {self.asked.simulations} simulations a move"
        return write_report(meetings, self.folder, title, {"game": spec_of(self.game)})


EXTRAS = {
    "from-random": Pipeline.from_random,
    "plain-networks": Pipeline.plain_networks,
    "expert-iteration": Pipeline.expert_iteration,
}
