"""The mean of each estimator is the policy gradient, for tables on tic-tac-toe known exactly; and laws of the estimators.

What is tested are the functions that the training uses: it plays, weighs and differentiates; only the network is a table.
Statistical tests have fixed seeds; together they would fail by chance once in some thousand changes of the seeds.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tabular import STATES, Exact, TableEvaluator, TableNetwork, after, cells_of, numbers_of, probabilities, random_logits, result

from games import find
from selfplay.reinforce import estimators, gradient
from selfplay.reinforce.gradient import accumulate, advantages_of, micro_batches_of
from selfplay.reinforce.playing import draw_plan, paired_plan, play_games
from selfplay.reinforce.settings import ReinforceSettings
from zero.inference import NetworkEvaluator
from zero.network import NetworkSettings, new_network
from zero.search.walk import allocate_batch

GAME = find("tic_tac_toe")
BATCH = allocate_batch(GAME, 4096)
LEVEL = 1e-4
GAMES, BATCHES = 4096, 28


@pytest.fixture(scope="module")
def batches(worlds):
    """Mini-batches against one opponent, and against two; with the exact critic against the first one."""
    learner, opponents, exact = worlds
    values = exact[0].values()
    return {count: [sample(learner, values, opponents[:count], seed) for seed in range(BATCHES)] for count in (1, 2)}


@pytest.fixture(scope="module")
def worlds():
    """The learner's table, two opponents, and what is exact against each."""
    learner, opponents = random_logits(1), [random_logits(2), random_logits(3)]
    return learner, opponents, [Exact(learner, opponent) for opponent in opponents]


def sample(learner, values, opponents, seed, games=GAMES, group=1, openings=0):
    """Play a mini-batch with tables; return it and the groups of its games."""
    plan = draw_plan(np.random.default_rng([seed, games]), games, len(opponents), group, openings)
    others = [TableEvaluator(opponent, np.zeros(STATES)) for opponent in opponents]
    return play_games(GAME, TableEvaluator(learner, values), others, plan, seed, BATCH), plan.groups


def ascent(network, settings, played, groups, whole=False):
    """Return the direction in which the logits are to go, [STATES, 9], and what `accumulate` says. whole: in one piece."""
    micro_batches = np.zeros_like(groups) if whole else micro_batches_of(groups, len(played.games))
    said = accumulate(network, None, settings, played, advantages_of(settings, played, groups), micro_batches, 9)
    return -network.logits.grad.numpy(), said


def test_exact_gradient_is_the_derivative_of_the_score(worlds):
    """The oracle itself: central differences of the expected outcome, along random directions."""
    learner, opponents, exact = worlds
    random, step = np.random.default_rng(0), 1e-4
    for _ in range(2):
        direction = random.normal(size=(STATES, 9))
        there, back = (Exact(learner + side * step * direction, opponents[0]).score() for side in (1, -1))
        assert (there - back) / (2 * step) == pytest.approx((exact[0].gradient() * direction).sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "opponents"),
    [
        (ReinforceSettings(estimator="none"), 2),
        (ReinforceSettings(estimator="value"), 2),
        (ReinforceSettings(estimator="a2c"), 1),
        (ReinforceSettings(estimator="a2c", gae=0.0), 1),
        (ReinforceSettings(estimator="a2c", steps_ahead=2), 1),
    ],
    ids=lambda value: f"{value.estimator}-{value.gae}-{value.steps_ahead}" if hasattr(value, "estimator") else "",
)
def test_mean_of_an_estimator_is_the_exact_gradient(worlds, batches, settings, opponents):
    """Student's test at a level of 1e-4 in all: for the coordinates that matter most, and along random directions.

    With an exact critic. (That is V against one opponent: who has seen the past would know more of which of two it is.)
    """
    learner, _, exact = worlds
    expected = np.mean([one.gradient() for one in exact[:opponents]], axis=0)
    network = TableNetwork(learner)
    seen = [ascent(network, settings, *batch, whole=True)[0].reshape(-1) for batch in batches[opponents]]
    random, flat = np.random.default_rng(0), expected.reshape(-1)
    largest = np.argsort(-np.abs(flat))[:200]
    lengths = random.normal(size=(20, flat.size)) * (flat != 0)
    found = np.stack([np.concatenate([one[largest], lengths @ one, [one @ flat]]) for one in seen])
    right = np.concatenate([flat[largest], lengths @ flat, [flat @ flat]])
    error = found.std(0, ddof=1) / np.sqrt(BATCHES)
    scores = np.abs(found.mean(0) - right) / error
    assert scores.max() < stats.t.isf(LEVEL / 2 / len(scores), BATCHES - 1)
    assert error[-1] < 0.03 * right[-1]  # a gradient that is wrong by a fifth would be seen
    visited = sum(one.visits() for one in exact[:opponents]) > 0
    assert not np.stack(seen).reshape(BATCHES, STATES, 9)[:, ~visited].any()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_advantages_of_k_steps_vary_no_more_than_those_of_whole_games(worlds, steps):
    """Per term (the learner's t-th decision), with the exact V in both: the variance of A ∇ log π, whose mean is the same.

    z-test at 4 standard errors. Shorter looks ahead vary less, too.
    """
    learner, opponents, exact = worlds
    played, _ = sample(learner, exact[0].values(), opponents[:1], 99, games=8192)
    rewards, values, alive = played.rewards(), played.spread(played.values), played.alive()
    chances = [dict(probabilities(learner, state)) for state in numbers_of(played.planes)]
    squares = [  # of ∇ log π(a|s) by the logits of s: (1 - π(a))² + Σ π(b)² over the others
        1 - 2 * own[action] + sum(chance**2 for chance in own.values())
        for own, action in zip(chances, played.actions, strict=True)
    ]
    lengths = played.spread(np.array(squares))
    whole = estimators.baseline(rewards, values, alive) ** 2 * lengths
    short = estimators.k_step(rewards, values, alive, steps) ** 2 * lengths
    longer = estimators.k_step(rewards, values, alive, steps + 1) ** 2 * lengths
    for t in range(len(alive)):
        for one, other in ((short, whole), (short, longer)):
            difference = (one - other)[t, alive[t]]
            assert difference.mean() <= 4 * difference.std() / np.sqrt(len(difference)) + 1e-12
    games = len(played.outcomes)
    print(f"k = {steps}: Σ_t E|A ∇ log π|² is {short.sum() / games:.4f}, that of whole games {whole.sum() / games:.4f}")
    assert short.sum() < 0.95 * whole.sum()


