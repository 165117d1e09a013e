"""Players from strings, as typed on the command line; KINDS lists them, and `zero players` shows the list.

A string is read in two steps, because a checkpoint tells which game it plays: `read_player` gives a Recipe, and
`Recipe.make` the player. torch is imported only where there is a checkpoint.
"""

import difflib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from arena.engines.texts import EngineText, read_engine
from arena.players.player import Player, PolicyPlayer, RandomPlayer, SearchPlayer, rollout_player
from games.catalogue import find, spec_of
from games.game import Game
from zero.checkpoint_files import resolve, shipped
from zero.errors import PlayerError

if TYPE_CHECKING:
    from zero.checkpoint import Checkpoint

Word = Literal["checkpoint", "net", "random", "minimax", "mcts", "solver", "uci", "gtp"]


class Kind(NamedTuple):
    """A kind of player, for a person who looks for one."""

    form: str  # what one types
    meaning: str
    games: str  # that it plays
    example: str


SHIPPED = "shipped"  # stands for the path of the network that comes with the package
KINDS = (
    Kind("FILE, RUN", "a checkpoint, or the newest of a run folder: search with its network", "its game", "runs/connect_four"),
    Kind("FILE@SIMULATIONS", "the same with so many simulations a move", "its game", "runs/connect_four@400"),
    Kind("FILE@TIME", "the same for so long a move", "its game", "runs/connect_four@0.5s"),
    Kind("net:FILE", "its network without search: the move that the policy likes best", "its game", "net:runs/connect_four"),
    Kind("shipped", "as FILE: the network that comes with zero", "tic_tac_toe, connect_four", "shipped@400, net:shipped"),
    Kind("random", "any legal move, all alike", "all games", "random"),
    Kind("minimax:DEPTH", "alpha-beta search, exact as far as it sees", "all games", "minimax:6"),
    Kind("mcts:SIMULATIONS", "tree search with random rollouts instead of a network", "all games", "mcts:1000"),
    Kind("solver", "perfect play", "connect_four on 6×7 cells", "solver"),
    Kind(
        "uci:COMMAND?OPTION=VALUE&…",
        "a chess engine; nodes=N or movetime=MS limits each move (default: a second)",
        "chess",
        "'uci:stockfish?Threads=1&nodes=1000'",
    ),
    Kind("gtp:COMMAND?movetime=MS", "a Go engine", "go, othello, gomoku, hex", "'gtp:gnugo --mode gtp --level 5'"),
)
EXPECTED = f"one of {'; '.join(kind.form for kind in KINDS)} (zero players tells more)"
NUMBERED = {"minimax": "DEPTH", "mcts": "SIMULATIONS"}
ALONE = ("random", "solver")
MOST = 10**8  # of simulations and depths
MOST_SECONDS = 10**5


@dataclass(frozen=True)
class Recipe:
    """A player that has been read, but not made."""

    text: str  # as typed
    kind: Word
    number: int | None = None  # DEPTH or SIMULATIONS, where given
    seconds: float | None = None  # a move, where given
    checkpoint: "Checkpoint | None" = None  # of the kinds checkpoint and net; None for the one that ships
    engine: EngineText | None = None  # of the kinds uci and gtp

    @property
    def game(self) -> Game | None:
        """The game that the player's checkpoint plays; None where it would play any."""
        return self.checkpoint.game if self.checkpoint else None

    def of(self, game: Game) -> "Recipe":
        """Return the recipe with the checkpoint that ships for the game, where it asks for that one.

        Raises PlayerError where none ships.
        """
        if self.kind not in ("checkpoint", "net") or self.checkpoint is not None:
            return self
        path = shipped(game)
        if path is None:
            raise PlayerError(f"player {self.text!r}: no network ships for {spec_of(game)}; train one: zero train {game.name}")
        from zero.checkpoint import read_checkpoint

        return replace(self, checkpoint=read_checkpoint(path, game))

    def digest(self) -> int | None:
        """Return a number that tells the player's network from others; None where it has none."""
        if self.checkpoint is None:
            return None
        from zero.checkpoint import arrays_of

        total = 0
        for _, array in sorted(arrays_of(self.checkpoint.network).items()):
            total = zlib.crc32(array.tobytes(), total)
        return total

    def without_search(self) -> "Recipe | None":
        """Return the policy head alone of a checkpoint, None for other players."""
        if self.kind not in ("checkpoint", "net"):
            return None
        return replace(self, text=f"net:{self.text}", kind="net", number=None, seconds=None)

    def make(
        self, game: Game, seed: int = 0, simulations: int | None = None, device: str = "cpu", timed: bool = False
    ) -> Player:
        """Return the player.

        seed:        of all its random choices.
        simulations: a move, for a checkpoint whose text does not say; default: those of the checkpoint's settings.
        timed:       shall a checkpoint whose text says neither simulations nor time search as long as a clock allows?
        Raises PlayerError where it cannot play the game.
        """
        if self.kind in ("checkpoint", "net"):
            return self.of(game)._from_checkpoint(game, simulations, device, timed)
        if self.engine is not None:
            return self.engine.make(game)
        if self.kind == "minimax":
            from arena.players.minimax import Minimax

            return Minimax(game, self.number or 1, seed)
        if self.kind == "mcts":
            return rollout_player(game, self.number or 1, seed)
        if self.kind == "solver":
            from arena.players.solver import SolverPlayer

            return SolverPlayer(game, seed)
        return RandomPlayer(game, seed)

    def _from_checkpoint(self, game: Game, simulations: int | None, device: str, timed: bool) -> Player:
        from zero.inference import device_of, evaluator_of

        assert self.checkpoint
        device_of(device)  # a device that isn't there is said at once
        if not same_game(self.checkpoint.game, game):
            raise PlayerError(f"player {self.text!r} plays {spec_of(self.checkpoint.game)}, but the game is {spec_of(game)}")
        evaluator = evaluator_of(self.checkpoint.network, device)
        if self.kind == "net":
            return PolicyPlayer(game, self.text, evaluator)
        search = self.checkpoint.search
        if self.seconds is not None or (timed and self.number is None and simulations is None):
            from arena.analysis.analyst import Analyst, watched
            from arena.players.timed import TimedPlayer

            return TimedPlayer(game, self.text, Analyst(game, self.text, evaluator, watched(search)), self.seconds)
        settings = replace(search, simulations=self.number or simulations or search.simulations)
        return SearchPlayer(game, self.text, settings, evaluator)


