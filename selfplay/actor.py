"""The actor: self-play of one generation, a function of (network, settings, seed, games in progress)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from games.game import Game
from selfplay.moves import play_on, start_slot
from selfplay.records import Records, Rows, finished, join, no_rows
from selfplay.settings import SelfPlaySettings
from selfplay.slots import FULL, ROW, Play, Slots, allocate_slots, play_parameters
from zero.evaluators import Evaluations, Evaluator
from zero.search.cache import allocate_cache, clear
from zero.search.forest import Forest, allocate, bare
from zero.search.settings import SearchSettings, parameters
from zero.search.walk import Batch, absorb, allocate_batch, gather, remember


class Parked(NamedTuple):
    """Games in progress between two generations."""

    numbers: NDArray[np.int64]  # [T] the game in each slot
    rows: Rows  # what these games have brought so far, sorted by game


class Counts(NamedTuple):
    """What a generation of self-play did."""

    simulations: int  # passes, evaluations of roots included
    terminal: int  # of these, ended where the game was over
    cached: int  # of these, answered by the cache
    evaluated: int  # positions that the network evaluated
    rounds: int  # batches


class Group(NamedTuple):
    """Slots that step together. On a GPU there are two groups: while it evaluates one, the processor walks the other."""

    forest: Forest
    slots: Slots
    batch: Batch
    first: int  # number of its first slot among all


class Actor:
    """Plays games of one run, generation after generation.

    evaluator: made by a function from (game, places in a batch).
    groups: 1, or 2 where the evaluator computes while we walk.
    """

    def __init__(
        self,
        game: Game,
        search: SearchSettings,
        settings: SelfPlaySettings,
        evaluator: Callable[[Game, int], Evaluator],
        seed: int,
        groups: int = 1,
    ) -> None:
        self.game, self.settings = game, settings
        self.parameters = parameters(game, search)
        self.play: Play = play_parameters(game, search, settings, seed)
        self.cache = allocate_cache(game, settings.cache_mb)
        self.threads = min(settings.threads or torch.get_num_threads(), settings.games)
        self.pool = ThreadPoolExecutor(self.threads)
        self.play = self.play._replace(stride=settings.games * groups)
        self.groups = [self._group(search, index) for index in range(groups)]
        self.evaluator = evaluator(game, settings.games * search.leaves)

    def _group(self, search: SearchSettings, index: int) -> Group:
        count = self.settings.games
        forest = allocate(self.game, count, search.simulations, search.leaves)
        slots = allocate_slots(self.game, count, self.threads, self.play.opening_plies)
        return Group(forest, slots, allocate_batch(self.game, count * search.leaves), index * count)

    def generation(
        self,
        parked: Parked | None,
        resign_below: float = -2.0,
        positions: int | None = None,
        progress: Callable[[int, Counts], None] | None = None,
    ) -> tuple[Records, Parked, Counts]:
        """Play until enough positions are recorded; return finished games, games in progress, and what was done.

        parked:   the games in progress, as the generation before left them; None at the beginning of a run.
        progress: called after each round with the positions so far and the counts so far.
        """
        self.play = self.play._replace(resign_below=resign_below)
        clear(self.cache)
        parts = [parked.rows] if parked else []
        for group in self.groups:
            parts += self._start(group, parked)
        target = positions or self.settings.positions
        waiting: list[tuple[int, Callable[[], Evaluations]] | None] = [None] * len(self.groups)
        recorded = evaluated = rounds = 0
        while recorded < target:
            for index, group in enumerate(self.groups):
                self._absorb(group, waiting[index])
                self._walk(group)
                rows = gather(group.forest, group.batch, len(self.cache.keys) > 0)
                waiting[index] = (rows, self.evaluator.submit(group.batch, rows)) if rows else None
                if group.slots.used.sum() > self.settings.games:  # seldom, since reading rows takes a tenth of a round
                    new = self._drain(group)
                    parts += new
                    recorded += sum(int(np.count_nonzero(part.rows["kind"] == FULL)) for part in new)
                evaluated += rows
                rounds += 1
            if progress:
                progress(recorded, self._counts(evaluated, rounds))
        for group in self.groups:
            parts += self._drain(group)
        counts = self._counts(evaluated, rounds)
        numbers = np.concatenate([group.slots.slots["game"] for group in self.groups])
        records, rest = finished(join(parts) if parts else no_rows(ROW))
        return records, Parked(numbers, rest), counts

    def _start(self, group: Group, parked: Parked | None) -> list[Rows]:
        """Put each slot where its game stands; return the rows that new games began with."""
        group.forest.trees[:] = np.zeros(1, group.forest.trees.dtype)[0]
        group.slots.used[:] = 0
        new: list[Rows] = []
        for t in range(self.settings.games):
            number, actions = group.first + t, np.zeros(0, np.int32)
            if parked:
                number = int(parked.numbers[number])
                first, last = np.searchsorted(parked.rows.rows["game"], [number, number + 1])
                actions = parked.rows.rows["action"][first:last].copy()
            start_slot(self.game, self.parameters, group.forest, group.slots, self.play, 0, t, number, actions)
            new += self._drain(group)
        return new

    def _walk(self, group: Group) -> None:
        """Let all slots play until they need the network, a slice of them in each thread."""
        bounds = np.linspace(0, self.settings.games, self.threads + 1).astype(int)
        arguments: tuple[Any, ...] = (self.game, self.parameters, group.forest, self.cache, group.slots, self.play)
        walk: Any = play_on  # a compiled function, of no type that Executor.submit knows
        slices = [(k, int(bounds[k]), int(bounds[k + 1])) for k in range(self.threads)]
        tasks = [self.pool.submit(walk, *(*arguments, *part)) for part in slices[1:]]
        play_on(*arguments, *slices[0])
        for task in tasks:
            task.result()

    def _absorb(self, group: Group, waiting: tuple[int, Callable[[], Evaluations]] | None) -> None:
        if waiting:
            rows, answer = waiting
            logits, wdl = answer()
            forest = bare(group.forest)
            remember(forest, self.cache, bare(group.batch), rows, logits, wdl)
            absorb(self.parameters, forest, logits, wdl, 0, self.settings.games)

    def _drain(self, group: Group) -> list[Rows]:
        """Take the rows that the slots have written."""
        slots, parts = group.slots, []
        for k in np.flatnonzero(slots.used):
            rows = slots.rows[k, : slots.used[k]].copy()
            keep = np.arange(self.game.max_legal) < rows["count"][:, None]
            parts.append(Rows(rows, np.rint(slots.policies[k, : len(rows)][keep] * 65535).astype(np.uint16)))
            slots.used[k] = 0
        return parts

    def _counts(self, evaluated: int, rounds: int) -> Counts:
        trees: list[Any] = [group.forest.trees for group in self.groups]
        sums = [sum(int(tree[name].sum()) for tree in trees) for name in ("simulations", "terminal", "cached")]
        return Counts(sums[0], sums[1], sums[2], evaluated, rounds)
