"""Random numbers inside kernels: SplitMix64 (Steele, Lea, Flood 2014) with its whole state in one uint64.

A stream begins at a seed made by `seed_of` from what identifies it (run, game, ply …), never from time, so that any
part of a run can be repeated by itself.
"""

import math

import numpy as np

from games.jit import kernel

STEP = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)


@kernel
def _mix(z):
    z = (z ^ (z >> np.uint64(30))) * MIX1
    z = (z ^ (z >> np.uint64(27))) * MIX2
    return z ^ (z >> np.uint64(31))


@kernel
def seed_of(seed, first, second):
    """Return the start of the stream that three integers identify, a uint64."""
    z = _mix(np.uint64(seed) + STEP)
    z = _mix(z ^ (np.uint64(first) * MIX1 + STEP))
    return _mix(z ^ (np.uint64(second) * MIX2 + STEP))


@kernel
def random_word(random, i):
    """Return the next 64 bits of stream i. random: [n] uint64 generator states, modified in place."""
    random[i] += STEP
    return _mix(random[i])


@kernel
def uniform(random, i):
    """Return the next number of stream i, a float64 in (0, 1)."""
    return (np.float64(random_word(random, i) >> np.uint64(12)) + 0.5) * 2.0**-52  # 52 bits: the half fits in too


@kernel
def random_below(random, i, limit):
    """Return the next integer of stream i in [0, limit), an int64."""
    return min(np.int64(uniform(random, i) * limit), limit - 1)


@kernel
def gumbel(random, i):
    """Return a sample of the standard Gumbel distribution."""
    return -math.log(-math.log(uniform(random, i)))


@kernel
def normal(random, i):
    """Return a sample of the standard normal distribution (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(uniform(random, i))) * math.cos(2.0 * math.pi * uniform(random, i))


@kernel
def gamma(random, i, shape):
    """Return a sample of the gamma distribution with scale 1 (Marsaglia and Tsang 2000)."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(random, i) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(random, i)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(random, i)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v


@kernel
def dirichlet(random, i, alpha, count, out):
    """Write a sample of the symmetric Dirichlet distribution into out[:count] (float64)."""
    total = 0.0
    for k in range(count):
        out[k] = gamma(random, i, alpha)
        total += out[k]
    for k in range(count):
        out[k] = out[k] / total if total > 0.0 else 1.0 / count
