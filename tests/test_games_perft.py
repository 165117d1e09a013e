"""Golden numbers: how many lines of play there are, counted by walking through all of them."""

import numpy as np
import pytest
from toy_games import Misere, Planted, Ring

from games import find
from games.jit import kernel
from games.perft import divide, perft
from games.position import Position, position_of
from games.rules import LOSS, ONGOING, WIN, initial, legal_actions, outcome, play
from zero.cli import main


@kernel
def walk(game, depth, states, legal, ends):
    """Return the number of lines of `depth` plies; count the games that end on the way.

    states: [depth + 1] records, scratch; legal: [depth + 1, max_legal] int32, scratch;
    ends:   [3] int64, modified: games won by the player who began, drawn, won by the other.
    """
    left = np.zeros(depth + 1, np.int64)
    nothing = np.empty(0, np.int64)
    initial(game, states[0])
    left[0] = legal_actions(game, states[0], nothing, legal[0])
    ply, lines = 0, 0
    while ply >= 0:
        if left[ply] == 0:
            ply -= 1
            continue
        left[ply] -= 1
        states[ply + 1] = states[ply]
        play(game, states[ply + 1], legal[ply, left[ply]])
        lines += ply + 1 == depth
        result = outcome(game, states[ply + 1], nothing)
        if result != ONGOING:
            first = result if ply % 2 == 1 else -result
            ends[0 if first == WIN else 2 if first == LOSS else 1] += 1
        elif ply + 1 < depth:
            ply += 1
            left[ply] = legal_actions(game, states[ply], nothing, legal[ply])
    return lines


def count(game, depth):
    ends = np.zeros(3, np.int64)
    legal = np.zeros((depth + 1, game.max_legal), np.int32)
    return walk(game, depth, np.zeros(depth + 1, game.state_dtype), legal, ends), ends.tolist()


@pytest.mark.parametrize(
    ("depth", "lines"),
    [(1, 7), (2, 49), (3, 343), (4, 2401), (5, 16807), (6, 117649), (7, 823536), (8, 5673234), (9, 39394572)],
)
def test_connect_four(depth, lines):
    assert perft(Position(find("connect_four")), depth) == lines


@pytest.mark.parametrize(
    ("depth", "lines"),
    [(0, 1), (1, 9), (2, 72), (3, 504), (4, 3024), (5, 15120), (6, 54720), (7, 148176), (8, 200448), (9, 127872), (10, 0)],
)
def test_tic_tac_toe(depth, lines):
    assert perft(Position(find("tic_tac_toe")), depth) == lines


def test_divide_and_positions():
    game = find("connect_four")
    found = divide(Position(game), 5)
    assert list(found) == [*range(7)]
    assert sum(found.values()) == 16807
    position = position_of(game, "4444")
    assert sum(divide(position, 6).values()) == perft(position, 6)
    after = position_of(game, "44443")
    assert divide(position, 6)[2] == perft(after, 5)
    won = position_of(game, "4142434")
    assert (perft(won, 0), perft(won, 3)) == (1, 0)


def test_a_past_counts():
    """In the ring no position may come twice, so what was before the start matters."""
    ring = Ring(5)
    position = Position(ring)
    for _ in range(4):
        lines, ends = walk_on(position, 6)
        assert perft(position, 6) == lines
        assert lines or ends
        if position.outcome() != ONGOING:
            break
        position.play(position.legal_actions()[0])


def walk_on(position, depth):
    """Return how many lines of `depth` plies there are, and how many end before, by playing and taking back."""
    if depth == 0:
        return 1, 0
    if position.outcome() != ONGOING:
        return 0, 1
    lines = ends = 0
    for action in position.legal_actions():
        position.play(action)
        more, ended = walk_on(position, depth - 1)
        lines, ends = lines + more, ends + ended
        position.undo()
    return lines, ends


def test_the_command(capsys):
    assert main(["perft", "connect_four", "3", "--divide", "--position", "44"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:7] == [f"{column}: 49" for column in range(1, 8)]
    assert lines[7] == "343"
    assert lines[8].endswith(" s")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["connect_four", "-1"], "expected depth from 0 to 64, got -1"),
        (["connect_fou", "1"], "unknown game 'connect_fou' (did you mean connect_four?)"),
        (["connect_four", "1", "--position", "448"], "move 3 of '448': expected a column from 1 to 7, got '8'"),
        (["connect_four", "1", "--position", "4444444"], "move 7 of '4444444': 4 is not legal here"),
        (["connect_four", "1", "--position", "41424342"], "move 8 of '41424342': the game is over before it"),
    ],
)
def test_bad_input(words, expected, refused):
    assert expected in refused("perft", *words)


def test_tic_tac_toe_complete_games():
    _, ends = count(find("tic_tac_toe"), 9)
    assert ends == [131184, 46080, 77904]
    assert sum(ends) == 255168


def test_toys():
    assert count(Planted(length=4, width=3, result=1), 4) == (81, [81, 0, 0])
    assert count(Planted(length=5, width=2, result=-1), 5) == (32, [0, 0, 32])
    # Ways to write 4 as an ordered sum of 1, 2, 3: 1111 22 112 121 211 13 31; who takes last loses, so an even number
    # of parts wins for the player who began.
    assert count(Misere(4), 4)[1] == [4, 0, 3]
