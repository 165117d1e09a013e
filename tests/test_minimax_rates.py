"""The rates of linear theory, derived here from the payoffs alone, against paths near the equilibrium.

With J(μ) = diag(μ) - μμᵀ, an interior equilibrium (p, q), and B = J(p) A J(q), the logits move as if the payoffs were B:
each singular value σ turns two directions by x = ασ, and each method has its factor for that turn.
"""

import numpy as np
import pytest

from zero.minimax import MatrixGame, Settings, lizard_spock, matching_pennies, rock_paper_scissors, run

LAMBDA = 0.05


def planted(seed, size):
    """A random game with an interior equilibrium (p, q) that we choose: all actions pay 0.3 against it."""
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(5 * np.ones(size)), rng.dirichlet(5 * np.ones(size))
    ones = np.ones(size)
    payoff = (np.eye(size) - np.outer(ones, p)) @ rng.normal(size=(size, size)) @ (np.eye(size) - np.outer(q, ones)) * size + 0.3
    return MatrixGame(f"planted {seed}", payoff), p, q


UNIFORM = [(game, *(np.full(size, 1 / size) for size in game.payoff.shape)) for game in
           (rock_paper_scissors(), lizard_spock(), matching_pennies())]  # fmt: skip
GAMES = [*UNIFORM, planted(1, 2), planted(2, 3), planted(6, 3), planted(177, 4), planted(48, 5)]
NAMES = [game.name for game, _, _ in GAMES]


def singular_values(game, p, q):
    b = (np.diag(p) - np.outer(p, p)) @ game.payoff @ (np.diag(q) - np.outer(q, q))
    values = np.linalg.svd(b, compute_uv=False)
    return values[: len(p) - 1]  # the last belongs to the shift of all logits


