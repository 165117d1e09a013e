"""`zero gtp` as a program: pipes, signals, bad input, and that no line brings it down."""

import io
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from gtp_tools import Talk
from small_runs import one_line

from arena.gtp.protocol import COMMANDS, read_request
from zero.cli import main

WORDS = """b w black white green pass resign swap-pieces E5 A1 J9 T19 i3 I5 Z99 C3,D4 true false 0 1 2 5 9 19 25 -1 0.5 1e9
nan inf 999999999 99999999999999999999 interval minmoves maxmoves avoid allow rootInfo alive dead chinese none byoyomi # maxVisits
all ü ٣ /tmp {} []"""
SERVE = [sys.executable, "-m", "zero", "gtp"]


def start(*arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*SERVE, *arguments], env=environment, text=True, **pipes, **more)


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
def test_bad_input_is_refused(words, monkeypatch, capsys):
    """By the end of the input at the latest; a program that asks before that is answered that it failed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "stdin", io.StringIO("showboard\n"))
    monkeypatch.setattr(os, "_exit", lambda status: pytest.fail(f"ended with status {status}"))
    assert main(["gtp", *words.split()]) == 2
    assert BAD[words] in one_line(capsys.readouterr().err, "zero gtp")


def test_bad_input_ends_the_program():
    with start("nowhere") as server:
        out, err = server.communicate("showboard\n", timeout=60)
    assert (server.returncode, out, err) == (2, "", "zero gtp: nowhere: there is no such checkpoint file or run folder\n")
