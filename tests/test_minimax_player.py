"""minimax:DEPTH against a plain negamax written here from its definition, and its play."""

import pytest
from toy_games import Misere, Planted, Ring

from arena.matches.match import play_match
from arena.players.alpha_beta import WIN_SCORE, begin, go_on
from arena.players.minimax import Minimax
from arena.players.player import RandomPlayer
from games import find
from games.position import Position
from games.rules import ONGOING

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


def slow_score(position, depth):
    """Return (outcome, plies to it) for the player to move, (0, None) where nobody can force anything within the depth.

    Quicker wins and slower losses are better; no pruning, no table, no kernel.
    """
    if position.outcome() != ONGOING:
        return position.outcome(), 0
    if depth == 0:
        return 0, None
    return max((slow_move_score(position, action, depth) for action in position.legal_actions()), key=worth)


def slow_move_score(position, action, depth):
    position.play(action)
    outcome, plies = slow_score(position, depth - 1)
    position.undo()
    return -outcome, None if outcome == 0 else plies + 1


def worth(score):
    outcome, plies = score
    return outcome * (1000 - plies) if outcome else 0


def slow_best_moves(position, depth):
    scores = {action: slow_move_score(position, action, depth) for action in position.legal_actions()}
    best = max(scores.values(), key=worth)
    return worth(best), [action for action, score in scores.items() if worth(score) == worth(best)]


def random_position(game, random, plies):
    """Return a position after at most that many random moves, in which the game goes on."""
    position = Position(game)
    for _ in range(plies):
        position.play(int(random.choice(position.legal_actions())))
        if position.outcome() != ONGOING:
            position.undo()
            break
    return position


@pytest.mark.parametrize(
    ("game", "least_ply", "depths"),
    [
        (TIC_TAC_TOE, 2, (1, 2, 3, 5, 9)),
        (find("connect_four:rows=4,columns=4"), 8, (1, 2, 4, 8)),
        (CONNECT_FOUR, 0, (1, 2, 4)),
        (Misere(11), 0, (1, 3, 6, 11)),
        (Planted(4, 3, -1), 0, (1, 3, 4)),
        (Ring(4), 0, (1, 2, 5, 8)),  # its moves depend on the positions before
    ],
)
def test_scores_and_moves_are_those_of_a_plain_negamax(game, least_ply, depths, random):
    players = {depth: Minimax(game, depth, 0) for depth in depths}
    for _ in range(12):
        position = random_position(game, random, int(random.integers(least_ply, game.max_plies)))
        for depth, player in players.items():
            score, moves = player.best_moves(position)
            expected, expected_moves = slow_best_moves(position, depth)
            plain = 0 if score == 0 else (1 if score > 0 else -1) * (1000 - (WIN_SCORE - abs(score)))
            assert (plain, moves) == (expected, expected_moves), (position.actions, depth)


def test_what_it_thinks(random):
    for _ in range(30):
        position = random_position(TIC_TAC_TOE, random, int(random.integers(0, 8)))
        outcome, plies = slow_score(position, 9) if position.ply > 1 else (0, None)
        thought = Minimax(TIC_TAC_TOE, 9, 0).think(position)
        assert (thought.value, thought.plies) == (outcome, plies)
        assert thought.wdl == tuple(float(outcome == result) for result in (1, 0, -1))
    short_sighted = Minimax(TIC_TAC_TOE, 2, 0).think(Position(TIC_TAC_TOE))
    assert (short_sighted.value, short_sighted.wdl) == (0.0, None)


def test_a_search_that_is_interrupted_goes_on_where_it_stopped():
    whole, pieces = Minimax(CONNECT_FOUR, 6, 0), Minimax(CONNECT_FOUR, 6, 0)
    position = Position(CONNECT_FOUR)
    calls = 0
    for player, nodes in ((whole, 1 << 30), (pieces, 7)):
        stack = player.stack
        stack.states[0] = position.state
        begin(CONNECT_FOUR, stack, 6, 0, 3, -WIN_SCORE, WIN_SCORE)
        while not go_on(CONNECT_FOUR, stack, 6, 0, nodes):
            calls += 1
    assert calls > 10
    assert whole.stack.frames[1].best == pieces.stack.frames[1].best
    assert (whole.stack.cutoffs == pieces.stack.cutoffs).all()


def test_perfect_players_draw_tic_tac_toe():
    result = play_match(Minimax(TIC_TAC_TOE, 9, 1), Minimax(TIC_TAC_TOE, 9, 2), TIC_TAC_TOE, 100, opening_plies=0, seed=3)
    assert result.tally() == (0, 100, 0)


def test_perfect_play_never_loses_to_random_moves():
    result = play_match(Minimax(TIC_TAC_TOE, 9, 1), RandomPlayer(TIC_TAC_TOE, 2), TIC_TAC_TOE, 400, opening_plies=0, seed=3)
    tally = result.tally()
    assert tally.losses == 0
    assert tally.wins > 300


def test_it_never_misses_a_win_in_one_nor_a_win_of_the_other(random):
    """Depth 2 sees both: after its move nobody wins at once unless it could not be helped."""
    player = Minimax(CONNECT_FOUR, 2, 0)
    seen = 0
    while seen < 50:
        position = random_position(CONNECT_FOUR, random, int(random.integers(5, 30)))
        outcome, _ = slow_score(position, 2)
        if outcome == 0:
            continue
        seen += 1
        assert player.think(position).value == outcome
        position.play(player.choose([position])[0])
        assert (position.outcome() == -1) == (outcome == 1)


def test_the_same_seed_plays_the_same_moves():
    def moves(seed):
        player = Minimax(CONNECT_FOUR, 3, seed)
        return [player.choose([Position(CONNECT_FOUR)] * 20) for _ in range(3)]

    assert moves(5) == moves(5)
    assert moves(5) != moves(6)
