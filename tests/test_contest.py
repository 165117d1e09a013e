"""The loop that plays many games: batches, order, endings, time."""

from collections import Counter

import pytest
from scripted_players import Scripted
from toy_games import Planted

from arena.matches.adjudicate import DRAWN, Adjudication
from arena.matches.clock import TimeControl
from arena.matches.contest import Conditions, Contest, ContestStoppedError, Pairing
from arena.matches.stopwatch import GRACE, Stopwatch
from arena.players.player import RandomPlayer
from games import find
from games.position import Position
from games.rules import ONGOING
from zero.errors import SettingsError

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


def all_pairings(players, game, rounds=1):
    return [
        Pairing(one, other, Position(game))
        for _ in range(rounds)
        for one in range(players)
        for other in range(players)
        if one != other
    ]


def test_every_game_is_played_by_its_players_to_its_end():
    players = [RandomPlayer(TIC_TAC_TOE, seed) for seed in range(4)]
    pairings = all_pairings(4, TIC_TAC_TOE, 10)
    played = list(Contest(players).play(pairings))
    assert sorted(game.number for game in played) == list(range(len(pairings)))
    for game in played:
        assert game.pairing == pairings[game.number]
        assert game.position.outcome() != ONGOING
        assert game.winner == game.position.winner()
        assert game.ending == "rules"
        assert len(game.thoughts) == game.position.ply
        assert [thought.action for thought in game.thoughts] == game.position.actions
        assert game.points(game.pairing.first) + game.points(game.pairing.second) == 1.0
        assert not game.pairing.opening.actions  # left as it was


def test_a_player_considers_all_positions_that_wait_for_it_whoever_the_opponents_are():
    game = Planted(5, 3, 0)
    players = [Scripted(game) for _ in range(3)]
    pairings = [Pairing(*pair, Position(game)) for pair in ((0, 1), (0, 2), (1, 0), (2, 0), (1, 2), (2, 1))] * 10
    list(Contest(players).play(pairings))
    plies = sum(len(call) for player in players for call in player.calls)
    calls = sum(len(player.calls) for player in players)
    assert plies == 60 * 5
    assert [len(players[0].calls[0]), plies / calls >= 20] == [20, True]


def test_no_player_gets_more_games_at_once_than_it_wants_and_they_begin_in_order():
    game = Planted(6, 3, 0)
    running = Counter()

    class Counted(Scripted):
        def attempt(self, positions):
            for i in range(3):
                running[i] = max(running[i], sum(i in one.pairing[:2] for one in contest.running))
            running["all"] = max(running["all"], len(contest.running))
            return super().attempt(positions)

    contest = Contest([Counted(game, at_once=2), Counted(game, at_once=5), Counted(game)], Conditions(at_once=6))
    pairings = all_pairings(3, game, 6)
    assert len(list(contest.play(pairings))) == len(pairings)
    assert running == {0: 2, 1: 5, 2: 5, "all": 6}
    alone = Contest([Scripted(game, at_once=1), Scripted(game)]).play(pairings[:1] * 9)
    assert [game.number for game in alone] == list(range(9))


def test_numbers_can_be_given():
    game = Planted(3, 2, 1)
    played = Contest([Scripted(game), Scripted(game)]).play([Pairing(0, 1, Position(game))] * 3, [7, 3, 9])
    assert sorted(one.number for one in played) == [3, 7, 9]


def test_who_fails_loses_that_game_and_the_others_go_on():
    game = CONNECT_FOUR
    good, bad = Scripted(game, "good"), Scripted(game, "bad", failing=(1, 25))
    pairings = all_pairings(2, game, 10)
    played = list(Contest([good, bad]).play(pairings))
    failed = [one for one in played if one.ending == "failure"]
    assert len(played) == 20
    assert len(failed) == 2
    for one in failed:
        assert one.points(1) == 0.0
        assert one.note == "has ended"
        assert one.position.outcome() == ONGOING


def test_a_failure_stops_the_contest_where_that_is_asked_for_and_loses_no_game():
    game = Planted(4, 2, 1)
    good, bad = Scripted(game, "good"), Scripted(game, "bad", failing=(10,))
    seen = []
    games = Contest([good, bad], Conditions(stop_on_failure=True, at_once=4)).play(all_pairings(2, game, 50))
    with pytest.raises(ContestStoppedError, match=r"stopped at game \d+, as asked: bad has ended"):
        seen.extend(games)
    assert Counter(one.ending for one in seen)["failure"] == 1
    assert len(seen) >= 4


