"""What came of the pipeline: its players, and the matches between them.

Every match is kept in RUN/matches.jsonl as soon as it is over, so that only what is missing is played.
"""

import itertools
import math
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from arena.matches.book import default_opening_plies
from arena.matches.lines import derived_seed
from arena.matches.match import play_match
from arena.players.player import Player
from arena.players.recipes import read_player
from arena.ratings.elo import score_interval
from arena.ratings.kept import KeptMatch, KeptMatches, outcomes
from arena.ratings.table import Outcome, Table, rate
from games import spec_of
from games.game import Game
from selfplay.alphago.claims import CLAIMS, SAMPLING, Claim, Verdict
from zero.checkpoint_files import resolve

NETWORKS = ("imitation", "reinforce", "value")  # stages, and the folders of their runs
MATCHES = "matches.jsonl"
ROLLOUT_POLICY = Path("rollout/policy.safetensors")
FINISHED = "finished.json"  # in the folder of a stage that is done
MATCH_GAMES = 100  # at most: a kill loses those of one match
NETWORK_GAMES = 5  # times as many for a claim where nobody searches


def players(folder: Path, simulations: int, expert: str | None) -> dict[str, str]:
    """Return the players that a pipeline's folder holds: what each is called, and how it is typed.

    simulations: a move of all that search; expert: the player that was imitated, None where it was games from files.
    """
    found = {
        "random": "random",
        "expert": expert,
        "imitation": f"net:{folder}/imitation",
        "imitation, sampling": f"net:{folder}/imitation?temperature=1",
        "REINFORCE": f"net:{folder}/reinforce",
        "REINFORCE, sampling": f"net:{folder}/reinforce?temperature=1",
        "value network": f"value:{folder}/value",
        "search": f"alphago:{folder}@{simulations}",
        "search, no rollouts": f"alphago:{folder}@{simulations}?mix=0",
        "search, no value": f"alphago:{folder}@{simulations}?mix=1",
        "search, even priors": f"alphago:{folder}@{simulations}?prior=uniform",
        "search, REINFORCE priors": f"alphago:{folder}@{simulations}?prior=reinforce",
    }
    extras = {
        "from-random": {"REINFORCE from random, sampling": f"net:{folder}/from-random?temperature=1"},
        "shared": {"search, shared network": f"{folder}/shared@{simulations}"},
        "plain": {"search, two plain networks": f"alphago:{folder}/plain@{simulations}?mix=0"},
        "expert-iteration": {"expert iteration": f"{folder}/expert-iteration@{simulations}"},
    }
    for name, more in extras.items():
        if (folder / name / FINISHED).exists():
            found |= more
    return {name: text for name, text in found.items() if text is not None}


class Meetings:
    """The matches of a pipeline: those played, and those that are missing."""

    def __init__(
        self, game: Game, path: Path, entrants: dict[str, str], networks: dict[str, int], seed: int, device: str = "cpu"
    ) -> None:
        """path: where they are kept; entrants: what `players` returned; networks: what `digests` returned.

        Raises RunError where the file's matches were played with other networks.
        """
        self.game, self.entrants, self.seed, self.device = game, entrants, seed, device
        self.opening_plies = default_opening_plies(game)
        about = {"game": spec_of(game), "opening_plies": self.opening_plies, "networks": networks}
        self.kept = KeptMatches(path, about)

    def play(self, games: int, claim_games: int, progress: Callable[[int, int, str], None]) -> None:
        """Play what is missing: `games` between each two, and more where a claim needs them."""
        wanted = dict.fromkeys(itertools.combinations(self.entrants, 2), games)
        for claim in self.claims():
            pair = next(pair for pair in wanted if set(pair) == {claim.player, claim.against})
            wanted[pair] = max(games, claim_games * (NETWORK_GAMES if claim.quick else 1))
        total = sum(wanted.values())
        for a, b, count, before, done in self._missing(wanted):
            seed = derived_seed(self.seed, zlib.crc32(f"{a} {b} {before}".encode())) >> 1
            note = f"{a} - {b}"
            shown = lambda over, _, done=done, note=note: progress(done + over, total, note)  # noqa: E731
            result = play_match(self._made(a), self._made(b), self.game, count, self._opening_plies(a, b), seed, shown)
            self.kept.add(KeptMatch(a, b, result.results))

    def _missing(self, wanted: dict[tuple[str, str], int]) -> Iterator[tuple[str, str, int, int, int]]:
        """Give the matches to play: two names, games, games that these two have played, games of all that were played."""
        for (a, b), count in wanted.items():
            while (before := len(self.results(a, b))) < count:
                done = sum(min(count, len(self.results(*pair))) for pair, count in wanted.items())
                yield a, b, min(MATCH_GAMES, count - before), before, done

    def _opening_plies(self, a: str, b: str) -> int:
        """Return the random plies that games begin with: none where both players draw their moves, so that games differ."""
        return 0 if a.endswith(SAMPLING) and b.endswith(SAMPLING) else self.opening_plies

    @cache  # noqa: B019  (as long as the matches are played)
    def _made(self, name: str) -> Player:
        seed = derived_seed(self.seed, zlib.crc32(name.encode())) >> 1
        return read_player(self.entrants[name]).make(self.game, seed, device=self.device)

    def results(self, a: str, b: str) -> list[int]:
        """Return the results of all games between two players, for A: 1, 0 or -1; two that follow each other are a pair."""
        own = [result for match in self.kept.matches if (match.a, match.b) == (a, b) for result in match.results]
        return own + [-result for match in self.kept.matches if (match.a, match.b) == (b, a) for result in match.results]

    def claims(self) -> list[Claim]:
        """Return the claims whose players are there."""
        return [claim for claim in CLAIMS if {claim.player, claim.against} <= set(self.entrants)]

    def verdicts(self) -> list[Verdict]:
        """Return what the games say of each claim."""
        found = []
        for claim in self.claims():
            results = self.results(claim.player, claim.against)
            pairs = [(one + other + 2) / 4 for one, other in zip(results[::2], results[1::2], strict=True)]
            score = sum(pairs) / len(pairs) if pairs else math.nan
            found.append(Verdict(claim, score, *score_interval(pairs), len(results)))
        return found

    def games(self) -> list[Outcome]:
        """Return all games between the players."""
        return outcomes(self.kept.matches, {name: i for i, name in enumerate(self.entrants)})

    def table(self) -> Table:
        """Return the ratings, above the imitation policy that plays its best move."""
        return rate(list(self.entrants), self.games(), "imitation")


def digests(folder: Path) -> dict[str, int]:
    """Return a number for what each stage left: matches count for the networks that played them."""
    left = [resolve(str(folder / name)) for name in NETWORKS] + [folder / ROLLOUT_POLICY]
    return {path.relative_to(folder).parts[0]: zlib.crc32(path.read_bytes()) for path in left}