def measured(game, p, q, method, alpha):
    """The log factor per step, by least squares on the log distance of the centred logits; growth from a tiny distance."""
    rng = np.random.default_rng(11)
    size = 1e-8 if method in ("simgad", "single") else 1e-3
    offset = rng.normal(size=(2, len(p)))
    if method.startswith("single"):
        offset[1] = offset[0]
    path = run(
        game,
        method,
        Settings(steps=2000 if len(p) <= 3 else 4000, alpha=alpha, decay=LAMBDA),
        start=tuple(np.log([p, q]) + size * offset),
    )
    apart = path.logits.reshape(len(path.logits), 2, -1) - np.log([p, q])
    apart -= apart.mean(axis=2, keepdims=True)
    distance = np.sqrt((apart**2).sum(axis=(1, 2)))
    inside = np.flatnonzero((distance > 1e-11) & (distance < 2e-3))
    window = np.arange(inside[0], inside[-1] + 1)
    window = window[len(window) // 2 :]
    return np.polyfit(window, np.log(distance[window]), 1)[0], path


def theory(method, x):
    """The issue's formulas, for one x = ασ."""
    if method in ("simgad", "single"):
        return np.sqrt(1 + x**2)
    if method == "extragradient":
        return np.sqrt(1 - x**2 + x**4)
    if method == "optimistic":
        assert x <= 0.5
        return np.sqrt((1 + np.sqrt(1 - 4 * x**2)) / 2)
    if method in ("anchored", "single-anchored"):
        return np.sqrt((1 - LAMBDA) ** 2 + x**2)
    raise AssertionError(method)


def test_rock_paper_scissors_has_the_singular_value_of_the_textbook():
    projection = (np.eye(3) - 1 / 3) / 3
    b = projection @ rock_paper_scissors().payoff @ projection
    np.testing.assert_allclose(np.linalg.svd(b, compute_uv=False), [1 / (3 * np.sqrt(3))] * 2 + [0], atol=1e-12)


@pytest.mark.parametrize("where", GAMES, ids=NAMES)
@pytest.mark.parametrize("method", ["simgad", "extragradient", "optimistic"])
@pytest.mark.parametrize("turn", [0.2, 0.4])
def test_factors_near_the_equilibrium(where, method, turn):
    values = singular_values(*where)
    alpha = turn / values.max()
    expected = np.log(max(theory(method, alpha * value) for value in values))
    log_factor, path = measured(*where, method, alpha)
    assert log_factor == pytest.approx(expected, rel=0.01)
    assert np.log(path.factor) == pytest.approx(expected, rel=0.01)
    assert np.log(path.expected_factor) == pytest.approx(expected, rel=1e-6)
    assert path.verdict == ("diverges" if method == "simgad" else "converges")


@pytest.mark.parametrize("where", UNIFORM, ids=[game.name for game, _, _ in UNIFORM])
@pytest.mark.parametrize("turn", [0.15, 0.29])
def test_anchored_factor_where_the_equilibrium_is_uniform(where, turn):
    values = singular_values(*where)
    alpha = turn / values.max()
    expected = np.log(theory("anchored", turn))
    log_factor, path = measured(*where, "anchored", alpha)
    assert log_factor == pytest.approx(expected, rel=0.01)
    assert np.log(path.expected_factor) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("method", ["single", "single-anchored"])
@pytest.mark.parametrize("where", UNIFORM[:2], ids=NAMES[:2])
def test_single_learner_has_the_factors_of_two(where, method):
    alpha = 0.2 / singular_values(*where).max()
    log_factor, path = measured(*where, method, alpha)
    assert log_factor == pytest.approx(np.log(theory(method, 0.2)), rel=0.01)
    assert path.expected_factor == pytest.approx(theory(method, 0.2), rel=1e-9)


@pytest.mark.parametrize("where", GAMES, ids=NAMES)
@pytest.mark.parametrize("turn", [0.2, 1.9])
def test_alternating_neither_grows_nor_shrinks(where, turn):
    alpha = turn / singular_values(*where).max()
    _, p, q = where
    path = run(where[0], "alternating", Settings(alpha=alpha), start=(np.log(p) + 1e-4 * np.eye(len(p))[0], np.log(q)))
    assert abs(np.log(path.factor)) < 1e-4
    assert path.expected_factor == pytest.approx(1, abs=1e-9)
    assert path.verdict == "cycles"


@pytest.mark.parametrize(
    ("method", "limit"), [("extragradient", 1.0), ("optimistic", 1 / np.sqrt(3)), ("anchored", np.sqrt(1 - (1 - LAMBDA) ** 2))]
)
def test_methods_stop_converging_where_theory_says(method, limit):
    """On rock-paper-scissors: extragradient at α = 3√3, optimistic at x = 1/√3, anchored where its factor is 1."""
    where = UNIFORM[0]
    for share, verdict in ((0.98, "converges"), (1.02, "diverges")):
        _, path = measured(*where, method, share * limit * 3 * np.sqrt(3))
        assert path.verdict == verdict
        assert (path.expected_factor < 1) == (verdict == "converges")


@pytest.mark.parametrize("seed", range(4))
def test_anchored_factor_at_a_regularised_point(seed):
    """Away from the equilibrium: the largest factor of the step's derivative, taken numerically at the point at rest."""
    rng = np.random.default_rng(seed)
    game = MatrixGame("random", rng.normal(size=(3, 4)))
    anchor = rng.normal(size=3), rng.normal(size=4)
    path = run(game, "anchored", Settings(alpha=0.5, decay=0.1), anchor=anchor)
    rest = path.logits[-1]
    np.testing.assert_allclose(path.rest, rest, atol=1e-9)

    def step(z):
        return run(game, "anchored", Settings(1, 0.5, 0.1), (z[:3], z[3:]), anchor).logits[1]

    derivative = np.array([(step(rest + h) - step(rest - h)) / 2e-5 for h in 1e-5 * np.eye(7)]).T
    centred = np.eye(7)
    centred[:3, :3] -= 1 / 3
    centred[3:, 3:] -= 1 / 4
    factors = np.abs(np.linalg.eigvals(centred @ derivative @ centred))
    assert path.expected_factor == pytest.approx(factors.max(), rel=1e-5)
    assert np.log(path.factor) == pytest.approx(np.log(factors.max()), rel=0.02)
