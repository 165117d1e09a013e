"""What the learners do: who converges from where, which paths are the same, and what happens at the edges."""

import itertools
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zero.minimax import (
    METHODS,
    DynamicsError,
    MatrixGame,
    MatrixGameError,
    Settings,
    lizard_spock,
    matching_pennies,
    random_antisymmetric,
    rock_paper_scissors,
    run,
    solve,
    start_near,
)

RPS = rock_paper_scissors()
NEAR = start_near(RPS, solve(RPS))
UNIFORM = np.full(6, 1 / 3)


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def plain_path(method, payoff, theta1, theta2, steps, alpha, decay, anchors):
    """The update rules once more, written out for two players by hand."""

    def ascents(theta1, theta2):
        p, q = softmax(theta1), softmax(theta2)
        u, w = payoff @ q, payoff.T @ p
        return p * (u - p @ u), q * (w - q @ w)

    path, before = [(theta1, theta2)], None
    for _ in range(steps):
        g1, g2 = ascents(theta1, theta2)
        if method == "alternating":
            theta1 = theta1 + alpha * g1
            theta2 = theta2 - alpha * ascents(theta1, theta2)[1]
        elif method == "extragradient":
            g1, g2 = ascents(theta1 + alpha * g1, theta2 - alpha * g2)
            theta1, theta2 = theta1 + alpha * g1, theta2 - alpha * g2
        elif method == "optimistic":
            last1, last2 = before or (g1, g2)
            before = g1, g2
            theta1, theta2 = theta1 + alpha * (2 * g1 - last1), theta2 - alpha * (2 * g2 - last2)
        elif method == "anchored":
            theta1, theta2 = (
                (1 - decay) * theta1 + decay * anchors[0] + alpha * g1,
                (1 - decay) * theta2 + decay * anchors[1] - alpha * g2,
            )
        else:
            theta1, theta2 = theta1 + alpha * g1, theta2 - alpha * g2
        path.append((theta1, theta2))
    return np.array([np.concatenate(pair) for pair in path])


@pytest.mark.parametrize("method", ["simgad", "alternating", "extragradient", "optimistic", "anchored"])
def test_paths_follow_the_update_rules(method):
    rng = np.random.default_rng(1)
    payoff = rng.normal(size=(3, 4))
    start, anchor = (rng.normal(size=3), rng.normal(size=4)), (rng.normal(size=3), rng.normal(size=4))
    path = run(MatrixGame("random", payoff), method, Settings(steps=50, alpha=0.3, decay=0.1), start, anchor)
    np.testing.assert_allclose(path.logits, plain_path(method, payoff, *start, 50, 0.3, 0.1, anchor), atol=1e-12)


@pytest.mark.parametrize("start", [None, NEAR], ids=["default", "near"])
def test_rock_paper_scissors(start):
    """SimGAD moves away; extragradient, optimistic and anchored find (1/3, 1/3, 1/3)."""
    away = run(RPS, "simgad", start=start)
    assert away.verdict == "diverges"
    assert away.distance[-1] > max(0.9, away.distance[0])
    assert away.exploitability[-1] > 1
    for method in ("extragradient", "optimistic", "anchored", "single-anchored"):
        found = run(RPS, method, start=start)
        assert found.verdict == "converges"
        np.testing.assert_allclose(found.strategies[-1], UNIFORM, atol=1e-12)
        assert found.distance[-1] < 1e-12
        assert found.exploitability[-1] < 1e-12


@pytest.mark.parametrize("method", ["simgad", "single"])
def test_learners_that_start_alike_spiral_from_rock_to_paper_to_scissors(method):
    path = run(RPS, method, start=(NEAR[0], NEAR[0]))
    likeliest = path.strategies[:, :3].argmax(axis=1)
    turns = [int(after - before) % 3 for before, after in itertools.pairwise(likeliest) if before != after]
    assert len(turns) > 20
    assert set(turns) == {1}  # rock 0 → paper 1 → scissors 2 → rock


def test_learners_chase_each_other():
    """From the default start: whenever a player changes its likeliest action, the new one does not lose to the other's."""
    likeliest = run(RPS, "simgad").strategies.reshape(-1, 2, 3).argmax(axis=2)
    for player in (0, 1):
        for before, after in itertools.pairwise(likeliest):
            if before[player] != after[player]:
                assert RPS.payoff[after[player], before[1 - player]] >= 0


def test_alternating_cycles_near_the_equilibrium_and_drifts_outward_far_from_it():
    near = run(RPS, "alternating", Settings(steps=6000), start=NEAR)
    assert near.verdict == "cycles"
    assert near.logit_distance.max() < 1.2 * near.logit_distance.min()
    assert run(RPS, "alternating", Settings(alpha=0.1)).verdict == "cycles"
    far = run(RPS, "alternating", Settings(steps=8000))
    assert far.verdict == "diverges"
    assert far.logit_distance[-2000:].min() > far.logit_distance[:1000].max()