def read_player(text: str) -> Recipe:
    """Return the recipe of the player that `text` describes.

    Raises PlayerError with what is expected, and CheckpointError where a file is no checkpoint of ours.
    """
    word, colon, rest = text.partition(":")
    if word in NUMBERED:
        return Recipe(text, word, _number(text, rest, f"{word}:{NUMBERED[word]}"))  # type: ignore[arg-type]
    if word in ALONE:
        if colon:
            raise PlayerError(f"player {text!r}: expected {word} alone, got {colon + rest!r} after it")
        return Recipe(text, word)  # type: ignore[arg-type]
    if word in ("uci", "gtp") and colon:
        return Recipe(text, word, engine=read_engine(text, word, rest))  # type: ignore[arg-type]
    if word == "net" and colon:
        return Recipe(text, "net", checkpoint=_read(text, rest))
    path, at, limit = text.rpartition("@")
    if at and not _exists(text):
        number, seconds = _limit(text, limit)
        return Recipe(text, "checkpoint", number, seconds, _read(text, path))
    return Recipe(text, "checkpoint", checkpoint=_read(text, text))


def read_players(texts: Sequence[str], spec: str | None) -> tuple[Game, list[Recipe]]:
    """Return the one game that these players play, or that `spec` names, and their recipes with all they need for it.

    Raises PlayerError, CheckpointError or GameError where that cannot be.
    """
    recipes = [read_player(text) for text in texts]
    game = game_of(recipes, spec)
    return game, [recipe.of(game) for recipe in recipes]


def game_of(recipes: Sequence[Recipe], spec: str | None) -> Game:
    """Return the one game that all checkpoints among the players play, or that `spec` names.

    Raises PlayerError where they play different games, or none is named; GameError for an unknown one.
    """
    games = [(f"player {recipe.text!r}", recipe.game) for recipe in recipes if recipe.game is not None]
    if spec is not None:
        games.insert(0, (f"--game {spec}", find(spec)))
    if not games:
        raise PlayerError("which game? No player is a checkpoint that tells: name one, as in --game connect_four")
    (first, game), *others = games
    for other, its_game in others:
        if not same_game(its_game, game):
            raise PlayerError(f"expected one game, but {first} is for {spec_of(game)}, {other} for {spec_of(its_game)}")
    return game


def same_game(one: Game, other: Game) -> bool:
    """Return whether two games have the same rules: NamedTuples of different classes can be equal."""
    return type(one) is type(other) and one == other


def _number(text: str, digits: str, form: str) -> int:
    """Return the number in a player's text. Raises PlayerError where it is not a whole number from 1 on."""
    short = len(digits) <= len(str(MOST))
    if short and digits.isascii() and digits.isdigit() and 1 <= int(digits) <= MOST:
        return int(digits)
    raise PlayerError(f"player {text[:200]!r}: expected {form} with a whole number from 1 to {MOST}, got {digits[:40]!r}")


def _limit(text: str, limit: str) -> tuple[int | None, float | None]:
    """Return the simulations or the seconds that stand behind the @ of a player's text."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(m?)s", limit)
    if match is None:
        form = "FILE@SIMULATIONS (or a time, as in FILE@0.5s)"
        return _number(text, limit, form), None
    seconds = float(match[1]) / (1000 if match[2] else 1)
    if not 0 < seconds <= MOST_SECONDS:
        raise PlayerError(f"player {text[:200]!r}: expected a time above 0 and up to {MOST_SECONDS} s, got {limit!r}")
    return None, seconds


def _read(text: str, path_text: str) -> "Checkpoint | None":
    """Return the checkpoint at a path, None for the one that ships.

    Raises PlayerError where there is nothing, CheckpointError where it is no checkpoint.
    """
    if path_text == SHIPPED and not _exists(path_text):
        return None
    if not path_text or not _exists(path_text):
        missing = f"unknown player {text[:200]!r}{_hint(text, path_text)}: there is no such file or folder"
        raise PlayerError(f"{missing}; expected {EXPECTED}")
    from zero.checkpoint import read_checkpoint

    return read_checkpoint(resolve(path_text))


def _hint(text: str, path_text: str) -> str:
    """Return what may have been meant: a word for a player, or the name of a file beside."""
    word = text.partition(":")[0]
    words = [*ALONE, *NUMBERED, "net", "uci", "gtp", SHIPPED]
    close = [] if word == "net" else difflib.get_close_matches(word, words, n=1)
    if not close and 0 < len(path_text) < 1000 and "\0" not in path_text:
        path = Path(path_text)
        try:
            beside = [str(path.with_name(found.name)) for found in path.parent.iterdir()] if path.name else []
        except OSError:
            beside = []
        close = difflib.get_close_matches(str(path), beside, n=1, cutoff=0.8)
    return f" (did you mean {close[0]}?)" if close else ""


def _exists(path_text: str) -> bool:
    try:
        return Path(path_text).exists()
    except (OSError, ValueError):  # too long, or a null byte
        return False
