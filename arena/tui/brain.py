"""What thinks while the screen goes on: the machine's moves, hints and analysis, in threads of their own.

Nothing here waits for a search: wishes are put in a row, and a wish that is out of date when its turn comes is dropped.
Answers are told as messages, in a thread of ours, with the number of the wish.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from textual.message import Message

from arena.matches.lines import derived_seed
from arena.tui.strength import LEVELS, Strength, chosen
from games.game import Game
from games.position import Position

if TYPE_CHECKING:
    from arena.analysis.analyst import Analyst, Report
    from arena.analysis.thinker import Thinker
    from arena.players.player import Player, Thought
    from arena.tui.play import PlaySettings

EVERY = 0.25  # seconds from one picture of a search to the next


@dataclass(frozen=True)
class Machine:
    """What is there to think with."""

    name: str
    analyst: "Analyst"  # for hints and analysis, and to play with where there is no other player
    player: "Player | None" = None  # who plays instead, where it is not a search that can be watched
    full: Strength = LEVELS["full"]  # of the analyst


class Ready(Message):
    """The machine can think now."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine


class Failed(Message):
    """Something went wrong in the background."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class Found(Message):
    """What a search has found so far. final: it has ended."""

    def __init__(self, wish: int, report: "Report", final: bool) -> None:
        super().__init__()
        self.wish, self.report, self.final = wish, report, final


class Answered(Message):
    """The machine has chosen a move. thought: what a player without a search to be watched thinks of it."""

    def __init__(self, wish: int, action: int, report: "Report | None", thought: "Thought | None") -> None:
        super().__init__()
        self.wish, self.action, self.report, self.thought = wish, action, report, thought


def machine_of(game: Game, settings: "PlaySettings", default: int) -> Machine:
    """Return the machine that the settings describe. default: simulations where nothing tells.

    Raises PlayerError and CheckpointError. This imports torch where there is a network.
    """
    from arena.analysis.analyst import analyst_of
    from arena.players.recipes import read_player

    recipe = read_player(settings.opponent) if settings.opponent else None
    if recipe is None or recipe.kind in ("checkpoint", "alphago"):
        ships = recipe is None or recipe.game is None
        analyst = analyst_of(game, None if ships else settings.opponent, settings.device)
        full = Strength(settings.simulations or (recipe.number if recipe else None) or default)
        if recipe and recipe.seconds and not settings.simulations:
            full = Strength(None, 0.0, recipe.seconds)
        return Machine(settings.opponent or analyst.name.removesuffix(f" for {game.name}"), analyst, full=full)
    player = recipe.make(game, derived_seed(settings.seed, 1), settings.simulations or default, settings.device)
    return Machine(player.name, analyst_of(game, None, settings.device), player, Strength(settings.simulations or default))


class Brain:
    """Thinks for one screen. tell: takes messages from any thread."""

    def __init__(self, tell: Callable[[Message], object], seed: int) -> None:
        self.tell = tell
        self.random = Random(derived_seed(seed, 2))
        self.machine: Machine | None = None
        self.wish = 0  # of the newest; older ones are dropped
        self._thinker: Thinker | None = None
        self._wishes: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="brain", daemon=True)
        self._thread.start()

    def load(self, make: Callable[[], Machine]) -> None:
        """Get the machine; told: Ready, or Failed."""

        def work() -> None:
            machine = make()
            from arena.analysis.thinker import Thinker

            first = Position(machine.analyst.game)
            machine.analyst.search(first, simulations=2)  # kernels that are not compiled yet must not hold a key press up
            machine.analyst.forget()
            self._thinker = Thinker(machine.analyst)
            self.machine = machine
            self.tell(Ready(machine))

        self._wishes.put(work)

    def run(self, work: Callable[[], object]) -> None:
        """Do something else in the background, in its turn; told: Failed, where it fails."""
        self._wishes.put(work)

    def finish(self) -> None:
        """End the search, and tell what it has found."""
        if self._thinker is not None:
            self._wishes.put(self._thinker.stop)

    def stop(self) -> None:
        """Let go of what is being thought; nothing more is told of it."""
        self.wish += 1
        if self._thinker is not None:
            self._wishes.put(self._thinker.stop)

    def analyse(self, position: Position, strength: Strength | None = None) -> int:
        """Search a position until stopped, or as long as a strength says; told: Found. Returns the wish's number."""
        limit = strength or Strength(None)
        return self._wish(position, lambda wish, position: self._search(wish, position, limit, False))

    def move(self, position: Position, strength: Strength) -> int:
        """Choose a move; told: Found, where there is something to be watched, and Answered. Returns the wish's number."""
        return self._wish(position, lambda wish, position: self._choose(wish, position, strength))

    def close(self) -> None:
        """End all thinking, and what players have running beside us."""
        self.wish += 1
        self._wishes.put(None)
        if self._thinker is not None:
            self._thinker.close()
        if self.machine and self.machine.player:
            with contextlib.suppress(OSError):
                self.machine.player.close()

    def _wish(self, position: Position, work: Callable[[int, Position], None]) -> int:
        self.wish += 1
        wish, position = self.wish, position.copy()
        self._wishes.put(lambda: work(wish, position))
        return wish

    def _work(self) -> None:
        while (work := self._wishes.get()) is not None:
            try:
                work()
            except BaseException as error:
                self.tell(Failed(error))

    def _search(self, wish: int, position: Position, strength: Strength, moves: bool) -> None:
        """Begin a search. moves: is a move to be chosen at its end?"""
        from arena.analysis.thinker import Limit

        if wish != self.wish or self._thinker is None:
            return

        def watch(report: "Report") -> None:
            if wish == self.wish:
                self.tell(Found(wish, report, False))

        def done(report: "Report") -> None:
            if wish != self.wish:
                return
            if moves:
                self.tell(Answered(wish, chosen(report.lines, strength.temperature, self.random), report, None))
            else:
                self.tell(Found(wish, report, True))

        self._thinker.start(position, Limit(strength.simulations, strength.seconds), watch, EVERY, done)

    def _choose(self, wish: int, position: Position, strength: Strength) -> None:
        if wish != self.wish or self.machine is None:
            return
        if self.machine.player is None:
            if strength.temperature and self._thinker:  # a weak level must not profit from what analysis has found
                self._thinker.stop()
                self.machine.analyst.forget()
            self._search(wish, position, strength, True)
            return
        thought = self.machine.player.think(position)
        if wish == self.wish:
            self.tell(Answered(wish, thought.action, None, thought))
