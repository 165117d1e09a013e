"""What linear theory says: by which factor a step changes the distance to the point at rest, near that point.

Near an interior equilibrium (p, q) the logits move by dF = K dz with K = [[0, B], [-Bᵀ, 0]], B = J(p) A J(q) and
J(μ) = diag(μ) - μμᵀ. K is antisymmetric: its eigenvalues on logits that are centred for each player are ±iσ for the
singular values σ of B, and each method turns κ = ±iσ into a factor of its own. All logits of a player shifted alike is a
direction without effect on the strategies; we leave it out.
"""

import math
from collections.abc import Callable

import numpy as np

from zero.minimax.equilibrium import Equilibrium, centred_basis
from zero.minimax.gradients import ExactGradients, jacobian, softmax_jacobian
from zero.minimax.payoffs import FloatArray, MatrixGame

LARGEST_TURN = 1e100  # beyond it, x⁴ would leave the range of a float64
NEGLIGIBLE = 1e-12  # singular values below this share of the largest count as zero


def singular_values(game: MatrixGame, equilibrium: Equilibrium) -> FloatArray:
    """Return the singular values of B = J(p) A J(q) that are not zero, largest first.

    A singular value of zero belongs to a direction in which nothing moves.
    """
    b = softmax_jacobian(equilibrium.row) @ game.payoff @ softmax_jacobian(equilibrium.column)
    values = np.linalg.svd(b, compute_uv=False)
    return values[values > NEGLIGIBLE * max(values[0], np.abs(game.payoff).max())]


FACTORS: dict[str, Callable[[complex], float]] = {  # of each method without decay, for a turn ακ = ix
    "simgad": lambda turn: abs(1 + turn),  # √(1 + x²)
    "single": lambda turn: abs(1 + turn),
    "extragradient": lambda turn: abs(1 + turn + turn**2),  # √(1 - x² + x⁴)
    "alternating": lambda turn: _largest_root(-(turn**2) - 2, 1),  # 1 for x ≤ 2
    "optimistic": lambda turn: _largest_root(-(1 + 2 * turn), turn),  # √((1 + √(1 - 4x²)) / 2) for x ≤ 1/2
}


def expected_factor(method: str, alpha: float, values: FloatArray) -> float | None:
    """Return the factor per step of a method without decay: the largest over all singular values.

    None for no values, or a method that theory was not worked out for.
    """
    if method not in FACTORS or len(values) == 0:
        return None
    turns = [alpha * float(value) for value in values]
    return math.inf if max(turns) > LARGEST_TURN else max(FACTORS[method](complex(0, turn)) for turn in turns)


def expected_factor_with_decay(game: MatrixGame, rest: FloatArray, alpha: float, decay: float, one_learner: bool) -> float | None:
    """Return the factor per step of an anchored method near its point at rest: max |1 - λ + ακ| over K's eigenvalues κ.

    At a uniform equilibrium with a constant anchor this is √((1 - λ)² + x²).
    rest:        [m + n] joint logits, the point at rest (not an equilibrium, in general: the decay moves it).
    one_learner: whether both players move alike.
    """
    rows, columns = game.payoff.shape
    if one_learner:
        basis = np.concatenate([centred_basis(rows), centred_basis(rows)]) / np.sqrt(2)
    else:
        basis = np.zeros((rows + columns, rows + columns - 2))
        basis[:rows, : rows - 1] = centred_basis(rows)
        basis[rows:, rows - 1 :] = centred_basis(columns)
    turns = np.linalg.eigvals(basis.T @ jacobian(game.payoff, rest) @ basis)
    return max((float(size) for size in np.abs(1 - decay + alpha * turns)), default=None)


def point_at_rest(game: MatrixGame, anchor: FloatArray, alpha: float, decay: float, start: FloatArray) -> FloatArray | None:
    """Return the joint logits at which an anchored method stands still, λ (anchor - z) + α F(z) = 0; None if not found.

    start: [m + n] joint logits near it.
    """
    from scipy.optimize import root

    gradients = ExactGradients(game.payoff)

    def drift(z: FloatArray) -> FloatArray:
        return decay * (anchor - z) + alpha * gradients(z)

    def slope(z: FloatArray) -> FloatArray:
        return alpha * jacobian(game.payoff, z) - decay * np.eye(len(z))

    with np.errstate(over="ignore", invalid="ignore"):
        found = root(drift, start, jac=slope, options={"xtol": 1e-15}).x
        try:
            for _ in range(3):  # Newton's method, to the last digits
                found = found - np.linalg.solve(slope(found), drift(found))
        except np.linalg.LinAlgError:  # singular: no point at rest that stands alone
            return None
        size = decay * (1 + np.abs(found).max()) + alpha * np.abs(game.payoff).max()
        return found if np.abs(drift(found)).max() <= 1e-13 * size else None


def _largest_root(b: complex, c: complex) -> float:
    """Return the larger modulus of the roots of λ² + bλ + c."""
    return float(np.abs(np.roots([1, b, c])).max())
