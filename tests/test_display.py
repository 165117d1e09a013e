"""What a training run shows on a terminal."""

import io
import math

import pytest
from rich.console import Console

from selfplay.display import COLUMNS, SHOWN_GENERATIONS, Plain, Terminal, display_for, duration

LINE = {
    "generation": 1,
    "games": 40,
    "simulations_per_second": 12345.6,
    "cached_share": 0.523,
    "policy_loss": 1.2345,
    "value_loss": math.nan,
    "rating": -17.4,
    "play_seconds": 12.3,
    "learn_seconds": 4.5,
}


@pytest.fixture
def terminal():
    shown = Terminal(COLUMNS)
    shown.console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    shown.live.console = shown.console
    return shown


def text_of(shown):
    console = Console(file=io.StringIO(), width=100)
    console.print(shown)
    return console.file.getvalue()


def test_table(terminal):
    for generation in range(1, 20):
        terminal.generation({**LINE, "generation": generation})
    terminal.phase("playing", 0.4, {"simulations_per_second": 999.9, "cached": 0.25, "left": 125.0})
    text = text_of(terminal)
    rows = [line.split() for line in text.splitlines() if "12,346" in line]
    assert [row[0] for row in rows] == [str(generation) for generation in range(20 - SHOWN_GENERATIONS, 20)]
    assert rows[0][1:] == ["40", "12,346", "52%", "1.234", "-", "-17", "12+4"]
    assert "1,000 sims/s, 25% from the cache" in text
    assert "time left 2:05" in text


def test_without_numbers(terminal):
    assert "preparing" in text_of(terminal)
    terminal.phase("learning", 1.5, {"left": None})
    assert "time left" not in text_of(terminal)


def test_live(terminal):
    with terminal as shown:
        shown.say("going on after [generation] 3")
        shown.phase("learning", 0.5, {})
        shown.generation(LINE)
    assert "going on after [generation] 3" in terminal.console.file.getvalue()


def test_which_display(capsys):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    assert isinstance(display_for(io.StringIO()), Plain)
    assert isinstance(display_for(Screen()), Terminal)


def test_plain_line_without_a_loss(capsys):
    plain = Plain(COLUMNS)
    plain.phase("playing", 0.0, {"left": None})
    plain.generation(LINE)
    assert capsys.readouterr().out == (
        "generation 1  games 40  sims/s 12,346  cache 52%  policy loss 1.234  value loss -  rating -17  seconds 12+4\n"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (-3, "0:00"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03")])
def test_duration(seconds, text):
    assert duration(seconds) == text
