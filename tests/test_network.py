"""The network and its forms for inference: folded, in bfloat16, compiled; and what it says where that cannot be done."""

import json
import warnings

import numpy as np
import pytest
import torch
from search_tools import random_position
from small_checkpoints import TIC_TAC_TOE
from toy_games import Ring

from games import find
from zero.errors import SettingsError
from zero.inference import Inference, NetworkEvaluator, device_of, evaluator_of, has_bfloat16
from zero.network import Network, NetworkSettings, Squeeze, folded, new_network
from zero.search.walk import allocate_batch

CONNECT_FOUR = find("connect_four")
GAMES = [TIC_TAC_TOE, CONNECT_FOUR, find("connect_four:rows=4,columns=8"), find("connect_four:rows=8,columns=8"), Ring()]


def lively(game, size="16x3", seed=1, **settings):
    """Return a network as it might be after learning: batch-norm statistics of its own, answers that are far from even."""
    network = new_network(game, NetworkSettings(size=size, **settings), seed)
    generator = torch.Generator().manual_seed(seed)

    def between(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                between(module.running_mean, -0.5, 0.5)
                between(module.running_var, 0.2, 1.5)
                between(module.weight, 0.5, 1.5)
                between(module.bias, -0.5, 0.5)
        network.policy.weight.mul_(60)
        network.value.weight.mul_(60)
    return network


def planes_of(game, random, count):
    return np.stack([random_position(game, random).planes() for _ in range(count)])


@pytest.mark.parametrize("game", GAMES, ids=str)
@pytest.mark.parametrize("size", ["tiny", "8x1", "4x0", "auto"])
def test_shapes(game, size, random):
    network = new_network(game, NetworkSettings(size=size), 0)
    for count in (1, 5):
        planes = torch.from_numpy(planes_of(game, random, count))
        for given in (planes, planes.float()):
            logits, wdl = network(given)
            assert logits.shape == (count, game.num_actions)
            assert wdl.shape == (count, 3)
            assert logits.dtype == wdl.dtype == torch.float32
            assert torch.isfinite(logits).all()
            assert torch.isfinite(wdl).all()


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_a_new_network_has_no_opinion(game, random):
    logits, wdl = new_network(game, NetworkSettings(), 0)(torch.from_numpy(planes_of(game, random, 20)))
    assert torch.softmax(logits, 1).max() < 1.5 / game.num_actions
    assert (torch.softmax(wdl, 1) - 1 / 3).abs().max() < 0.1


@pytest.mark.parametrize(
    ("size", "game", "shape"),
    [
        ("tiny", CONNECT_FOUR, (16, 2)),
        ("small", CONNECT_FOUR, (32, 3)),
        ("medium", TIC_TAC_TOE, (64, 5)),
        ("large", CONNECT_FOUR, (128, 10)),
        ("huge", CONNECT_FOUR, (256, 20)),
        ("48x7", CONNECT_FOUR, (48, 7)),
        ("auto", TIC_TAC_TOE, (32, 3)),
        ("auto", CONNECT_FOUR, (64, 5)),
        ("auto", find("go:size=5"), (32, 3)),
        ("auto", find("gomoku"), (32, 3)),
        ("auto", find("chess"), (64, 5)),
    ],
)
def test_sizes(size, game, shape):
    assert NetworkSettings(size=size).shape(game) == shape


def test_size_is_what_is_built():
    network = new_network(CONNECT_FOUR, NetworkSettings(size="12x4", policy_channels=5, value_channels=3, value_hidden=7), 0)
    shapes = {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}
    assert shapes["stem.0.weight"] == (12, 6, 3, 3)
    assert len(network.tower) == 4
    assert shapes["policy.weight"] == (7, 5 * 42)
    assert shapes["value_hidden.weight"] == (7, 3 * 42)
    assert shapes["value.weight"] == (3, 7)


@pytest.mark.parametrize(
    "size", ["", "64", "x5", "64x", "0x5", "-1x2", "64x5x1", "medium ", "Medium", "1e2x3", "64 x 5", "99999x1", "6²x1"]
)
def test_bad_size(size):
    with pytest.raises(SettingsError, match=r"^expected size auto, tiny, small, medium, large, huge or CHANNELSxBLOCKS, got "):
        NetworkSettings(size=size)


@pytest.mark.parametrize("name", ["policy_channels", "value_channels", "value_hidden"])
def test_bad_width(name):
    with pytest.raises(SettingsError, match=f"^expected {name} >= 1, got 0$"):
        NetworkSettings(**{name: 0})


def test_new_network_comes_from_its_seed_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = new_network(TIC_TAC_TOE, NetworkSettings(size="8x1"), 7).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    two, three = (new_network(TIC_TAC_TOE, NetworkSettings(size="8x1"), seed).state_dict() for seed in (7, 8))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], three[name]) for name in one)


