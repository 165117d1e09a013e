"""What is left to chance in self-play: openings, noise, and the temperature of the choice of a move."""

from dataclasses import replace

import numpy as np
import pytest
from played_games import check_game, positions_of, self_play
from scipy.stats import chisquare

from games import find
from selfplay.settings import SelfPlaySettings
from selfplay.slots import FULL, OPENING, QUICK
from zero.evaluators import Uniform
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
GUMBEL = SearchSettings(policy="gumbel", simulations=12)
PUCT = SearchSettings(policy="puct", simulations=12)
PLAIN = replace(PUCT, noise=0.0)
SELFPLAY = SelfPlaySettings(games=12, positions=300, cache_mb=1.0, threads=1)


def first_plies(series, kind=None):
    """Return the first ply of every game that was begun without a random opening."""
    plies = [plies[0] for plies in series.plies.values() if plies]
    return [ply for ply in plies if ply.kind != OPENING and kind in (None, ply.kind)]


WIDE = replace(SELFPLAY, games=150, positions=3000, opening_share=0.0)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_temperature_shapes_the_choice_and_not_the_target(temperature):
    settings = replace(WIDE, temperature=temperature, temperature_end=temperature)
    plies = first_plies(self_play(GAME, PLAIN, settings))
    (policy,) = {ply.policy for ply in plies}  # without noise the same in every game, and untouched by the temperature
    shares = np.array(policy) / 65535
    assert np.allclose(shares * 12, np.rint(shares * 12), atol=1e-3)  # of 12 visits
    expected = np.where(shares > 0, shares, 0) ** (1 / temperature)
    expected *= len(plies) / expected.sum()
    seen = np.bincount([ply.action for ply in plies], minlength=9)
    assert seen[expected == 0].sum() == 0
    assert len(plies) > 400
    assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 1e-4


def test_temperature_falls_with_the_plies():
    settings = replace(WIDE, temperature=1.0, temperature_end=1e-3, temperature_half_life=1e-3)
    series = self_play(GAME, PLAIN, settings)
    assert len({ply.action for ply in first_plies(series)}) > 1
    for played in series.finished:
        for position, ply in list(zip(positions_of(GAME, played), played.plies, strict=False))[1:]:
            assert ply.policy[position.legal_actions().index(ply.action)] == max(ply.policy)


def test_temperature_halves_its_excess_in_the_half_life():
    """It begins at 1 and ends at 0.1, so with a half-life of 3 it is 0.55 at ply 3. Compared: the visits of what was chosen."""
    settings = replace(WIDE, temperature=1.0, temperature_end=0.1, temperature_half_life=3.0, positions=9000)
    difference = variance = 0.0
    for played in self_play(GAME, PLAIN, settings).finished:
        ply = played.plies[3]
        legal = positions_of(GAME, played)[3].legal_actions()
        policy = np.array(ply.policy) / 65535
        visited = policy > 0
        chances, logarithm = policy[visited] ** (1 / 0.55), np.log(policy[visited])
        chances /= chances.sum()
        mean = (chances * logarithm).sum()
        difference += np.log(policy[legal.index(ply.action)]) - mean
        variance += (chances * (logarithm - mean) ** 2).sum()
    assert abs(difference) < 4 * np.sqrt(variance)  # four standard errors; half or twice the half-life is at eight


def test_noise_belongs_to_moves_searched_in_full():
    settings = replace(WIDE, full_share=0.5, quick_simulations=12)
    for noise, many in ((0.25, True), (0.0, False)):
        series = self_play(GAME, replace(PUCT, noise=noise), settings)
        assert (len({ply.policy for ply in first_plies(series, FULL)}) > 20) == many
        assert (len({ply.value for ply in first_plies(series, FULL)}) > 20) == many
        assert len({ply.value for ply in first_plies(series, QUICK)}) == 1


def test_noise_of_high_concentration_is_even():
    """Dirichlet(alpha) with a huge alpha is the uniform distribution, and alone it is the prior."""
    settings = replace(WIDE, positions=1000)
    series = self_play(GAME, replace(PUCT, noise=1.0, alpha=1e9, simulations=1), settings, evaluator=uniform)
    places = [ply.policy.index(65535) for ply in first_plies(series)]
    assert {*places} == {*range(9)}  # almost a tie: which action is the highest is left to the noise
    for ply in first_plies(series):
        assert ply.surprise == pytest.approx(np.log(9), abs=1e-3)


def uniform(seed):
    return Uniform


def test_gumbel_noise_varies_the_moves():
    series = self_play(GAME, GUMBEL, WIDE)
    assert len({ply.action for ply in first_plies(series)}) > 5
    quiet = self_play(GAME, GUMBEL, replace(WIDE, full_share=0.5, quick_simulations=12))
    assert len({ply.action for ply in first_plies(quiet, QUICK)}) == 1


def test_gumbel_noise_is_scaled_by_the_temperature():
    cold = replace(WIDE, temperature=1e-6, temperature_end=1e-6)
    assert len({ply.action for ply in first_plies(self_play(GAME, GUMBEL, cold))}) == 1
    falling = self_play(GAME, GUMBEL, replace(cold, temperature=1.0, temperature_half_life=1e-3))
    lines = {tuple(ply.action for ply in plies[:2]) for plies in falling.plies.values() if len(plies) > 1}
    replied = {first for first, _ in lines}
    assert len(replied) > 5
    assert len(lines) == len(replied)  # to each first move one and the same reply


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_random_openings(share):
    """Of the given share of games; their length is the lower of two draws up to opening_plies, their moves are any legal ones."""
    settings = replace(SELFPLAY, games=400, positions=3000, opening_share=share, opening_plies=4)
    series = self_play(GAME, replace(GUMBEL, simulations=2), settings)
    begun = list(series.plies.values())
    lengths = np.bincount([sum(ply.kind == OPENING for ply in plies) for plies in begun], minlength=5)
    assert len(lengths) == 5
    assert len(begun) > 600
    if share == 0:
        assert lengths[1:].sum() == 0
        return
    lower = np.array([9, 7, 5, 3, 1]) / 25
    expected = len(begun) * (share * lower + (1 - share) * np.array([1, 0, 0, 0, 0]))
    assert chisquare(lengths, expected).pvalue > 1e-4
    first = np.bincount([plies[0].action for plies in begun if plies and plies[0].kind == OPENING], minlength=9)
    assert chisquare(first).pvalue > 1e-4


def test_an_opening_never_ends_the_game():
    settings = replace(SELFPLAY, opening_share=1.0, opening_plies=9, positions=1000)
    series = self_play(GAME, replace(GUMBEL, simulations=2), settings)
    for played in series.finished:
        check_game(GAME, played)
    assert max(sum(ply.kind == OPENING for ply in played.plies) for played in series.finished) >= 7
