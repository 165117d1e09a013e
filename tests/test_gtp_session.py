"""A conversation with `zero gtp` in this process: boards, komi, networks, searches, files."""

import json
import re

import pytest
import small_checkpoints
from gtp_tools import Talk

from arena.files.area import area_lead
from arena.files.stones import rows_of
from arena.gtp.vertices import read_vertex
from games import InputError, find
from games.position import Position
from games.rules import ONGOING


def test_moves_out_of_turn_are_passes_of_the_other_player():
    talk = Talk(size=5)
    for line in ("play b C3", "play b D3", "play w A1", "play w A2", "play b pass", "play w pass", "play w B5", "play b A5"):
        talk.ok(line)
    assert rows_of(talk.session.board.position) == ["XO...", ".....", "..XX.", "O....", "O...."]
    talk.ok("play w pass")
    talk.ok("play w E1")  # a pass in between would end the game: the board is set up anew
    assert rows_of(talk.session.board.position)[-1] == "O...O"
    for _ in range(10):
        talk.ok("undo")
    assert talk.fails("undo") == "cannot undo"
    assert rows_of(talk.session.board.position) == ["....."] * 5


def test_out_of_turn_where_nobody_passes():
    for spec in ("hex:size=3", "gomoku"):
        talk = Talk(game=spec)
        talk.ok("play b A1")
        assert talk.fails("play b B1") == "illegal move"
        assert talk.fails("play w pass") == "illegal move"
        assert talk.fails("genmove b") == "it is the turn of white, who cannot pass"
        talk.ok("play w B1")


def test_undo_is_exact(random):
    """After any moves, undone and made again, the board is that of the moves that are left."""
    talk = Talk(size=5)
    boards = [rows_of(talk.session.board.position)]
    for _ in range(120):
        if len(boards) > 1 and random.random() < 0.3:
            talk.ok("undo")
            boards.pop()
        else:
            vertex = f"{'ABCDE'[random.integers(5)]}{random.integers(1, 6)}" if random.random() < 0.9 else "pass"
            if talk(f"play {'bw'[random.integers(2)]} {vertex}") == "=\n\n":
                boards.append(rows_of(talk.session.board.position))
        assert rows_of(talk.session.board.position) == boards[-1]


def test_the_game_goes_on_after_its_limit_of_plies(random):
    """GTP knows no such limit: the board is set up anew, and nothing changes on it."""
    talk = Talk(game="go:size=5,ply_limit=12")
    for ply in range(12):
        talk.ok(f"genmove {'bw'[ply % 2]}")
    assert talk.session.board.over
    before = talk.session.board.rows()
    talk.ok("genmove b")
    talk.ok("undo")
    assert talk.session.board.rows() == before
    talk.ok("genmove b")
    assert len(talk.session.board.moves) == 13


def test_area(random):
    """The count agrees with the outcome that the rules themselves give."""
    for komi in (-4.5, 0.0, 0.5, 7.5):
        game = find(f"go:size=7,komi={komi}")
        for _ in range(10):
            position = Position(game)
            while position.outcome() == ONGOING:
                position.play(int(random.choice(position.legal_actions())))
            lead = area_lead(rows_of(position)) - komi
            assert position.winner() == (None if lead == 0 else int(lead < 0))


def test_komi_changes_what_wins():
    """On a full small board the same moves win or lose by the komi alone; the search counts with the new one."""
    talk = Talk(size=5, simulations=200)
    for vertex in ("C1", "C2", "C3", "C4", "C5", "B3"):
        talk.ok(f"play b {vertex}")
    talk.ok("play w E5")
    talk.ok("play b pass")
    for komi, wins in (("20.5", True), ("-20.5", False)):
        talk.ok(f"komi {komi}")
        line = re.search(r"info move \S+ visits \d+ winrate (\d+)", talk("lz-genmove_analyze w 100000 allow w pass 1"))
        assert (int(line[1]) > 5000) == wins
        talk.ok("undo")


def test_rules_are_what_we_play():
    talk = Talk()
    rules = json.loads(talk.ok("kata-get-rules"))
    assert rules["ko"] == "POSITIONAL"
    assert rules["scoring"] == "AREA"
    assert talk.ok(f"kata-set-rules {json.dumps(rules)}") == ""
    assert "scoring" in talk.fails("kata-set-rules japanese") or "ko" in talk.fails("kata-set-rules japanese")


