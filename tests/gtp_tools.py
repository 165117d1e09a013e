"""A conversation with `zero gtp` inside the tests' own process, and transcripts of such conversations."""

import io
import re

from arena.gtp.loading import GtpSettings, Loader
from arena.gtp.server import Inbox, serve
from arena.gtp.session import Session

NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


class Talk:
    """Talks to a session, a command at a time; where the command is an analysis, the end of the input ends it."""

    def __init__(self, **settings):
        self.inbox = Inbox()
        self.loader = Loader(GtpSettings(**{"room_mb": 16, "simulations": 20, **settings}), failed=lambda: None)
        self.session = Session(self.loader.settings, self.loader, self.inbox.waiting, self.inbox.wait)

    def __call__(self, *lines):
        """Return all that is answered to these lines."""
        for line in (*lines, None):
            self.inbox.put(line)
        out = io.StringIO()
        serve(self.session, self.inbox, out.write)
        return out.getvalue()

    def ok(self, line):
        """Return the answer to a command that succeeds."""
        answer = self(line)
        assert answer.startswith("="), (line, answer)
        assert answer.endswith("\n\n")
        return answer[1:].strip()

    def fails(self, line):
        """Return what is said of a command that fails."""
        answer = self(line)
        assert answer.startswith("? "), (line, answer)
        assert answer.count("\n") == 2
        return answer[2:].strip()


def transcript(text):
    """Return a transcript as it is now: its commands (lines that begin with >), each with the answer to it.

    The first line holds the settings, as in `# game=go size=9`. Numbers of an analysis are shown as N.
    """
    head, *lines = text.splitlines()
    settings = dict(word.split("=", 1) for word in head.lstrip("# ").split())
    settings["size"] = int(settings["size"]) if "size" in settings else None
    talk, told = Talk(**settings), [head]
    for line in lines:
        if line.startswith(">"):
            told += [line, *map(masked, talk(line[2:]).splitlines())]
    return "\n".join(told) + "\n"


def masked(line):
    """Return a line of analysis with V for its vertex and N for its numbers, which are the search's; of its moves the first."""
    if not line.startswith("info "):
        return line
    words = line.split(" info ")[0].split(" pv ")[0].split()
    return " ".join("V" if before == "move" else NUMBER.sub("N", word) for before, word in zip(["", *words], words, strict=False))
