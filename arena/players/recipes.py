"""Players from strings, as typed on the command line; KINDS lists them, and `zero players` shows the list.

A string is read in two steps, because a checkpoint tells which game it plays: `read_player` gives a Recipe, and
`Recipe.make` the player (arena/players/made.py). torch is imported only where there is a checkpoint.
"""

import difflib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from arena.engines.texts import EngineText, read_engine
from arena.players.alphago import Parts, read_parts, split, wish_of
from arena.players.kinds import EXPECTED, KINDS, SHIPPED, Kind
from arena.players.player import Player
from arena.players.texts import exists, limited, number_in, options_in, real_in
from games.catalogue import find, spec_of
from games.game import Game
from zero.checkpoint_files import resolve, shipped
from zero.errors import PlayerError

if TYPE_CHECKING:
    from zero.checkpoint import Checkpoint
    from zero.rollout_policy import RolloutPolicy

__all__ = ["KINDS", "Kind", "Recipe", "game_of", "read_player", "read_players", "same_game"]

Word = Literal["checkpoint", "net", "value", "alphago", "random", "minimax", "mcts", "solver", "uci", "gtp"]
OF_CHECKPOINTS = ("checkpoint", "net", "value")  # kinds that are made of one checkpoint
NUMBERED = {"minimax": "DEPTH", "mcts": "SIMULATIONS"}
ALONE = ("random", "solver")
HOTTEST = 100.0  # temperature


@dataclass(frozen=True)
class Recipe:
    """A player that has been read, but not made."""

    text: str  # as typed
    kind: Word
    number: int | None = None  # DEPTH or SIMULATIONS, where given
    seconds: float | None = None  # a move, where given
    checkpoint: "Checkpoint | None" = None  # of OF_CHECKPOINTS; None for the one that ships
    temperature: float = 0.0  # of the kind net: 0 plays the best move
    parts: Parts | None = None  # of the kind alphago
    policy: "RolloutPolicy | None" = None  # of the kind mcts: plays its rollouts
    engine: EngineText | None = None  # of the kinds uci and gtp

    @property
    def game(self) -> Game | None:
        """The game that the player's files are for; None where it would play any."""
        known = self.checkpoint or self.parts or self.policy
        return known.game if known else None

    def of(self, game: Game) -> "Recipe":
        """Return the recipe with the checkpoint that ships for the game, where it asks for that one.

        Raises PlayerError where none ships.
        """
        if self.kind not in OF_CHECKPOINTS or self.checkpoint is not None:
            return self
        path = shipped(game)
        if path is None:
            raise PlayerError(f"player {self.text!r}: no network ships for {spec_of(game)}; train one: zero train {game.name}")
        from zero.checkpoint import read_checkpoint

        return replace(self, checkpoint=read_checkpoint(path, game))

    def digest(self) -> int | None:
        """Return a number that tells the player's networks and weights from others; None where it has none."""
        parts = self.parts
        policy, mix = (parts.policy, parts.mix) if parts else (self.policy, 0.0)
        checkpoints = [self.checkpoint, *([parts.prior, parts.value] if parts else [])]
        if policy is None and not any(checkpoints):
            return None
        total = zlib.crc32(f"{mix}".encode()) if parts else 0
        for checkpoint in filter(None, checkpoints):
            from zero.checkpoint import arrays_of

            for _, array in sorted(arrays_of(checkpoint.network).items()):
                total = zlib.crc32(array.tobytes(), total)
        return total if policy is None else zlib.crc32(policy.weights.tobytes(), total)

    def without_search(self) -> "Recipe | None":
        """Return the policy head alone of a checkpoint, None for other players."""
        if self.kind not in OF_CHECKPOINTS:
            return None
        return replace(self, text=f"net:{self.text}", kind="net", number=None, seconds=None)

    def make(
        self, game: Game, seed: int = 0, simulations: int | None = None, device: str = "cpu", timed: bool = False
    ) -> Player:
        """Return the player.

        seed:        of all its random choices.
        simulations: a move, for a checkpoint (or a run of zero alphago) whose text does not say; default: its own.
        timed:       shall a checkpoint whose text says neither simulations nor time search as long as a clock allows?
        Raises PlayerError where it cannot play the game.
        """
        from arena.players.made import make

        return make(self.of(game), game, seed, simulations, device, timed)


