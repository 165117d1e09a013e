"""What the tests of UCI share: a conversation with a server in this process, and transcripts to hold it against."""

import queue
import re
import threading
import time
from pathlib import Path

from arena.uci.server import Server

GOLDEN = Path(__file__).resolve().parent / "golden" / "uci"
PATIENCE = 300.0  # seconds for an answer; kernels may have to be compiled first
WORDS = {
    "<n>": r"-?\d+",
    "<move>": r"[a-h][1-8][a-h][1-8][qrbn]?",
    "<moves>": r"[a-h][1-8][a-h][1-8][qrbn]?(?: [a-h][1-8][a-h][1-8][qrbn]?)*",
    "<text>": ".*",
}


class Client:
    """Talks with a server that runs in a thread."""

    def __init__(self, player="rollouts"):
        self.typed, self.heard, self.all = queue.Queue(), queue.Queue(), []
        self.error = None
        self.server = Server(iter(self.typed.get, None), self.heard.put, None if player is None else str(player))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.server.run()
        except BaseException as error:
            self.error = error

    def say(self, *lines):
        for line in lines:
            self.typed.put(line)

    def hear(self, seconds=PATIENCE):
        """Return the next line. Raises queue.Empty where none comes."""
        line = self.heard.get(timeout=seconds)
        self.all.append(line)
        return line

    def until(self, start, seconds=PATIENCE):
        """Return all lines up to the first one that begins with `start`."""
        lines, end = [], time.monotonic() + seconds
        while not lines or not lines[-1].startswith(start):
            lines.append(self.hear(max(0.01, end - time.monotonic())))
        return lines

    def ask(self, *lines, end="bestmove"):
        """Say these lines and return what is heard up to the answer."""
        self.say(*lines)
        return self.until(end)

    def ready(self):
        """Return what is heard until everything so far has been done."""
        return self.ask("isready", end="readyok")

    def nothing(self, seconds=0.3):
        """Return whether no answer to a `go` comes for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                if self.hear(left).startswith("bestmove"):
                    return False
            except queue.Empty:
                return True
        return True

    def close(self):
        self.typed.put(None)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def pattern(line):
    """Return the regular expression of a line of a transcript, in which <n>, <move>, <moves> and <text> stand for what varies."""
    return "".join(WORDS.get(part, re.escape(part)) for part in re.split("(<[a-z]+>)", line))


def replay(path, client):
    """Hold a conversation with a client as a transcript has it.

    `> ` begins what the client says; `...` stands for any number of `info` lines; the rest is expected, in that order.
    """
    skipping = False
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("> "):
            client.say(line[2:])
            continue
        if line == "...":
            skipping = True
            continue
        heard = client.hear()
        while skipping and not re.fullmatch(pattern(line), heard) and heard.startswith("info "):
            heard = client.hear()
        assert re.fullmatch(pattern(line), heard), f"{path.name}: expected {line!r}, heard {heard!r}"
        skipping = False
