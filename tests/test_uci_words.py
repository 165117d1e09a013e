"""UCI's words one by one: `go`, options, scores, strength. No server, no search."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.uci.go import MOST, Go, parse_go, seconds_of
from arena.uci.info import centipawns, permille, score
from arena.uci.options import OPTIONS, Options
from arena.uci.strength import draw, strength_of

PARTS = [("wtime", 1000), ("btime", 2000), ("movestogo", 40), ("nodes", 7), ("infinite", True), ("searchmoves", ("e2e4", "d2d4"))]


def test_the_words_of_go_may_come_in_any_order_and_any_subset():
    for count in range(len(PARTS) + 1):
        for chosen in itertools.permutations(PARTS, count):
            words = []
            for name, value in chosen:
                words += [name] if value is True else [name, *value] if isinstance(value, tuple) else [name, str(value)]
            assert parse_go(words) == (Go(**dict(chosen)), [])


ANY = ["wtime", "nodes", "ponder", "searchmoves", "e2e4", "-5", "0", "9" * 50, "x", "٣", "", "+-3", "mate"]


@given(st.lists(st.sampled_from(ANY)))
def test_whatever_follows_on_go_is_understood_or_told(words):
    go, wrong = parse_go(words)
    assert all(value is None or abs(value) <= MOST for value in go if isinstance(value, int))
    assert all(len(text) < 100 and text.startswith("go: ") for text in wrong)


def test_how_long_to_think():
    assert seconds_of(Go(nodes=5, infinite=True), True, 0.1, 0) is None
    assert seconds_of(Go(movetime=1000), True, 0.1, 0) == 0.9
    assert seconds_of(Go(movetime=100), True, 0.1, 0) == 0.05  # never less than half of what was asked for
    white, black = (seconds_of(Go(wtime=60_000, btime=6_000), side, 0.0, 0) for side in (True, False))
    assert white == pytest.approx(10 * black)
    assert seconds_of(Go(wtime=60_000), False, 0.0, 0) == white  # the only clock that is told is ours
    assert seconds_of(Go(wtime=-500, btime=1000), True, 0.1, 0) == 0.001
    assert seconds_of(Go(wtime=1000, movestogo=0), True, 0.0, 0) == seconds_of(Go(wtime=1000), True, 0.0, 0)
    assert seconds_of(Go(wtime=60_000, winc=5_000), True, 0.1, 0) > white + 3


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_centipawns_grow_with_the_value(one, other):
    assert centipawns(-one) == -centipawns(one)
    if one <= other:
        assert centipawns(one) <= centipawns(other)
    assert abs(centipawns(one)) < 13_000


def test_centipawns_are_those_of_leela():
    for value, expected in ((0.0, 0), (0.25, 37), (0.5, 89), (1.0, 12780)):
        assert centipawns(value) == expected


@given(st.floats(0, 1), st.floats(-1, 1))
def test_chances_add_up_to_a_thousand(chance, sign):
    value = sign * (1 - chance)
    win, tie, loss = map(int, permille(value, chance).split())
    assert win + tie + loss == 1000
    assert min(win, tie, loss) >= 0
    assert (win - loss) / 1000 == pytest.approx(value, abs=0.002)


def test_mates_are_counted_in_moves_of_the_winner():
    """1 ply: we mate now. 2: we are mated on the other's next move. 3: we mate on our second move."""
    assert [score(1.0, plies) for plies in (1, 3, 5)] == ["mate 1", "mate 2", "mate 3"]
    assert [score(-1.0, plies) for plies in (2, 4)] == ["mate -1", "mate -2"]
    assert score(0.0, 4) == "cp 0"
    assert score(1.0, None) == "cp 12780"


def declared():
    """Return kind and rest of each line that declares an option."""
    found = {}
    for line in Options().declared():
        words = line.split(" type ")
        kind, _, rest = words[1].partition(" ")
        found[words[0].removeprefix("option name ")] = (kind, rest)
    return found


def test_every_option_is_declared_and_can_be_set_to_what_it_is():
    options = Options()
    assert list(declared()) == [option.name for option in OPTIONS]
    for option in OPTIONS:
        if option.kind == "button":
            assert options.set(["name", *option.name.split()]) == (option, "")
            continue
        value = declared()[option.name][1].split(" min ")[0].split(" var ")[0].removeprefix("default ")
        for name in (option.name, option.name.upper()):
            assert options.set(["name", *name.split(), "value", *value.split()]) == (option, "")
        for bad in ("spin", "check", "combo"):
            if option.kind == bad or option.number:
                assert options.set(["name", *option.name.split(), "value", "nonsense"])[0] is None
    assert Options().declared() == options.declared()


def test_numbers_and_words_of_options():
    options = Options()
    assert options.number("CPuct") is None
    options.set(["name", "CPuct", "value", "2.5"])
    assert options.number("CPuct") == 2.5
    for bad in ("nan", "inf", "0", "1e9", "", "2,5"):
        assert options.set(["name", "CPuct", "value", bad])[0] is None
    options.set(["name", "CPuct", "value", "auto"])
    assert options.number("CPuct") is None
    assert options.set(["name", "Hash", "value", "0"])[1] == "option Hash: expected a whole number from 1 to 1048576, got '0'"
    options.set(["name", "WeightsFile", "value", "a", "file", "with", "blanks"])
    assert options.text("WeightsFile") == "a file with blanks"
    options.set(["name", "WeightsFile", "value", "<empty>"])
    assert options.text("WeightsFile") == ""
    assert options.set(["Ponder", "value", "true"])[1] == ""  # the word `name` left out


def test_more_elo_is_more_simulations_and_less_chance():
    strengths = [strength_of(elo) for elo in range(700, 3000, 50)]
    for weaker, stronger in itertools.pairwise(strengths):
        assert weaker.simulations <= stronger.simulations
        assert weaker.temperature >= stronger.temperature
    assert strengths[0] == (1, 1.0)
    assert strengths[-1].temperature == 0
    assert strengths[-1].simulations > 10_000


def test_moves_are_drawn_by_their_visits():
    """400 draws at temperature 1 of visits 3 : 1; the chance that a right drawing is refused is below 1e-6 (5 deviations)."""
    chance = random.Random(1)
    assert draw([5, 3, 9], 0.0, chance) == 0
    assert draw([], 1.0, chance) == draw([0, 0], 1.0, chance) == 0
    drawn = [draw([300, 100, 0], 1.0, chance) for _ in range(400)]
    assert abs(drawn.count(0) - 300) < 5 * (400 * 0.75 * 0.25) ** 0.5
    assert drawn.count(2) == 0
    assert {draw([300, 100], 1e-9, chance) for _ in range(50)} == {0}
    hot = [draw([300, 100], 1e9, chance) for _ in range(400)]
    assert abs(hot.count(0) - 200) < 5 * 10
