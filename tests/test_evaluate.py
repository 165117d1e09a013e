"""Mistakes against the exact solver: the solver against minimax, planted mistakes, and `zero evaluate` from the outside."""

import json
import sys
from collections import Counter
from functools import partial

import pytest
from small_checkpoints import write

from arena.analysis.mistakes import STAGES, mistakes
from arena.matches.lines import spread
from arena.matches.match import play_match
from arena.players.minimax import Minimax
from arena.players.player import Player, RandomPlayer, Thought
from arena.players.solver import Solution, Solver, SolverError, SolverPlayer, plies_left
from games import find
from games.position import Position
from games.rules import ONGOING

CONNECT_FOUR = find("connect_four")
WIN_SCORE = 1 << 24


@pytest.fixture(scope="module")
def solver():
    pytest.importorskip("bitbully", reason="the exact solver is not installed (extra: solver)")
    return Solver(CONNECT_FOUR)


@pytest.fixture
def zero(command):
    return partial(command, "evaluate")


def after(columns):
    position = Position(CONNECT_FOUR)
    for column in columns:
        position.play(int(column) - 1)
    return position


def test_the_solver_agrees_with_minimax_on_late_positions(solver):
    """Best moves, outcome and the plies to it, for every ply from 28 on."""
    player = Minimax(CONNECT_FOUR, 14, 0)
    for position in [position for position in spread(CONNECT_FOUR, 840, 5) if position.ply >= 28]:
        solution = solver.solve(position)
        score, moves = player.best_moves(position)
        assert (solution.value, solution.best()) == ((score > 0) - (score < 0), moves)
        if score:
            assert plies_left(position.ply, max(solution.scores.values())) == WIN_SCORE - abs(score)


