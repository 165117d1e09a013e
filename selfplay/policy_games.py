"""Games that policies play against themselves without search, many side by side in one batch of the network.

What is drawn in a game comes from the seed, the game's number and the ply, so that a game is the same whatever is played
beside it, up to the rounding of the network's answers in batches of other sizes.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.rules import ONGOING
from zero.boards import Boards, sample_actions, streams_of
from zero.evaluators import Evaluator
from zero.search.walk import allocate_batch

UNIFORM = -1  # instead of a policy: all legal actions alike
NO_ACTION = -1


class Step(NamedTuple):
    """A move in n of the games, before it is made."""

    games: NDArray[np.int64]  # [n] which ones, counted from 0
    plies: NDArray[np.int32]  # [n] made so far
    planes: NDArray[np.uint8]  # [n, P, R, C]; good until the next step


class PolicyGames:
    """Plays `count` games, numbered from `first` on, each from the first position to its end.

    policies:    evaluators that take `slots` positions at once; temperature 1, and only their logits are looked at.
    movers:      [count, longest game] int8, the number of the policy that moves at each ply, or UNIFORM; default: policy 0.
    forced:      [count, any] int32, actions that are made at the first plies, NO_ACTION behind them; default: none.
    slots:       games played side by side.

    After `steps` has been gone through: actions [count, longest game] int32 with NO_ACTION behind each game's last,
    lengths [count] int32, outcomes [count] int8 for the player who began.
    """

    def __init__(
        self,
        game: Game,
        policies: Sequence[Evaluator],
        slots: int,
        seed: int,
        first: int,
        count: int,
        movers: NDArray[np.int8] | None = None,
        forced: NDArray[np.int32] | None = None,
    ) -> None:
        self.game, self.policies, self.seed, self.first, self.count = game, policies, seed, first, count
        self.movers, self.forced = movers, np.zeros((count, 0), np.int32) if forced is None else forced
        self.slots = min(slots, count)
        self.boards = Boards(game, self.slots)
        self.batch, self.part = (allocate_batch(game, self.slots) for _ in range(2))
        self.owners = np.arange(self.slots)  # the game on each board
        self.begun = self.slots
        self.actions = np.full((count, game.max_plies), NO_ACTION, np.int32)
        self.lengths = np.zeros(count, np.int32)
        self.outcomes = np.zeros(count, np.int8)

    def steps(self) -> Iterator[Step]:
        """Give the positions of each step, then make the moves, until all games are over."""
        live = np.arange(self.slots)
        while len(live):
            games, plies = self.owners[live], self.boards.plies[live].copy()
            self.boards.planes(live, self.batch.planes)
            yield Step(games, plies, self.batch.planes[: len(live)])
            chosen = self._forced(games, plies)
            free = np.flatnonzero(chosen == NO_ACTION)
            if len(free):
                logits = self._logits(free, games[free], plies[free], len(live))
                chosen[free] = self._drawn(logits, live[free], games[free], plies[free])
            self.boards.play(live, chosen)
            self.actions[games, plies] = chosen
            live = self._followed(live, games, plies + 1)

    def _forced(self, games: NDArray[np.int64], plies: NDArray[np.int32]) -> NDArray[np.int32]:
        width = self.forced.shape[1]
        if not width:
            return np.full(len(games), NO_ACTION, np.int32)
        return np.where(plies < width, self.forced[games, np.minimum(plies, width - 1)], NO_ACTION).astype(np.int32)

    def _drawn(
        self, logits: NDArray[np.float32], rows: NDArray[np.int64], games: NDArray[np.int64], plies: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        streams = streams_of(self.seed, self.first + games, plies)
        return sample_actions(logits, self.boards.legal[rows], self.boards.counts[rows], 1.0, streams)[0]

    def _logits(
        self, places: NDArray[np.int64], games: NDArray[np.int64], plies: NDArray[np.int32], live: int
    ) -> NDArray[np.float32]:
        """Return [n, num_actions] what the policies whose turn it is say of these places of the batch, which has `live`."""
        found = np.zeros((len(places), self.game.num_actions), np.float32)
        movers = np.zeros(len(places), np.int8) if self.movers is None else self.movers[games, plies]
        for number, policy in enumerate(self.policies):
            mine = np.flatnonzero(movers == number)
            if len(mine) == live:
                found[:] = policy.submit(self.batch, live)().logits
            elif len(mine):
                self.part.planes[: len(mine)] = self.batch.planes[places[mine]]
                found[mine] = policy.submit(self.part, len(mine))().logits
        return found

    def _followed(self, live: NDArray[np.int64], games: NDArray[np.int64], plies: NDArray[np.int32]) -> NDArray[np.int64]:
        """Write down the games that have ended, put the next ones on their boards, and return the boards that go on."""
        over = self.boards.outcomes[live] != ONGOING
        ended, results = games[over], self.boards.outcomes[live[over]]
        self.lengths[ended] = plies[over]
        self.outcomes[ended] = np.where(plies[over] % 2 == 0, results, -results)
        rows = live[over]
        fresh = rows[: self.count - self.begun]
        self.owners[fresh] = np.arange(self.begun, self.begun + len(fresh))
        self.begun += len(fresh)
        if len(fresh):
            self.boards.begin(fresh)
        return np.sort(np.concatenate([live[~over], fresh]))
