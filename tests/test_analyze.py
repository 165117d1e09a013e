"""`zero analyze`: the best moves of any position of any game, as a table and as JSON."""

import json
from functools import partial

import pytest
from small_checkpoints import write

from games import find, names
from games.position import Position, position_of

SPECS = {"go": "go:size=5", "gomoku": "gomoku:rows=5,columns=5,length=4", "hex": "hex:size=4", "othello": "othello:size=4"}


@pytest.fixture
def analyze(command):
    return partial(command, "analyze")


@pytest.mark.parametrize("name", names())
def test_every_game(name, analyze):
    spec = SPECS.get(name, name)
    position = Position(find(spec))
    status, out, err = analyze(spec, "--player", "rollouts", "--simulations", 100, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert [position.read_move(move["move"]) for move in found["moves"]] == [move["action"] for move in found["moves"]]
    assert sorted(move["action"] for move in found["moves"]) == position.legal_actions()
    assert sum(move["visits"] for move in found["moves"]) == 100
    assert sum(found["wdl"]) == pytest.approx(1)
    status, out, err = analyze(spec, "--player", "rollouts", "--simulations", 100, "--lines", 2)
    assert (status, err) == (0, "")
    assert position.draw().splitlines()[0].rstrip() in out
    rows = out[out.index("best line") :].splitlines()[1:3]
    assert all(position.read_move(row.split()[0]) in position.legal_actions() for row in rows)


def test_a_win_and_a_loss_are_told_with_their_plies(analyze):
    out = analyze("connect_four", "--position", "112233", "--player", "rollouts")[1]
    assert "The first player is to move" in out
    assert "(wins in 1 ply)" in out
    out = analyze("connect_four", "--position", "4433", "--player", "rollouts", "--simulations", 5000)[1]
    assert "(wins in 3 plies)" in out
    out = analyze("chess", "--position", "6k1/5ppp/8/8/8/8/5PPP/R5K1 w - - 0 1", "--simulations", 50)[1]
    assert "Ra8#" in out


def test_lines_follow_from_the_position(analyze):
    position = position_of(find("othello"), "d3")
    found = json.loads(analyze("othello", "--position", "d3", "--simulations", 300, "--json")[1])
    assert found["to_play"] == 1
    for move in found["moves"]:
        replay = position.copy()
        for name in move["line"]:
            replay.play(replay.read_move(name))
        assert move["line"][0] == move["move"]


def test_a_finished_game(analyze):
    out = analyze("tic_tac_toe", "--position", "a1 b1 a2 b2 a3")[1]
    assert "The game is over: the first player has won." in out
    found = json.loads(analyze("tic_tac_toe", "--position", "a1 b1 a2 b2 a3", "--json")[1])
    assert (found["over"], found["moves"], found["value"]) == (True, [], -1)


def test_a_checkpoint_thinks_and_seconds_end_it(analyze, tmp_path):
    write(tmp_path / "file")
    found = json.loads(analyze("tic_tac_toe", "--player", tmp_path / "file", "--seconds", 0.05, "--json")[1])
    assert "file" in found["player"]
    assert found["seconds"] >= 0.05
    assert "ships" in json.loads(analyze("tic_tac_toe", "--json")[1])["player"]


BAD = {
    "": "Missing",
    "tictactoe": "unknown game",
    "tic_tac_toe --position z9": "move 1 of 'z9'",
    "tic_tac_toe --simulations 0": "expected simulations from 1",
    "tic_tac_toe --lines 0": "expected lines from 1",
    "tic_tac_toe --seconds 0": "expected seconds above 0",
    "tic_tac_toe --player nowhere": "nowhere",
    "tic_tac_toe --player random": "expected a checkpoint",
    "tic_tac_toe --device tpu --player rollouts --simulations x": "simulations",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_arguments_are_refused(words, refused, here):
    assert BAD[words] in refused("analyze", *words.split())
