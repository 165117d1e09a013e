"""The learner: it learns, its average plays, and going on from its arrays is as if nothing had happened."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from played_games import self_play

from games import find
from selfplay.learner import Learner
from selfplay.samples import Window
from selfplay.settings import LearningSettings, SelfPlaySettings
from zero.errors import CheckpointError, RunError
from zero.files import read_arrays, write_arrays
from zero.network import NetworkSettings
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
NETWORK = NetworkSettings(size="8x1")
CPU = torch.device("cpu")
SETTINGS = LearningSettings(batch_size=32, warmup_steps=4, learning_rate=1e-2)
SOMEWHERE = Path("state")


@pytest.fixture(scope="module")
def batches():
    """Twelve batches of samples from self-play."""
    settings = SelfPlaySettings(games=12, positions=300, cache_mb=1.0, threads=1)
    window = Window(GAME, SETTINGS)
    window.add(self_play(GAME, SearchSettings(policy="gumbel", simulations=12), settings).records[0])
    return list(window.batches(12, np.random.default_rng(0)))


def learner(seed=3, ending_weight=4.0, **changes):
    return Learner(GAME, NETWORK, replace(SETTINGS, **changes), seed, CPU, ending_weight=ending_weight)


def groups(one):
    """Return the groups of parameters that move alike."""
    return [group for optimiser in one.optimisers for group in optimiser.param_groups]


def content(module):
    """Return the floating-point numbers of a module's state, as copies."""
    return {name: tensor.numpy().copy() for name, tensor in module.state_dict().items() if tensor.is_floating_point()}


def test_overfitting_one_batch(batches):
    """The losses fall towards the entropy of their targets, below which they cannot fall."""
    wdl = batches[0].wdl.astype(float)
    entropy = -(wdl * np.log(np.where(wdl > 0, wdl, 1))).sum(1).mean()
    one = learner()
    steps = [one.learn(batches[0]) for _ in range(150)]
    first, last = one.losses(steps[:1]), one.losses(steps[-1:])
    assert last.policy_entropy == first.policy_entropy
    assert last.policy > last.policy_entropy - 0.02
    assert last.policy - last.policy_entropy < 0.3 * (first.policy - first.policy_entropy)
    assert last.value > entropy - 0.02
    assert last.value - entropy < 0.3 * (first.value - entropy)
    assert last.ending < 0.5 * first.ending
    assert one.step == 150


def test_losses_are_cross_entropies(batches):
    """Over legal actions, and over win, draw and loss; computed here in float64 from the network's answers."""
    one = learner()
    samples = batches[0]
    with torch.no_grad():
        one.network.train()
        logits, outcome = (answer.double().numpy() for answer in one.network(torch.from_numpy(samples.planes).float()))
    one = learner()  # the batch-norm statistics have moved
    losses = one.losses([one.learn(samples)])
    masked = np.where(samples.legal, logits, -np.inf)
    policy = np.exp(masked) / np.exp(masked).sum(1, keepdims=True)
    wdl = np.exp(outcome) / np.exp(outcome).sum(1, keepdims=True)
    target = samples.policy.astype(float)
    logarithm = np.log(np.where(target > 0, policy, 1))
    assert losses.policy == pytest.approx(-(target * logarithm).sum(1).mean(), abs=0.02)  # one computes in bfloat16
    assert losses.value == pytest.approx(-(samples.wdl * np.log(wdl)).sum(1).mean(), abs=0.02)
    entropy = -(target * np.log(np.where(target > 0, target, 1))).sum(1).mean()
    assert losses.policy_entropy == pytest.approx(entropy, abs=1e-5)
    assert losses.gradient_norm > 0
    assert losses.ending == pytest.approx(math.log(2), abs=1e-3)  # the head begins with even chances


def test_what_is_not_foretold_changes_nothing(batches):
    """Without its weight there is no head for the ending, and what a batch says of it makes no difference."""
    one, two = learner(ending_weight=0.0), learner(ending_weight=0.0)
    for samples in batches[:3]:
        losses = one.losses([one.learn(samples)])
        two.learn(samples._replace(ending=samples.ending[:, :0]))
        assert losses.ending == 0
    assert {name: array.tobytes() for name, array in one.arrays().items()} == {
        name: array.tobytes() for name, array in two.arrays().items()
    }
    assert not [name for name in one.arrays() if "ending" in name]


def test_the_ending_teaches_the_tower(batches):
    """Its gradient reaches the tower, once the head has moved."""
    one, two = learner(ending_weight=4.0), learner(ending_weight=0.0)
    for samples in batches[:3]:
        one.learn(samples)
        two.learn(samples)
    mine, theirs = content(one.network), content(two.network)
    assert not np.array_equal(mine["tower.0.first.0.weight"], theirs["tower.0.first.0.weight"])


def test_losses_are_means_over_the_steps(batches):
    one = learner()
    steps = [one.learn(samples) for samples in batches[:3]]
    mean = one.losses(steps)
    for name, numbers in zip(mean._fields, torch.stack(steps).T.tolist(), strict=True):
        assert getattr(mean, name) == pytest.approx(sum(numbers) / 3, rel=1e-5)
    assert all(math.isnan(number) for number in one.losses([]))


