"""The evaluator of several evaluators: what it mixes, what it asks, and in which order."""

import numpy as np
import pytest

from games import find
from games.position import Position
from zero.errors import SettingsError
from zero.evaluators import Evaluations, Uniform
from zero.mixture import Mixture, mixture_of
from zero.rollout_policy import new_rollout_policy, rollouts_of
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings
from zero.search.walk import allocate_batch

GAME = find("tic_tac_toe")


class Planted:
    """Says the same of every position, and notes when it is asked and when it is waited for."""

    def __init__(self, name, logit, wdl, log):
        self.name, self.logit, self.wdl, self.log = name, logit, wdl, log

    def submit(self, batch, rows):
        self.log.append(f"ask {self.name}")

        def wait():
            self.log.append(f"wait {self.name}")
            return Evaluations(np.full((rows, 9), self.logit, np.float32), np.tile(np.float32(self.wdl), (rows, 1)))

        return wait


def planted():
    """Return priors, a value, rollouts, and the log that they share."""
    log = []
    told = (("priors", 1, (1, 0, 0)), ("value", 2, (0.5, 0.25, 0.25)), ("rollouts", 3, (0, 0, 1)))
    return *(Planted(name, logit, wdl, log) for name, logit, wdl in told), log


@pytest.mark.parametrize(
    ("mix", "wdl", "asked"),
    [
        (0.0, (0.5, 0.25, 0.25), ["priors", "value"]),
        (0.5, (0.25, 0.125, 0.625), ["priors", "value", "rollouts"]),
        (0.75, (0.125, 0.0625, 0.8125), ["priors", "value", "rollouts"]),
        (1.0, (0, 0, 1), ["priors", "rollouts"]),
    ],
)
def test_priors_come_from_one_and_the_outcome_from_the_others(mix, wdl, asked):
    *parts, log = planted()
    found = Mixture(*parts, mix).submit(allocate_batch(GAME, 5), 3)()
    assert (found.logits == 1).all()
    assert np.allclose(found.wdl, wdl)
    assert found.wdl.shape == (3, 3)
    assert log == [f"ask {name}" for name in asked] + [f"wait {name}" for name in asked]  # all are asked before any is awaited


def test_one_network_for_priors_and_value_is_asked_once():
    network, _, rollouts, log = planted()
    found = Mixture(network, network, rollouts, 0.5).submit(allocate_batch(GAME, 5), 2)()
    assert np.allclose(found.wdl, (0.5, 0, 0.5))
    assert log == ["ask priors", "ask rollouts", "wait priors", "wait rollouts"]
    made = []

    def make(game, places):
        made.append(places)
        return Uniform(game, places)

    mixed = mixture_of(make, make, None, 0.0)(GAME, 7)
    assert made == [7]
    assert len(mixed.parts) == 1


def test_what_is_not_there_cannot_be_mixed():
    priors, value, rollouts, _ = planted()
    Mixture(priors, None, rollouts, 1.0)
    Mixture(priors, value, None, 0.0)
    for parts, mix, message in (
        ((priors, None, rollouts), 0.5, "needs a value network"),
        ((priors, value, None), 0.5, "needs rollouts"),
        ((priors, value, rollouts), 1.5, "expected a mix from 0"),
        ((priors, value, rollouts), -0.1, "expected a mix from 0"),
        ((priors, value, rollouts), float("nan"), "expected a mix from 0"),
    ):
        with pytest.raises(SettingsError, match=message):
            Mixture(*parts, mix)


def test_a_search_with_rollouts_gives_the_same_answer_with_and_without_what_its_cache_kept():
    """The rollouts of a position are drawn from its key: a second search of it, from the cache, finds the same."""
    make = mixture_of(Uniform, Uniform, rollouts_of(new_rollout_policy(GAME, 1), 2, seed=4), 0.5)
    settings = SearchSettings(policy="puct", simulations=60)
    one, other = (Searcher(GAME, settings, make) for _ in range(2))
    first = one.search([Position(GAME)])
    again = one.search([Position(GAME)])
    assert int(one.forest.trees["cached"][0]) > 0
    other.search([Position(GAME)])
    other.forget()
    for found in (again, other.search([Position(GAME)])):
        assert (found.visits == first.visits).all()
        assert (found.values == first.values).all()