def test_basin_saturated_softmax_keeps_extragradient_at_the_boundary():
    both = np.array([5.0, 0.0, -3.0])
    path = run(RPS, "extragradient", Settings(steps=10_000), start=(both, both))
    assert path.verdict != "converges"
    assert path.strategies.reshape(-1, 2, 3).min(axis=2).max() < 0.0025  # all along, each player leaves one action out
    assert path.exploitability.min() > 0.7
    assert run(RPS, "anchored", start=(both, both)).distance[-1] < 1e-12


@pytest.mark.parametrize("anchor", [np.zeros(3), np.full(3, 2.5)])
def test_constant_anchors_lead_to_the_equilibrium(anchor):
    assert run(RPS, "anchored", anchor=(anchor, anchor)).distance[-1] < 1e-12


def test_other_anchors_lead_to_a_regularised_point():
    """There λ (anchor - θ) + α∇R = 0; it is not the equilibrium, and nearer to it for a smaller decay."""
    anchor = (np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    apart = []
    for decay in (0.1, 0.05):
        path = run(RPS, "anchored", Settings(decay=decay), anchor=anchor)
        assert path.verdict == "converges"
        p, q = np.split(path.strategies[-1], 2)
        u, w = RPS.payoff @ q, RPS.payoff.T @ p
        drift = [
            decay * (anchor[0] - path.logits[-1, :3]) + p * (u - p @ u),
            decay * (anchor[1] - path.logits[-1, 3:]) - q * (w - q @ w),
        ]
        np.testing.assert_allclose(drift, 0, atol=1e-12)
        apart.append(path.distance[-1])
    assert apart[0] > apart[1] > 0.01


@pytest.mark.parametrize("game", [RPS, lizard_spock(), random_antisymmetric(4, 3)], ids=lambda game: game.name)
@pytest.mark.parametrize(("one", "two"), [("single", "simgad"), ("single-anchored", "anchored")])
def test_single_learner_traces_the_path_of_two_that_start_alike(game, one, two):
    rng = np.random.default_rng(0)
    theta, anchor = rng.normal(size=(2, len(game.payoff)))
    single, double = (run(game, method, Settings(steps=300), (theta, theta), (anchor, anchor)) for method in (one, two))
    np.testing.assert_allclose(single.logits, double.logits, atol=1e-9)


def test_single_learner_needs_an_antisymmetric_game():
    with pytest.raises(DynamicsError, match="antisymmetric"):
        run(matching_pennies(), "single")


def test_without_decay_anchored_is_simgad():
    np.testing.assert_array_equal(run(RPS, "anchored", Settings(decay=0)).logits, run(RPS, "simgad").logits)


@pytest.mark.parametrize("method", METHODS)
def test_sampled_gradients_follow_the_exact_path_with_many_games(method):
    few = Settings(steps=20, alpha=0.3)
    many = Settings(steps=20, alpha=0.3, gradients="sampled", samples=50_000)
    np.testing.assert_allclose(run(RPS, method, many).logits, run(RPS, method, few).logits, atol=0.07)


def test_the_seed_decides_what_is_sampled():
    paths = [run(RPS, "simgad", Settings(steps=20, gradients="sampled", seed=seed)).logits for seed in (0, 0, 1)]
    np.testing.assert_array_equal(paths[0], paths[1])
    assert not np.array_equal(paths[0], paths[2])


def test_sampled_verdicts():
    noisy = Settings(gradients="sampled", samples=64)
    assert run(RPS, "simgad", noisy).verdict == "diverges"
    assert run(RPS, "anchored", noisy).verdict == "converges"
    assert run(RPS, "anchored", noisy).expected_factor is None


@pytest.mark.slow  # it measures, which nothing else should disturb
@pytest.mark.parametrize("gradients", ["exact", "sampled"])
@pytest.mark.parametrize("method", METHODS)
def test_speed(method, gradients):
    """2,000 steps on a game of 3 x 3 take less than 0.2 s: in one of five runs, since others use the machine too."""
    equilibrium = solve(RPS)
    taken = []
    while len(taken) < 5 and min(taken, default=1) >= 0.2:
        begin = time.perf_counter()
        run(RPS, method, Settings(gradients=gradients), equilibrium=equilibrium)
        taken.append(time.perf_counter() - begin)
    assert min(taken) < 0.2


def test_measures_by_their_definitions():
    game = MatrixGame("random", np.random.default_rng(8).normal(size=(3, 2)))
    path = run(game, "extragradient", Settings(steps=40))
    for step in (0, 1, 17, 40):
        p, q = softmax(path.logits[step, :3]), softmax(path.logits[step, 3:])
        np.testing.assert_allclose(path.strategies[step], np.concatenate([p, q]), atol=1e-15)
        gap = (game.payoff @ q).max() - (p @ game.payoff).min()
        assert path.exploitability[step] == pytest.approx(gap, abs=1e-14)
        mean = path.strategies[: step + 1].mean(axis=0)
        np.testing.assert_allclose(path.averages[step], mean, atol=1e-14)
        gap = (game.payoff @ mean[3:]).max() - (mean[:3] @ game.payoff).min()
        assert path.average_exploitability[step] == pytest.approx(gap, abs=1e-14)
        found = path.equilibrium
        apart = np.concatenate([p - found.row, q - found.column])
        assert path.distance[step] == pytest.approx(np.sqrt((apart**2).sum()), abs=1e-14)


def test_distance_is_to_the_nearest_of_many_equilibria():
    """Pennies with one side twice: player 2's two equal actions may share their half in any way."""
    game = MatrixGame("twice", [[1, 1, -1], [-1, -1, 1]])
    path = run(game, "simgad", Settings(steps=20))
    for step in (0, 20):
        p, q = np.split(path.strategies[step], [2])
        expected = np.sqrt(((p - 0.5) ** 2).sum() + (q[2] - 0.5) ** 2 + (q[:2].sum() - 0.5) ** 2 / 2)
        assert path.distance[step] == pytest.approx(expected, abs=1e-9)
    assert run(game, "simgad").verdict == "diverges"
    settled = run(game, "extragradient")
    assert settled.verdict == "converges"
    assert settled.distance[-1] < 1e-9


def test_overflow_is_a_divergence_with_its_step():
    path = run(RPS, "anchored", Settings(decay=3.0))  # each step multiplies the logits by -2: 2 · 2ⁿ > 1.8e308 at n = 1023
    assert path.diverged_at == 1023
    assert len(path.logits) == 1023
    assert path.verdict == "diverges"
    assert np.isfinite(path.logits).all()
    assert np.isfinite(path.strategies).all()
    assert np.isfinite(path.logit_distance).all()
    assert path.factor == pytest.approx(2, rel=1e-6)


EXTREME = st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e150, 1e300])