@pytest.mark.parametrize("plies", [0, 3, 8, 10, 11, 12, 13, 16, 20])
def test_a_position_is_worth_its_best_move(plies, solver):
    """The law that binds a position to those after it; the solver's book ends at 12 plies."""
    for position in [position for position in spread(CONNECT_FOUR, 420, 8) if position.ply == plies][:4]:
        for action, score in solver.solve(position).scores.items():
            position.play(action)
            if position.outcome() == ONGOING:
                reply = max(solver.solve(position).scores.values())
                assert score == -reply
            else:
                assert score == (22 - (position.ply + 1) // 2 if position.winner() is not None else 0)
            position.undo()


def test_the_known_value_of_the_game(solver):
    """The first player wins with the middle column (Allis 1988), with the last but one stone."""
    solution = solver.solve(Position(CONNECT_FOUR))
    assert [(score > 0) - (score < 0) for _, score in sorted(solution.scores.items())] == [-1, -1, 0, 1, 0, -1, -1]
    assert (solution.value, solution.best(), solution.has_mistakes) == (1, [3], True)
    assert plies_left(0, solution.scores[3]) == 41


def test_what_is_a_mistake():
    won = Solution({0: 3, 1: 1, 2: 0, 3: -2})
    assert [won.is_mistake(action) for action in range(4)] == [False, False, True, True]  # a slower win is none
    drawn = Solution({0: 0, 4: -1})
    assert [drawn.is_mistake(action) for action in (0, 4)] == [False, True]
    lost = Solution({0: -1, 4: -9})
    assert not lost.has_mistakes
    assert lost.best() == [0]  # but the solver holds out as long as it can


class Planned(Player):
    """Errs at every `period`th position where it can; says that every position is worth 0.25."""

    def __init__(self, solver, period):
        super().__init__(CONNECT_FOUR, "planned")
        self.solver, self.period, self.count = solver, period, 0

    def consider(self, positions):
        return [Thought(self._choose(position), 0.25) for position in positions]

    def _choose(self, position):
        solution = self.solver.solve(position)
        self.count += solution.has_mistakes
        errs = solution.has_mistakes and self.count % self.period == 0
        return next(action for action in solution.scores if solution.is_mistake(action) == errs)


@pytest.mark.parametrize("period", [1, 3])
def test_planted_mistakes_are_counted(period, solver):
    positions = spread(CONNECT_FOUR, 300, 4)
    report = mistakes(Planned(solver, period), positions, solver)
    assert list(report) == ["opening", "middle", "end"]
    assert sum(part.positions for part in report.values()) == 300
    able = [position for position in positions if solver.solve(position).has_mistakes]
    planted = able[period - 1 :: period]
    for stage, (first, last) in {"opening": (0, 12), "middle": (13, 26), "end": (27, 41)}.items():
        inside = [position for position in positions if first <= position.ply <= last]
        part = report[stage]
        assert part.positions == len(inside)
        assert part.with_mistakes == sum(first <= position.ply <= last for position in able)
        assert part.mistakes == sum(first <= position.ply <= last for position in planted)
        assert part.share == part.mistakes / part.with_mistakes
        assert part.interval[0] <= part.share <= part.interval[1]
        # |0.25 - outcome| is 0.75 for a win, 0.25 for a draw, 1.25 for a loss
        errors = [{1: 0.75, 0: 0.25, -1: 1.25}[solver.solve(position).value] for position in inside]
        assert part.value_error == pytest.approx(sum(errors) / len(errors))


def test_the_solver_itself_makes_none_and_a_function_will_do(solver):
    positions = spread(CONNECT_FOUR, 200, 6)
    report = mistakes(SolverPlayer(CONNECT_FOUR, 1, solver), positions, solver)
    assert [part.mistakes for part in report.values()] == [0, 0, 0]
    assert [part.value_error for part in report.values()] == [0.0, 0.0, 0.0]
    told = []
    report = mistakes(RandomPlayer(CONNECT_FOUR, 1).choose, positions, solver, lambda *numbers: told.append(numbers))
    assert all(part.mistakes > 0 and part.value_error is None for part in report.values())
    assert told[-1] == (200, 200)
    empty = mistakes(RandomPlayer(CONNECT_FOUR, 1), [])
    assert [(part.share, part.interval) for part in empty.values()] == [(None, None)] * 3


def test_positions_are_distinct_unfinished_and_spread_over_the_plies():
    positions = spread(CONNECT_FOUR, 1050, 3)
    assert len({position.state.tobytes() for position in positions}) == len(positions) == 1050
    assert all(position.outcome() == ONGOING for position in positions)
    plies = Counter(position.ply for position in positions)
    assert (plies[0], plies[1]) == (1, 7)  # that is all there are
    rest = [plies[ply] for ply in range(2, 42)]
    assert max(rest) - min(rest) <= 1
    assert [position.actions for position in spread(CONNECT_FOUR, 1050, 3)] == [position.actions for position in positions]
    assert [position.actions for position in spread(CONNECT_FOUR, 1050, 4)] != [position.actions for position in positions]
    assert len(spread(find("tic_tac_toe"), 10**6, 1)) == 4520  # every board of tic-tac-toe on which the game goes on


def test_the_stages_cover_the_game():
    assert [ply for plies in STAGES.values() for ply in plies] == list(range(43))


def test_the_solver_wins_as_first_player(solver):
    result = play_match(
        SolverPlayer(CONNECT_FOUR, 1, solver), SolverPlayer(CONNECT_FOUR, 2, solver), CONNECT_FOUR, 6, opening_plies=0
    )
    assert result.results == [1, -1] * 3
    thought = SolverPlayer(CONNECT_FOUR, 1, solver).think(after("4"))
    assert (thought.value, thought.plies) == (-1.0, 40)


def test_without_bitbully_the_error_says_what_to_install(monkeypatch, zero):
    monkeypatch.setitem(sys.modules, "bitbully", None)
    with pytest.raises(SolverError, match=r"pip install 'zero-engine\[solver\]'"):
        Solver(CONNECT_FOUR)
    status, out, err = zero("connect_four", "random")
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_json_for_a_checkpoint(solver, zero, tmp_path):
    write(tmp_path / "file", CONNECT_FOUR)
    words = ("connect_four", "file", "--simulations", "8", "--count", "120")
    status, out, err = zero(*words, "--json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert report["positions"] == 120
    for part in (report, report["network_alone"]):
        assert sum(part["positions_by_stage"].values()) == 120
        for stage in ("opening", "middle", "end"):
            wrong, able = part["wrong_moves"][stage], part["positions_with_wrong_moves"][stage]
            assert part["wrong_move_share"][stage] == wrong / able
            low, high = part["wrong_move_interval"][stage]
            assert 0 <= low <= wrong / able <= high <= 1
            assert 0 <= part["value_error"][stage] <= 2
    text = zero(*words)[1]
    assert "file, 120 positions" in text
    assert "the network alone" in text
    assert f"{100 * report['wrong_move_share']['middle']:.2f} %" in text


def test_the_network_alone_is_said_once(solver, zero, tmp_path):
    write(tmp_path / "file", CONNECT_FOUR)
    report = json.loads(zero("connect_four", "net:file", "--count", "60", "--json")[1])
    assert report["network_alone"] is None
    searched = json.loads(zero("connect_four", "file@2", "--count", "60", "--json")[1])
    assert searched["network_alone"]["wrong_moves"] == report["wrong_moves"]


def test_positions_from_a_file(solver, zero, tmp_path):
    (tmp_path / "positions").write_text("44455 1\n\n4 anything # here\r\n" + "4" * 5 + "\n44\n")
    status, out, err = zero("connect_four", "solver", "--positions", "positions", "--json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert report["positions"] == 4
    assert report["wrong_move_share"] == {"opening": 0.0, "middle": None, "end": None}
    assert report["wrong_move_interval"]["middle"] is None
    assert " - " in zero("connect_four", "solver", "--positions", "positions")[1]


FILES = {
    "4445x\n": "positions line 1: move 5 of '4445x': expected a column from 1 to 7, got 'x'",
    "44\n\n448\n": "positions line 3: move 3 of '448': expected a column",
    "4444444": "positions line 1: move 7 of '4444444': 4 is not legal here",
    "44\n4545454 1": "positions line 2: expected a game that goes on, but after '4545454' it is over",
    "45454547": "positions line 1: move 8 of '45454547': the game is over before it",
    "": "got an empty file",
    "\n \n": "got an empty file",
    "4²\n": "not ASCII text",
}


@pytest.mark.parametrize("content", FILES, ids=range(len(FILES)))
def test_bad_lines_of_a_file_are_named(content, solver, refused, here):
    (here / "positions").write_text(content, encoding="utf-8")
    assert FILES[content] in refused("evaluate", "connect_four", "random", "--positions", "positions")


BAD = {
    "connect_four": "Missing",
    "connectfour random": "unknown game 'connectfour'",
    "tic_tac_toe random": "the exact solver knows connect_four:rows=6,columns=7 only, got tic_tac_toe",
    "connect_four:rows=5 random": "got connect_four:rows=5,columns=7",
    "connect_four nobody": "unknown player 'nobody'",
    "connect_four ttt": "expected one game, but --game connect_four is for connect_four",
    "connect_four random --count 0": "expected count >= 1",
    "connect_four random --simulations 0": "expected simulations >= 1",
    "connect_four random --seed x": "--seed",
    "connect_four random --positions nowhere": "nowhere: No such file",
    "connect_four random --positions .": "Is a directory",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_arguments_are_refused(words, solver, refused, here):
    write(here / "ttt")
    assert BAD[words] in refused("evaluate", *words.split())