def test_squeeze_scales_and_shifts_by_the_whole_board():
    squeeze = Squeeze(6)
    x = torch.randn(4, 6, 2, 3, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        hidden = torch.relu(x.flatten(2).mean(2) @ squeeze.inner.weight.T + squeeze.inner.bias)
        both = hidden @ squeeze.outer.weight.T + squeeze.outer.bias
        scale, shift = both[:, :6, None, None], both[:, 6:, None, None]
        assert (squeeze(x) - (x / (1 + torch.exp(-scale)) + shift)).abs().max() < 1e-6


def test_squeeze_is_a_setting():
    settings = [NetworkSettings(size="8x2", squeeze=wanted) for wanted in (False, True)]
    plain, squeezed = (Network(CONNECT_FOUR, one).state_dict() for one in settings)
    assert {name.split(".")[2] for name in set(squeezed) - set(plain)} == {"squeeze"}
    assert set(plain) < set(squeezed)
    Network(TIC_TAC_TOE, NetworkSettings(size="1x1"))


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_folding_changes_nothing(game, random):
    network = lively(game)
    planes = torch.from_numpy(planes_of(game, random, 50)).float()
    with torch.no_grad():
        for expected, got in zip(network(planes), folded(network)(planes), strict=True):
            assert expected.abs().max() > 0.2
            assert (expected - got).abs().max() < 1e-5
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded(network).modules())
    assert not any(parameter.requires_grad for parameter in folded(network).parameters())


def test_a_folded_network_stands_by_itself():
    network = lively(TIC_TAC_TOE)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for parameter in folded(network).parameters():
        parameter.zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("game", [TIC_TAC_TOE, CONNECT_FOUR], ids=str)
def test_bfloat16_errs_little(game, random):
    """It keeps 8 bits of each number, so an error of 2^-9 at each of the layers."""
    network = lively(game, "32x5")
    planes = torch.from_numpy(planes_of(game, random, 300))
    with torch.inference_mode():
        (logits, wdl), (half_logits, half_wdl) = (Inference(network, dtype)(planes) for dtype in (torch.float32, torch.bfloat16))
    assert half_logits.dtype == half_wdl.dtype == torch.float32
    policy, half_policy = torch.softmax(logits, 1), torch.softmax(half_logits, 1)
    assert policy.max() > 0.4
    assert (policy - half_policy).abs().max() < 0.02
    assert (wdl - half_wdl).abs().max() < 0.02
    assert (policy - half_policy).abs().mean() < 0.002


def test_inference_gives_probabilities(random):
    network = lively(CONNECT_FOUR)
    planes = torch.from_numpy(planes_of(CONNECT_FOUR, random, 20))
    with torch.inference_mode():
        logits, wdl = Inference(network, torch.float32)(planes)
        raw = network(planes)
    assert (wdl.sum(1) - 1).abs().max() < 1e-6
    assert (wdl - torch.softmax(raw[1], 1)).abs().max() < 1e-5
    assert (logits - raw[0]).abs().max() < 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_loading_other_weights(dtype, random):
    one, two = lively(TIC_TAC_TOE, seed=1), lively(TIC_TAC_TOE, seed=2)
    planes = torch.from_numpy(planes_of(TIC_TAC_TOE, random, 20))
    inference = Inference(one, dtype)
    with torch.inference_mode():
        before = inference(planes)
        inference.load(two)
        after, expected = inference(planes), Inference(two, dtype)(planes)
    assert all(torch.equal(got, want) for got, want in zip(after, expected, strict=True))
    assert not torch.equal(before[0], after[0])


