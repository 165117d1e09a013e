"""`zero tournament`: who meets whom, the folder that survives everything, and what is refused."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial

import pytest
from conftest import ROOT
from small_checkpoints import write

from games import find
from games.position import Position
from games.rules import ONGOING

TIC_TAC_TOE = find("tic_tac_toe")
PLAYERS = ("random", "minimax:2", "mcts:20")
FLAGS = ("--game", "tic_tac_toe", "--out", "t")


@pytest.fixture
def zero(command):
    return partial(command, "tournament")


def lines(folder):
    return [json.loads(line) for line in (folder / "t" / "games.jsonl").read_text(encoding="utf-8").splitlines()]


def test_everybody_meets_everybody_with_swapped_colours_from_the_same_opening(zero, here):
    status, out, _ = zero(*PLAYERS, *FLAGS, "--rounds", 4, "--json")
    assert status == 0
    games = lines(here)
    assert sorted(game["number"] for game in games) == list(range(4 * 3 * 2))
    met = Counter((game["first"], game["second"]) for game in games)
    assert met == dict.fromkeys(itertools.permutations(PLAYERS, 2), 4)
    by_number = {game["number"]: game for game in games}
    for number in range(0, 24, 2):
        one, other = by_number[number], by_number[number + 1]
        assert (one["first"], one["second"]) == (other["second"], other["first"])
        assert one["opening_plies"] == 2
        assert one["actions"][:2] == other["actions"][:2]
    check_games(games)
    results = json.loads(out)
    assert results == json.loads((here / "t" / "results.json").read_text(encoding="utf-8"))
    assert {player["name"] for player in results["players"]} == set(PLAYERS)
    for player in results["players"]:
        points = sum(points_of(game, player["name"]) for game in games)
        assert player["games"] == 16
        assert player["score"] == pytest.approx(points / 16)


def points_of(game, name):
    first = {"1-0": 1.0, "0-1": 0.0, "1/2-1/2": 0.5}[game["result"]]
    return first if game["first"] == name else 1 - first if game["second"] == name else 0.0


def check_games(games):
    """Every game was played by the rules, and its result is that of its moves."""
    for game in games:
        position = Position(TIC_TAC_TOE)
        for action, name in zip(game["actions"], game["moves"], strict=True):
            assert TIC_TAC_TOE.move_name(position.state, action) == name
            position.play(action)
        assert position.outcome() != ONGOING
        assert game["result"] == {0: "1-0", 1: "0-1", None: "1/2-1/2"}[position.winner()]
        assert len(game["values"]) == position.ply - game["opening_plies"]


def test_in_a_gauntlet_the_first_meets_the_others(zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 3, "--gauntlet")[0] == 0
    met = Counter(frozenset((game["first"], game["second"])) for game in lines(here))
    assert met == {frozenset(("random", other)): 6 for other in PLAYERS[1:]}


def test_the_same_seed_gives_the_same_tournament(zero, here):
    found = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        assert zero(*PLAYERS, *FLAGS[:2], "--out", name, "--rounds", 3, "--seed", seed)[0] == 0
        games = [json.loads(line) for line in (here / name / "games.jsonl").read_text(encoding="utf-8").splitlines()]
        found.append([(game["number"], game["actions"]) for game in games])
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_more_rounds_go_on_and_players_need_not_be_named_again(zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 2, "--seed", 5)[0] == 0
    before = (here / "t" / "games.jsonl").read_text(encoding="utf-8")
    assert zero(*PLAYERS, *FLAGS, "--rounds", 2, "--seed", 5)[0] == 0
    assert (here / "t" / "games.jsonl").read_text(encoding="utf-8") == before  # nothing was left to play
    assert zero("--out", "t", "--rounds", 3)[0] == 0
    after = (here / "t" / "games.jsonl").read_text(encoding="utf-8")
    assert after.startswith(before)
    assert sorted(game["number"] for game in lines(here)) == list(range(18))
    check_games(lines(here))


def test_a_torn_line_is_dropped_and_played_again(zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 2)[0] == 0
    path = here / "t" / "games.jsonl"
    content = path.read_bytes()
    whole = content.splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:5]) + whole[5][:40])
    (here / "t" / "games.txt").write_bytes(b"# half a ga")
    assert zero(*PLAYERS, *FLAGS, "--rounds", 2)[0] == 0
    assert path.read_bytes().startswith(b"".join(whole[:5]))
    assert sorted(game["number"] for game in lines(here)) == list(range(12))
    check_games(lines(here))
    from arena.files.games import read_games

    read = list(read_games(here / "t" / "games.txt", TIC_TAC_TOE))
    assert [game.position.actions for game in read] == [game["actions"] for game in lines(here)]
    assert [game.result for game in read] == [game["result"] for game in lines(here)]


def test_a_killed_tournament_goes_on_without_losing_or_repeating_a_game(here):
    words = [sys.executable, "-m", "zero", "tournament", "random", "minimax:1", "mcts:60", *FLAGS, "--rounds", "60"]
    words += ["--at-once", "8"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    path = here / "t" / "games.jsonl"
    kept = b""
    for most in (40, 130, None):
        process = subprocess.Popen(words, cwd=here, env=environment, stdout=-3, stderr=-3)
        try:
            while most is not None and process.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") >= most):
                time.sleep(0.01)
            if most is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(120)
        finally:
            process.kill()
            process.wait()
        content = path.read_bytes()
        assert content.startswith(kept)
        kept = content[: content.rfind(b"\n") + 1]
    numbers = [game["number"] for game in lines(here)]
    assert sorted(numbers) == list(range(360))
    check_games(lines(here))


@pytest.mark.parametrize("damage", [{"players": 3}, {"seed": "x"}, {"players": None}, {"book": 7}])
def test_damaged_settings_are_one_line_where_players_come_from_them(damage, zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 1)[0] == 0
    path = here / "t" / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **damage}), encoding="utf-8")
    status, out, err = zero("--out", "t", "--rounds", 2)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "t: its settings.json is damaged" in err


def test_two_at_once_in_a_folder_are_refused(zero, here):
    from arena.matches.folder import Folder

    folder = Folder(here / "t", TIC_TAC_TOE, list(PLAYERS), {})
    status, out, err = zero(*PLAYERS, *FLAGS, "--rounds", 1)
    assert (status, out, err) == (2, "", "zero tournament: folder t: another process is at work there\n")
    folder.close()


CHANGED = {
    ("random", "minimax:2"): "its players was",
    (*PLAYERS, "--seed", "1"): "its seed was 0, now it is 1; take another folder with --out",
    (*PLAYERS, "--gauntlet"): "its gauntlet was false, now it is true",
    (*PLAYERS, "--opening-plies", "3"): "its opening_plies was null, now it is 3",
    (*PLAYERS, "--max-plies", "3"): "its max_plies was null",
}


@pytest.mark.parametrize("words", CHANGED)
def test_a_folder_is_refused_to_other_settings(words, zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 1)[0] == 0
    before = (here / "t" / "games.jsonl").read_bytes()
    status, out, err = zero(*words, *FLAGS)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert CHANGED[words] in err
    assert (here / "t" / "games.jsonl").read_bytes() == before


def test_a_folder_is_refused_to_another_network_of_the_same_name(zero, here):
    write(here / "file", seed=1)
    assert zero("file@2", "random", "--out", "t", "--rounds", 1)[0] == 0
    write(here / "file", seed=2)
    status, _, err = zero("file@2", "random", "--out", "t", "--rounds", 2)
    assert (status, err.count("\n")) == (2, 1)
    assert "its networks was" in err


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("games.jsonl", "{}\n", "games.jsonl line 1: expected a game"),
        ("games.jsonl", "\n", "games.jsonl line 1: expected a game"),
        ("games.jsonl", "\udcff\n", "games.jsonl line 1: expected a game"),
        ("settings.json", "{", "settings.json: cannot be read"),
        ("settings.json", "[]", "settings.json: expected the settings"),
    ],
)
def test_a_damaged_folder_is_one_line(name, content, expected, zero, here):
    assert zero(*PLAYERS, *FLAGS, "--rounds", 1)[0] == 0
    (here / "t" / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    status, out, err = zero(*PLAYERS, *FLAGS, "--rounds", 1)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert expected in err


BAD = {
    "": "expected players, or a game for the usual ones",
    "random --game tic_tac_toe": "expected two players or more",
    "random random --game tic_tac_toe": "player 'random' is there twice",
    "random mcts:1": "which game?",
    "random mcts:1 --game tic_tac_toe --rounds 0": "expected rounds >= 1",
    "random mcts:1 --game tic_tac_toe --anchor solver": "expected anchor PLAYER or PLAYER=ELO",
    "random mcts:1 --game tic_tac_toe --anchor random=strong": "expected anchor PLAYER or PLAYER=ELO",
    "random mcts:1 --game tic_tac_toe --anchor random=nan": "expected anchor PLAYER or PLAYER=ELO",
    "random mcts:1 --game tic_tac_toe --time-control soon": "expected a time per move",
    "random mcts:1 --game tic_tac_toe --book nowhere.txt": "No such file or directory (nowhere.txt)",
    "random mcts:1 --game tic_tac_toe --at-once 0": "expected at_once >= 1",
    "random shipped --game hex": "player 'shipped': no network ships for hex",
    "random mcts:1 --game tic_tac_toe --out file": "File exists",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused(words, refused, here):
    (here / "file").touch()
    assert BAD[words] in refused("tournament", *words.split())


def test_the_anchor_has_the_rating_that_it_is_given(zero, here):
    for anchor, name, elo in (("mcts:20=1500", "mcts:20", 1500.0), ("minimax:2", "minimax:2", 0.0), (None, "mcts:20", 0.0)):
        flags = ("--anchor", anchor) if anchor else ()
        results = json.loads(zero(*PLAYERS, *FLAGS, "--rounds", 4, *flags, "--json")[1])
        assert {player["name"]: player["elo"] for player in results["players"]}[name] == elo
