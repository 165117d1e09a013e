"""All games of the shelf together: each trains, and learns something in two minutes."""

import json

import pytest

from games import find, names
from games.position import Position
from games.rules import ONGOING
from zero.cli import main

TINY = ["--network.size", "8x1", "--no-compile", "--rating-seconds", "0", "--threads", "1", "--search.simulations", "8"]
TINY += ["--selfplay.games", "8", "--selfplay.positions", "100", "--selfplay.cache-mb", "1", "--learning.batch-size", "32"]
LEARNERS = ["othello:size=6", "gomoku:rows=9,columns=9", "hex:size=5", "go:size=5"]


def test_what_is_on_the_shelf():
    assert {*names()} >= {"tic_tac_toe", "connect_four", "othello", "gomoku", "hex", "go", "chess"}


@pytest.mark.parametrize("name", names())
def test_a_game_can_be_drawn_and_typed(name):
    position = Position(find(name))
    for _ in range(12):
        if position.outcome() != ONGOING:
            break
        lines = position.draw().splitlines()
        assert max(map(len, lines)) <= 80
        words = position.move_names()
        assert len({*words}) == len(words)
        middle = len(words) // 2
        assert position.read_move(words[middle]) == position.legal_actions()[middle]
        position.play(position.legal_actions()[middle])


@pytest.mark.slow  # the search is compiled for each
@pytest.mark.parametrize("name", names())
def test_a_generation_of_each_game(name, tmp_path):
    run = tmp_path / "run"
    assert main(["train", name, *TINY, "--run", str(run), "--generations", "1"]) == 0
    assert (run / "checkpoints" / "000001.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize("game", LEARNERS)
def test_two_minutes_teach(game, tmp_path, capsys):
    """The network alone beats random moves, and with search it beats as many simulations with random rollouts."""
    run = str(tmp_path / "run")
    assert main(["train", game, "--run", run, "--time", "2m"]) == 0
    for one, other, least in ((f"net:{run}", "random", 0.95), (f"{run}@64", "mcts:64", 0.5)):
        capsys.readouterr()
        assert main(["match", one, other, "--games", "200", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        score = (found["wins"] + found["draws"] / 2) / 200
        print(f"{game}: {one} against {other}: {score:.3f}")
        assert score > least if least == 0.5 else score >= least
