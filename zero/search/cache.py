"""The evaluation cache: what the network said of a position is asked once per network.

Direct-mapped: a position has one place, and the newest evaluation wins it. The key covers all that the network sees
(planes) and what is done with its answer (legal actions); a second word guards against collisions. What is stored
carries no noise. Look-ups only read, and insertions happen in the order of trees, whatever the number of threads.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import kernel

K1 = np.uint64(0x9E3779B97F4A7C15)
K2 = np.uint64(0xD6E8FEB86659FD93)
SHIFT = np.uint64(32)
SEED1 = np.uint64(0x243F6A8885A308D3)
SEED2 = np.uint64(0x13198A2E03707344)


class Cache(NamedTuple):
    """C places, a power of two; C = 0 means no cache. A place whose two key words are zero is empty."""

    keys: NDArray[np.uint64]  # [C, 2]
    values: NDArray[np.float32]  # [C, 2] value for the player to move, draw probability
    logits: NDArray[np.float32]  # [C, M] of the legal actions, ascending


def allocate_cache(game: Game, megabytes: float) -> Cache:
    """Return an empty cache of at most that size (0: no cache)."""
    place = 16 + 8 + 4 * game.max_legal
    places = int(megabytes * 2**20) // place
    places = 1 << (places.bit_length() - 1) if places > 0 else 0
    return Cache(
        np.zeros((places, 2), np.uint64), np.empty((places, 2), np.float32), np.empty((places, game.max_legal), np.float32)
    )


def clear(cache: Cache) -> None:
    """Empty the cache, as is due whenever the network changes."""
    cache.keys[:] = 0


@kernel
def mix(a, word, factor):
    """Return the hash `a` extended by one word."""
    a = (a ^ word) * factor
    return a ^ (a >> SHIFT)


@kernel
def hash_position(words, edges, first, count, out):
    """Write two hash words of the planes and the legal actions.

    words: [W] uint64, the planes; edges: [E] EDGE, of which `count` from `first` hold the legal actions;
    out: [2] uint64, modified in place, never both zero.
    """
    a, b = SEED1, SEED2
    for i in range(words.shape[0]):
        a = mix(a, words[i], K1)
        b = mix(b, words[i], K2)
    for i in range(count):
        action = np.uint64(edges[first + i].action + 1)
        a = mix(a, action, K1)
        b = mix(b, action, K2)
    out[0] = a
    out[1] = b | np.uint64(1)


@kernel
def find(cache, keys):
    """Return the place of a position, or -1 where the cache doesn't know it."""
    if cache.keys.shape[0] == 0:
        return -1
    place = np.int64(keys[0] & np.uint64(cache.keys.shape[0] - 1))
    if cache.keys[place, 0] == keys[0] and cache.keys[place, 1] == keys[1]:
        return place
    return -1


@kernel
def store(cache, keys, logits, count, value, draw):
    """Keep the evaluation of a position: logits [count] of its legal actions, value and draw probability."""
    if cache.keys.shape[0] == 0:
        return
    place = np.int64(keys[0] & np.uint64(cache.keys.shape[0] - 1))
    cache.keys[place, 0] = keys[0]
    cache.keys[place, 1] = keys[1]
    cache.values[place, 0] = value
    cache.values[place, 1] = draw
    for i in range(count):
        cache.logits[place, i] = logits[i]
