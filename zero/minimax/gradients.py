"""The gradients of R(θ1, θ2) = μ(θ1)ᵀ A μ(θ2) with respect to both players' logits, exact and sampled.

Both players' numbers stand in one joint vector, player 1's m entries before player 2's n: the logits z = (θ1, θ2), the
strategies μ = softmax of each part, and the ascent direction F = (∇₁R, -∇₂R), in which each player's part increases
what that player gets.
"""

import numpy as np
import numpy.typing as npt

from zero.minimax.payoffs import FloatArray


def softmax(logits: FloatArray) -> FloatArray:
    """Return the softmax over the last axis; [..., n] to [..., n]."""
    with np.errstate(over="ignore"):  # a difference of -∞ is a probability of 0
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


class ExactGradients:
    """The exact ascent direction of both players.

    With u1 = A μ2 and u2 = -Aᵀ μ1, what each action pays its player, F = μ ∘ (u - ū), where ū is the player's mean
    payoff: the policy gradient of a softmax (Sutton and Barto 2018, section 2.8).
    """

    def __init__(self, payoff: FloatArray) -> None:
        self.payoff = payoff
        self.rows = payoff.shape[0]
        self.starts = np.array([0, self.rows])
        self.owner = np.repeat([0, 1], payoff.shape)  # whose entry each one in a joint vector is

    def strategies(self, z: FloatArray) -> FloatArray:
        """Return both players' strategies; [m + n] joint logits to [m + n]."""
        weights = np.exp(z - np.maximum.reduceat(z, self.starts)[self.owner])
        return weights / np.add.reduceat(weights, self.starts)[self.owner]

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return the joint ascent direction F at z; [m + n] to [m + n]."""
        mu = self.strategies(z)
        pays = np.empty_like(mu)
        np.dot(self.payoff, mu[self.rows :], out=pays[: self.rows])
        np.dot(mu[: self.rows], self.payoff, out=pays[self.rows :])
        np.negative(pays[self.rows :], out=pays[self.rows :])
        return mu * (pays - np.add.reduceat(mu * pays, self.starts)[self.owner])


class SampledGradients(ExactGradients):
    """REINFORCE estimates of the ascent direction (Williams 1992), without a baseline.

    Each call plays `samples` games with fresh actions i ~ μ1, j ~ μ2; each game adds ±A[i, j] ∇ log μ(action), which is
    ±A[i, j] (e_action - μ) for a softmax. Its expectation is the exact direction.
    """

    def __init__(self, payoff: FloatArray, samples: int, rng: np.random.Generator) -> None:
        super().__init__(payoff)
        self.samples = samples
        self.rng = rng
        self.offsets = np.array([[0.0], [1.0]])

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return one estimate of F at z; [m + n] to [m + n]."""
        mu = self.strategies(z)
        actions = self._play(mu)
        outcome = self.payoff[actions[0], actions[1] - self.rows] / self.samples
        earned = np.bincount(actions.ravel(), weights=np.concatenate([outcome, -outcome]), minlength=len(mu))
        return earned - np.add.reduceat(earned, self.starts)[self.owner] * mu

    def _play(self, mu: FloatArray) -> npt.NDArray[np.intp]:
        """Draw both players' actions as places in the joint vector; [2, samples]."""
        cumulative = np.cumsum(mu)
        cumulative[self.rows - 1] = 1.0  # not a rounding error less, or a draw could fall to the other player
        cumulative[-1] = 2.0
        drawn = np.searchsorted(cumulative, self.rng.random((2, self.samples)) + self.offsets, side="right")
        return np.minimum(drawn, [[self.rows - 1], [len(mu) - 1]])  # 1 - 2⁻⁵³ + 1 rounds to 2


def jacobian(payoff: FloatArray, z: FloatArray) -> FloatArray:
    """Return the derivative of the exact ascent direction, dF/dz at z; [m + n, m + n].

    With J = diag(μ) - μμᵀ, the derivative of the softmax: the blocks across the players are J1 A J2 and -J2 Aᵀ J1, and
    those within one are diag(u - ū) J - μ Fᵀ, which vanish where all actions in use pay alike.
    """
    rows = payoff.shape[0]
    row, column = softmax(z[:rows]), softmax(z[rows:])
    j_row, j_column = softmax_jacobian(row), softmax_jacobian(column)
    across = j_row @ payoff @ j_column
    return np.block(
        [
            [_within(row, j_row, payoff @ column), across],
            [-across.T, _within(column, j_column, -payoff.T @ row)],
        ]
    )


def softmax_jacobian(mu: FloatArray) -> FloatArray:
    """Return diag(μ) - μμᵀ; [n] to [n, n]."""
    return np.diag(mu) - np.outer(mu, mu)


def _within(mu: FloatArray, j_mu: FloatArray, pays: FloatArray) -> FloatArray:
    return (pays - mu @ pays)[:, None] * j_mu - np.outer(mu, j_mu @ pays)
