"""`zero play`: whatever is typed is answered in one line; the end of input saves the game; no tracebacks."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_checkpoints import write

from arena.files import text as saved_game
from arena.files.text import SavedGameError, load_game, moves_of, save_game
from arena.players.player import Thought
from arena.tui.plain import expectation
from games import find
from games.errors import MoveError
from games.position import Position

ROOT = Path(__file__).resolve().parent.parent
TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


@pytest.fixture
def play(command, monkeypatch):
    """Play in an empty folder with these lines typed; return the exit status, output and error output."""

    def run(typed, *words):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return command("play", *words)

    return run


def boards(out):
    """Return the moves and boards of tic-tac-toe that were printed."""
    lines = out.splitlines()
    return ["\n".join(lines[i : i + 3]) for i, line in enumerate(lines) if line.startswith("3 ")]


RANDOM = ("tic_tac_toe", "--opponent", "random")


def test_a_game_to_the_end(play, tmp_path):
    status, out, err = play("a1\na2\na3\nb1\nb2\nb3\nc1\nc2\nc3\n" * 2, *RANDOM)
    assert (status, err) == (0, "")
    assert out.startswith("tic_tac_toe: you move first, the machine is random.\n")
    assert any(result in out.splitlines()[-1] for result in ("You win after ", "You lose after ", "A draw after "))
    assert not list(tmp_path.iterdir())  # nothing to save


@pytest.mark.parametrize("side", ["first", "second"])
def test_perfect_play_from_hints_is_a_draw(side, play):
    """One types what the hint said, in a second game that goes the same way (the machine has the same seed)."""
    typed = ""
    for _ in range(6):
        out = play(f"{typed}hint\n", "tic_tac_toe", "--opponent", "minimax:9", "--side", side)[1]
        hints = [line for line in out.splitlines() if line.startswith("hint: ")]
        if not hints:
            break
        assert hints[-1].endswith("; a certain draw")
        typed += f"hint\n{hints[-1].split()[1].strip(';')}\n"
    assert "A draw after 9 plies." in out


def test_the_person_wins_and_loses(play):
    position = Position(CONNECT_FOUR)
    for column in "112233":
        position.play(int(column) - 1)
    path = save_game(position, 0)
    assert "You win after 7 plies." in play("4\n", "connect_four", "--load", path, "--opponent", "minimax:1")[1]
    out = play("", "connect_four", "--load", path, "--opponent", "minimax:1", "--side", "second")[1]
    assert "The machine plays 4." in out
    assert "You lose after 7 plies." in out


UNREADABLE = [
    "foo",
    "d4",
    "a",
    "b22",
    "1",
    "-1",
    "9" * 5000,
    "ａ１",
    "☃",
    "\0",
    "a1 b2",
    "%s",
    "[red]",
    "\x1b[2J",
    "undo",
    "UNDO",
]


@pytest.mark.parametrize("typed", UNREADABLE)
def test_what_cannot_be_read_gets_one_line_and_the_prompt_again(typed, play):
    status, out, err = play(f"{typed}\n", *RANDOM)
    assert (status, err) == (0, "")
    answers = out.split("your move> ")
    assert len(answers) == 3
    answer = answers[1].split("\n")[1:-1]  # after the echo of what was typed, before the prompt
    assert len(answer) == 1
    assert len(answer[0]) < 200
    assert boards(out) == ["3 . . .\n2 . . .\n1 . . ."]


def test_illegal_moves_and_empty_lines(play):
    out = play("b2\nb2\n\n   \n", *RANDOM)[1]
    assert "b2 is not legal here: expected one of " in out
    assert len(boards(out)) == 2


def test_undo_takes_back_both_moves(play):
    out = play("b2\nundo\na1\nundo\nundo\n", *RANDOM)[1]
    empty = "3 . . .\n2 . . .\n1 . . ."
    shown = boards(out)
    assert shown[0] == shown[2] == shown[4] == empty
    assert len(shown) == 5
    assert out.count("there is no move of yours to take back") == 1


def test_undo_of_who_moves_second(play):
    out = play("undo\n", *RANDOM, "--side", "second")[1]
    assert "there is no move of yours to take back" in out
    out = play("b2\na1\nundo\n", *RANDOM, "--side", "second")[1]
    shown = boards(out)
    assert shown[-1] in shown[:-1]


def test_swap_gives_the_machine_the_move(play):
    out = play("b2\nswap\n", "tic_tac_toe", "--opponent", "minimax:9")[1]
    assert "You move second now." in out
    assert boards(out)[-1].count("X") == 2  # the machine has moved for X
    assert boards(out)[-1].count("O") == 1


def test_help_and_hint_and_what_the_machine_expects(play, tmp_path):
    write(tmp_path / "file")
    out = play("help\nhint\nb2\nhint\n", "tic_tac_toe", "--opponent", "file", "--simulations", "5")[1]
    assert "undo  take back" in out
    assert out.count("hint: ") == 2
    assert "It thinks, for itself: win " in out
    out = play("hint\n", *RANDOM)[1]  # a random player's advice would be worthless: another's is given
    assert "hint: " in out
    assert " %, draw " in out


def test_expectations_in_words():
    assert expectation(Thought(0, 0.2, (0.5, 0.2, 0.3))) == "win 50 %, draw 20 %, loss 30 %"
    assert expectation(Thought(0, 1.0, (1.0, 0.0, 0.0), 3)) == "a certain win within 3 plies, this move included"
    assert expectation(Thought(0, -1.0, (0.0, 0.0, 1.0), 2)) == "a certain loss within 2 plies, this move included"
    assert expectation(Thought(0, 0.0, (0.0, 1.0, 0.0))) == "a certain draw"
    assert expectation(Thought(0, 0.0)) == "no end of the game in sight"


@pytest.mark.parametrize("typed", ["b2\n", "b2\nquit\n", "b2\nQuit\nnever read\n", "b2\nhint"])
def test_the_end_of_input_saves_the_game_and_it_goes_on_from_there(typed, play, tmp_path):
    status, out, err = play(typed, *RANDOM, "--seed", "3")
    assert (status, err) == (0, "")
    line = out.splitlines()[-1]
    assert line.startswith("The game is saved in zero-tic_tac_toe-1.txt; go on with: zero play tic_tac_toe --load ")
    words = line.split("zero play ")[1].split()
    assert words[-2:] == ["--opponent", "random"]
    again = play("", *words)
    assert again[0] == 0
    assert boards(again[1])[0] == boards(out)[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["zero-tic_tac_toe-1.txt"]  # nothing new, so not saved again


def test_a_game_without_moves_is_not_saved(play, tmp_path):
    for typed in ("", "quit\n", "undo\n"):
        status, out, _ = play(typed, *RANDOM)
        assert status == 0
        assert out.endswith("Good-bye.\n")
    assert not list(tmp_path.iterdir())


def test_no_file_is_overwritten(play, tmp_path):
    for _ in range(3):
        play("b2\n", *RANDOM)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"zero-tic_tac_toe-{i}.txt" for i in (1, 2, 3)]


def test_where_the_current_folder_cannot_be_written_the_game_goes_elsewhere(play, tmp_path, monkeypatch):
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folders = list(saved_game._folders())
    monkeypatch.setattr(saved_game, "_folders", lambda: iter([blocked, *folders[1:]]))
    out = play("b2\n", *RANDOM)[1]
    expected = tmp_path / "state" / "zero" / "zero-tic_tac_toe-1.txt"
    assert f"The game is saved in {expected};" in out
    assert load_game(expected, TIC_TAC_TOE).position.ply == 2
    monkeypatch.setattr(saved_game, "_folders", lambda: iter([blocked]))
    status, out, _ = play("b2\n", *RANDOM)
    assert status == 0
    assert "The game could not be saved; its moves were b2 " in out


def test_saved_games_come_back(tmp_path, monkeypatch, random):
    monkeypatch.chdir(tmp_path)
    for game, side in ((TIC_TAC_TOE, 0), (CONNECT_FOUR, 1), (find("connect_four:rows=5,columns=6"), 0)):
        position = Position(game)
        for _ in range(4):
            position.play(int(random.choice(position.legal_actions())))
        loaded = load_game(save_game(position, side), game)
        assert (loaded.position.actions, loaded.side) == (position.actions, side)
        assert moves_of(loaded.position) == moves_of(position)
    path = tmp_path / "typed by hand.txt"
    path.write_text("\n  b2\n# a comment\r\na1\n\n")
    assert load_game(path, TIC_TAC_TOE).side is None
    assert moves_of(load_game(path, TIC_TAC_TOE).position) == ["b2", "a1"]


FILES = {
    "b2\nb2\n": "line 2: b2 is not legal here",
    "b2\nfoo\n": "line 2: expected a cell from a1 to c3, got 'foo'",
    "b2 a1\n": "line 1: expected a cell",
    "# game: connect_four:rows=6,columns=7\n4\n": "expected a game of tic_tac_toe, got one of connect_four:rows=6,columns=7",
    "a1\nb1\na2\nb2\na3\nb3\n": "line 6: the game is over before 'b3'",
    "9" * 6000 + "\n": "line 1: expected a move, one of a3 ",
    b"\xff\xfe": "a file that is not text",
}


@pytest.mark.parametrize("content", FILES, ids=range(len(FILES)))
def test_files_that_are_no_games_are_refused(content, play, tmp_path):
    (tmp_path / "game.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SavedGameError):
        load_game(tmp_path / "game.txt", TIC_TAC_TOE)
    status, out, err = play("", *RANDOM, "--load", "game.txt")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert FILES[content] in err
    assert "game.txt" in err


BAD = {
    "": "Missing",
    "tictactoe": "unknown game 'tictactoe'",
    "tic_tac_toe --side third": "third",
    "tic_tac_toe --opponent nobody": "unknown player 'nobody'",
    "tic_tac_toe --opponent mcts:0": "expected mcts:SIMULATIONS",
    "tic_tac_toe --opponent c4": "plays connect_four:rows=6,columns=7, but the game is tic_tac_toe",
    "tic_tac_toe --opponent solver": "the exact solver knows",
    "tic_tac_toe --opponent random --load nowhere.txt": "nowhere.txt: No such file",
    "tic_tac_toe --opponent random --load .": "Is a directory",
    "tic_tac_toe --simulations 0": "expected simulations >= 1",
    "tic_tac_toe --level 3": "--level",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_arguments_are_refused(words, refused, here):
    write(here / "c4", CONNECT_FOUR)
    assert BAD[words] in refused("play", *words.split())


# From here on in processes of their own: pipes, signals, encodings.


@pytest.fixture
def shell(tmp_path):
    """Run a shell line in an empty folder, where $ZERO is the command; return the finished process."""

    def run(line, typed=b"", **variables):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZERO": f"{sys.executable} -m zero", **variables}
        command = ["bash", "-c", f"set -o pipefail; {line}"]
        return subprocess.run(command, cwd=tmp_path, env=environment, input=typed, capture_output=True, timeout=120, check=False)

    return run


def test_a_closed_pipe_ends_quietly(shell):
    for line in ("$ZERO play tic_tac_toe --opponent random | head -1", "$ZERO match random random --game tic_tac_toe | true"):
        done = shell(line, b"b2\n" * 2000)
        assert done.stderr == b""
        assert done.returncode == 0


def test_an_ascii_terminal_and_unreadable_bytes(shell):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    for variables in (plain, {"LC_ALL": "C", "LANG": "C"}):
        done = shell("$ZERO play tic_tac_toe --opponent random", b"\xff\xfe\x00\n\xe2\x98\x83\nb2\n", **variables)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.count(b"your move> ") == 4
        assert b"The game is saved in " in done.stdout
        assert done.stdout.isascii() or variables is not plain


def test_without_an_input_the_game_ends_at_once(shell):
    done = shell("$ZERO play tic_tac_toe --opponent random <&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Good-bye." in done.stdout


def test_without_an_error_output_a_match_is_played(shell):
    done = shell("$ZERO match random random --game tic_tac_toe --games 4 --json 2>&-")
    assert done.returncode == 0
    assert done.stdout.startswith(b"{")


def test_ctrl_c_saves_the_game(tmp_path):
    command = [sys.executable, "-u", "-m", "zero", "play", *RANDOM]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) as process:
        process.stdin.write(b"b2\n")
        process.stdin.flush()
        out = b""
        while out.count(b"your move> ") < 2:
            out += process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
    assert b"The game is saved in zero-tic_tac_toe-1.txt" in rest
    assert (tmp_path / "zero-tic_tac_toe-1.txt").exists()


def test_a_parser_that_stumbles_is_an_unreadable_move():
    class Stumbling(type(CONNECT_FOUR)):
        def parse_move(self, state, text):
            raise {"k": KeyError, "i": IndexError}.get(text, ValueError)(text)

    position = Position(CONNECT_FOUR)
    position.game = Stumbling()
    position.legal_actions = lambda: [0]
    for text in ("k", "i", "v", "9" * 6000):
        with pytest.raises(MoveError, match="expected a move, one of 1; got "):
            saved_game.read_move(position, text)
