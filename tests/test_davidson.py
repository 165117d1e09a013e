"""The likelihood behind ratings: its derivatives by differences, its parts by its sum, its maximum under constraints."""

import numpy as np
import pytest
from simulated_tournaments import chances, random_world, tournament

from arena.ratings.davidson import Likelihood, count
from arena.ratings.table import ELO


@pytest.fixture
def likely(random):
    """The likelihood of a tournament, a point, and the games."""
    games = tournament(random, random_world(random, 4), 30)
    first, second, results, _ = (np.array(column) for column in zip(*games, strict=True))
    return Likelihood(count(first, second, results, 4), 4), random.normal(0, 0.5, 6), (first, second, results)


def test_counts():
    counts = count([0, 0, 2, 0, 0], [1, 1, 0, 1, 1], [1, 0.5, 0, 0, 1], 3)
    assert [column.tolist() for column in counts] == [[0, 2], [1, 0], [2, 0], [1, 0], [1, 1]]


def test_chances_are_those_of_the_formula(likely):
    likelihood, point, _ = likely
    win, draw, _ = likelihood.chances(point[None])
    for cell, (i, j) in enumerate(zip(likelihood.counts.first, likelihood.counts.second, strict=True)):
        expected = chances(ELO * (point[i] - point[j] + point[4]), np.exp(point[5]))
        assert (win[0, cell], draw[0, cell]) == pytest.approx(tuple(expected[:2]), rel=1e-9)


def test_derivatives(likely):
    """Gradient and information are the differences of value and gradient."""
    likelihood, point, _ = likely
    gradient, information = likelihood.slope(point[None])
    for i in range(6):
        step = np.zeros(6)
        step[i] = 1e-4
        up, down = point + step, point - step
        slope = (likelihood.value(up[None]) - likelihood.value(down[None])) / 2e-4
        assert gradient[0, i] == pytest.approx(slope[0], abs=1e-4)
        bend = (likelihood.slope(up[None])[0] - likelihood.slope(down[None])[0]) / 2e-4
        assert information[0, i] == pytest.approx(-bend[0], abs=1e-4)


def test_the_sum_of_its_parts(likely):
    """The gradients of all games make the gradient, what cells tell the information; but for what holds the strengths' sum."""
    likelihood, point, games = likely
    point[:4] -= point[:4].mean()
    gradient, information = likelihood.slope(point[None])
    assert likelihood.gradients(point, *games).sum(0) == pytest.approx(gradient[0], abs=1e-5)
    ways = np.random.default_rng(1).normal(size=(5, 6))
    ways[:, :4] -= ways[:, :4].mean(1, keepdims=True)
    told = likelihood.told(point, ways).sum(1)
    assert told == pytest.approx(np.einsum("ki,ij,kj->k", ways, information[0], ways), rel=1e-5)


def test_many_points_at_once_are_the_points_one_by_one(likely):
    likelihood, point, _ = likely
    points = np.array([point, -point, 3 * point, 0 * point])
    contrasts = np.tile([1.0, -1.0, 0, 0, 0, 0], (4, 1))
    found, heights = likelihood.maximise(points, contrasts)
    assert (contrasts * found).sum(1) == pytest.approx((contrasts * points).sum(1))
    for i in range(4):
        alone, height = likelihood.maximise(points[i : i + 1], contrasts[:1])
        assert found[i] == pytest.approx(alone[0], abs=1e-4)
        assert heights[i] == pytest.approx(height[0], abs=1e-8)


def test_the_maximum_under_a_constraint_is_below_the_maximum(likely):
    likelihood, point, _ = likely
    best, top = likelihood.maximise(np.zeros((1, 6)))
    assert likelihood.slope(best)[0] == pytest.approx(np.zeros((1, 6)), abs=1e-4)
    contrasts = np.array([[1.0, -1.0, 0, 0, 0, 0]])
    held, height = likelihood.maximise(point[None], contrasts)
    assert height < top
    slope = likelihood.slope(held)[0][0]
    assert slope == pytest.approx(slope[0] * contrasts[0], abs=1e-4)  # only along the contrast could it still rise


@pytest.mark.parametrize("far", [20.0, -20.0])
def test_the_maximum_is_found_from_afar(likely, far):
    likelihood, _, _ = likely
    best, _ = likelihood.maximise(np.zeros((1, 6)))
    start = np.full((1, 6), far)
    start[0, ::2] *= -1
    assert likelihood.maximise(start)[0] == pytest.approx(best, abs=1e-4)