@pytest.mark.parametrize("control", [TimeControl(0.2, per_move=True), TimeControl(0.3), TimeControl(0.3, 0.001, 40)])
def test_who_takes_too_long_loses_on_time(control):
    quick, slow = Scripted(CONNECT_FOUR), Scripted(CONNECT_FOUR, delay=0.35 if control.per_move else 0.09)
    played = list(Contest([quick, slow], Conditions(time_control=control)).play(all_pairings(2, CONNECT_FOUR)))
    assert [one.ending for one in played] == ["time"] * 2
    assert [one.points(1) for one in played] == [0.0] * 2
    most = 0 if control.per_move else 5
    assert all(len(one.thoughts) <= 2 * most + 1 for one in played)


def test_a_clock_for_some_moves_is_filled_again_after_them():
    clock = Stopwatch(TimeControl(1.0, 0.25, 2))
    told = []
    for seconds in (0.5, 0.5, 1.0, 0.5):
        told.append(clock.time_left(0))
        assert clock.spend(0, seconds)
    assert [left.moves_to_go for left in told] == [2, 1, 2, 1]
    assert [left.clock for left in told] == [(1.0, 1.0), (0.75, 1.0), (1.5, 1.0), (0.75, 1.0)]
    assert clock.left == [1.5, 1.0]
    assert not clock.spend(0, 1.5 + 2 * GRACE)
    assert clock.spend(1, 1.0 + GRACE / 2)  # a little late is forgiven, once
    assert not clock.spend(1, 0.25 + GRACE)


def test_an_increment_keeps_a_clock_running():
    control = TimeControl(0.2, 0.1)
    players = [Scripted(CONNECT_FOUR, delay=0.02) for _ in range(2)]
    played = list(Contest(players, Conditions(time_control=control)).play(all_pairings(2, CONNECT_FOUR)))
    assert {one.ending for one in played} == {"rules"}
    assert players[0].time_left.clock is not None
    assert 0.001 < players[0].time_left.seconds < players[0].time_left.clock[0]


def test_games_with_clocks_are_played_one_at_a_time_and_others_share_the_time_of_a_call():
    clocked = [Scripted(TIC_TAC_TOE) for _ in range(2)]
    list(Contest(clocked, Conditions(time_control=TimeControl(60.0))).play(all_pairings(2, TIC_TAC_TOE, 5)))
    assert {len(call) for player in clocked for call in player.calls} == {1}
    timed = [Scripted(TIC_TAC_TOE, delay=0.01) for _ in range(2)]  # 20 positions take 0.2 s: 0.01 s each
    conditions = Conditions(time_control=TimeControl(0.001, per_move=True))
    played = list(Contest(timed, conditions).play(all_pairings(2, TIC_TAC_TOE, 20)))
    assert {one.ending for one in played} == {"rules"}
    assert max(len(call) for player in timed for call in player.calls) == 40


@pytest.mark.parametrize(
    ("a", "b", "winner"),
    [
        ((0.9, -0.9), (0.9, -0.9), 0),  # by side to move: all expect side 0 to win
        ((-0.9, 0.9), (-0.9, 0.9), 1),
        ((0.9, 0.9), (0.9, 0.9), "rules"),  # each expects to win: no agreement
        ((0.9, -0.9), (None, None), "rules"),
        ((0.9, -0.7), (0.9, -0.7), "rules"),
        ((0.01, 0.01), (0.0, -0.02), DRAWN),
        ((0.01, 0.01), (0.2, -0.2), "rules"),
    ],
)
def test_what_both_sides_agree_on_ends_the_game(a, b, winner):
    adjudication = Adjudication(resign_value=0.8, resign_plies=4, draw_value=0.05, draw_plies=6, draw_after=7)
    game = Planted(20, 3, 0)
    players = [Scripted(game, value=a), Scripted(game, value=b)]
    for one in Contest(players, Conditions(adjudication)).play(all_pairings(2, game)):
        if winner == "rules":
            assert one.ending == "rules"
            continue
        assert one.ending == "adjudication"
        assert one.winner == (None if winner == DRAWN else winner)
        assert len(one.thoughts) == (7 if winner == DRAWN else 4)


def test_games_that_last_too_long_are_draws():
    game = Planted(20, 3, 1)
    players = [Scripted(game), Scripted(game)]
    for most, ending, winner in ((5, "adjudication", None), (30, "rules", 0)):
        (one, *_) = Contest(players, Conditions(Adjudication(max_plies=most))).play(all_pairings(2, game))
        assert (one.ending, one.winner) == (ending, one.position.winner() if winner is not None else None)
        assert len(one.thoughts) == min(most, 20)


def test_adjudication_that_makes_no_sense_is_refused():
    for name, value in (("resign_value", 0.0), ("resign_value", 1.5), ("draw_value", -1), ("resign_plies", 1), ("max_plies", 0)):
        with pytest.raises(SettingsError, match=f"expected {name}"):
            Adjudication(**{name: value})
