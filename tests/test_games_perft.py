"""Golden numbers: how many lines of play there are, counted by walking through all of them."""

import numpy as np
import pytest
from toy_games import Misere, Planted

from games import find
from games.jit import kernel
from games.rules import LOSS, ONGOING, WIN, initial, legal_actions, outcome, play


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
    assert count(find("connect_four"), depth)[0] == lines


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