@pytest.mark.parametrize("stop", [0, 1, 6])
def test_going_on_is_as_if_nothing_had_happened(batches, stop, tmp_path):
    """From a file, in a learner that had other weights: bit for bit."""
    undisturbed, before = learner(), learner()
    for samples in batches:
        undisturbed.learn(samples)
    for samples in batches[:stop]:
        before.learn(samples)
    write_arrays(tmp_path / "state", "state", {"step": before.step}, before.arrays())
    header, arrays = read_arrays(tmp_path / "state", "state")
    after = learner(seed=99)
    after.load(arrays, header["step"], tmp_path / "state")
    for samples in batches[stop:]:
        after.learn(samples)
    expected, got = undisturbed.arrays(), after.arrays()
    assert {*expected} == {*got}
    for name, array in expected.items():
        assert array.tobytes() == got[name].tobytes(), name
    assert after.step == undisturbed.step == 12


def test_state_of_another_network_is_refused():
    one = Learner(GAME, NetworkSettings(size="4x1"), SETTINGS, 0, CPU)
    with pytest.raises(CheckpointError, match=r"^state: expected .* of shape "):
        learner().load(one.arrays(), 0, SOMEWHERE)
    two = Learner(GAME, NetworkSettings(size="8x2"), SETTINGS, 0, CPU)
    with pytest.raises(CheckpointError, match=r"^state: its arrays do not fit the network it describes: "):
        learner().load(two.arrays(), 0, SOMEWHERE)


@pytest.mark.parametrize("ema", [0.0, 0.5, 0.995])
def test_average_keeps_its_share_at_each_step(batches, ema):
    """Also of the batch-norm statistics. At first the share is smaller, so that the untrained network is soon forgotten."""
    one = learner(ema=ema)
    expected = content(one.average)
    for step, samples in enumerate(batches, start=1):
        one.learn(samples)
        share = min(ema, (1 + step) / (10 + step)) if ema else 0.0
        network = content(one.network)
        expected = {name: share * array + (1 - share) * network[name] for name, array in expected.items()}
    got = content(one.average)
    assert any(name.endswith("running_var") for name in got)
    for name, array in expected.items():
        assert got[name] == pytest.approx(array, abs=1e-5), name
        if ema == 0:
            assert np.array_equal(got[name], network[name])
        elif name.endswith(("running_mean", "running_var")):
            assert not np.array_equal(got[name], network[name])
    assert not one.average.training


def test_learning_rate_rises_then_falls(batches):
    one = learner(warmup_steps=4, decay_steps=100, learning_rate=8e-3)
    rates = []
    for _ in range(6):
        rates.append(one.learning_rate())
        one.learn(batches[0])
        assert {group["lr"] for group in groups(one)} == {rates[-1]}
    decay = [1 / math.sqrt(1 + step / 100) for step in range(6)]
    assert rates == pytest.approx([8e-3 * share * d for share, d in zip([0.25, 0.5, 0.75, 1, 1, 1], decay, strict=True)])
    one.step = 300  # 1 + 300/100 is 4, so half
    assert one.learning_rate() == pytest.approx(4e-3)
    assert learner(warmup_steps=0).learning_rate() == SETTINGS.learning_rate


def test_only_weights_decay():
    one = learner(weight_decay=0.5)
    decayed = {id(p) for group in groups(one) if group["weight_decay"] == 0.5 for p in group["params"]}
    parameters = [*one.network.named_parameters(), *one.ending.named_parameters()]
    for name, parameter in parameters:
        assert (id(parameter) in decayed) == (parameter.dim() > 1), name
    assert sum(len(group["params"]) for group in groups(one)) == len(parameters)


def test_gradients_are_clipped(batches):
    """AdamW's second moments show the gradient that it was given: their sum is 0.001 · norm² after one step."""
    for clip in (1e-3, 1e3):
        one = learner(gradient_clip=clip, muon=False)
        norm = one.losses([one.learn(batches[0])]).gradient_norm
        squares = sum(float(state["exp_avg_sq"].double().sum()) for state in one.optimisers[0].state.values())
        assert math.sqrt(squares / 1e-3) == pytest.approx(min(norm, clip), rel=1e-3)


def test_loss_that_is_no_number_is_an_error(batches):
    one = learner()
    one.learn(batches[0])
    average, step = content(one.average), one.step
    with torch.no_grad():
        one.network.policy.weight[0, 0] = math.nan
    with pytest.raises(RunError, match=r"^step 2: the loss is not a finite number; lower --learning\.learning-rate$"):
        one.learn(batches[1])
    assert one.step == step
    assert all(np.array_equal(array, average[name]) for name, array in content(one.average).items())


def test_arrays_can_be_asked_for_before_the_first_step(batches):
    one, two = learner(), learner()
    assert not any(array.any() for name, array in one.arrays().items() if name.startswith("exp_avg"))
    assert torch.equal(one.learn(batches[0]), two.learn(batches[0]))


def test_same_seed_same_learner(batches):
    for one, two, same in ((learner(), learner(), True), (learner(), learner(seed=4), False)):
        for samples in batches[:2]:
            one.learn(samples)
            two.learn(samples)
        assert all(np.array_equal(one.arrays()[name], two.arrays()[name]) for name in one.arrays()) == same
