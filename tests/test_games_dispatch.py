"""Rules dispatch on the class of the game, from Python and in kernels, and say what is missing."""

from typing import NamedTuple

import numpy as np
import pytest
from numba.core.errors import NumbaError

from games import GameError, find
from games.jit import kernel
from games.rules import initial, key, legal_actions, play


class Empty(NamedTuple):
    """A game without rules."""


class Numbered(NamedTuple):
    """A game with one rule, which tells its parameter."""

    number: int = 1


@key.of(Numbered)
def _numbered_key(game, state):
    return game.number


@kernel
def ask(game):
    return key(game, 0)


@kernel
def count_moves(game, states, out):
    initial(game, states[0])
    before = legal_actions(game, states[0], np.empty(0, np.int64), out)
    for _ in range(game.rows):
        play(game, states[0], 0)
    return before, legal_actions(game, states[0], np.empty(0, np.int64), out)


def test_missing_rule_is_named():
    with pytest.raises(GameError, match=r"^Empty has no rule key: define it with @key\.of$"):
        key(Empty(), 0)
    with pytest.raises(GameError, match="int has no rule play"):
        play(7, 0, 0)


def test_missing_rule_inside_a_kernel_does_not_compile():
    with pytest.raises(NumbaError):
        ask(Empty())


def test_other_parameters_are_refused():
    with pytest.raises(
        GameError, match=r"^rule play of Empty: expected the parameters \(game, state, action\), got \(game, state, move\)$"
    ):

        @play.of(Empty)
        def _play(game, state, move):
            """Never registered."""

    assert Empty not in play.kernels


def test_parameters_are_values_not_types():
    """One specialisation serves all sizes of a game."""
    assert [ask(Numbered(number)) for number in (1, 2, 3)] == [1, 2, 3]
    assert len(ask.signatures) == 1
    for rows, columns in ((4, 4), (8, 5), (6, 7)):
        game = find(f"connect_four:rows={rows},columns={columns}")
        assert count_moves(game, np.zeros(1, game.state_dtype), np.zeros(8, np.int32)) == (columns, columns - 1)
    assert len(count_moves.signatures) == 1


def test_a_rule_is_what_its_decorator_returns():
    assert _numbered_key(Numbered(4), 0) == key(Numbered(4), 0) == 4