@pytest.fixture(scope="module")
def many(worlds):
    """Many games in groups, with the exact critic, and how often the learner was in each state."""
    learner, opponents, exact = worlds
    group = ReinforceSettings(estimator="grpo").games_of_a_group
    played, groups = sample(learner, exact[0].values(), opponents[:1], 5, games=65_536, group=group)
    return played, groups, np.bincount(numbers_of(played.planes), minlength=STATES)


@pytest.mark.parametrize("name", ["none", "value", "a2c", "ppo", "grpo"])
def test_a_move_that_wins_at_once_becomes_likelier_for_both_colours(worlds, many, name):
    """A step along the gradient raises log π of such a move, where much is at stake and the state comes up often.

    By chance a few of some dozen states may be exceptions.
    """
    (learner, _, exact), (played, groups, seen) = worlds, many
    direction, _ = ascent(TableNetwork(learner), ReinforceSettings(estimator=name), played, groups, whole=True)
    rises = {0: [], 1: []}
    for state in np.flatnonzero((seen > 50) & (exact[0].values() < 0.6)):
        chances = probabilities(learner, state)
        for action, own in chances:
            if result(after(state, action)) == -1 and own * seen[state] > 10:
                change = direction[state, action] - sum(chance * direction[state, free] for free, chance in chances)
                rises[sum(content > 0 for content in cells_of(state)) % 2].append(change > 0)
    for colour in rises.values():
        assert len(colour) > 15
        assert np.mean(colour) > 0.9


def games_of(draw):
    """Draw T, N and arrays of games with any lengths, rewards on the way and values."""
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    alive = np.arange(max(lengths))[:, None] < np.array(lengths)
    return random.integers(-1, 2, alive.shape) * alive.astype(float), random.uniform(-1, 1, alive.shape) * alive, alive


