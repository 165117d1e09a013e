"""Many games stepped side by side, for players that need no tree: a network's policy, an outcome, a label.

    boards = Boards(game, 1024)
    rows = np.flatnonzero(boards.outcomes == ONGOING)
    boards.planes(rows, batch.planes)
    logits, _ = evaluator.submit(batch, len(rows))()
    streams = streams_of(seed, numbers[rows], boards.plies[rows])
    actions, _ = sample_actions(logits, boards.legal[rows], boards.counts[rows], 1.0, streams)
    boards.play(rows, actions)
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.errors import MoveError
from games.game import Game
from games.jit import borrowed, kernel
from games.rules import ONGOING, encode, initial, key, legal_actions, outcome, play
from zero.errors import SettingsError
from zero.memory import free_memory
from zero.random import seed_of, uniform

Rows = NDArray[np.int64]  # [n] numbers of boards, all different


class Table(NamedTuple):
    """The arrays of N boards, for kernels. M legal actions at most, H positions that planes show."""

    frames: NDArray[Any]  # [N, H] game.state_dtype, the position and those before it, newest first
    past: NDArray[np.int64]  # [N, longest game] keys of the positions before this one (0 long where the rules don't look back)
    plies: NDArray[np.int32]  # [N]
    legal: NDArray[np.int32]  # [N, M] the first `counts` of a row, ascending
    counts: NDArray[np.int32]  # [N] legal actions; 0 where the game is over
    outcomes: NDArray[np.int8]  # [N] for the player to move


class Boards:
    """N games in progress; `plies`, `legal`, `counts` and `outcomes` (see Table) are always up to date, and to be read only.

    A ply with planes and a sampled action takes 0.4 µs of a processor in Connect Four and 1.7 µs in chess, far less than a
    network needs for a position: threads would bring nothing.
    """

    def __init__(self, game: Game, count: int) -> None:
        """Begin `count` games. Raises SettingsError where they would not fit into memory."""
        longest = game.max_plies + 1 if game.looks_back else 0
        needed = count * (game.history * game.state_dtype.itemsize + 8 * longest + 4 * game.max_legal + 9)
        if needed > free_memory():
            raise SettingsError(f"{count} games at once take {needed / 2**30:.1f} GiB, more than is free: take fewer")
        self.game = game
        self.table = Table(
            frames=np.zeros((count, game.history), game.state_dtype),
            past=np.zeros((count, longest), np.int64),
            plies=np.zeros(count, np.int32),
            legal=np.zeros((count, game.max_legal), np.int32),
            counts=np.zeros(count, np.int32),
            outcomes=np.zeros(count, np.int8),
        )
        self.states = self.table.frames[:, 0]
        self.plies, self.legal, self.counts, self.outcomes = self.table[2:]
        self.begin(np.arange(count))

    def begin(self, rows: Rows) -> None:
        """Put these boards to the first position."""
        begin_rows(self.game, self.table, _numbers(rows))

    def play(self, rows: Rows, actions: NDArray[Any]) -> None:
        """Make a move on each of these boards. Raises MoveError, and plays none, where one of them is not legal."""
        rows, actions = _numbers(rows), np.ascontiguousarray(actions, np.int32)
        wrong = first_illegal(self.table, rows, actions)
        if wrong >= 0:
            raise MoveError(f"board {rows[wrong]}: {actions[wrong]} is no legal action there, or the game is over")
        play_rows(self.game, self.table, rows, actions)

    def planes(self, rows: Rows, out: NDArray[np.uint8]) -> None:
        """Write the input planes of these boards into the first rows of `out`, [at least n, P, R, C]."""
        encode_rows(self.game, self.table, _numbers(rows), out)

    def copy(self, rows: Rows, sources: Rows) -> None:
        """Let each of these boards stand where another one stands, with all that came before."""
        for array in self.table:
            array[rows] = array[sources]


def _numbers(rows: Rows) -> Rows:
    return np.ascontiguousarray(rows, np.int64)


def sample_actions(
    logits: NDArray[np.float32],
    legal: NDArray[np.int32],
    counts: NDArray[np.int32],
    temperature: float,
    streams: NDArray[np.uint64],
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Draw an action on each of n boards from softmax(logits / temperature) over its legal ones.

    logits:  [n, num_actions]; legal: [n, M], of which counts [n], at least 1, are legal actions.
    temperature: 0 takes the action with the highest logit, the lowest among equals.
    streams: [n] generator states (`streams_of`), modified.
    Returns the actions, and the logarithms of the probabilities that they were drawn with, [n] each.
    """
    actions, logarithms = np.zeros(len(counts), np.int32), np.zeros(len(counts))
    draw_rows(logits, legal, counts, temperature, streams, actions, logarithms)
    return actions, logarithms


