"""A game on the table without a screen: laws of undo, side lines and values, on random games."""

import pytest

from arena.tui.session import Session
from games import find
from games.position import Position
from games.rules import ONGOING

GAMES = ["tic_tac_toe", "connect_four", "othello:size=4"]


def random_move(session, random):
    session.play(int(random.choice(session.position.legal_actions())))


def play_on(session, random, plies):
    for _ in range(plies):
        if not session.over:
            random_move(session, random)


@pytest.mark.parametrize("spec", GAMES)
def test_analysis_leaves_the_game_as_it_was(spec, random):
    """Whatever is stepped through and tried, the game and its values come back, and the position shown is always the line's."""
    for _ in range(30):
        session = Session(Position(find(spec)), (False, False))
        for _ in range(6):
            if not session.over:
                session.note(float(random.uniform(-1, 1)))
                random_move(session, random)
        game, values = list(session.actions), dict(session.values)
        session.analysis = True
        for _ in range(40):
            if random.random() < 0.5 or session.over:
                session.step(int(random.integers(-3, 4)))
            else:
                random_move(session, random)
                session.note(float(random.uniform(-1, 1)))
            assert session.position.actions == session.line[: session.at]
            assert session.actions == game
            assert session.on_side_line or session.line == game
            assert all(0 <= ply <= len(session.line) for ply in session.values)
        session.back_to_game()
        assert (session.line, session.at, session.analysis, session.on_side_line) == (game, len(game), False, False)
        assert {ply: session.values[ply] for ply in values if ply in session.values}.keys() == values.keys()


@pytest.mark.parametrize("spec", GAMES)
def test_undo_gives_the_move_to_a_person(spec, random):
    """Against the reference: the longest shorter game in which a person is to move, and a move of a person follows."""
    game = find(spec)
    for machines in ((False, True), (True, False), (False, False), (True, True)):
        for plies in range(8):
            session = Session(Position(game), machines)
            play_on(session, random, plies)
            before = list(session.line)
            players = [Position(game).to_play]
            replay = Position(game)
            for action in before:
                replay.play(action)
                players.append(replay.to_play)
            options = [ply for ply in range(len(before)) if not machines[players[ply]]]
            if machines == (True, True):
                options = [len(before) - 1] if before else []
            assert session.undo() == bool(options)
            assert session.line == session.position.actions == before[: options[-1] if options else len(before)]
            if options and machines == (True, True):
                assert session.paused
                assert not session.machine_moves


def test_undo_while_the_machine_thinks_takes_back_one_move(random):
    session = Session(Position(find("connect_four")))
    session.play(3)
    assert session.machine_moves
    assert session.undo()
    assert session.line == []
    assert session.person_moves
    assert not session.undo()


def test_values_are_for_the_player_who_began():
    session = Session(Position(find("connect_four")))
    session.note(0.5)
    session.play(3)
    session.note(0.25)
    session.note(-1.0, 0)
    assert session.values == {0: -1.0, 1: -0.25}


def test_going_on_from_a_position_makes_it_the_game(random):
    session = Session(Position(find("connect_four")), (False, False))
    for action in (3, 3, 2, 2):
        session.play(action)
    session.step(-2)
    assert session.analysis
    session.play(6)
    session.go_on_from_here()
    assert session.actions == session.line == [3, 3, 6]
    assert not session.analysis
    assert session.person_moves


def test_a_game_is_unsaved_where_it_has_moves_that_the_file_has_not():
    session = Session(Position(find("connect_four")), (False, False))
    assert not session.unsaved
    session.play(3)
    assert session.unsaved
    session.saved = [3]
    assert not session.unsaved
    session.play(2)
    assert session.unsaved
    session.saved = [3, 2]
    session.undo()
    assert not session.unsaved  # the file has all of it
    session.play(1)
    assert session.unsaved


def test_in_analysis_and_pause_the_machine_rests(random):
    session = Session(Position(find("tic_tac_toe")), (True, True))
    assert session.machine_moves
    session.paused = True
    assert not session.machine_moves
    session.paused, session.analysis = False, True
    assert not session.machine_moves
    assert session.person_moves
    session.analysis = False
    while not session.over:
        random_move(session, random)
    assert not session.machine_moves
    assert session.position.outcome() != ONGOING
    assert session.whole().actions == session.actions
