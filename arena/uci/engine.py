"""What chess programs ask of an engine once it can think: positions, searches, and options that change both."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from arena.uci.go import Go, parse_go
from arena.uci.options import HASH, Options
from arena.uci.place import Place
from arena.uci.search import Search
from games.errors import InputError

if TYPE_CHECKING:
    from arena.analysis.thinker import Thinker

MOST_PERFT = 5  # plies: more would leave a client waiting


class Engine:
    """A thinker with the client's position and its search. Its methods are called from one thread, and return at once."""

    def __init__(self, thinker: "Thinker", options: Options, say: Callable[[str], None]) -> None:
        self.thinker, self.options, self.say = thinker, options, say
        self.place = Place(thinker.analyst.game)
        self.search: Search | None = None
        self.plain, self.room = thinker.analyst.settings, HASH

    @property
    def searching(self) -> bool:
        """Whether the client waits for the answer to a `go`."""
        return self.search is not None and self.search.running

    def apply(self) -> None:
        """Take over the options. No search may run."""
        analyst, numbers = self.thinker.analyst, self.options.number
        names = {"c_init": "CPuct", "fpu_reduction": "FpuValue", "root_temperature": "PolicyTemperature"}
        given = {field: numbers(name) for field, name in names.items() if numbers(name) is not None}
        analyst.tune(replace(self.plain, **given))  # type: ignore[arg-type]
        if self.room != self.options.whole("Hash"):
            self.room = self.options.whole("Hash")
            try:
                analyst.resize(self.room)
            except InputError as error:
                self.say(f"info string option Hash: {error}")

    def forget(self) -> None:
        """Forget all that has been searched."""
        self.stop()
        self.thinker.analyst.forget()

    def position(self, words: list[str]) -> None:
        """Go to the position that follows on `position`. Raises InputError where there is none such."""
        place = words.index("moves") if "moves" in words else len(words)
        start, moves = words[:place], words[place + 1 :]
        if start[:1] == ["fen"] and len(start) > 1:
            self.place.follow(" ".join(start[1:]), moves)
        elif start == ["startpos"]:
            self.place.follow(None, moves)
        else:
            raise InputError(f"position: expected startpos or fen FEN, then perhaps moves, got {' '.join(words)[:80]!r}")

    def go(self, words: list[str]) -> None:
        """Begin the search that follows on `go`; the one before it answers first."""
        go, wrong = parse_go(words)
        for text in wrong:
            self.say(f"info string {text}")
        self.stop()
        if not self.place.there:
            self.say("info string there is no position: the last one could not be read")
            self.say("info depth 0 score cp 0")
            self.say("bestmove (none)")
        elif go.perft is not None:
            self._perft(go)
        else:
            self.search = Search(self.thinker, self.place, go, self.options, self.say)
            if go.searchmoves and self.search.only is None:
                self.say("info string go: none of searchmoves is legal, so all moves are searched")
            self.search.start()

    def stop(self) -> None:
        """Let the search answer now, if one runs."""
        if self.search is not None:
            self.search.stop()

    def ponderhit(self) -> None:
        """Tell the search that the expected move has been made."""
        if self.search is not None:
            self.search.ponderhit()

    def look(self) -> None:
        """Answer for a search that has died."""
        if self.search is not None and self.search.dead:
            self.search.fail(self.thinker.error)

    def close(self) -> None:
        """End the search without an answer, and the thread."""
        if self.search is not None:
            self.search.cancel()
        self.thinker.close()

    def _perft(self, go: Go) -> None:
        """Count lines of play, as the debugging command of other engines; draws end no line."""
        from arena.files.chess_moves import move_on
        from games.perft import divide

        depth = min(MOST_PERFT, max(1, go.perft or 1))
        counts = divide(self.place.position, depth)
        for action, count in counts.items():
            self.say(f"{move_on(self.place.board, action).uci()}: {count}")
        self.say(f"info string nodes searched to depth {depth}: {sum(counts.values())}")
