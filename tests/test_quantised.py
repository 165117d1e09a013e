"""Networks in 8-bit integers: near float32, the same wherever they are made, and out of the way where they cannot be had."""

import warnings

import numpy as np
import pytest
import torch
from small_checkpoints import TIC_TAC_TOE
from test_network import batch_of, lively, planes_of

from games import find
from zero import inference
from zero.errors import EngineWarning
from zero.inference import NetworkEvaluator, has_bfloat16
from zero.network import folded
from zero.quantised import Packed, Quantised, calibration_planes, has_int8, join, scale_of

CPU = torch.device("cpu")
CONNECT_FOUR = find("connect_four")
pytestmark = pytest.mark.skipif(not has_int8(CPU), reason="this processor or this build of torch has no AVX512-VNNI")


def answers(module, planes):
    with torch.inference_mode():
        logits, wdl = module(planes)
    return torch.softmax(logits, 1), wdl


def differences(network, module, planes):
    """Return how far probabilities of moves and of outcomes lie from float32, [B, num_actions] and [B, 3]."""
    with torch.inference_mode():
        logits, wdl = network(planes)
    policy, outcomes = answers(module, planes)
    return (policy - torch.softmax(logits, 1)).abs(), (outcomes - torch.softmax(wdl, 1)).abs()


