"""Random numbers inside kernels: the published generator, and distributions within five standard errors of their moments.

The seeds are fixed, so a test passes always or never. A wrong distribution is let through, or a right one refused, with
a probability below 1e-5 a statement.
"""

import math

import numpy as np
import pytest
from scipy import stats

from games.jit import kernel
from zero.random import dirichlet, gamma, gumbel, normal, random_below, random_word, seed_of, uniform

SAMPLES = 200_000
ERRORS = 5


@kernel
def fill(which, random, parameter, out):
    """Write samples of one distribution, as kernels draw them. random: [1] uint64."""
    for i in range(out.shape[0]):
        if which == 0:
            out[i] = uniform(random, 0)
        elif which == 1:
            out[i] = gumbel(random, 0)
        elif which == 2:
            out[i] = normal(random, 0)
        elif which == 3:
            out[i] = gamma(random, 0, parameter)
        else:
            out[i] = random_below(random, 0, np.int64(parameter))


UNIFORM, GUMBEL, NORMAL, GAMMA, BELOW = range(5)


def samples(which, parameter=0.0, seed=1):
    out = np.zeros(SAMPLES)
    fill(which, np.array([seed], np.uint64), parameter, out)
    return out


def assert_moments(drawn, mean, variance, kurtosis):
    """kurtosis: E (x - mean)^4 / variance², from which the standard error of the variance follows."""
    assert abs(drawn.mean() - mean) < ERRORS * math.sqrt(variance / len(drawn))
    assert abs(drawn.var() - variance) < ERRORS * variance * math.sqrt((kurtosis - 1) / len(drawn))


def test_splitmix64_as_published():
    """The first words from seed 1234567, as in the reference implementation (Vigna 2015, splitmix64.c)."""
    random = np.array([1234567], np.uint64)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [int(random_word(random, 0)) for _ in range(5)] == expected


def test_uniform():
    drawn = samples(UNIFORM)
    assert 0 < drawn.min() < drawn.max() < 1
    assert_moments(drawn, 1 / 2, 1 / 12, 9 / 5)
    assert stats.kstest(drawn, "uniform").pvalue > 1e-5


def test_gumbel():
    drawn = samples(GUMBEL)
    assert np.isfinite(drawn).all()
    assert_moments(drawn, np.euler_gamma, math.pi**2 / 6, 3 + 12 / 5)
    assert stats.kstest(drawn, "gumbel_r").pvalue > 1e-5


def test_normal():
    drawn = samples(NORMAL)
    assert_moments(drawn, 0, 1, 3)
    assert stats.kstest(drawn, "norm").pvalue > 1e-5


@pytest.mark.parametrize("shape", [0.1, 0.3, 1.0, 1.43, 10.0])
def test_gamma(shape):
    drawn = samples(GAMMA, shape)
    assert_moments(drawn, shape, shape, 3 + 6 / shape)
    assert stats.kstest(drawn, "gamma", args=(shape,)).pvalue > 1e-5


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 64, 1000])
def test_random_below(limit):
    drawn = samples(BELOW, limit)
    counts = np.bincount(drawn.astype(int), minlength=limit)
    assert len(counts) == limit
    assert limit == 1 or stats.chisquare(counts).pvalue > 1e-5


def test_random_below_never_reaches_its_limit():
    for limit in (1, 3, 2**31, 2**62):
        random = np.array([0], np.uint64)
        assert all(0 <= random_below(random, 0, limit) < limit for _ in range(1000))


@pytest.mark.parametrize(("alpha", "count"), [(10 / 7, 7), (10 / 218, 218), (0.03, 5), (5.0, 2)])
def test_dirichlet(alpha, count):
    random, out = np.array([5], np.uint64), np.full(count + 1, 77.0)
    drawn = np.zeros((4000, count))
    for row in drawn:
        dirichlet(random, 0, alpha, count, out)
        row[:] = out[:count]
    assert out[count] == 77.0  # only `count` entries are written
    assert (drawn >= 0).all()
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-12)
    total = alpha * count
    one = stats.beta(alpha, total - alpha)  # what each entry is distributed as
    mean, variance, _, excess = (float(moment) for moment in one.stats("mvsk"))
    assert mean == pytest.approx(1 / count)
    first = drawn[:, 0]
    assert_moments(first, mean, variance, 3 + excess)
    assert_moments(drawn[:, -1], mean, variance, 3 + excess)
    covariance = -(alpha**2) / (total**2 * (total + 1))
    products = (first - mean) * (drawn[:, 1] - mean)
    assert abs(products.mean() - covariance) < ERRORS * products.std() / math.sqrt(len(drawn))


def test_dirichlet_of_one_action():
    out = np.zeros(1)
    dirichlet(np.array([5], np.uint64), 0, 10.0, 1, out)
    assert out[0] == 1.0


def test_streams_differ():
    seeds = {int(seed_of(seed, first, second)) for seed in range(20) for first in range(20) for second in range(20)}
    assert len(seeds) == 20**3
    streams = np.array([seed_of(3, 0, game) for game in range(100)], np.uint64)
    words = {int(random_word(streams, i)) for i in range(100) for _ in range(100)}
    assert len(words) == 100 * 100


def test_neighbouring_streams_are_independent():
    """The first numbers of streams whose names differ by one look like any uniform numbers."""
    count = range(20_000)
    for names in ([(1, 0, i) for i in count], [(i, 0, 0) for i in count], [(1, i, 5) for i in count]):
        streams = np.array([seed_of(*name) for name in names], np.uint64)
        drawn = np.array([uniform(streams, i) for i in range(len(streams))])
        assert stats.kstest(drawn, "uniform").pvalue > 1e-5
        neighbours = np.corrcoef(drawn[:-1], drawn[1:])[0, 1]
        assert abs(neighbours) < ERRORS / math.sqrt(len(drawn))


def test_streams_can_be_repeated_and_do_not_touch_each_other():
    streams = np.array([10, 20, 30], np.uint64)
    first = [uniform(streams, 1) for _ in range(10)]
    assert streams[0] == 10
    assert streams[2] == 30
    alone = np.array([20], np.uint64)
    assert [uniform(alone, 0) for _ in range(10)] == first


def state_before(word):
    """Return the generator state from which the next word is `word`: SplitMix64 backwards."""
    mask = 2**64 - 1

    def unshift(z, shift):
        result = z
        for _ in range(64 // shift):
            result = z ^ (result >> shift)
        return result

    z = unshift(word, 31) * pow(0x94D049BB133111EB, -1, 2**64) & mask
    z = unshift(z, 27) * pow(0xBF58476D1CE4E5B9, -1, 2**64) & mask
    return (unshift(z, 30) - 0x9E3779B97F4A7C15) & mask


@pytest.mark.parametrize("word", [0, 1, 2**63, 2**64 - 2**12, 2**64 - 2**10, 2**64 - 1])
def test_uniform_reaches_neither_zero_nor_one(word):
    random = np.array([state_before(word)], np.uint64)
    assert int(random_word(random.copy(), 0)) == word
    assert 0 < uniform(random.copy(), 0) < 1
    assert math.isfinite(gumbel(random, 0))
