"""Games of policies side by side: legal, complete, drawn from the policy, and the same whatever is played beside them."""

import numpy as np
import pytest

from games import find
from games.position import Position
from games.rules import ONGOING
from selfplay.policy_games import NO_ACTION, UNIFORM, PolicyGames
from zero.evaluators import Evaluations

TIC_TAC_TOE, CONNECT_FOUR = find("tic_tac_toe"), find("connect_four")
GAMES = [TIC_TAC_TOE, CONNECT_FOUR, find("othello:size=4"), find("go:size=5,history=2")]


class Preferring:
    """Likes an action by its number and by the stones on the board, the same in any batch; remembers what it was shown."""

    def __init__(self, game, strength=1.0, sign=1.0):
        self.game, self.strength, self.sign = game, strength, sign
        self.seen = []

    def submit(self, batch, rows):
        stones = batch.planes[:rows].reshape(rows, -1).sum(1, dtype=np.int64)
        numbers = np.arange(self.game.num_actions)
        logits = self.sign * self.strength * ((numbers + stones[:, None]) % 5).astype(np.float32)
        self.seen.append(batch.planes[:rows].copy())
        return lambda: Evaluations(logits, np.full((rows, 3), 1 / 3, np.float32))


def play(game, count=40, slots=16, seed=3, first=0, policies=None, **more):
    games = PolicyGames(game, policies or [Preferring(game)], slots, seed, first, count, **more)
    steps = [(step.games.copy(), step.plies.copy(), step.planes.copy()) for step in games.steps()]
    return games, steps


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_games_are_played_by_the_rules_to_their_end(game):
    """By Position, one move after the other: planes, lengths and outcomes too."""
    games, steps = play(game)
    shown = {(owner, ply): planes for step in steps for owner, ply, planes in zip(*step, strict=True)}
    assert len(shown) == games.lengths.sum()
    for number in range(games.count):
        position = Position(game)
        for ply in range(games.lengths[number]):
            assert np.array_equal(shown[number, ply], position.planes())
            position.play(int(games.actions[number, ply]))
        assert position.outcome() != ONGOING
        winner = position.winner()
        assert games.outcomes[number] == (0 if winner is None else 1 - 2 * winner)
        assert (games.actions[number, games.lengths[number] :] == NO_ACTION).all()


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_a_game_is_the_same_whatever_is_played_beside_it(game):
    together, _ = play(game, count=40, slots=40)
    few, _ = play(game, count=40, slots=3)
    later, _ = play(game, count=10, slots=7, first=30)
    for name in ("actions", "lengths", "outcomes"):
        assert np.array_equal(getattr(together, name), getattr(few, name))
        assert np.array_equal(getattr(together, name)[30:], getattr(later, name))
    other, _ = play(game, seed=4)
    assert not np.array_equal(together.actions, other.actions)


def test_actions_are_drawn_from_the_policy():
    """The first move of 4,000 games, against softmax: chi-squared with 8 degrees of freedom is below 26.1 with 99.9 %."""
    games, _ = play(TIC_TAC_TOE, count=4000, slots=512)
    board = Position(TIC_TAC_TOE).planes().astype(np.int64).sum()
    weights = np.exp((np.arange(9) + board) % 5)
    expected = 4000 * weights / weights.sum()
    counts = np.bincount(games.actions[:, 0], minlength=9)
    assert ((counts - expected) ** 2 / expected).sum() < 26.1

    even, _ = play(CONNECT_FOUR, count=4900, slots=512, policies=[Preferring(CONNECT_FOUR, 0.0)])
    pairs = np.bincount(even.actions[:, 0] * 7 + even.actions[:, 1], minlength=49)  # plies of a game have streams of their own
    assert ((pairs - 100) ** 2 / 100).sum() < 84.0  # 99.9 % with 48 degrees of freedom


def test_who_moves_and_what_is_forced():
    """Each policy is asked about its own plies only; where nobody is, all legal actions come alike; forced actions come first."""
    game, count = CONNECT_FOUR, 3000
    sharp, other = Preferring(game, 50.0), Preferring(game, 50.0, -1.0)
    movers = np.ones((count, game.max_plies), np.int8)
    movers[:, 2] = UNIFORM
    movers[:, 3:] = 0
    forced = np.array([[3]] * count, np.int32)
    forced[::2] = NO_ACTION
    games, _ = play(game, count, 512, policies=[sharp, other], movers=movers, forced=forced)
    assert (games.actions[1::2, 0] == 3).all()
    for batch, plies in ((np.concatenate(sharp.seen), range(3, 42)), (np.concatenate(other.seen), range(2))):
        stones = batch[:, :2].reshape(len(batch), -1).sum(1)
        assert set(np.unique(stones)) <= set(plies)
        assert len(batch) == sum(int((games.lengths > ply).sum()) for ply in plies) - (count // 2 if 0 in plies else 0)
    counts = np.bincount(games.actions[:, 2], minlength=7)
    assert ((counts - count / 7) ** 2 / (count / 7)).sum() < 22.5  # 99.9 % of chi-squared with 6 degrees of freedom
    for number in range(0, 200, 2):  # what a sharp policy draws is its best action
        position = Position(game)
        for ply in range(min(games.lengths[number], 8)):
            numbers, stones = np.array(position.legal_actions()), int(position.planes().astype(np.int64).sum())
            if ply != 2:
                best = numbers[np.argmax(((numbers + stones) % 5) * (-1 if ply < 2 else 1))]
                ties = (numbers + stones) % 5 == (best + stones) % 5
                assert games.actions[number, ply] in numbers[ties]
            position.play(int(games.actions[number, ply]))
