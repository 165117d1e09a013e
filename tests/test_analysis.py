"""One position searched step by step: proofs, limits, kept trees, and the thread around it."""

import threading

import numpy as np
import pytest

from arena.analysis.analyst import CHUNK, Analyst, analyst_of
from arena.analysis.thinker import Limit, Thinker
from games import find
from games.position import Position, position_of
from games.rules import ONGOING
from zero.errors import PlayerError
from zero.evaluators import Rollouts, Uniform


def exact(position: Position) -> tuple[int, int]:
    """Return (value, plies to the end) for the player to move, by minimax: wins soon, losses late."""
    result = position.outcome()
    if result != ONGOING:
        return result, 0
    found = []
    for action in position.legal_actions():
        position.play(action)
        value, plies = exact(position)
        position.undo()
        found.append((-value, plies + 1))
    best = max(value for value, _ in found)
    lengths = [plies for value, plies in found if value == best]
    return best, min(lengths) if best == 1 else max(lengths)


@pytest.fixture
def analyst():
    return Analyst(find("tic_tac_toe"), "rollouts", Rollouts, room_mb=16, cache_mb=0)


@pytest.mark.parametrize("cells", ["0", "04", "048", "0481", "01", "04815", "12", "0437"])
def test_what_is_proven_is_so(analyst, cells):
    position = position_of(analyst.game, " ".join(Position(analyst.game).move_names()[int(cell)] for cell in cells))
    report = analyst.search(position, 1500)
    proven = [line for line in report.lines if line.plies is not None]
    assert proven or len(cells) < 4
    for line in proven:
        position.play(line.action)
        value, plies = exact(position)
        position.undo()
        assert line.value == -value
        assert line.plies >= plies + 1 if line.value == 1 else line.plies <= plies + 1  # as far as searched
    assert report.lines[0].pv[0] == report.action
    assert sum(report.wdl) == pytest.approx(1)


@pytest.mark.parametrize("cells", ["0481", "04815", "0437", "01436"])
def test_a_small_game_searched_to_its_end_is_proven_exactly(analyst, cells):
    position = position_of(analyst.game, " ".join(Position(analyst.game).move_names()[int(cell)] for cell in cells))
    report = analyst.search(position, 8000)
    assert (report.value, report.lines[0].plies) == exact(position) or report.lines[0].plies == 1
    assert len(report.lines[0].pv) == report.lines[0].plies


def test_a_limit_of_simulations_is_kept_to_the_visit(analyst):
    for simulations in (1, 2, 63, 64, 65, 500):
        analyst.forget()
        report = analyst.search(Position(analyst.game), simulations)
        assert report.simulations == simulations + 1  # the evaluation of the root counts beside them
        assert sum(line.visits for line in report.lines) == simulations


def test_a_position_that_follows_keeps_its_subtree():
    game = find("connect_four")
    analyst = Analyst(game, "uniform", Uniform, room_mb=16)
    position = Position(game)
    first = analyst.search(position, 2000)
    child = first.lines[0]
    position.play(child.action)
    analyst.begin(position)
    kept = analyst.report()
    assert kept.simulations == child.visits
    assert kept.fresh == 0
    assert kept.value == pytest.approx(-child.value, abs=1e-6)
    position.undo()
    assert analyst.search(position, 50).simulations == 51  # what lies before is gone
    other = position_of(game, "1")
    analyst.begin(other)
    assert analyst.report().fresh == 0


def test_the_same_position_goes_on(analyst):
    position = Position(analyst.game)
    analyst.search(position, 100)
    report = analyst.search(position, 300)
    assert report.simulations == 301
    assert report.fresh == 200


def test_only_the_moves_asked_for_are_looked_at():
    game = find("connect_four")
    analyst = Analyst(game, "uniform", Uniform, room_mb=16)
    report = analyst.search(Position(game), 300, only=[0, 6, 77])
    assert {line.action for line in report.lines} == {0, 6}
    assert sum(line.visits for line in report.lines) == 300
    assert sum(line.prior for line in report.lines) == pytest.approx(1)
    full = analyst.search(Position(game), 100)
    assert len(full.lines) == 7
    assert full.simulations == 101


