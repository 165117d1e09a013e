"""Many games between players, as matches, tournaments and ratings need them: the one loop that plays them.

Games run side by side, and the player that most of them wait for considers all of its positions in one call: so its
network sees large batches, whoever the opponents are. A game is launched as soon as its players have room for it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from arena.matches.adjudicate import DRAWN, Adjudication
from arena.matches.clock import TimeControl
from arena.matches.stopwatch import Stopwatch
from arena.players.player import MOST_TREES, Player, PlayerFailedError, PlayerResignedError, Thought, TimeLeft
from games.errors import InputError
from games.position import Position
from games.rules import ONGOING

Ending = Literal["rules", "adjudication", "resignation", "time", "failure"]


class ContestStoppedError(InputError):
    """A player failed, and the games were to stop then."""


class Pairing(NamedTuple):
    """A game to be played."""

    first: int  # number of the player on side 0
    second: int
    opening: Position  # that the game begins with; left as it is

    def player(self, side: int) -> int:
        """Return the number of the player on side 0 or 1."""
        return self.second if side else self.first


class PlayedGame(NamedTuple):
    """A game that is over."""

    number: int
    pairing: Pairing
    position: Position  # at the end
    thoughts: list[Thought]  # of each ply after the opening
    winner: int | None  # the side that won, None for a draw
    ending: Ending
    note: str  # what a player failed with
    seconds: float  # from its launch to its end

    @property
    def result(self) -> float:
        """Points of the player on side 0: 1, ½ or 0."""
        return 0.5 if self.winner is None else 1.0 - self.winner

    def points(self, player: int) -> float:
        """Return the points of a player: 1, ½ or 0."""
        return self.result if player == self.pairing.first else 1.0 - self.result


@dataclass(frozen=True)
class Conditions:
    """What holds for all games of a contest.

    Under a time control a player that takes longer than it may loses (arena/matches/stopwatch.py). Where many positions were
    considered in one call, each is taken to have needed an equal share of the time. Games with clocks are played one
    at a time.
    """

    adjudication: Adjudication = field(default_factory=Adjudication)
    time_control: TimeControl | None = None
    at_once: int = MOST_TREES  # games, at most
    stop_on_failure: bool = False  # rather than count the game as lost


class Contest:
    """Plays games between some players, each of which a Pairing names by its number."""

    def __init__(self, players: Sequence[Player], conditions: Conditions | None = None) -> None:
        self.players, self.conditions = players, conditions or Conditions()
        self.control = self.conditions.time_control
        self.at_once = 1 if self.control and not self.control.per_move else self.conditions.at_once
        self.running: list[_Game] = []

    def play(self, pairings: Sequence[Pairing], numbers: Sequence[int] | None = None) -> Iterator[PlayedGame]:
        """Play all games, launched in this order where their players have room, and give each as it ends.

        numbers: of the games; default: 0, 1, 2 …
        Raises ContestStoppedError where a player failed and the conditions say to stop.
        """
        waiting = list(zip(range(len(pairings)) if numbers is None else numbers, pairings, strict=True))
        if self.control and waiting:
            self._warm_up(waiting[0][1].opening)
        while waiting or self.running:
            waiting = self._launch(waiting)
            wait = Counter(game.mover for game in self.running)
            mover = min(wait, key=lambda player: (-wait[player], player))
            games = [game for game in self.running if game.mover == mover]
            self._move(self.players[mover], games)
            over = [game for game in games if game.over]
            if over:
                self.running = [game for game in self.running if not game.over]
                yield from (game.played() for game in over)
            failed = next((game for game in over if game.ending == "failure"), None)
            if failed and self.conditions.stop_on_failure:
                name = self.players[mover].name
                raise ContestStoppedError(f"stopped at game {failed.number + 1}, as asked: {name} {failed.note}")

    def _warm_up(self, opening: Position) -> None:
        """Let everybody think once, so that no clock runs while a program starts or a kernel compiles."""
        for player in self.players:
            player.time_left = TimeLeft(0.1)
            player.attempt([opening.copy() for _ in range(player.workers)])

    def _launch(self, waiting: list[tuple[int, Pairing]]) -> list[tuple[int, Pairing]]:
        """Begin as many games as there is room for; return those that still wait."""
        if not waiting or len(self.running) == self.at_once:
            return waiting
        room = [player.at_once for player in self.players]
        for game in self.running:
            room[game.pairing.first] -= 1
            room[game.pairing.second] -= 1
        left: list[tuple[int, Pairing]] = []
        for i, (number, pairing) in enumerate(waiting):
            if len(self.running) == self.at_once:
                return left + waiting[i:]
            if min(room[pairing.first], room[pairing.second]) < 1:
                left.append((number, pairing))
                continue
            room[pairing.first] -= 1
            room[pairing.second] -= 1
            self.running.append(_Game(number, pairing, self.conditions))
        return left

    def _move(self, player: Player, games: list["_Game"]) -> None:
        """Let a player move in games that wait for it."""
        player.time_left = games[0].time_left()  # the same for all: where there are clocks, there is one game
        began = time.perf_counter()
        answers = player.attempt([game.position for game in games])
        seconds = (time.perf_counter() - began) * min(player.workers, len(games)) / len(games)
        for game, answer in zip(games, answers, strict=True):
            if isinstance(answer, PlayerFailedError):
                game.fail(answer)
            else:
                game.move(answer, seconds)


class _Game:
    """A game that goes on. mover: the number of the player whose turn it is."""

    def __init__(self, number: int, pairing: Pairing, conditions: Conditions) -> None:
        self.number, self.pairing, self.adjudication = number, pairing, conditions.adjudication
        self.position = pairing.opening.copy()
        self.side = self.position.to_play
        self.mover = pairing.player(self.side)
        self.thoughts: list[Thought] = []
        self.values: list[float | None] = []  # what was expected at each ply, for side 0
        self.stopwatch = Stopwatch(conditions.time_control) if conditions.time_control else None
        self.over, self.note = False, ""
        self.winner: int | None = None
        self.ending: Ending = "rules"
        self.began = time.perf_counter()

    def time_left(self) -> TimeLeft | None:
        """Return what the player to move may spend."""
        return self.stopwatch.time_left(self.side) if self.stopwatch else None

    def move(self, thought: Thought, seconds: float) -> None:
        """Play what the player to move thought of in so many seconds; end the game where it is over then."""
        position, side = self.position, self.side
        if self.stopwatch and not self.stopwatch.spend(side, seconds):
            self._end(1 - side, "time")
            return
        position.play(thought.action)
        self.thoughts.append(thought)
        self.values.append(thought.value if side == 0 or thought.value is None else -thought.value)
        if position.outcome() != ONGOING:
            self._end(position.winner(), "rules")
            return
        verdict = self.adjudication.verdict(self.values)
        if verdict is not None:
            self._end(None if verdict == DRAWN else verdict, "adjudication")
            return
        self.side = position.to_play
        self.mover = self.pairing.player(self.side)

    def fail(self, error: PlayerFailedError) -> None:
        """The player to move has given up, or cannot move."""
        self.note = "" if isinstance(error, PlayerResignedError) else str(error)
        self._end(1 - self.side, "resignation" if isinstance(error, PlayerResignedError) else "failure")

    def _end(self, winner: int | None, ending: Ending) -> None:
        self.over, self.winner, self.ending = True, winner, ending

    def played(self) -> PlayedGame:
        """Return the game, which is over."""
        seconds = time.perf_counter() - self.began
        return PlayedGame(
            self.number, self.pairing, self.position, self.thoughts, self.winner, self.ending, self.note, seconds
        )
