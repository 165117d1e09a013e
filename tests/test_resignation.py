"""Giving up: never before it is measured, at a threshold that is seldom wrong, and not in games that are played on."""

import json
from dataclasses import replace

import numpy as np
import pytest
from played_games import check_game, self_play

from games import find
from selfplay.moves import plays_on
from selfplay.resignation import KEPT_GAMES, LEAST_GAMES, NEVER, Resignation, Watched
from selfplay.settings import SelfPlaySettings
from selfplay.slots import OPENING
from zero.errors import SettingsError
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
SEARCH = SearchSettings(policy="gumbel", simulations=12)
SETTINGS = SelfPlaySettings(games=12, positions=2500, cache_mb=1.0, threads=1, resign=True, play_on_share=0.3)
THRESHOLD = -0.15


@pytest.fixture(scope="module")
def series():
    return self_play(GAME, SEARCH, SETTINGS, generations=2, resign_below=THRESHOLD)


def test_games_given_up(series):
    """Lost for the one who gave up, at the first move whose best value is below the threshold."""
    given_up = [played for played in series.finished if played.given_up]
    assert 50 < len(given_up) < len(series.finished) - 50
    for played in series.finished:
        check_game(GAME, played)
    for played in given_up:
        assert played.plies[-1].best < THRESHOLD
        assert all(ply.best >= THRESHOLD for ply in played.plies[:-1] if ply.kind != OPENING)
        assert played.outcome == (-1 if len(played.plies) % 2 else 1)


def test_games_played_on(series):
    """A share of the games, and nobody gives up in them."""
    flagged = [played for played in series.finished if plays_on(0, played.number, 0.3)]
    others = [played for played in series.finished if not plays_on(0, played.number, 0.3)]
    assert not any(played.given_up for played in flagged)
    low = [any(ply.best < THRESHOLD for ply in played.plies if ply.kind != OPENING) for played in flagged]
    assert sum(low) > 10
    for played in others:
        assert played.given_up == any(ply.best < THRESHOLD for ply in played.plies if ply.kind != OPENING)


def test_share_of_games_played_on():
    count = sum(bool(plays_on(5, number, 0.1)) for number in range(10_000))
    assert abs(count - 1000) < 5 * np.sqrt(900)  # five standard errors
    assert not any(plays_on(5, number, 0.0) for number in range(100))
    assert all(plays_on(5, number, 1.0) for number in range(100))


def test_nobody_gives_up_where_nobody_may():
    series = self_play(GAME, SEARCH, SETTINGS)
    assert not any(played.given_up for played in series.finished)
    assert any(ply.best < THRESHOLD for played in series.finished for ply in played.plies)


def test_what_is_watched(series):
    """The lowest best value of each player in the games played on, and the loser."""
    resignation = Resignation(SETTINGS, seed=0)
    for records in series.records:
        resignation.add(records)
    expected = []
    for played in series.finished:
        if plays_on(0, played.number, 0.3):
            lows = [1.0, 1.0]
            for index, ply in enumerate(played.plies):
                if ply.kind != OPENING:
                    lows[index % 2] = min(lows[index % 2], ply.best)
            expected.append(Watched((lows[0], lows[1]), {1: 1, 0: -1, -1: 0}[played.outcome]))
    assert list(resignation.watched) == expected[-KEPT_GAMES:]
    assert len(expected) > LEAST_GAMES


def measured(games, **changes):
    """Return what resigns after watching these games."""
    resignation = Resignation(replace(SETTINGS, **changes), seed=0)
    resignation.watched.extend(games)
    return resignation


LOST = Watched((-0.95, 0.3), 0)  # the player who began saw it coming, and lost
SAVED = Watched((-0.7, -0.95), 1)  # the one who won had been as low as -0.7
DRAWN = Watched((0.1, -0.8), -1)
CALM = Watched((-0.1, 0.0), 1)


def test_never_while_too_few_games_are_known():
    assert measured([LOST] * (LEAST_GAMES - 1)).threshold == NEVER
    assert measured([LOST] * LEAST_GAMES).threshold > NEVER
    assert measured([LOST] * 500, resign=False).threshold == NEVER


def test_false_positives_are_games_that_would_not_have_been_lost():
    mixed = measured([LOST] * 90 + [SAVED] * 6 + [DRAWN] * 4 + [CALM] * 100)
    assert mixed.false_positives(-0.99) == 0  # nobody falls below it
    assert mixed.false_positives(-0.9) == 0  # 96 games end there, all of them lost
    assert mixed.false_positives(-0.75) == pytest.approx(4 / 100)
    assert mixed.false_positives(-0.6) == pytest.approx(10 / 100)


@pytest.mark.parametrize(
    ("games", "threshold"),
    [
        ([LOST] * 100, -0.5),
        ([LOST] * 96 + [SAVED] * 4, -0.5),
        ([LOST] * 94 + [SAVED] * 6, -0.7),  # below -0.7 and not at it
        ([LOST] * 90 + [DRAWN] * 10, -0.8),
        ([LOST] * 90 + [SAVED] * 4 + [DRAWN] * 6, -0.8),
        ([Watched((-1.0, -1.0), 1)] * 100, NEVER),
        ([CALM] * 100, -0.5),
    ],
)
def test_threshold_is_the_highest_that_is_seldom_wrong(games, threshold):
    resignation = measured(games)
    assert resignation.threshold == pytest.approx(threshold)
    assert resignation.false_positives(resignation.threshold) <= 0.05


def test_share_of_mistakes_is_a_setting():
    games = [LOST] * 90 + [DRAWN] * 10
    assert measured(games, resign_false_positives=0.1).threshold == pytest.approx(-0.5)
    assert measured(games, resign_false_positives=0.0).threshold == pytest.approx(-0.8)


def test_going_on_from_numbers():
    before = measured([LOST, SAVED, DRAWN, CALM] * 20)
    after = Resignation(SETTINGS, seed=0)
    after.load(json.loads(json.dumps(before.numbers())))
    assert after.watched == before.watched
    assert after.threshold == before.threshold


def test_only_recent_games_count():
    resignation = measured([DRAWN] * KEPT_GAMES + [LOST] * KEPT_GAMES)
    assert len(resignation.watched) == KEPT_GAMES
    assert resignation.threshold == pytest.approx(-0.5)


def test_nothing_is_watched_where_nobody_resigns(series):
    resignation = Resignation(replace(SETTINGS, resign=False), seed=0)
    resignation.add(series.records[0])
    assert resignation.numbers() == []


def test_to_resign_without_measuring_is_refused():
    with pytest.raises(SettingsError, match=r"^expected play_on_share > 0: resign measures its mistakes on "):
        replace(SETTINGS, play_on_share=0.0)