def read_player(text: str) -> Recipe:
    """Return the recipe of the player that `text` describes.

    Raises PlayerError with what is expected, and CheckpointError where a file is no checkpoint of ours.
    """
    word, colon, rest = text.partition(":")
    if word in NUMBERED:
        return _read_numbered(text, word, rest)
    if word in ALONE:
        if colon:
            raise PlayerError(f"player {text!r}: expected {word} alone, got {colon + rest!r} after it")
        return Recipe(text, word)  # type: ignore[arg-type]
    if word in ("uci", "gtp") and colon:
        return Recipe(text, word, engine=read_engine(text, word, rest))  # type: ignore[arg-type]
    if word in READERS and colon:
        return READERS[word](text, rest)
    path, number, seconds = limited(text, text)
    return Recipe(text, "checkpoint", number, seconds, _read(text, path))


def _read_numbered(text: str, word: str, rest: str) -> Recipe:
    """Return the recipe of minimax:DEPTH, mcts:SIMULATIONS or mcts:SIMULATIONS?policy=FILE."""
    digits, options = options_in(text, rest, ("policy",)) if word == "mcts" else (rest, {})
    recipe = Recipe(text, word, number_in(text, digits, f"{word}:{NUMBERED[word]}"))  # type: ignore[arg-type]
    if "policy" not in options:
        return recipe
    from zero.rollout_policy import read_rollout_policy

    return replace(recipe, policy=read_rollout_policy(Path(options["policy"])))


def _read_net(text: str, rest: str) -> Recipe:
    """Return the recipe of net:FILE or net:FILE?temperature=T."""
    path, options = options_in(text, rest, ("temperature",))
    temperature = real_in(text, options, "temperature", HOTTEST) or 0.0
    return Recipe(text, "net", checkpoint=_read(text, path), temperature=temperature)


def _read_value(text: str, rest: str) -> Recipe:
    """Return the recipe of value:FILE."""
    return Recipe(text, "value", checkpoint=_read(text, rest))


def _read_alphago(text: str, rest: str) -> Recipe:
    """Return the recipe of alphago:RUN, with or without a limit and options."""
    run, number, seconds, options = split(text, rest)
    return Recipe(text, "alphago", number, seconds, parts=read_parts(text, run, wish_of(text, options)))


READERS = {"net": _read_net, "value": _read_value, "alphago": _read_alphago}


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


def _read(text: str, path_text: str) -> "Checkpoint | None":
    """Return the checkpoint at a path, None for the one that ships.

    Raises PlayerError where there is nothing, CheckpointError where it is no checkpoint.
    """
    if path_text == SHIPPED and not exists(path_text):
        return None
    if not path_text or not exists(path_text):
        missing = f"unknown player {text[:200]!r}{_hint(text, path_text)}: there is no such file or folder"
        raise PlayerError(f"{missing}; expected {EXPECTED}")
    from zero.checkpoint import read_checkpoint

    return read_checkpoint(resolve(path_text))


def _hint(text: str, path_text: str) -> str:
    """Return what may have been meant: a word for a player, or the name of a file beside."""
    word = text.partition(":")[0]
    words = [*ALONE, *NUMBERED, "net", "value", "alphago", "uci", "gtp", SHIPPED]
    close = [] if word in ("net", "value") else difflib.get_close_matches(word, words, n=1)
    if not close and 0 < len(path_text) < 1000 and "\0" not in path_text:
        path = Path(path_text)
        try:
            beside = [str(path.with_name(found.name)) for found in path.parent.iterdir()] if path.name else []
        except OSError:
            beside = []
        close = difflib.get_close_matches(str(path), beside, n=1, cutoff=0.8)
    return f" (did you mean {close[0]}?)" if close else ""
