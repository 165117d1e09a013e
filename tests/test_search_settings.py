"""Settings that make no sense, or contradict each other, are refused with what was expected and what came."""

import re
from types import SimpleNamespace

import pytest

from games import find
from zero.errors import SettingsError
from zero.search.settings import SearchSettings, parameters


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"simulations": 0}, "expected simulations >= 1, got 0"),
        ({"considered": 0}, "expected considered >= 1, got 0"),
        ({"leaves": -2}, "expected leaves >= 1, got -2"),
        ({"c_init": -1.0}, "expected c_init > 0, got -1.0"),
        ({"c_base": 0.0}, "expected c_base > 0, got 0.0"),
        ({"rho": 0.0}, "expected rho > 0, got 0.0"),
        ({"c_visit": float("nan")}, "expected c_visit > 0, got nan"),
        ({"c_scale": 0.0}, "expected c_scale > 0, got 0.0"),
        ({"policy": "puct", "root_temperature": 0.0}, "expected root_temperature > 0, got 0.0"),
        ({"fpu_reduction": -0.1}, "expected fpu_reduction >= 0, got -0.1"),
        ({"virtual_loss": -1.0}, "expected virtual_loss >= 0, got -1.0"),
        ({"policy": "puct", "noise": 1.5}, "expected noise from 0 to 1, got 1.5"),
        ({"policy": "puct", "alpha": 0.0}, "expected alpha > 0, got 0.0"),
        ({"policy": "alpha"}, "expected policy auto, gumbel or puct, got 'alpha'"),
        ({"exploration": "square"}, "expected exploration log or constant, got 'square'"),
        ({"noise": 0.25}, "noise belongs to policy puct, but policy is auto: leave it out or set policy puct"),
        ({"alpha": 1.0}, "alpha belongs to policy puct, but policy is auto: leave it out or set policy puct"),
        ({"reuse": True}, "reuse belongs to policy puct, but policy is auto: leave it out or set policy puct"),
        (
            {"policy": "gumbel", "root_temperature": 1.2},
            "root_temperature belongs to policy puct, but policy is gumbel: leave it out or set policy puct",
        ),
    ],
    ids=str,
)
def test_refused(settings, message):
    with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
        SearchSettings(**settings)


def test_defaults_depend_on_the_policy():
    game = find("tic_tac_toe")
    assert SearchSettings(policy="gumbel").noise_share(game) == 0.0
    assert SearchSettings(policy="puct").noise_share(game) == 0.1
    assert SearchSettings(policy="puct", noise=0.0).noise_share(game) == 0.0


@pytest.mark.parametrize(("moves", "gumbel"), [(1, False), (10, False), (11, True), (218, True)])
def test_auto_goes_by_the_number_of_moves(moves, gumbel):
    game = SimpleNamespace(max_legal=moves)
    assert SearchSettings().is_gumbel(game) == gumbel
    assert SearchSettings().noise_share(game) == (0.0 if gumbel else 0.1)
    assert SearchSettings(policy="puct").noise_share(game) == (0.25 if gumbel else 0.1)  # AlphaZero's where moves are many
    assert SearchSettings(policy="gumbel").is_gumbel(game)
    assert not SearchSettings(policy="puct").is_gumbel(game)


def test_virtual_loss_is_for_several_leaves():
    game = find("tic_tac_toe")
    assert parameters(game, SearchSettings(leaves=1, virtual_loss=3.0)).virtual_loss == 0.0
    assert parameters(game, SearchSettings(leaves=2, virtual_loss=3.0)).virtual_loss == 3.0
