"""The checkpoints in the package: small, readable, and as strong as the README says."""

from pathlib import Path

import pytest

from arena.analysis.mistakes import mistakes
from arena.matches.lines import spread
from arena.matches.match import play_match
from arena.players.recipes import read_player
from arena.players.solver import Solver, SolverError, SolverPlayer
from games import find
from games.position import Position
from zero.checkpoint import read_checkpoint
from zero.checkpoint_files import FOLDER, shipped

PATHS = sorted(FOLDER.glob("*.safetensors"))


def test_both_games_have_a_checkpoint():
    assert [path.stem for path in PATHS] == ["connect_four", "tic_tac_toe"]
    for path in PATHS:
        assert shipped(find(path.stem)) == path
    assert shipped(find("connect_four:rows=5,columns=6")) is None


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_checkpoint_is_small_and_plays_its_game(path: Path):
    assert path.stat().st_size < 2_000_000
    checkpoint = read_checkpoint(path, find(path.stem))
    assert checkpoint.generation > 0


def after(position: Position, action: int) -> Position:
    following = Position(position.game)
    for earlier in [*position.actions, action]:
        following.play(earlier)
    return following


@pytest.mark.parametrize("side", [0, 1])
def test_tic_tac_toe_is_never_lost_against_any_line_of_play(side: int):
    game = find("tic_tac_toe")
    player = read_player(str(FOLDER / "tic_tac_toe.safetensors")).make(game, simulations=64)
    waiting, met = [Position(game)], 0
    while waiting:
        going = [position for position in waiting if position.legal_actions()]
        for position in waiting:
            assert position.winner() in (None, side), position.actions
        ours = [position for position in going if position.to_play == side]
        theirs = [position for position in going if position.to_play != side]
        waiting = [after(position, action) for position in theirs for action in position.legal_actions()]
        if ours:
            waiting += [after(position, action) for position, action in zip(ours, player.choose(ours), strict=True)]
        met += len(ours)
    assert met > 50


@pytest.fixture(scope="module")
def solver() -> Solver:
    try:
        return Solver(find("connect_four"))
    except SolverError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_connect_four_makes_few_mistakes(solver: Solver):
    game = find("connect_four")
    player = read_player(str(FOLDER / "connect_four.safetensors")).make(game, simulations=600)
    report = mistakes(player, spread(game, 2100, seed=0), solver)
    assert report["opening"].share <= 0.015
    assert report["middle"].share <= 0.003
    assert report["end"].share <= 0.003


@pytest.mark.slow
def test_connect_four_beats_the_solver_as_first_player(solver: Solver):
    game = find("connect_four")
    player = read_player(str(FOLDER / "connect_four.safetensors")).make(game, simulations=600)
    result = play_match(player, SolverPlayer(game, seed=1), game, 40, opening_plies=0)
    assert result.tally(began=True) == (20, 0, 0)
