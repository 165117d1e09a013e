"""Time controls as texts, and the law of time management: the clock never runs out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.matches.clock import LEAST_SECONDS, TimeControl, budget, read_time_control
from zero.errors import SettingsError

TEXTS = {
    "1s": TimeControl(1.0, per_move=True),
    "500ms": TimeControl(0.5, per_move=True),
    "2": TimeControl(2.0, per_move=True),
    " 1.5m ": TimeControl(90.0, per_move=True),
    "30s+0.3s": TimeControl(30.0, 0.3),
    "30s+0s": TimeControl(30.0),
    "60+0.6": TimeControl(60.0, 0.6),
    "1m+100ms": TimeControl(60.0, 0.1),
    "40/60s": TimeControl(60.0, 0.0, 40),
    "40/1h+.5s": TimeControl(3600.0, 0.5, 40),
}


@pytest.mark.parametrize("text", TEXTS)
def test_time_controls_are_read_and_written(text):
    control = read_time_control(text)
    assert control == TEXTS[text]
    assert read_time_control(str(control)) == control


BAD = ["", "s", "0s", "-1s", "1s+", "+1s", "40/", "/60s", "0/60s", "99999/60s", "1 s", "1d", "nan", "inf", "1e3s", "٣s"]


@pytest.mark.parametrize("text", [*BAD, "1s+2s+3s", "9" * 5000 + "s", "999999999h"])
def test_what_is_no_time_control_is_refused_in_a_line(text):
    with pytest.raises(SettingsError, match="expected") as caught:
        read_time_control(text)
    assert len(str(caught.value)) < 250


seconds = st.floats(0.0, 3600.0)
overheads = st.floats(0.0, 0.5)


increments = st.sampled_from([0.0, 0.01, 0.1, 1.0, 10.0])


@given(st.floats(1.0, 20.0), increments, st.sampled_from([None, 1, 2, 10, 40]), overheads, st.integers(0))
def test_a_clock_never_runs_out_while_moves_cost_no_more_than_the_overhead(room, increment, moves, overhead, seed):
    """Each move costs its budget and nothing or the whole overhead beside it: the clock stays above zero.

    That is owed for 200 moves, or 25 where increments don't pay for the overhead and nobody knows how many moves there
    will be; on clocks that hold the overhead itself and the least that a move can take, `room` times.
    """
    lost = max(0.0, overhead - increment)
    count = 25 if moves is None and increment < overhead + 2 * LEAST_SECONDS else 200
    clock = room * (overhead + (moves or 25) * (lost + 2 * LEAST_SECONDS))
    left, costs = clock, random.Random(seed)
    for move in range(count):
        to_go = None if moves is None else moves - move % moves
        spent = budget(left, increment, to_go, overhead, 2 * move)
        assert spent >= LEAST_SECONDS
        left -= spent + costs.choice([0.0, overhead, overhead])
        assert left >= -1e-9, move
        left += increment
        if moves and to_go == 1:
            left += clock


@given(seconds, seconds, st.floats(0.0, 60.0), st.sampled_from([None, 1, 5, 40]), overheads, st.integers(0, 400))
def test_more_time_on_the_clock_is_never_less_time_for_the_move(one, other, increment, moves, overhead, ply):
    less, more = sorted((one, other))
    assert budget(less, increment, moves, overhead, ply) <= budget(more, increment, moves, overhead, ply)
    assert budget(less, increment, moves, overhead, ply) <= max(LEAST_SECONDS, less)


def test_a_game_gets_most_of_its_clock():
    """Of a minute for a game of forty own moves most is used, and every move gets a share."""
    left, spent = 60.0, []
    for move in range(40):
        spent.append(budget(left, 0.0, None, 0.05, 2 * move))
        left -= spent[-1] + 0.02
    assert 0 < left < 20
    assert min(spent) > 0.5
    assert max(spent) < 4
    assert budget(60.0, 0.0, 1) > 50  # the last move before the clock is filled again may take what is left
    assert budget(0.0) == budget(-5.0) == LEAST_SECONDS
