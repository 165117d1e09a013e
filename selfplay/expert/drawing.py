"""Positions drawn from a collection: split by game, in random order, a few shards in memory at a time."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.rules import LOSS, ONGOING, WIN
from selfplay.expert.games import NOTHING, ExpertGames, join, read_games, take
from selfplay.replay import Encoder
from selfplay.samples import Samples, no_samples
from zero.checkpoint_files import numbered
from zero.errors import RunError

MIXED = 4  # shards whose positions are drawn in one order
Part = Literal["training", "validation"]
PARTS: tuple[Part, Part] = ("training", "validation")
LearnFrom = Literal["all", "winner"]


class Collection:
    """A folder of shards of games, split into a part to learn from and one to measure with.

    A game's part follows from a hash of its moves and the seed: a game that was played twice stands on one side.
    """

    def __init__(
        self,
        folder: Path,
        game: Game,
        seed: int,
        validation: float = 0.05,
        min_rating: int = 0,
        learn_from: LearnFrom = "all",
    ) -> None:
        """Look through all shards once.

        validation: share of the games; of two different games or more, one at least, where it is not 0.
        min_rating: moves of players below that, or of unknown rating, have no label (0: all have).
        learn_from: all moves, or only those of the player who won.
        Raises RunError where there are no shards, CheckpointError where one cannot be read.
        """
        self.folder, self.game, self.seed = folder, game, seed
        self.min_rating, self.learn_from = min_rating, learn_from
        self.encoder = Encoder(game)
        self.paths = numbered(folder)
        if not self.paths:
            raise RunError(f"{folder}: expected a collection of games, found no shard there")
        shares = [_shares(read_games(path, game), seed) for path in self.paths]
        lowest = min((float(share.min()) for share in shares if len(share)), default=0.0)
        threshold = max(validation, lowest) if validation > 0 else -1.0
        self.sides = [share <= threshold for share in shares]  # by shard, [G] True: of the validation part
        self._games, self._positions = dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0)
        for part in PARTS:
            for games in self.shards(part, None):
                self._games[part] += len(games.outcomes)
                self._positions[part] += len(games.labelled())

    def games(self, part: Part) -> int:
        """Return the number of games of a part."""
        return self._games[part]

    def positions(self, part: Part) -> int:
        """Return the number of positions of a part that have a label."""
        return self._positions[part]

    def shards(self, part: Part, epoch: int | None) -> Iterator[ExpertGames]:
        """Give the games of a part, shard by shard, in the random order of an epoch; None: as they lie in the folder."""
        order = np.arange(len(self.paths))
        if epoch is not None:
            order = np.random.default_rng([self.seed, epoch]).permutation(order)
        for index in order:
            yield self._of(part, int(index))

    def batches(
        self, part: Part, epoch: int, batch_size: int, symmetries: bool, random: np.random.Generator, skip: int = 0
    ) -> Iterator[Samples]:
        """Give all positions of a part once, in random order; the last batch may be smaller.

        random: decides the order of positions, and the symmetry of each where `symmetries` is set.
        skip:   batches that are drawn but not made, to go on where an interrupted epoch stopped.
        """
        for number, drawn in enumerate(self._drawn(part, epoch, batch_size, random)):
            turns = self.encoder.turns(sum(len(plies) for _, plies in drawn), random if symmetries else None)
            if number >= skip:
                yield self.samples(drawn, turns)

    def samples(self, drawn: list[tuple[ExpertGames, NDArray[np.int64]]], turns: NDArray[np.int64]) -> Samples:
        """Return plies of some games as a batch. turns: [B] the symmetry of each."""
        out = no_samples(self.game, len(turns))
        first = 0
        for games, plies in drawn:
            part = Samples._make(array[first : first + len(plies)] for array in out)
            sides = turns[first : first + len(plies)]
            self.encoder.encode(games.actions, games.starts, plies, sides, part.planes, part.legal)
            part.policy[np.arange(len(plies)), self.encoder.inverse[sides, games.labels[plies]]] = 1.0
            part.wdl[:] = outcome_targets(games, plies)
            first += len(plies)
        return out

    def _drawn(
        self, part: Part, epoch: int, batch_size: int, random: np.random.Generator
    ) -> Iterator[list[tuple[ExpertGames, NDArray[np.int64]]]]:
        """Give batches as plies of games. What is left of a few shards begins the first batch of the next ones."""
        batch: list[tuple[ExpertGames, NDArray[np.int64]]] = []
        missing = batch_size
        for games in self._mixed(part, epoch):
            plies = random.permutation(games.labelled())
            while len(plies):
                batch.append((games, plies[:missing]))
                plies, missing = plies[missing:], missing - len(batch[-1][1])
                if missing == 0:
                    yield batch
                    batch, missing = [], batch_size
        if batch:
            yield batch

    def _mixed(self, part: Part, epoch: int) -> Iterator[ExpertGames]:
        """Give the games of a few shards at a time as one."""
        waiting: list[ExpertGames] = []
        for number, games in enumerate(self.shards(part, epoch), 1):
            waiting.append(games)
            if number % MIXED == 0 or number == len(self.paths):
                yield join(waiting)
                waiting = []

    def _of(self, part: Part, index: int) -> ExpertGames:
        """Return the games of a shard that belong to a part, with labels for what is to be learned from."""
        all_games = read_games(self.paths[index], self.game)
        games = take(all_games, np.flatnonzero(self.sides[index] == (part == "validation")))
        if not self.min_rating and self.learn_from == "all":
            return games
        plies = np.arange(len(games.labels))
        owners = games.owners(plies)
        second = (plies - games.starts[owners]) % 2
        left_out = games.ratings[owners, second] < self.min_rating
        if self.learn_from == "winner":
            left_out |= games.outcomes[owners] != np.where(second, LOSS, WIN)
        return games._replace(labels=np.where(left_out, NOTHING, games.labels).astype(np.int32))


def outcome_targets(games: ExpertGames, plies: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return [n, 3] win, draw, loss for the player to move at each ply; zeros where the outcome is not known."""
    owners = games.owners(plies)
    began = (plies - games.starts[owners]) % 2 == 0
    known = games.outcomes[owners] != ONGOING
    outcome = np.where(began, games.outcomes[owners], -games.outcomes[owners])
    return np.stack([known & (outcome == value) for value in (1, 0, -1)], 1).astype(np.float32)


def _shares(games: ExpertGames, seed: int) -> NDArray[np.float64]:
    """Return [G] numbers in [0, 1) that follow from the moves of each game and the seed."""
    key = seed.to_bytes(8, "little", signed=False)
    hashes = [
        hashlib.blake2b(games.actions[first:last].tobytes(), digest_size=8, key=key).digest()
        for first, last in zip(games.starts[:-1], games.starts[1:], strict=True)
    ]
    words = np.frombuffer(b"".join(hashes), np.uint64)
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