@given(st.composite(games_of)(), st.floats(0, 1), st.integers(1, 7))
def test_advantages_are_those_of_the_papers(games, weight, steps):
    """Against the sums of the papers, written out for each decision."""
    rewards, values, alive = games
    found = {
        "baseline": estimators.baseline(rewards, values, alive),
        "steps": estimators.k_step(rewards, values, alive, steps),
        "gae": estimators.gae(rewards, values, alive, weight),
    }
    for n in range(rewards.shape[1]):
        r, v = rewards[alive[:, n], n], np.append(values[alive[:, n], n], 0.0)
        errors = r + v[1:] - v[:-1]
        for t in range(len(r)):
            end = min(t + steps, len(r))
            assert found["baseline"][t, n] == pytest.approx(sum(r[t:]) - v[t], abs=1e-12)
            assert found["steps"][t, n] == pytest.approx(sum(r[t:end]) + v[end] - v[t], abs=1e-12)
            assert found["gae"][t, n] == pytest.approx(sum(weight**k * e for k, e in enumerate(errors[t:])), abs=1e-12)
        for array in found.values():
            assert not array[len(r) :, n].any()
    errors_of_one_step, whole = estimators.gae(rewards, values, alive, 0.0), estimators.gae(rewards, values, alive, 1.0)
    assert np.allclose(errors_of_one_step, estimators.k_step(rewards, values, alive, 1), rtol=0, atol=1e-12)
    assert np.allclose(whole, estimators.returns(rewards) * alive - values, rtol=0, atol=1e-12)


