"""GTP in words: lines, vertices, the wishes of an analysis, and clocks."""

import numpy as np
import pytest

from arena.gtp.analysis import lower_bound, read_wishes
from arena.gtp.clock import Clock, Left, Terms
from arena.gtp.protocol import failure, read_request, success
from arena.gtp.vertices import read_vertex, vertex_of
from games import MoveError, find
from games.position import Position
from games.rules import ONGOING

GAMES = ["go:size=9", "go:size=19", "hex:size=11", "hex:size=3,swap=True", "othello", "gomoku"]
GAMES += ["gomoku:rows=4,columns=9,length=4"]


def test_lines():
    assert read_request("7 play b E5 # yes\r") == ("7", "play", ["b", "E5"])
    assert read_request("\x07pl\x01ay\tb\tE5") == ("", "play", ["b", "E5"])
    assert [read_request(line) for line in ("", "  ", "# play", "\r", "\x01")] == [None] * 5
    assert success("3", "a\n\nb\n") == "=3 a\nb\n\n"
    assert success("", "") == "=\n\n"
    assert failure("4", "a\nb") == "?4 a b\n\n"


@pytest.mark.parametrize("spec", GAMES)
def test_every_move_has_a_vertex_and_comes_back_from_it(spec, random):
    game = find(spec)
    position = Position(game)
    while position.outcome() == ONGOING and position.ply < 12:
        actions, player = position.legal_actions(), position.to_play
        vertices = [vertex_of(game, player, action) for action in actions]
        assert len(set(vertices)) == len(actions)
        for action, vertex in zip(actions, vertices, strict=True):
            assert {read_vertex(game, player, text) for text in (vertex, vertex.lower(), vertex.upper())} == {action}
            assert game.name == "hex" or "I" not in vertex
        position.play(int(random.choice(actions)))


@pytest.mark.parametrize("text", ["", "E", "5", "I5", "T1", "E0", "E05", "E10", "Ｅ5", "E５", "resign", "swap", "E5 ", "EE5"])
def test_what_is_no_vertex(text):
    with pytest.raises(MoveError):
        read_vertex(find("go"), 0, text)


def test_the_column_of_a_vertex():
    """GTP leaves I out; Hex programs don't; our own names of Gomoku don't either."""
    go, gomoku, hexagons = find("go:size=19"), find("gomoku"), find("hex")
    assert go.move_name(None, read_vertex(go, 0, "j10")) == "J10"
    assert gomoku.move_name(None, read_vertex(gomoku, 0, "J10")) == "i10"
    assert hexagons.move_name(Position(hexagons).state, read_vertex(hexagons, 0, "i10")) == "i10"


def test_wishes():
    text = "B 25 minmoves 3 maxmoves 7 avoid b C3,pass 1 allow w D4 50 rootInfo true ownership true"
    wishes = read_wishes(text.split())
    assert (wishes.player, wishes.interval, wishes.fewest, wishes.most, wishes.root_info) == (0, 0.25, 3, 7, True)
    assert (wishes.avoid, wishes.allow) == ([(0, "C3,pass")], [(1, "D4")])
    assert read_wishes(["50"]).interval == 0.5
    assert read_wishes(["white"]).player == 1


def test_the_lower_bound():
    """It covers: of games won with a probability, it lies below that in 95 of 100 samples and more, where there are enough."""
    generator = np.random.default_rng(1)
    for share in (0.2, 0.5, 0.8):
        wins = generator.binomial(400, share, 2000) / 400
        covered = np.mean([lower_bound(2 * win - 1, 400) <= share for win in wins])
        assert covered > 0.95


def test_clocks():
    clock = Clock()
    assert clock.budget(0, 30) is None
    clock.set(Terms(300, 0, 0))
    assert 5 < clock.budget(0, 30) < 300 / 30
    clock.spend(0, 100)
    assert clock.left[0] == (200, 0)
    assert clock.left[1] == (300, 0)
    clock.tell(0, Left(0.05, 0))
    assert 0 < clock.budget(0, 30) <= 0.05
    clock.set(Terms(0, 30, 5))
    assert 4 < clock.budget(1, 30) < 6
    for _ in range(5):
        clock.spend(1, 2)
    assert clock.left[1] == (30, 5)
    clock.set(Terms(10, 20, 3, byoyomi=True))
    clock.spend(0, 11)
    assert clock.left[0] == (20, 3)
    assert 15 < clock.budget(0, 30) < 20
    clock.spend(0, 15)
    assert clock.left[0] == (20, 3)


@pytest.mark.parametrize(("size", "seconds"), [(9, 20), (13, 60), (19, 120)])
def test_a_clock_never_runs_out(size, seconds, random):
    """A long game, with a little lost on every move, ends with time left; a good part of it is spent."""
    clock, area = Clock(), size * size
    clock.set(Terms(seconds, 0, 0))
    for stones in range(0, 3 * area // 2, 2):
        clock.spend(0, clock.budget(0, max(0, area - stones) // 3) + 0.05 * random.random())
        assert clock.left[0].seconds > 0
        if stones > area:
            assert clock.left[0].seconds < seconds / 3