def test_a_win_at_once_that_is_not_allowed_is_not_played():
    game = find("connect_four")
    analyst = Analyst(game, "uniform", Uniform, room_mb=16)
    position = position_of(game, "112233")
    assert analyst.search(position, 100).lines[0][::5] == (3, (3,))
    assert analyst.search(position, 100).lines[0].plies == 1
    assert analyst.search(position, 100, only=[0, 1]).action in (0, 1)


def test_a_full_tree_ends_the_search():
    game = find("connect_four")
    analyst = Analyst(game, "uniform", Uniform, room_mb=0.01)
    report = analyst.search(Position(game), 10**6)
    assert report.simulations < 10**4
    assert report.full > 0.3
    assert not analyst.step()
    forest = analyst.searcher.forest
    assert int(forest.trees[0].nodes) <= len(forest.nodes)
    assert int(forest.trees[0].edges) <= len(forest.edges)


def test_a_finished_game_has_no_lines(analyst):
    names = Position(analyst.game).move_names()
    report = analyst.search(position_of(analyst.game, " ".join(names[i] for i in (0, 3, 1, 4, 2))), 10)
    assert report.lines == []
    assert report.value == -1
    assert report.wdl == (0, 0, 1)


def test_seconds_end_a_search(analyst):
    analyst.search(Position(analyst.game), 1)
    report = analyst.search(Position(analyst.game), seconds=0.05)
    assert report.seconds >= 0.05
    assert report.fresh > 0


def test_the_shipped_network_and_rollouts_are_found():
    assert "ships" in analyst_of(find("connect_four"), None, room_mb=16).name
    assert "rollouts" in analyst_of(find("hex:size=5"), None, room_mb=16).name
    with pytest.raises(PlayerError):
        analyst_of(find("hex:size=5"), "nothing-there.safetensors")
    with pytest.raises(PlayerError, match="checkpoint"):
        analyst_of(find("hex:size=5"), "random")
    with pytest.raises(PlayerError, match="no network ships"):
        analyst_of(find("hex:size=5"), "shipped")
    assert "ships" in analyst_of(find("connect_four"), "shipped", room_mb=16).name


@pytest.fixture
def thinker(analyst):
    thinker = Thinker(analyst)
    yield thinker
    thinker.close()


def test_a_thinker_tells_and_stops(thinker):
    seen, ended, told = [], [], threading.Event()

    def watch(report):
        seen.append(report)
        told.set()

    position = position_of(thinker.analyst.game, "b2")
    thinker.start(Position(thinker.analyst.game), Limit(), watch, 0.0, ended.append)
    assert told.wait(20)
    thinker.stop()
    assert not thinker.busy
    assert len(ended) == 1
    assert ended[0].simulations >= seen[0].simulations
    thinker.start(position, Limit(simulations=10), done=ended.append)
    thinker.start(position, Limit(simulations=CHUNK), done=ended.append)
    while thinker.busy:
        pass
    assert ended[-1].simulations >= CHUNK
    thinker.stop()


def test_a_running_search_takes_another_limit(thinker):
    ended = threading.Event()
    thinker.start(Position(thinker.analyst.game), Limit(), done=lambda report: ended.set())
    thinker.change(Limit(seconds=0.0))
    assert ended.wait(20)


def test_what_a_search_failed_with_is_told(thinker):
    def broken(report):
        raise ZeroDivisionError

    thinker.start(Position(thinker.analyst.game), Limit(simulations=3), done=broken)
    with pytest.raises(ZeroDivisionError):
        thinker.stop()
    ended = []
    thinker.start(Position(thinker.analyst.game), Limit(simulations=3), done=ended.append)
    while thinker.busy:
        pass
    assert len(ended) == 1


def test_a_copied_position_goes_its_own_way():
    position = position_of(find("connect_four"), "44")
    other = position.copy()
    other.play(0)
    assert position.ply == 2
    assert other.ply == 3
    assert np.array_equal(position.planes(), position_of(find("connect_four"), "44").planes())
