"""The gradients of R(θ1, θ2) = μ(θ1)ᵀ A μ(θ2), against finite differences and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zero.minimax import rock_paper_scissors
from zero.minimax.gradients import ExactGradients, SampledGradients, jacobian


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def payment(payoff, z):
    rows = len(payoff)
    return softmax(z[:rows]) @ payoff @ softmax(z[rows:])


def numeric(function, z, step=1e-5):
    return np.array([(function(z + step * e) - function(z - step * e)) / (2 * step) for e in np.eye(len(z))])


@st.composite
def points(draw):
    """A payoff matrix and joint logits."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(0, 2, (rows, columns)), rng.normal(0, 2, rows + columns)


@given(points())
@settings(max_examples=40, deadline=None)
def test_ascent_direction_is_the_gradient_of_what_each_player_gets(point):
    payoff, z = point
    gradient = numeric(lambda at: payment(payoff, at), z)
    gradient[len(payoff) :] *= -1  # player 2 pays
    np.testing.assert_allclose(ExactGradients(payoff)(z), gradient, atol=1e-8)


@given(points())
@settings(max_examples=40, deadline=None)
def test_jacobian_is_the_derivative_of_the_ascent_direction(point):
    payoff, z = point
    np.testing.assert_allclose(jacobian(payoff, z), numeric(ExactGradients(payoff), z).T, atol=1e-8)


@given(points())
@settings(max_examples=40, deadline=None)
def test_a_shift_of_all_logits_of_a_player_changes_nothing(point):
    payoff, z = point
    shift = np.repeat([3.0, -2.0], payoff.shape)
    np.testing.assert_allclose(ExactGradients(payoff)(z + shift), ExactGradients(payoff)(z), atol=1e-12)


@pytest.mark.parametrize("samples", [1, 7, 64])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (5, 1)])
def test_sampled_gradients_average_to_the_exact_one(samples, shape):
    """Each coordinate of the mean of 6,000 estimates lies within 4.5 standard errors: wrong once in 10,000 such tests."""
    rng = np.random.default_rng(5)
    payoff, z = rng.normal(size=shape), rng.normal(size=sum(shape))
    sampled = SampledGradients(payoff, samples, np.random.default_rng(7))
    estimates = np.array([sampled(z) for _ in range(6000)])
    error = estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))
    assert np.all(np.abs(estimates.mean(axis=0) - ExactGradients(payoff)(z)) <= 4.5 * error + 1e-12)


def test_more_samples_make_less_noise():
    """The variance falls as one over the number of games."""
    z = np.array([0.5, 0.0, -0.5, 0.0, 1.0, 0.0])
    spread = []
    for samples in (1, 100):
        sampled = SampledGradients(rock_paper_scissors().payoff, samples, np.random.default_rng(0))
        spread.append(np.var([sampled(z) for _ in range(4000)], axis=0).sum())
    assert spread[0] / spread[1] == pytest.approx(100, rel=0.15)


def test_sampling_never_plays_an_action_of_the_other_player():
    """A saturated strategy, and draws at the very ends of their range."""

    class Ends:
        def random(self, size):
            return np.tile([0.0, np.nextafter(1.0, 0.0)], (2, size[1] // 2))

    payoff = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    sampled = SampledGradients(payoff, 4, Ends())
    assert np.isfinite(sampled(np.array([800.0, 0.0, 0.0, 0.0, 900.0]))).all()
    assert np.isfinite(sampled(np.array([0.1, 0.3, 0.7, 0.2, 0.1]))).all()
