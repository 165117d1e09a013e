"""`zero gtp`: the protocol's letter, boards, clocks, analysis, and that nothing brings it down."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import small_checkpoints
from gtp_tools import Talk

from arena.files.area import area_lead
from arena.files.stones import rows_of
from arena.gtp.analysis import lower_bound, read_wishes
from arena.gtp.clock import Clock, Left, Terms
from arena.gtp.protocol import COMMANDS, failure, read_request, success
from arena.gtp.vertices import read_vertex, vertex_of
from games import InputError, MoveError, find
from games.position import Position
from games.rules import ONGOING

ROOT = Path(__file__).resolve().parent.parent
GAMES = ["go:size=9", "go:size=19", "hex:size=11", "hex:size=3,swap=True", "othello", "gomoku"]
GAMES += ["gomoku:rows=4,columns=9,length=4"]
WORDS = """b w black white green pass resign swap-pieces E5 A1 J9 T19 i3 I5 Z99 C3,D4 true false 0 1 2 5 9 19 25 -1 0.5 1e9
nan inf 999999999 99999999999999999999 interval minmoves maxmoves avoid allow rootInfo alive dead chinese none byoyomi # maxVisits
all ü ٣ /tmp {} []"""
SERVE = [sys.executable, "-m", "zero", "gtp"]


def start(*arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*SERVE, *arguments], env=environment, text=True, **pipes, **more)


def test_lines():
    assert read_request("7 play b E5 # yes\r") == ("7", "play", ["b", "E5"])
    assert read_request("\x07pl\x01ay\tb\tE5") == ("", "play", ["b", "E5"])
    assert [read_request(line) for line in ("", "  ", "# play", "\r", "\x01")] == [None] * 5
    assert success("3", "a\n\nb\n") == "=3 a\nb\n\n"
    assert success("", "") == "=\n\n"
    assert failure("4", "a\nb") == "?4 a b\n\n"


@pytest.mark.parametrize("spec", GAMES)
def test_every_move_has_a_vertex_and_comes_back_from_it(spec, random):
    game = find(spec)
    position = Position(game)
    while position.outcome() == ONGOING and position.ply < 12:
        actions, player = position.legal_actions(), position.to_play
        vertices = [vertex_of(game, player, action) for action in actions]
        assert len(set(vertices)) == len(actions)
        for action, vertex in zip(actions, vertices, strict=True):
            assert {read_vertex(game, player, text) for text in (vertex, vertex.lower(), vertex.upper())} == {action}
            assert game.name == "hex" or "I" not in vertex
        position.play(int(random.choice(actions)))


@pytest.mark.parametrize("text", ["", "E", "5", "I5", "T1", "E0", "E05", "E10", "Ｅ5", "E５", "resign", "swap", "E5 ", "EE5"])
def test_what_is_no_vertex(text):
    with pytest.raises(MoveError):
        read_vertex(find("go"), 0, text)


def test_the_column_of_a_vertex():
    """GTP leaves I out; Hex programs don't; our own names of Gomoku don't either."""
    go, gomoku, hexagons = find("go:size=19"), find("gomoku"), find("hex")
    assert go.move_name(None, read_vertex(go, 0, "j10")) == "J10"
    assert gomoku.move_name(None, read_vertex(gomoku, 0, "J10")) == "i10"
    assert hexagons.move_name(Position(hexagons).state, read_vertex(hexagons, 0, "i10")) == "i10"


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


def test_wishes():
    text = "B 25 minmoves 3 maxmoves 7 avoid b C3,pass 1 allow w D4 50 rootInfo true ownership true"
    wishes = read_wishes(text.split())
    assert (wishes.player, wishes.interval, wishes.fewest, wishes.most, wishes.root_info) == (0, 0.25, 3, 7, True)
    assert (wishes.avoid, wishes.allow) == ([(0, "C3,pass")], [(1, "D4")])
    assert read_wishes(["50"]).interval == 0.5
    assert read_wishes(["white"]).player == 1


def test_the_lower_bound():
    """It covers: of games won with a probability, it lies below that in 95 of 100 samples and more, where there are enough."""
    generator = np.random.default_rng(1)
    for share in (0.2, 0.5, 0.8):
        wins = generator.binomial(400, share, 2000) / 400
        covered = np.mean([lower_bound(2 * win - 1, 400) <= share for win in wins])
        assert covered > 0.95


def test_clocks():
    clock = Clock()
    assert clock.budget(0, 30) is None
    clock.set(Terms(300, 0, 0))
    assert 5 < clock.budget(0, 30) < 300 / 30
    clock.spend(0, 100)
    assert clock.left[0] == (200, 0)
    assert clock.left[1] == (300, 0)
    clock.tell(0, Left(0.05, 0))
    assert 0 < clock.budget(0, 30) <= 0.05
    clock.set(Terms(0, 30, 5))
    assert 4 < clock.budget(1, 30) < 6
    for _ in range(5):
        clock.spend(1, 2)
    assert clock.left[1] == (30, 5)
    clock.set(Terms(10, 20, 3, byoyomi=True))
    clock.spend(0, 11)
    assert clock.left[0] == (20, 3)
    assert 15 < clock.budget(0, 30) < 20
    clock.spend(0, 15)
    assert clock.left[0] == (20, 3)


@pytest.mark.parametrize(("size", "seconds"), [(9, 20), (13, 60), (19, 120)])
def test_a_clock_never_runs_out(size, seconds, random):
    """A long game, with a little lost on every move, ends with time left; a good part of it is spent."""
    clock, area = Clock(), size * size
    clock.set(Terms(seconds, 0, 0))
    for stones in range(0, 3 * area // 2, 2):
        clock.spend(0, clock.budget(0, max(0, area - stones) // 3) + 0.05 * random.random())
        assert clock.left[0].seconds > 0
        if stones > area:
            assert clock.left[0].seconds < seconds / 3


def test_a_move_takes_the_time_that_it_has():
    talk = Talk(size=9, simulations=None, seconds=0.3)
    talk.ok("genmove b")
    begun = time.monotonic()
    talk.ok("genmove w")
    assert 0.25 < time.monotonic() - begun < 20
    talk.ok("kata-set-param maxTime 100")
    talk.ok("time_settings 0 1 5")
    begun = time.monotonic()
    talk.ok("genmove b")
    assert time.monotonic() - begun < 20


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


def random_lines(random, count):
    """Give lines as nobody would write them: known commands with arguments of all kinds, and noise."""
    words = [*COMMANDS, *WORDS.split(), '{"ko":1}', '{"ko":"POSITIONAL"}', "\x00", "\x1b[0m"]
    names = [name for name in COMMANDS if name not in ("quit", "printsgf")]
    for _ in range(count):
        kind = random.integers(10)
        if kind == 0:
            yield "".join(chr(random.integers(1, 0x250)) for _ in range(random.integers(40))).replace("\n", " ")
            continue
        line = [str(random.choice(names if kind < 9 else words)), *(str(random.choice(words)) for _ in range(random.integers(5)))]
        if random.random() < 0.3:
            line.insert(0, str(random.integers(2**31)))
        yield " ".join(line)


@pytest.mark.parametrize("spec", ["go:size=9", "hex:size=4,swap=True", "othello:size=4", "gomoku:rows=5,columns=5"])
def test_a_thousand_random_lines_do_not_bring_it_down(spec, random, capsys):
    """Each line that holds a command gets one answer, well-formed, and at the end it still plays."""
    talk = Talk(game=spec, simulations=4)
    for line in random_lines(random, 1000):
        request = read_request(line)
        if request and request.name in ("quit", "printsgf"):
            continue
        if request and request.name in ("boardsize", "rectangular_boardsize") and {"19", "25"} & set(request.arguments):
            continue  # it would take long
        talk.session.seconds = 0.01
        answer = talk(line)
        if request is None:
            assert answer == ""
            continue
        assert re.match(rf"[=?]{request.id}[ \n]", answer), (line, answer)
        assert answer.endswith("\n\n")
        assert answer.count("\n\n") == 1
        assert "internal error" not in answer, (line, answer)
    assert capsys.readouterr().err == ""
    talk.ok("clear_board")
    assert talk.ok("genmove b")


def test_a_failure_of_ours_is_answered_and_shown(monkeypatch, capsys):
    def broken(session, arguments):
        raise ZeroDivisionError("an accident")

    monkeypatch.setitem(COMMANDS, "komi", COMMANDS["komi"]._replace(run=broken))
    talk = Talk(size=5)
    assert talk.fails("komi 7") == "internal error: ZeroDivisionError: an accident"
    assert "Traceback" in capsys.readouterr().err
    assert talk.ok("protocol_version") == "2"


def test_it_answers_before_anything_is_loaded():
    """The first answers come long before torch and numba could be there, and quit ends it at once."""
    with start("--game", "go", "--size", "9") as server:
        begun = time.monotonic()
        answers = []
        for line in ("name", "version", "protocol_version", "7 list_commands"):
            server.stdin.write(line + "\n")
            server.stdin.flush()
            lines = []
            while (line := server.stdout.readline()) not in ("", "\n"):
                lines.append(line)
            answers.append("".join(lines))
        assert answers[0] == "= zero (random rollouts for go)\n"
        assert re.match(r"= 0\.(1[5-9]|[2-9]\d)\b", answers[1])  # Lizzie asks for x.y with a y of 15 at least
        assert answers[3].startswith("=7 ")
        assert time.monotonic() - begun < 30
        out, err = server.communicate("quit\n", timeout=60)
        assert (out, err, server.returncode) == ("=\n\n", "", 0)


def test_the_first_answers_need_neither_torch_nor_numba(python):
    told = python("-c", "import sys, zero.cli, arena.gtp.server; print(sorted({'torch', 'numba'} & set(sys.modules)))")
    assert (told.stdout, told.stderr) == ("[]\n", "")


def test_a_whole_conversation_through_pipes():
    with start("--size", "5", "--simulations", "8") as server:
        out, err = server.communicate("1 boardsize 5\n2 genmove b\n3 lz-analyze 1\n4 showboard\n5 genmove w", timeout=120)
        assert err == ""
        assert re.fullmatch(r"=1\n\n=2 \S+\n\n=3\n(info .*\n)+\n=4 *\n(.+\n)+\n=5 \S+\n\n", out)
        assert server.returncode == 0


def test_any_input_ends_an_analysis_and_ctrl_c_the_rest():
    with start("--size", "9") as server:
        server.stdin.write("1 kata-analyze b 10\n")
        server.stdin.flush()
        assert server.stdout.readline() == "=1\n"
        lines = [server.stdout.readline() for _ in range(3)]
        assert all(line.startswith("info move ") for line in lines)
        server.stdin.write("\n")  # an empty line is no command, but it is input
        server.stdin.flush()
        while (line := server.stdout.readline()) != "\n":
            assert line.startswith("info move ")
        server.stdin.write("2 protocol_version\n3 analyze\n")
        server.stdin.flush()
        assert [server.stdout.readline() for _ in range(3)] == ["=2 2\n", "\n", "=3\n"]
        assert server.stdout.readline().startswith("info move ")
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 130
        assert server.stderr.read() == ""


def test_where_nobody_reads_it_ends_quietly():
    with start("--size", "9") as server:
        server.stdin.write("lz-analyze b 1\n")
        server.stdin.flush()
        server.stdout.readline()
        server.stdout.close()
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""


BAD = {
    "nowhere.safetensors": "nowhere.safetensors: there is no such checkpoint file or run folder",
    "README.md": "README.md: expected a checkpoint of this engine, got a file of",
    "zero/checkpoints/connect_four.safetensors": "GTP has words for go, othello, gomoku, hex only",
    "--game chess": "expected one of these games, got chess",
    "--game go:size=4": "go: expected size from 5 to 19, got 4",
    "--size 40": "--size 40: go: expected size from 5 to 19, got 40",
    "--simulations 0": "expected simulations >= 1, got 0",
    "--seconds 0": "expected seconds > 0, got 0.0",
    "--resign 1": "expected resign from 0 to less than 1, got 1.0",
    "--room-mb 1": "expected room_mb from 16",
    "--nonsense": "--nonsense",
    "one two": "two",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line_and_status_2(words):
    with start(*words.split(), cwd=ROOT) as server:
        _, err = server.communicate("showboard\n", timeout=60)
        assert server.returncode == 2
        assert err.startswith("zero gtp: ")
        assert BAD[words] in err
        assert err.count("\n") == 1


def test_rules_are_what_we_play():
    talk = Talk()
    rules = json.loads(talk.ok("kata-get-rules"))
    assert rules["ko"] == "POSITIONAL"
    assert rules["scoring"] == "AREA"
    assert talk.ok(f"kata-set-rules {json.dumps(rules)}") == ""
    assert "scoring" in talk.fails("kata-set-rules japanese") or "ko" in talk.fails("kata-set-rules japanese")