SETTINGS = [
    {"size": "16x3", "squeeze": False},
    {"size": "16x3", "residual": False},
    {"size": "16x3", "residual": False, "squeeze": False},
    {"size": "20x0"},
    {"size": "1x1"},
    {"size": "3x2", "policy_channels": 1, "value_channels": 1, "value_hidden": 1},
    {"size": "33x1", "policy_channels": 5, "value_channels": 3, "value_hidden": 7},
    {"size": "64x5"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_errs_little_in_every_form(settings, random):
    """Numbers are rounded to about 1 in 250 of the largest at each layer: a few hundredths at the end, less on average."""
    network = lively(CONNECT_FOUR, **settings)
    planes = torch.from_numpy(planes_of(CONNECT_FOUR, random, 100))
    for errors in differences(network, Quantised(CONNECT_FOUR, network, 100, compiled=False), planes):
        assert errors.max() < 0.06
        assert errors.mean() < 0.006


OTHER_GAMES = [
    "tic_tac_toe",
    "connect_four:rows=4,columns=8",
    "go:size=5",
    "othello:size=6",
    "hex:size=5",
    "gomoku:rows=7,columns=9",
]


@pytest.mark.parametrize("name", [*OTHER_GAMES, "chess"])
def test_errs_little_in_every_game(name, random):
    game = find(name)
    network = lively(game, "16x2")
    planes = torch.from_numpy(planes_of(game, random, 30))
    for errors in differences(network, Quantised(game, network, 30, compiled=False), planes):
        assert errors.max() < 0.06
        assert errors.mean() < 0.006


def test_calibration_depends_on_the_game_alone():
    np.random.seed(1)
    one = calibration_planes(CONNECT_FOUR)
    np.random.seed(2)
    assert np.array_equal(one, calibration_planes(CONNECT_FOUR))
    assert len(np.unique(one, axis=0)) > len(one) / 2


def test_calibration_takes_every_ply_alike():
    """Every game of tic-tac-toe has positions of 0 to 4 stones: of each there are as many, of more the fewer the more.

    4,000 games, each number of stones within 4 standard deviations of the mean of these five.
    """
    stones = calibration_planes(TIC_TAC_TOE, 4000)[:, :2].sum((1, 2, 3))
    counts = np.bincount(stones, minlength=9)
    share = counts[:5].mean() / 4000
    assert 1 / 9 < share < 1 / 5
    assert np.abs(counts[:5] / 4000 - share).max() < 4 * np.sqrt(share * (1 - share) / 4000)
    assert counts[5] > counts[6] > counts[7] > counts[8] > 0


def test_rounds_to_the_nearest_and_cuts_off():
    y = torch.tensor([-3.0, 0.2, 0.6, 100.25, 254.6, 900.0]).view(1, 6, 1, 1).to(torch.bfloat16)
    q = torch.tensor([0, 1, 2, 3, 4, 255], dtype=torch.uint8).view(1, 6, 1, 1)
    ones = torch.ones(6)
    assert join(None, y, ones, ones, []).flatten().tolist() == [0, 0, 1, 100, 255, 255]
    assert join(q, y, ones, 2 * ones, []).flatten().tolist() == [0, 2, 5, 106, 255, 255]


def test_a_layer_is_what_its_weights_say():
    """Every row is rounded by its own largest: an error of half a 127th of that for each integer that it reads."""
    generator = torch.Generator().manual_seed(1)
    weight, bias = torch.randn(10, 6, 3, 3, generator=generator), torch.randn(10, generator=generator)
    q = torch.randint(0, 256, (4, 6, 3, 5), generator=generator, dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
    exact = torch.nn.functional.conv2d(q.float(), weight, bias, padding=1)
    bound = weight.abs().amax((1, 2, 3)) / 254 * q.float().sum((1, 2, 3)).max()
    got = Packed.of(weight, bias, list(q.shape))(q, torch.float32, False)
    assert ((got - exact).abs() < bound[:, None, None] + 1e-3).all()
    flat = q.flatten(1)
    rows = torch.randn(7, flat.shape[1], generator=generator)
    got = Packed.of(rows, torch.zeros(7), list(flat.shape))(flat, torch.float32, False)
    assert ((got - flat.float() @ rows.T).abs() < rows.abs().amax(1) / 254 * flat.float().sum(1).max()).all()


def test_dead_channels():
    """A channel that is always 0 gets a scale nevertheless; so does a layer that is 0 everywhere."""
    x = torch.zeros(2, 3, 2, 2)
    assert (scale_of(x) > 0).all()
    x[0, 1, 0, 0] = 5.0
    assert (scale_of(x) > 0).all()
    for dead in (1, 16):
        network = lively(TIC_TAC_TOE, "16x2")
        with torch.no_grad():
            for layer in (network.stem, network.tower[0].first, network.tower[1].second):
                layer[1].weight[:dead] = 0
                layer[1].bias[:dead] = -1
                layer[1].running_mean[:dead] = 0
        planes = torch.from_numpy(calibration_planes(TIC_TAC_TOE, 50))
        for answer in answers(Quantised(TIC_TAC_TOE, network, 50, compiled=False), planes):
            assert torch.isfinite(answer).all()
            assert (answer.sum(1) - 1).abs().max() < 1e-5


def test_outliers_are_cut_off_and_do_no_harm():
    """Positions that no game reaches, every plane full or worse, give probabilities still."""
    network = lively(CONNECT_FOUR)
    module = Quantised(CONNECT_FOUR, network, 4, compiled=False)
    for value in (1, 255):
        planes = torch.full((4, *CONNECT_FOUR.plane_shape), value, dtype=torch.uint8)
        for answer in answers(module, planes):
            assert torch.isfinite(answer).all()
            assert (answer.sum(1) - 1).abs().max() < 1e-5


def test_two_are_alike_and_rows_apart(random):
    network = lively(CONNECT_FOUR)
    planes = torch.from_numpy(planes_of(CONNECT_FOUR, random, 40))
    one, two = (Quantised(CONNECT_FOUR, network, 40, compiled=False) for _ in range(2))
    expected = answers(one, planes)
    for got, want in zip(answers(two, planes), expected, strict=True):
        assert torch.equal(got, want)
    changed = planes.clone()
    changed[::2] = 255
    for got, want in zip(answers(one, changed), expected, strict=True):
        assert torch.equal(got[1::2], want[1::2])
        assert not torch.equal(got[::2], want[::2])


def test_a_network_that_learns_is_left_alone():
    network = lively(TIC_TAC_TOE)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    answers(Quantised(TIC_TAC_TOE, network, 4, compiled=False), torch.zeros(4, *TIC_TAC_TOE.plane_shape, dtype=torch.uint8))
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert not any(parameter.requires_grad for parameter in folded(network).parameters())


def quiet(network, places=16, **arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own about its future
        return NetworkEvaluator(TIC_TAC_TOE, network, places, **arguments)


def test_compiled_it_takes_new_weights_without_recompiling(random):
    """And answers as a fresh one does, bit for bit."""
    one, two = lively(TIC_TAC_TOE, "8x1", seed=1), lively(TIC_TAC_TOE, "8x1", seed=2)
    evaluator, fresh = (quiet(network, compiled=True) for network in (one, two))
    assert evaluator.dtype == fresh.dtype == torch.int8
    assert evaluator.compiled
    batch, planes = batch_of(TIC_TAC_TOE, random, 16, 16)
    before = evaluator.submit(batch, 16)()
    with torch.compiler.set_stance("fail_on_recompile"):
        evaluator.load(two)
        after = evaluator.submit(batch, 16)()
        for got, want in zip(after, fresh.submit(batch, 16)(), strict=True):
            assert np.array_equal(got, want)
        assert len(evaluator.submit(batch, 5)().wdl) == 5
    assert not np.array_equal(before.logits, after.logits)
    uncompiled = quiet(two, dtype=torch.int8)
    for rows in (16, 3):
        for got, want in zip(after, uncompiled.submit(batch, rows)(), strict=True):
            assert np.abs(got[:rows] - want).max() < 0.02
    for errors in differences(two, uncompiled.module, torch.from_numpy(planes)):
        assert errors.max() < 0.06


def test_who_gets_it():
    network = lively(TIC_TAC_TOE, "8x1")
    usual = torch.bfloat16 if has_bfloat16(CPU) else torch.float32
    assert quiet(network).dtype == usual
    assert quiet(network, dtype=torch.int8).dtype == torch.int8
    for dtype in (torch.bfloat16, torch.float32):
        evaluator = quiet(network, compiled=True, dtype=dtype)
        assert evaluator.dtype == dtype
        assert evaluator.compiled
    assert not has_int8(torch.device("cuda"))


def _refused(*arguments):
    raise RuntimeError("could not create a primitive descriptor")


def _renamed(*arguments):
    raise AttributeError("'_OpNamespace' 'onednn' object has no attribute")


@pytest.mark.parametrize("failure", [_refused, _renamed])
@pytest.mark.parametrize("operation", ["qconv_prepack", "qlinear_prepack"])
def test_without_the_operations_it_is_as_before(operation, failure, monkeypatch, random):
    network = lively(TIC_TAC_TOE, "8x1")
    batch, _ = batch_of(TIC_TAC_TOE, random, 16, 16)
    usual = quiet(network).submit(batch, 16)()
    monkeypatch.setattr(torch.ops.onednn, operation, failure)
    with pytest.warns(EngineWarning, match="^the network computes in torch.*, not in int8: (Runtime|Attribute)Error: "):
        evaluator = NetworkEvaluator(TIC_TAC_TOE, network, 16, dtype=torch.int8)
    assert evaluator.dtype == (torch.bfloat16 if has_bfloat16(CPU) else torch.float32)
    for got, want in zip(evaluator.submit(batch, 16)(), usual, strict=True):
        assert np.array_equal(got, want)


def test_without_vnni_it_is_never_taken(monkeypatch):
    for name in ("vnni", "avx512_vnni"):
        monkeypatch.setattr(torch.cpu, f"_is_{name}_supported", lambda: False, raising=False)
    assert not has_int8(CPU)
    monkeypatch.setattr(inference, "Quantised", _refused)
    assert quiet(lively(TIC_TAC_TOE, "8x1"), compiled=True).dtype != torch.int8