@given(method=st.sampled_from(list(METHODS)), alpha=EXTREME, decay=st.sampled_from([0.0, 1e-9, 0.5, 1.0, 2.5, 1e300]),
       scale=st.sampled_from([1e-100, 1.0, 1e100]), start=st.sampled_from([0.0, 1.0, 1e300]),
       gradients=st.sampled_from(["exact", "sampled"]))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_nothing_breaks_at_the_edges(method, alpha, decay, scale, start, gradients):
    """No warning, no NaN, whatever the numbers: a run that leaves the range of floats ends and says when."""
    game = MatrixGame("scaled", scale * RPS.payoff)
    theta = start * np.array([2.0, 0.0, -1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = run(game, method, Settings(30, alpha, decay, gradients), (theta, theta[::-1]))
        assert np.isfinite(path.logits).all()
        assert np.isfinite(path.strategies).all()
        assert path.verdict in ("diverges", "cycles", "converges")
        assert path.factor is None or path.factor > 0
        assert (path.diverged_at is None) == (len(path.logits) == 31)
        assert path.expected_factor is None or path.expected_factor >= 0


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_short_runs(steps):
    path = run(RPS, "simgad", Settings(steps=steps))
    assert len(path.logits) == steps + 1
    assert path.verdict in ("diverges", "cycles", "converges")


def test_at_rest_in_the_equilibrium():
    path = run(RPS, "simgad", start=(np.zeros(3), np.zeros(3)))
    assert path.verdict == "converges"
    assert path.factor is None
    assert path.distance.max() < 1e-12


def test_dominated_actions_die_out():
    """A saddle point at the boundary: softmax gradients approach it, slower and slower."""
    path = run(MatrixGame("saddle", [[4, 1, 3], [5, 2, 9], [0, 0, 7]]), "simgad")
    assert path.verdict == "converges"
    assert path.distance[-1] < 0.01
    assert path.expected_factor is None


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"alpha": 0}, "alpha > 0, got 0"),
        ({"alpha": -1.0}, "alpha > 0"),
        ({"alpha": float("nan")}, "alpha > 0"),
        ({"alpha": float("inf")}, "alpha > 0"),
        ({"decay": -0.1}, "lambda >= 0"),
        ({"steps": 0}, "steps >= 1"),
        ({"gradients": "guessed"}, "exact or sampled"),
        ({"samples": 0}, "samples"),
        ({"seed": -1}, "seed >= 0"),
    ],
)
def test_settings_that_make_no_sense(change, text):
    with pytest.raises(DynamicsError, match=text):
        Settings(**change)


def test_runs_that_make_no_sense():
    with pytest.raises(DynamicsError, match="did you mean simgad"):
        run(RPS, "simgda")
    with pytest.raises(DynamicsError, match="expected 3 logits as the start of player 2, got 2"):
        run(RPS, "simgad", start=([0, 0, 0], [0, 0]))
    with pytest.raises(DynamicsError, match="finite"):
        run(RPS, "anchored", anchor=([0, 0, 0], [0, 0, np.nan]))
    with pytest.raises(DynamicsError, match="steps times actions"):
        run(RPS, "simgad", Settings(steps=10**12))


@pytest.mark.parametrize("payoff", [[], [[]], [1.0, 2.0], [[np.nan]], [[1, np.inf]], [[1e200]]])
def test_payoffs_that_make_no_game(payoff):
    with pytest.raises(MatrixGameError):
        MatrixGame("none", payoff)


def test_import_is_light():
    """Plain numpy: no torch, no numba, no scipy, no matplotlib before they are needed."""
    code = "import sys, zero.minimax; print(sorted({'torch', 'numba', 'scipy', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