@given(st.lists(st.integers(-1, 1), min_size=4, max_size=40), st.integers(1, 4))
def test_outcomes_of_a_group_are_normalised(outcomes, size):
    z = np.array(outcomes[: len(outcomes) // size * size], np.int8)
    groups = np.arange(len(z)) // size
    found = estimators.group_normalised(z, groups, np.ones((3, len(z)), bool))
    assert np.array_equal(found[0], found[2])
    for number in range(len(z) // size):
        mine, own = found[0, groups == number], z[groups == number]
        assert mine.mean() == pytest.approx(0, abs=1e-12)
        assert mine.std() == pytest.approx(0 if len(set(own)) == 1 else 1)
        assert all((mine[i] > mine[j]) == (own[i] > own[j]) for i in range(size) for j in range(size))


def test_a_group_of_equal_outcomes_gives_no_gradient(worlds):
    learner, opponents, _ = worlds
    settings = ReinforceSettings(estimator="grpo", group=4)
    played, groups = sample(learner, np.zeros(STATES), opponents[:1], 3, games=64, group=4)
    assert ascent(TableNetwork(learner), settings, played, groups)[1].norm > 0
    alike = played._replace(outcomes=np.repeat(played.outcomes[::4], 4))
    assert ascent(TableNetwork(learner), settings, alike, groups)[1].norm == 0


def test_first_pass_of_ppo_goes_where_its_advantages_say(worlds):
    """Before the first step all ratios are 1: the gradient is that of the unclipped estimator. Behind it, it is another."""
    learner, opponents, exact = worlds
    played, groups = sample(learner, exact[0].values(), opponents[:1], 4)
    network = TableNetwork(learner)
    clipped, plain = ReinforceSettings(estimator="ppo", gae=0.7), ReinforceSettings(estimator="a2c", gae=0.7)
    one, other = (ascent(network, settings, played, groups)[0] for settings in (clipped, plain))
    assert np.abs(one - other).max() < 1e-6 * np.abs(other).max()
    with torch.no_grad():
        network.logits += 30 * torch.from_numpy(one)
    one, other = (ascent(network, settings, played, groups)[0] for settings in (clipped, plain))
    assert np.abs(one - other).max() > 0.05 * np.abs(other).max()


def test_clipped_objective_is_that_of_the_paper():
    """Schulman et al. 2017, figure 1: flat above 1 + ε for A > 0 and below 1 - ε for A < 0, else ρ A."""
    ratio = torch.tensor([0.5, 0.9, 1.0, 1.1, 1.5], dtype=torch.float64)
    ones, before = torch.ones(5, dtype=torch.float64), torch.full((5,), -1.0, dtype=torch.float64)
    gain = gradient.surrogate(ratio.log() - 1.0, before, ones, 0.2)
    assert gain.tolist() == pytest.approx([0.5, 0.9, 1.0, 1.1, 1.2])
    gain = gradient.surrogate(ratio.log() - 1.0, before, -ones, 0.2)
    assert gain.tolist() == pytest.approx([-0.8, -0.9, -1.0, -1.1, -1.5])


def test_network_that_learns_is_the_network_that_played(monkeypatch):
    """Normalisation stands still while learning, so the ratios of the first pass are 1 (to single precision)."""
    monkeypatch.setattr(gradient, "has_bfloat16", lambda device: False)
    network = new_network(GAME, NetworkSettings(size="16x2"), 0)
    with torch.no_grad():
        network.policy.weight.mul_(30)  # clear likes
        for name, buffer in network.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(torch.rand(buffer.shape, generator=torch.Generator().manual_seed(len(name))) + 0.5)
    player = NetworkEvaluator(GAME, network, len(BATCH.planes), dtype=torch.float32)
    played = play_games(GAME, player, [player], paired_plan(np.random.default_rng(0), 256, 3), 0, BATCH)
    part = gradient.part_of(played, np.arange(len(played.games)), np.zeros(len(played.games)), 9, torch.device("cpu"))
    policy = gradient.log_policy(gradient.forward(network.train(False), part.planes)[0], part.legal)
    ratios = torch.exp(policy.gather(1, part.actions[:, None])[:, 0] - part.logarithms)
    assert torch.abs(ratios - 1).max() < 1e-4
    assert part.logarithms.std() > 0.3
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    accumulate(network, None, ReinforceSettings("none"), played, np.ones(len(played.games)), np.arange(256) % 8, 9)
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())


def test_variance_of_the_gradient_of_a_game(worlds):
    """With a micro-batch for each game it is the sample variance by definition; with eight it is that in the mean."""
    learner, opponents, _ = worlds
    network, settings, found = TableNetwork(learner), ReinforceSettings("none"), []
    for seed in range(40):
        played, groups = sample(learner, np.zeros(STATES), opponents, seed, games=128)
        found.append(ascent(network, settings, played, groups)[1])
    single = accumulate(network, None, settings, played, advantages_of(settings, played, groups), groups, 9)
    alone = []
    for n in range(128):
        own = played._replace(outcomes=np.where(np.arange(128) == n, played.outcomes, 0).astype(np.int8))
        accumulate(network, None, settings, own, advantages_of(settings, own, groups), np.zeros(128, np.int64), 9)
        alone.append(network.logits.grad.numpy().reshape(-1) * 128)
    assert single.variance == pytest.approx(np.stack(alone).var(0, ddof=1).sum(), rel=1e-4)
    assert single.norm == pytest.approx(found[-1].norm, rel=1e-6)
    assert np.mean([one.variance for one in found]) == pytest.approx(single.variance, rel=0.15)


def test_entropy_and_divergence_are_differentiated_too(worlds):
    """The whole loss against central differences, along random directions; its terms written out with numpy."""
    learner, opponents, _ = worlds
    settings = ReinforceSettings("none", entropy=0.3, kl=0.2)
    played, groups = sample(learner, np.zeros(STATES), opponents, 0, games=256)
    start, network = TableNetwork(random_logits(7)), TableNetwork(learner)
    advantages = advantages_of(settings, played, groups)

    def loss(logits):
        states = numbers_of(played.planes)
        total = 0.0
        for d in range(len(states)):
            legal = played.legal[d, : played.counts[d]]
            mine, theirs = (softmax(table[states[d], legal]) for table in (logits, start.logits.detach().numpy()))
            chosen = np.log(mine[list(legal).index(played.actions[d])])
            total += advantages[d] * chosen + 0.3 * stats.entropy(mine) - 0.2 * stats.entropy(mine, theirs)
        return -total / 256

    said = accumulate(network, start, settings, played, advantages, micro_batches_of(groups, 1), 9)
    random, step = np.random.default_rng(0), 1e-5
    for _ in range(2):
        direction, table = random.normal(size=(STATES, 9)), learner.astype(float)
        slope = (loss(table + step * direction) - loss(table - step * direction)) / (2 * step)
        assert slope == pytest.approx((network.logits.grad.numpy() * direction).sum(), rel=1e-4)
    states = numbers_of(played.planes)
    legal = [played.legal[d, : played.counts[d]] for d in range(len(states))]
    entropies = [stats.entropy(softmax(learner[state, own].astype(float))) for state, own in zip(states, legal, strict=True)]
    assert said.entropy == pytest.approx(np.mean(entropies), rel=1e-5)


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def test_critic_comes_to_know_the_outcomes():
    """The value head's gradient is that of the cross-entropy with win, draw and loss as the learner saw them."""
    learner = random_logits(1)
    played, groups = sample(learner, np.zeros(STATES), [random_logits(2)], 0, games=4096)
    network = TableNetwork(learner)
    ascent(network, ReinforceSettings(estimator="value", value_weight=1.0), played, groups)
    expected = np.zeros((STATES, 3))
    np.add.at(expected, (numbers_of(played.planes), 1 - played.outcomes[played.games].astype(int)), -1.0)
    expected += np.bincount(numbers_of(played.planes), minlength=STATES)[:, None] / 3
    assert np.allclose(network.outcome.grad.numpy(), expected / 4096, atol=1e-12)
    assert len(set(played.outcomes)) == 3
    ascent(network, ReinforceSettings(estimator="none"), played, groups)
    assert not network.outcome.grad.any()