def batch_of(game, random, places, rows):
    """Return a batch with `rows` positions, and their planes."""
    batch, planes = allocate_batch(game, places), planes_of(game, random, rows)
    batch.planes[:rows] = planes
    return batch, planes


def test_evaluator_answers_for_its_rows(random):
    network = lively(TIC_TAC_TOE)
    evaluator = evaluator_of(network)(TIC_TAC_TOE, 16)
    for rows in (1, 7, 16):
        batch, planes = batch_of(TIC_TAC_TOE, random, 16, rows)
        answer = evaluator.submit(batch, rows)()
        with torch.inference_mode():
            expected = Inference(network, evaluator.dtype)(torch.from_numpy(planes))
        assert answer.logits.shape == (rows, 9)
        assert answer.wdl.shape == (rows, 3)
        for got, want in zip(answer, expected, strict=True):
            assert np.abs(got - want.numpy()).max() < 0.01
    assert evaluator.dtype == (torch.bfloat16 if has_bfloat16(torch.device("cpu")) else torch.float32)


def test_compiled_is_as_eager_and_takes_new_weights_without_recompiling(random):
    one, two = lively(TIC_TAC_TOE, "8x1", seed=1), lively(TIC_TAC_TOE, "8x1", seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own about its future
        compiled = NetworkEvaluator(TIC_TAC_TOE, one, 16, compiled=True, dtype=torch.float32)
    assert compiled.compiled
    with torch.compiler.set_stance("fail_on_recompile"):
        for network in (one, two, one):
            compiled.load(network)
            for rows in (16, 5):
                batch, planes = batch_of(TIC_TAC_TOE, random, 16, rows)
                answer = compiled.submit(batch, rows)()
                with torch.inference_mode():
                    expected = Inference(network, torch.float32)(torch.from_numpy(planes))
                assert len(answer.logits) == rows
                for got, want in zip(answer, expected, strict=True):
                    assert np.abs(got - want.numpy()).max() < 1e-4


WITHOUT_A_COMPILER = """
import json
import torch
from games import find
from zero.inference import NetworkEvaluator
from zero.network import NetworkSettings, new_network
from zero.search.walk import allocate_batch
game = find("tic_tac_toe")
network = new_network(game, NetworkSettings(size="8x1"), 0)
answers = []
for compiled in (False, True):
    evaluator = NetworkEvaluator(game, network, 4, compiled=compiled)
    answers.append([part.tolist() for part in evaluator.submit(allocate_batch(game, 4), 3)()])
print(json.dumps({"compiled": evaluator.compiled, "same": answers[0] == answers[1]}))
"""


def test_without_a_compiler_it_runs_and_says_so(python, tmp_path):
    done = python("-c", WITHOUT_A_COMPILER, PATH="", CXX="/nowhere/g++", TORCHINDUCTOR_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"compiled": False, "same": True}
    assert "the network runs uncompiled, slower: " in done.stderr


@pytest.mark.parametrize("name", ["tpu", "", "cuda:x", "cuda:-1", "cuda:1e3", "meta", "gpu", "cpu:x", "cuda:" + "9" * 30])
def test_bad_device(name):
    with pytest.raises(SettingsError, match=r"^(expected device cpu, cuda or cuda:N, got |device cuda)"):
        device_of(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7"])
def test_no_cuda(name):
    with pytest.raises(
        SettingsError, match=f"^device {name}: this machine or this build of torch has no CUDA; use --device cpu$"
    ):
        device_of(name)


def test_device():
    assert device_of("cpu") == torch.device("cpu")


def test_the_network_is_written_for_any_board():
    """Nothing in it depends on more than the planes' shape and the number of actions."""
    for rows in range(4, 9):
        for columns in range(4, 9):
            game = find(f"connect_four:rows={rows},columns={columns}")
            network = Network(game, NetworkSettings(size="4x1"))
            assert network(torch.zeros(2, *game.plane_shape))[0].shape == (2, columns)
