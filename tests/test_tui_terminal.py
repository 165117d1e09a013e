"""`zero play` in a terminal of its own: a pseudo terminal, signals, no colours, no torch before it is needed."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest
from tui_tools import quick

ROOT = Path(__file__).resolve().parent.parent
COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;:]*m")


class Terminal:
    """A command in a terminal of 80×24."""

    def __init__(self, folder, *words, command="play", size=(24, 80), **variables):
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **variables}
        environment = {name: value for name, value in environment.items() if value is not None}
        line = ["setsid", "--ctty", sys.executable, "-m", "zero", command, *map(str, words)]
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), slave)
        self.process = subprocess.Popen(line, cwd=folder, env=environment, **streams)
        os.close(slave)
        self.out, self.seen = b"", 0

    def read_until(self, text, seconds=60):
        """Read what is drawn until a text appears in it, without the marks of colours."""
        end, start = time.monotonic() + seconds, self.seen
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.out += os.read(self.master, 65536)
                except OSError:
                    break
            plain = re.sub(rb"\x1b\[[0-9;:?]*[a-zA-Z]", b"", self.out[start:])
            if text in plain:
                self.seen = len(self.out)
                return
        raise AssertionError(f"{text!r} is not in {self.out[start:][-3000:]!r}")

    def type(self, keys):
        os.write(self.master, keys)

    def end(self, seconds=60):
        """Wait for the end; return the exit status. What is drawn meanwhile is read."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            if self.master is not None and select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.out += os.read(self.master, 65536)
                except OSError:
                    time.sleep(0.05)
        if self.process.poll() is None:
            self.process.kill()
            raise AssertionError("it does not end")
        return self.process.returncode

    def hang_up(self):
        os.close(self.master)
        self.master = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.master is not None:
            os.close(self.master)


def begin(folder, *words, **variables):
    terminal = Terminal(folder, "tic_tac_toe", "--opponent", "random", *words, **variables)
    terminal.read_until(b"X: you")
    return terminal


@pytest.mark.slow
def test_a_game_in_a_terminal_ends_with_its_place_on_disk(tmp_path):
    with begin(tmp_path) as terminal:
        terminal.type(b"/b2\r")
        terminal.read_until(b"1.b2")
        terminal.type(b"\x1b")
        time.sleep(0.3)
        terminal.type(b"q")
        assert terminal.end() == 0
        last = terminal.out.split(b"\x1b[?1049l")[-1]
        assert b"A game is saved in zero-tic_tac_toe-1.txt; go on with: zero play tic_tac_toe --load " in last
    assert (tmp_path / "zero-tic_tac_toe-1.txt").exists()


ENDS = ["hang up", signal.SIGHUP, signal.SIGTERM, signal.SIGINT, b"\x03"]


@pytest.mark.parametrize("how", quick(ENDS, "hang up"), ids=str)
def test_whatever_ends_it_the_game_is_kept_and_the_end_is_quiet(how, tmp_path):
    with begin(tmp_path) as terminal:
        terminal.type(b"\r")
        terminal.read_until(b"1.b2")
        if how == "hang up":
            terminal.hang_up()
        elif isinstance(how, bytes):
            terminal.type(how)
        else:
            terminal.process.send_signal(how)
        status = terminal.end(20)
        assert status == (130 if how in (signal.SIGINT, b"\x03") else 129)
        assert b"Traceback" not in terminal.out
    assert [path.name for path in tmp_path.iterdir()] == ["zero-tic_tac_toe-1.txt"]


@pytest.mark.parametrize("variables", quick([{"NO_COLOR": "1"}, {"TERM": "vt100"}]), ids=str)
def test_without_colours_none_are_sent(variables, tmp_path):
    with begin(tmp_path, **variables) as terminal:
        terminal.type(b"\r")
        terminal.read_until(b"1.b2")
        terminal.type(b"?")
        terminal.read_until(b"PLAY")
        assert not COLOUR.search(terminal.out), COLOUR.search(terminal.out)
        terminal.type(b"q")
        time.sleep(0.3)
        terminal.type(b"q")
        terminal.end()


@pytest.mark.slow
def test_where_nothing_can_be_drawn_there_is_the_plain_prompt(tmp_path):
    for words, variables in (((), {"TERM": "dumb"}), (("--plain",), {}), ((), {"PYTHONIOENCODING": "ascii"})):
        with Terminal(tmp_path, "tic_tac_toe", "--opponent", "random", *words, **variables) as terminal:
            terminal.read_until(b"your move> ")
            terminal.type(b"quit\n")
            assert terminal.end() == 0


@pytest.mark.slow
def test_what_is_wrong_is_one_line_after_the_screen_is_gone(tmp_path):
    with Terminal(tmp_path, "tic_tac_toe", "--opponent", "nobody") as terminal:
        assert terminal.end() == 2
        last = terminal.out.split(b"\x1b[?1049l")[-1]
        assert b"zero play: unknown player 'nobody'" in last
        assert b"Traceback" not in terminal.out


@pytest.mark.slow
def test_the_screen_is_up_before_torch(tmp_path):
    """A torch that cannot be imported before a key is pressed: the board is there all the same."""
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(1e6)\n")
    with Terminal(tmp_path, "connect_four", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}") as terminal:
        terminal.read_until(b"getting ready; you can begin")
        terminal.type(b"4")
        terminal.read_until(b"1.4")
        terminal.type(b"q")
        assert terminal.end() == 0


@pytest.mark.slow
def test_records_in_a_terminal(tmp_path):
    from test_view import write

    write(tmp_path / "records.safetensors")
    with Terminal(tmp_path, "records.safetensors", command="view") as terminal:
        terminal.read_until(b"game 1 of 3")
        terminal.type(b"q")
        assert terminal.end() == 0
