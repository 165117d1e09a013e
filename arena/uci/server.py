"""`zero uci`: serve chess programs.

The standard input is read by a thread of its own, and searches run in another one, so that every line is heard at once.
`uciok` needs neither torch nor numba: what thinks is made when it is first needed (at `isready`, when options have been
set), beside the conversation, and lines that need it wait in their order. Whatever a line says, the server goes on; only
`quit` and the end of the input end it.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from arena.uci.identity import check_file, engine_name
from arena.uci.loader import Loaded, Wanted, load
from arena.uci.options import EMPTY, Options
from arena.uci.streams import Ended, read_lines, teller, typed_lines
from games.errors import InputError
from zero.flags import parse

if TYPE_CHECKING:
    from arena.uci.engine import Engine

LOOK = 0.2  # seconds between two looks at whether a search has died
AT_ONCE = ("uci", "debug", "register")  # commands that do not have to wait for those before them
NEED_ENGINE = ("isready", "ucinewgame", "position", "go")  # commands before which it has to be made, by the options


@dataclass(frozen=True)
class UciSettings:
    """What `zero uci` is asked to do."""

    player: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="FILE")] = None
    """A checkpoint file or run folder, or the word rollouts; default: the network that ships, rollouts where none does."""
    device: str = "cpu"
    """Where the network runs: cpu, cuda, cuda:1."""


class Server:
    """A conversation with a client.

    lines:  what it says; say: writes a line to it.
    player: as for `analyst_of`.
    """

    def __init__(self, lines: Iterator[str], say: Callable[[str], None], player: str | None = None, device: str = "cpu") -> None:
        self.lines, self.say = lines, say
        self.events: queue.Queue[Any] = queue.Queue()
        self.options = Options(Backend=device, WeightsFile=player or EMPTY)
        self.asked = Wanted(player, device, 1)
        self.loading: Wanted | None = None  # what is being made
        self.loaded: Wanted | None = None  # what `engine` thinks with
        self.engine: Engine | None = None
        self.waiting: list[list[str]] = []  # commands that came before what they need, or behind such
        self.stale = False  # whether the engine has to be told of options
        self.commands: dict[str, Callable[[list[str]], None]] = {
            "uci": self._uci,
            "debug": self._debug,
            "register": lambda words: None,
            "isready": lambda words: self.say("readyok"),
            "setoption": self._setoption,
            "ucinewgame": lambda words: self.engine.forget() if self.engine else None,
            "position": lambda words: self.engine.position(words) if self.engine else None,
            "go": lambda words: self.engine.go(words) if self.engine else None,
            "stop": lambda words: self.engine.stop() if self.engine else None,
            "ponderhit": lambda words: self.engine.ponderhit() if self.engine else None,
        }

    def run(self) -> None:
        """Answer until the end. Raises InputError where there is nothing to think with."""
        read_lines(self.lines, self.events)
        try:
            while True:
                event = self._next()
                if isinstance(event, Ended):
                    return
                if isinstance(event, Loaded):
                    self._take(event)
                elif event is not None and self._hear(event) == "quit":
                    return
        finally:
            if self.engine:
                self.engine.close()

    def _next(self) -> Any:
        """Return the next event; None where none comes for a while although a search runs, which is looked after then."""
        if self.engine is None or not self.engine.searching:
            return self.events.get()
        try:
            return self.events.get(timeout=LOOK)
        except queue.Empty:
            self.engine.look()
            return None

    def _hear(self, line: str) -> str:
        """Obey a line, or keep it for later; return its command. Unknown words before a command are skipped (UCI says so)."""
        words = line.split()
        while words and words[0] not in self.commands and words[0] != "quit":
            self._tell(f"unknown command {words.pop(0)[:40]!r}")
        if not words or words[0] == "quit":
            return "".join(words[:1])
        if words[0] in AT_ONCE or (not self.waiting and self._can(words[0])):
            self._obey(words)
        else:
            self.waiting.append(words)
        return words[0]

    def _can(self, command: str) -> bool:
        """Return whether a command can be obeyed now; begin to make what it needs where it is not there."""
        if command not in NEED_ENGINE or (self.engine and self.engine.searching):
            return True  # while a search runs, options wait for the next one
        if self.loaded != self._wanted():
            self._load()
            return False
        if self.stale and self.engine:
            self.stale = False
            self.engine.apply()
        return True

    def _obey(self, words: list[str]) -> None:
        try:
            self.commands[words[0]](words[1:])
        except InputError as error:
            self._tell(str(error))
        except Exception as error:  # a fault of ours is no reason to leave a game
            self._tell(f"{words[0]}: {type(error).__name__}: {error}")

    def _tell(self, text: str) -> None:
        self.say(f"info string {' '.join(text.split())}")

    def _wanted(self) -> Wanted:
        """Return what the options ask for to think with."""
        backend = self.options.text("Backend")
        return Wanted(self.options.text("WeightsFile") or None, backend, self.options.whole("Threads"))

    def _load(self) -> None:
        """Begin to make what the options ask for, if nothing is being made."""
        if self.loading is None:
            self.loading = self._wanted()
            threading.Thread(target=load, args=(self.loading, self.events.put), name="loader", daemon=True).start()

    def _take(self, event: Loaded) -> None:
        """Go on with what has been made, and obey what waits. Raises InputError where there is nothing to think with."""
        from arena.uci.engine import Engine

        self.loading = None
        if event.thinker is not None:
            if self.engine:
                self.engine.close()
            self.engine, self.loaded, self.stale = Engine(event.thinker, self.options, self.say), event.wanted, True
            self._tell(f"thinking with {event.thinker.analyst.name}; loaded in {event.seconds:.1f} s")
        elif self.engine is None and event.wanted[:2] == self.asked[:2]:
            raise event.error or RuntimeError("there is nothing to think with")
        else:
            self._tell(str(event.error))
            good = self.loaded or self.asked
            self.options.put("WeightsFile", good.player or EMPTY)
            self.options.put("Backend", good.device)
        while self.waiting and self._can(self.waiting[0][0]):
            self._obey(self.waiting.pop(0))

    def _uci(self, words: list[str]) -> None:
        self.say(f"id name {engine_name(self.options.text('WeightsFile') or None)}")
        self.say("id author the authors of zero")
        for line in self.options.declared():
            self.say(line)
        self.say("uciok")

    def _debug(self, words: list[str]) -> None:
        self.options.debug = words[:1] != ["off"]

    def _setoption(self, words: list[str]) -> None:
        option, told = self.options.set(words)
        if told:
            self._tell(told)
        self.stale = True
        if option is not None and option.name == "Clear Hash" and self.engine:
            self.engine.forget()


def main(arguments: list[str]) -> int:
    """Run `zero uci` and return its exit status."""
    settings = parse(UciSettings, arguments, "zero uci", "Serve chess programs: the Universal Chess Interface.")
    check_file(settings.player)
    lost = threading.Event()

    def leave() -> None:
        lost.set()
        server.events.put(Ended())

    status = 0
    server = Server(typed_lines(), teller(sys.stdout, leave), settings.player, settings.device)
    try:
        server.run()
    except KeyboardInterrupt:
        status = 130
    if server.loading is not None:
        os._exit(status)  # a thread is in the middle of importing; an ordinary end would take the modules away under it
    if lost.is_set():
        raise BrokenPipeError
    return status
