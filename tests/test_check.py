"""`zero check`: a few lines for a game in order, one line and status 1 for a broken law, status 2 for bad input."""

import re

import pytest
from faulty_game import Fault

from games import find
from games.conformance import check
from zero.cli import main


def test_game_in_order(capsys):
    assert main(["check", "connect_four:rows=5,columns=6", "--games", "10", "--seed", "3"]) == 0
    written = capsys.readouterr()
    report = check(find("connect_four:rows=5,columns=6"), games=10, seed=3)
    lines = written.out.splitlines()
    assert lines[0] == "connect_four:rows=5,columns=6 obeys the laws"
    assert f"10 random games of {report.shortest} to {report.longest} plies, {report.positions} positions" in written.out
    assert f"won by the first player {report.first_wins}, drawn {report.draws}, " in written.out
    assert max(map(len, lines)) <= 130
    assert written.err == ""


def test_broken_law_is_one_line_and_status_1(capsys):
    assert main(["check", f"faulty_game:Row:fault={int(Fault.GAME_TOO_LONG)}"]) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert re.fullmatch(
        r"zero check: faulty_game:Row:size=6,fault=14 breaks the law 'a game is over after max_plies' after \d \d \d \d: "
        r"expected an end by ply 4, got ONGOING\n",
        written.err,
    )


def test_own_game_is_found_by_module_and_class(capsys):
    assert main(["check", "toy_games:Ring:size=5", "--games", "3"]) == 0
    assert capsys.readouterr().out.startswith("toy_games:Ring:size=5 obeys the laws\n  3 random games")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["conect_four"], "unknown game 'conect_four' (did you mean connect_four?): expected one of "),
        (["connect_four:rows=9"], "connect_four: expected rows from 4 to 8, got 9"),
        (["nowhere:Game"], "game 'nowhere:Game': there is no module 'nowhere' here or on the Python path"),
        (["tic_tac_toe", "--games", "0"], "expected games >= 1, got 0"),
        (["tic_tac_toe", "--seed", "-1"], "expected seed >= 0, got -1"),
        (["tic_tac_toe", "--games", "many"], "--games"),
        (["tic_tac_toe", "--sead", "1"], "--sead"),
        ([], "required"),
    ],
)
def test_bad_input_is_refused(refused, words, message):
    assert message in refused("check", *words)


def test_rules_that_are_missing_are_named(python, tmp_path):
    text = """
from games.tic_tac_toe import TicTacToe
class Half(TicTacToe):
    pass
"""
    (tmp_path / "half.py").write_text(text, encoding="utf-8")
    done = python("-m", "zero", "check", "half:Half")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "zero check: Half has no rule initial: define it with @initial.of\n"
