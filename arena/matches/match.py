"""Two players meet: pairs of games with one opening and swapped colours. `zero match` is arena/matches/command.py."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from arena.matches.book import default_opening_plies, random_openings
from arena.matches.contest import Conditions, Contest, Pairing, PlayedGame
from arena.matches.lines import derived_seed
from arena.players.player import Player
from arena.ratings.elo import Elo, elo_difference
from arena.ratings.sprt import LaunchOrder, Sprt
from games.game import Game
from games.position import Position
from zero.errors import SettingsError

__all__ = ["Match", "MatchResult", "Tally", "check_games", "default_opening_plies", "play_match"]


class Tally(NamedTuple):
    """Results of the first player, A."""

    wins: int
    draws: int
    losses: int

    @property
    def games(self) -> int:
        return sum(self)

    @property
    def score(self) -> float:
        """Points per game: a win is 1, a draw ½. Half where there are no games."""
        return (self.wins + self.draws / 2) / self.games if self.games else 0.5


class MatchResult(NamedTuple):
    """How a match went, for A. Games 2i and 2i + 1 are pair i: A begins the first of them."""

    results: list[int]  # of each game that counts: 1 where A won, 0 draw, -1
    distinct_openings: int

    def tally(self, began: bool | None = None) -> Tally:
        """Return the results of all games, or of those that A began (the random opening included), or didn't begin."""
        chosen = self.results if began is None else self.results[0 if began else 1 :: 2]
        return Tally(chosen.count(1), chosen.count(0), chosen.count(-1))

    @property
    def pairs(self) -> list[float]:
        """The score of each pair: 0, ¼, ½, ¾ or 1."""
        return [(one + other + 2) / 4 for one, other in zip(self.results[::2], self.results[1::2], strict=True)]

    @property
    def elo(self) -> Elo:
        """A's Elo difference to B, with its 95 % interval."""
        return elo_difference(self.pairs)


class Match:
    """Pairs of games between A and B, and what has come of them so far."""

    def __init__(
        self,
        a: Player,
        b: Player,
        openings: tuple[Sequence[Position], int],
        conditions: Conditions | None = None,
        sprt: Sprt | None = None,
    ) -> None:
        """openings: of each pair, and how many of them are distinct. sprt: ends the match where it is decided."""
        self.players, self.conditions, self.sprt = (a, b), conditions, sprt
        self.openings, self.distinct = openings
        self.games: dict[int, PlayedGame] = {}  # that are over, by number
        self.order = LaunchOrder()

    def play(self) -> Iterator[PlayedGame]:
        """Give each game as it ends, until all are played or the test is decided."""
        pairings = [Pairing(a, 1 - a, opening) for opening in self.openings for a in (0, 1)]
        for game in Contest(self.players, self.conditions).play(pairings):
            self.games[game.number] = game
            yield game
            if self.sprt and self._is_over(game.number // 2):
                for score in self.order.finished(game.number // 2, self._score(game.number // 2)):
                    self.sprt.add(score)
                if self.sprt.state != "going on":
                    return

    def _score(self, pair: int) -> int:
        """Return A's quarters of a point a game."""
        return round(2 * (self.games[2 * pair].points(0) + self.games[2 * pair + 1].points(0)))

    def _is_over(self, pair: int) -> bool:
        return 2 * pair in self.games and 2 * pair + 1 in self.games

    def result(self) -> MatchResult:
        """Return what counts so far: whole pairs; under a test, those that it was told of."""
        pairs = [pair for pair in range(self.sprt.pairs if self.sprt else len(self.openings)) if self._is_over(pair)]
        results = [round(2 * self.games[2 * pair + i].points(0)) - 1 for pair in pairs for i in (0, 1)]
        return MatchResult(results, min(self.distinct, len(pairs)))


def play_match(
    a: Player,
    b: Player,
    game: Game,
    games: int,
    opening_plies: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> MatchResult:
    """Let A and B play `games` games, an even number.

    The openings come from the seed; the players' own chances from the seeds they were made with. Raises SettingsError
    where the numbers make no sense or no game outlasts the opening.
    """
    check_games(games)
    if opening_plies is not None and opening_plies < 0:
        raise SettingsError(f"expected opening_plies >= 0, got {opening_plies}")
    match = Match(a, b, random_openings(game, opening_plies, games // 2, derived_seed(seed, 0)))
    for _ in match.play():
        if progress:
            progress(len(match.games), games)
    return match.result()


def check_games(games: int) -> None:
    """Raise SettingsError where pairs of games don't add up to that number."""
    if games < 2 or games % 2:
        raise SettingsError(f"expected an even number of games from 2 on (pairs with swapped colours), got {games}")