def test_a_network_plays_on_its_own_board(tmp_path):
    """Another size is refused, another komi is not: the same network thinks, and the counting is the new one's."""
    run = tmp_path / "run"
    small_checkpoints.write(run / "checkpoints" / "0001.safetensors", find("go:size=5,komi=2.5"))
    for path in (run, run / "checkpoints" / "0001.safetensors"):
        talk = Talk(file=str(path), simulations=60)
        assert talk.ok("name") == f"zero ({path})"
        assert talk.ok("get_komi") == "2.5"
        assert talk.fails("boardsize 9") == "unacceptable size"
        assert talk.ok("boardsize 5") == ""
        first = [float(word) for word in talk.ok("kata-raw-nn all").split() if re.fullmatch(r"\d\.\d+", word)]
        assert sum(first[:3]) == pytest.approx(1, abs=1e-4)
        assert sum(first[3:]) == pytest.approx(1, abs=1e-4)
        talk.ok("komi 20.5")
        again = [float(word) for word in talk.ok("kata-raw-nn all").split() if re.fullmatch(r"\d\.\d+", word)]
        assert again == pytest.approx(first, abs=1e-4)  # planes don't show the komi
        assert talk.session.analyst().game.komi == 20.5
        talk.ok("play b pass")
        move = talk("lz-genmove_analyze w 100000").splitlines()
        assert move[-2] == "play pass"  # which ends the game, won by the komi
        assert " winrate 10000 " in move[1]


def test_a_checkpoint_of_another_game_or_size(tmp_path):
    path = tmp_path / "go5.safetensors"
    small_checkpoints.write(path, find("go:size=5"))
    for settings in ({"game": "go:size=9"}, {"size": 9}, {"game": "hex"}):
        with pytest.raises(InputError, match="go:size=5"):
            Talk(file=str(path), **settings)("showboard")


def test_analysis_lines():
    """Visits add up, orders count, shares lie within bounds, and lines of play are legal."""
    talk = Talk(size=5, simulations=300)
    position = Position(find("go:size=5"))
    for style, point in (("lz", False), ("kata", True)):
        talk.ok("clear_cache")
        answer = talk(f"{style}-genmove_analyze b 100000")
        head, line, move, end, rest = answer.split("\n")
        assert (head, end, rest) == ("=", "", "")
        infos = []
        for info in line.split("info ")[1:]:
            words, pv = (part.split() for part in info.split(" pv "))
            infos.append(dict(zip(words[::2], words[1::2], strict=True)) | {"pv": pv})
        assert [int(info["order"]) for info in infos] == list(range(len(infos)))
        assert move == f"play {infos[0]['move']}"
        assert 300 <= sum(int(info["visits"]) for info in infos) <= 310
        for info in infos:
            assert info["pv"][0] == info["move"]
            shares = [float(info[key]) / (1 if point else 10_000) for key in ("winrate", "prior", "lcb")]
            assert all(0 <= share <= 1 for share in shares)
            assert shares[2] <= shares[0]
            assert all(("." in info[key]) == point for key in ("winrate", "prior", "lcb"))
            replay = position.copy()
            for vertex in info["pv"]:
                replay.play(read_vertex(replay.game, replay.to_play, vertex))
        talk.ok("undo")


def test_a_move_takes_the_time_that_it_has(ticks):
    def spent(line):
        begun = ticks()
        talk.ok(line)
        return ticks() - begun

    talk = Talk(size=9, simulations=None, seconds=0.3)
    assert 0.3 <= spent("genmove b") < 0.36
    assert 0.3 <= spent("genmove w") < 0.36
    talk.ok("kata-set-param maxTime 100")
    talk.ok("time_settings 0 1 5")
    assert 0.1 < spent("genmove b") < 0.26  # five moves a second


def test_resigning():
    talk = Talk(size=5, resign=0.9)
    assert talk.ok("genmove b") == "resign"
    assert talk("lz-genmove_analyze b 100000").endswith("\nplay resign\n\n")
    assert talk.session.board.moves == []


def test_saving_and_loading(tmp_path):
    talk, path = Talk(size=9), tmp_path / "a game.sgf"
    for line in ("komi 5.5", "fixed_handicap 2", "play w E5", "play b pass", "play w A1", f"printsgf {path}"):
        talk.ok(line)
    board = talk.session.board.rows()
    talk.ok("boardsize 13")
    assert talk.ok(f"loadsgf {path}") == "black"
    assert talk.session.board.rows() == board
    assert talk.session.game == find("go:size=9,komi=5.5")
    assert talk.ok(f"loadsgf {path} 2") == "black"
    assert talk.session.board.rows() != board
    assert talk.ok("undo") == ""
    assert talk.ok(f"loadsgf {path} 1") == "white"
    assert talk.fails("undo") == "cannot undo"
    assert talk.fails("loadsgf nowhere.sgf").startswith("cannot load file: nowhere.sgf: No such file")
    assert talk.fails(f"printsgf {tmp_path}/none/x.sgf").startswith("cannot write file")
