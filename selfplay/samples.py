"""From records to what the network learns from: a window of recent positions, drawn, replayed and encoded."""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from selfplay.records import Records, ragged
from selfplay.replay import Encoder
from selfplay.settings import LearningSettings
from selfplay.slots import FULL


class Samples(NamedTuple):
    """A batch of B positions to learn from."""

    planes: NDArray[np.uint8]  # [B, P, R, C]
    policy: NDArray[np.float32]  # [B, num_actions] target, sums to 1
    legal: NDArray[np.bool_]  # [B, num_actions]
    wdl: NDArray[np.float32]  # [B, 3] target for the player to move, sums to 1
    ending: NDArray[np.uint8]  # [B, P, R, C] planes of the game's last position, same player to move; [B, 0, R, C] if not asked


def no_samples(game: Game, size: int, endings: bool = False) -> Samples:
    """Return a batch of nothing, to be written to. endings: with room for how the games end."""
    planes, rows, columns = game.plane_shape
    return Samples(
        np.zeros((size, *game.plane_shape), np.uint8),
        np.zeros((size, game.num_actions), np.float32),
        np.zeros((size, game.num_actions), np.bool_),
        np.zeros((size, 3), np.float32),
        np.zeros((size, planes if endings else 0, rows, columns), np.uint8),
    )


class Window:
    """The most recent positions of a run. What is older is dropped as a whole shard."""

    def __init__(self, game: Game, settings: LearningSettings) -> None:
        self.game, self.settings = game, settings
        self.shards: deque[Records] = deque()
        self.total = 0  # positions recorded in the whole run
        self.encoder = Encoder(game)

    def full(self) -> bool:
        """Return whether the shards hold as many positions as the window wants."""
        return sum(len(_positions(shard)) for shard in self.shards) >= self.size()

    def add_older(self, records: Records) -> None:
        """Put the generation before the oldest one back, when a run is gone on with; `total` is not touched."""
        self.shards.appendleft(records)

    def add(self, records: Records) -> None:
        """Take in a generation, and let go of what the window has passed."""
        self.shards.append(records)
        self.total += len(_positions(records))
        while len(self.shards) > 1 and sum(len(_positions(shard)) for shard in list(self.shards)[1:]) >= self.size():
            self.shards.popleft()

    def size(self) -> int:
        """Return how many recent positions to learn from. Source: Wu 2020 (KataGo), appendix C."""
        c = float(self.settings.window)
        return int(c * (1 + 0.4 * ((max(self.total, c) / c) ** 0.75 - 1) / 0.75))

    def batches(self, count: int, random: np.random.Generator) -> "Batches":
        """Return `count` batches drawn from the window."""
        return Batches(self, count, random)


class Batches:
    """Batches of samples, drawn with replacement; each is made when it is asked for."""

    def __init__(self, window: Window, count: int, random: np.random.Generator) -> None:
        self.window, self.count, self.random = window, count, random
        self.shard_plies = [_positions(shard) for shard in window.shards]
        surprise = np.concatenate(
            [shard.surprise[plies].astype(np.float64) for shard, plies in zip(window.shards, self.shard_plies, strict=True)]
        )
        self.bounds = np.cumsum([0, *(len(plies) for plies in self.shard_plies)])
        share = window.settings.surprise if surprise.sum() > 0 else 0.0
        weight = (1 - share) / len(surprise) + share * surprise / max(surprise.sum(), 1e-12)
        self.cumulative = np.cumsum(weight) / weight.sum()

    def __len__(self) -> int:
        return self.count

    def __iter__(self):
        for _ in range(self.count):
            yield self.draw(self.window.settings.batch_size)

    def draw(self, size: int) -> Samples:
        """Return one batch."""
        game, settings = self.window.game, self.window.settings
        picked = np.sort(np.searchsorted(self.cumulative, self.random.random(size)))
        picked = np.minimum(picked, len(self.cumulative) - 1)
        turns = self.window.encoder.turns(size, self.random if settings.symmetries else None)
        samples = no_samples(game, size, settings.ending_weight > 0)
        for index, shard in enumerate(self.window.shards):
            first, last = np.searchsorted(picked, [self.bounds[index], self.bounds[index + 1]])
            if first < last:
                plies = self.shard_plies[index][picked[first:last] - self.bounds[index]]
                part = Samples._make(array[first:last] for array in samples)
                _fill(shard, plies, turns[first:last], part, self.window)
        return samples


def _positions(records: Records) -> NDArray[np.int64]:
    """Return the plies of the records that can be learned from."""
    return np.flatnonzero(records.kinds == FULL)


def _fill(shard: Records, plies: NDArray[np.int64], turns: NDArray[np.int64], out: Samples, window: Window) -> None:
    """Write the samples of some plies of one shard."""
    owners = np.searchsorted(shard.starts, plies, side="right") - 1
    endings = out.ending if window.settings.ending_weight > 0 else None
    window.encoder.encode(shard.actions, shard.starts, plies, turns, out.planes, out.legal, endings)
    places = window.encoder.inverse[turns]
    if window.settings.policy_target == "action":
        out.policy[np.arange(len(plies)), places[np.arange(len(plies)), shard.actions[plies]]] = 1.0
    else:
        rows, actions = np.nonzero(np.take_along_axis(out.legal, places, 1))  # as they were recorded: ascending
        starts = shard.policy_starts
        recorded = shard.policies[ragged(starts[plies], starts[plies + 1] - starts[plies])]
        out.policy[rows, places[rows, actions]] = recorded
    out.policy[:] /= out.policy.sum(1, keepdims=True)
    out.wdl[:] = wdl_targets(shard, owners, plies, window.settings.search_value_share)


def wdl_targets(shard: Records, owners: NDArray[np.int64], plies: NDArray[np.int64], share: float) -> NDArray[np.float32]:
    """Return [n, 3] targets for the player to move: (1 - share) · outcome + share · what the search said."""
    began = (plies - shard.starts[owners]) % 2 == 0
    result = np.where(began, shard.outcomes[owners], -shard.outcomes[owners])
    outcome = np.stack([result == 1, result == 0, result == -1], 1).astype(np.float32)
    draw = np.clip(shard.draws[plies], 0.0, 1.0)
    value = np.clip(shard.values[plies], draw - 1.0, 1.0 - draw)
    search = np.stack([(1 - draw + value) / 2, draw, (1 - draw - value) / 2], 1)
    return ((1 - share) * outcome + share * search).astype(np.float32)
