"""`zero match A B`."""

import contextlib
import json
import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from arena.matches.lines import derived_seed
from arena.matches.match import Match, check_games
from arena.matches.progress import shown_progress
from arena.matches.record import GameFile, record_of
from arena.matches.settings import ContestSettings
from arena.players.recipes import read_players
from arena.ratings.elo import Elo
from arena.ratings.sprt import Sprt
from games.catalogue import spec_of
from games.game import Game
from zero.errors import SettingsError
from zero.flags import parse

SHOWN_EVERY = 0.25  # seconds


@dataclass(frozen=True, kw_only=True)
class MatchSettings(ContestSettings):
    """What `zero match` is asked to do."""

    a: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="A")]
    """A player: FILE or RUN[@SIMULATIONS or @TIME], net:FILE, random, minimax:DEPTH, mcts:SIMULATIONS … (zero players)."""
    b: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="B")]
    """The other player."""
    games: int = 400
    """Games in all, an even number: each opening is played twice, with swapped colours."""
    sprt: str | None = None
    """ELO0,ELO1: end the match as soon as it is decided whether A is stronger by ELO0 at most or by ELO1 at least."""
    alpha: float = 0.05
    """Of the test: probability of deciding for ELO1 where ELO0 is true."""
    beta: float = 0.05
    """Of the test: probability of deciding for ELO0 where ELO1 is true."""
    save: Path | None = None
    """Append each game, as soon as it is over, to a file: .pgn (chess), .sgf (Go, Othello, Gomoku, Hex), .txt (others)."""
    list_games: bool = False
    """With --json: all games, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_games(self.games)
        self.test()

    def test(self) -> Sprt | None:
        """Return the test that may end the match. Raises SettingsError where its numbers make no sense."""
        if self.sprt is None:
            return None
        try:
            elo0, elo1 = (float(text) for text in self.sprt.split(","))
        except ValueError:
            raise SettingsError(f"expected sprt as ELO0,ELO1, as in --sprt 0,10, got {self.sprt!r}") from None
        return Sprt(elo0, elo1, self.alpha, self.beta)


def main(arguments: list[str]) -> int:
    """Run `zero match` and return its exit status."""
    settings = parse(MatchSettings, arguments, "zero match", "Let two players meet, and say how far apart they are.")
    game, recipes = read_players([settings.a, settings.b], settings.game)
    openings = settings.openings(game, settings.games // 2, derived_seed(settings.seed, 0))
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(contextlib.closing(GameFile(settings.save, game, "zero match"))) if settings.save else None
        a, b = settings.make(recipes, game, stack)
        match = Match(a, b, openings, settings.conditions(), settings.test())
        try:
            _play(match, settings, file)
        except BaseException:  # interrupted, or stopped as asked: what has been played counts
            if match.games and not settings.json:
                print(as_text(match, settings, game))
            raise
    print(json.dumps(all_as_json(match, settings, game)) if settings.json else as_text(match, settings, game))
    return 0


def _play(match: Match, settings: MatchSettings, file: GameFile | None) -> None:
    names, shown = (settings.a, settings.b), 0.0
    with shown_progress(f"{settings.a} - {settings.b}") as progress:
        for played in match.play():
            if file:
                file.add(record_of(played, names))
            if time.monotonic() - shown > SHOWN_EVERY:
                shown, result = time.monotonic(), match.result()
                told = "+{} ={} -{}".format(*result.tally())
                progress(len(match.games), settings.games, f"{told}, Elo {_elo_text(result.elo)}")


def all_as_json(match: Match, settings: MatchSettings, game: Game) -> dict[str, Any]:
    """Return the match as one object for JSON; what is infinite is None."""
    result, names = match.result(), (settings.a, settings.b)
    tally, elo, endings = result.tally(), result.elo, Counter(played.ending for played in match.games.values())
    found = {
        "game": spec_of(game),
        "a": settings.a,
        "b": settings.b,
        "games": tally.games,
        "wins": tally.wins,
        "draws": tally.draws,
        "losses": tally.losses,
        "score": tally.score,
        "elo": _finite(elo.difference),
        "elo_low": _finite(elo.low),
        "elo_high": _finite(elo.high),
        "first": result.tally(began=True)._asdict(),
        "second": result.tally(began=False)._asdict(),
        "pairs": [result.pairs.count(score / 4) for score in range(5)],
        "distinct_openings": result.distinct_openings,
        "endings": dict(sorted(endings.items())),
        "failures": _failures(match, names),
        "seed": settings.seed,
    }
    if match.sprt:
        test = match.sprt
        found["sprt"] = {"state": test.state, "llr": test.llr, "lower": test.lower, "upper": test.upper}
    if settings.list_games:
        found["played"] = [record_of(played, names)._asdict() for _, played in sorted(match.games.items())]
    return found


def _failures(match: Match, names: tuple[str, str]) -> list[str]:
    """Return a line for each game that a player failed in."""
    lines = []
    for number, played in sorted(match.games.items()):
        if played.ending == "failure":
            loser = played.pairing.player(1 - (played.winner or 0))
            told = played.note if played.note.startswith(names[loser]) else f"{names[loser]} {played.note}"
            lines.append(f"game {number + 1}: {told}")
    return lines


def as_text(match: Match, settings: MatchSettings, game: Game) -> str:
    """Return the match as lines for a person."""
    result = match.result()
    tally = result.tally()
    lines = [f"{spec_of(game)}: A is {settings.a}, B is {settings.b}", f"{'':<12}{'wins':>7}{'draws':>7}{'losses':>7}"]
    for label, part in (("A", tally), ("  first", result.tally(began=True)), ("  second", result.tally(began=False))):
        lines.append(f"{label:<12}{part.wins:>7}{part.draws:>7}{part.losses:>7}")
    lines += [f"score {100 * tally.score:.1f} % of {tally.games} games", f"Elo difference {_elo_text(result.elo)}"]
    if match.sprt:
        lines.append(_test_text(match.sprt, settings))
    endings = Counter(played.ending for played in match.games.values() if played.ending != "rules")
    if endings:
        told = ", ".join(f"{count} by {ending}" for ending, count in sorted(endings.items()))
        lines.append(f"games not ended by the rules: {told}")
    lines += _failures(match, (settings.a, settings.b))
    if result.distinct_openings < tally.games // 2:
        lines.append(
            f"There are only {result.distinct_openings} distinct openings for {tally.games // 2} pairs: "
            "they came again, so the interval holds only if the players vary their moves."
        )
    return "\n".join(lines)


def _test_text(test: Sprt, settings: MatchSettings) -> str:
    told = {
        "accept H0": f"it is decided for ELO0: A is not stronger by {test.elo1:g}",
        "accept H1": f"it is decided for ELO1: A is stronger by more than {test.elo0:g}",
    }.get(test.state, "it is not decided: more games are needed")
    bounds = f"bounds {test.lower:+.2f} and {test.upper:+.2f}"
    return f"sequential test {settings.sprt}: {told} (log-likelihood ratio {test.llr:+.2f}, {bounds})"


def _elo_text(elo: Elo) -> str:
    if math.isinf(elo.difference):
        bound = f"at least {elo.low:+.0f}" if elo.difference > 0 else f"at most {elo.high:+.0f}"
        return f"{bound} with 95 % confidence (one side won every game)"
    return f"{elo.difference:+.0f}, 95 % interval {elo.low:+.0f} to {elo.high:+.0f}"


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