def streams_of(seed: int, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.uint64]:
    """Return [n] random streams, identified by the seed and by two integers each, such as a game's number and a ply."""
    found = np.zeros(len(first), np.uint64)
    seed_rows(seed, np.ascontiguousarray(first, np.int64), np.ascontiguousarray(second, np.int64), found)
    return found


@kernel
def _look(game, t, row):
    """Bring outcome and legal actions of a board up to date."""
    past = t.past[row, : min(t.plies[row], t.past.shape[1])]
    t.outcomes[row] = outcome(game, t.frames[row, 0], past)
    t.counts[row] = 0
    if t.outcomes[row] == ONGOING:
        t.counts[row] = legal_actions(game, t.frames[row, 0], past, t.legal[row])


@kernel
def begin_rows(game, t, rows):
    """Put the boards `rows` [n] int64 of a Table to the first position."""
    t = borrowed(t)
    for i in range(rows.shape[0]):
        initial(game, t.frames[rows[i], 0])
        t.plies[rows[i]] = 0
        _look(game, t, rows[i])


@kernel
def first_illegal(t, rows, actions):
    """Return the first i for which actions[i] is not legal on board rows[i], -1 where there is none."""
    t = borrowed(t)
    for i in range(rows.shape[0]):
        found = False
        for k in range(t.counts[rows[i]]):
            found = found or t.legal[rows[i], k] == actions[i]
        if not found:
            return i
    return -1


@kernel
def play_rows(game, t, rows, actions):
    """Make the legal moves `actions` [n] int32 on the boards `rows` [n] int64 of a Table."""
    t = borrowed(t)
    for i in range(rows.shape[0]):
        row = rows[i]
        for k in range(t.frames.shape[1] - 1, 0, -1):
            t.frames[row, k] = t.frames[row, k - 1]
        if t.past.shape[1] > 0:
            t.past[row, t.plies[row]] = key(game, t.frames[row, 0])
        play(game, t.frames[row, 0], actions[i])
        t.plies[row] += 1
        _look(game, t, row)


@kernel
def encode_rows(game, t, rows, out):
    """Write the planes of the boards `rows` [n] int64 of a Table into out[:n]."""
    t = borrowed(t)
    for i in range(rows.shape[0]):
        row = rows[i]
        out[i] = 0
        shown = min(t.frames.shape[1], t.plies[row] + 1)
        encode(game, t.frames[row, :shown], t.past[row, : min(t.plies[row], t.past.shape[1])], out[i])


@kernel
def seed_rows(seed, first, second, out):
    """Write the start of the stream of (seed, first[i], second[i]) into out[i]."""
    for i in range(out.shape[0]):
        out[i] = seed_of(seed, first[i], second[i])


@kernel
def draw_rows(logits, legal, counts, temperature, streams, actions, logarithms):
    """What `sample_actions` says; actions and logarithms are written to."""
    for i in range(counts.shape[0]):
        best, top = legal[i, 0], -np.inf
        for k in range(counts[i]):
            if logits[i, legal[i, k]] > top:
                best, top = legal[i, k], logits[i, legal[i, k]]
        actions[i] = best
        if temperature == 0.0:
            continue
        total = 0.0
        for k in range(counts[i]):
            total += math.exp((np.float64(logits[i, legal[i, k]]) - top) / temperature)
        left = uniform(streams, i) * total
        for k in range(counts[i]):
            weight = math.exp((np.float64(logits[i, legal[i, k]]) - top) / temperature)
            left -= weight
            if weight > 0.0:
                actions[i] = legal[i, k]  # rounding may leave a rest behind the last one
            if left < 0.0:
                break
        logarithms[i] = (np.float64(logits[i, actions[i]]) - top) / temperature - math.log(total)
