"""Players from strings, as typed on the command line.

    FILE or RUN[@SIMULATIONS]   a checkpoint, or the newest one of a run folder, with search
    net:FILE or net:RUN         its policy head alone
    random                      any legal move
    minimax:DEPTH               alpha-beta, exact as far as it sees
    mcts:SIMULATIONS            a search with uniform priors and random rollouts
    solver                      perfect play of Connect Four on 6×7 cells

A string is read in two steps, because a checkpoint tells which game it plays: `read_player` gives a Recipe, and
`Recipe.make` the player. torch is imported only where there is a checkpoint.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from arena.player import Player, PolicyPlayer, RandomPlayer, SearchPlayer, rollout_player
from games.catalogue import find, spec_of
from games.game import Game
from zero.errors import PlayerError

if TYPE_CHECKING:
    from zero.checkpoint import Checkpoint

Kind = Literal["checkpoint", "net", "random", "minimax", "mcts", "solver"]
NUMBERED = {"minimax": "DEPTH", "mcts": "SIMULATIONS"}
EXPECTED = "a checkpoint file or run folder (also FILE@SIMULATIONS), net:FILE, random, minimax:DEPTH, mcts:SIMULATIONS or solver"
MOST = 10**8  # of simulations and depths


@dataclass(frozen=True)
class Recipe:
    """A player that has been read, but not made."""

    text: str  # as typed
    kind: Kind
    number: int | None = None  # DEPTH or SIMULATIONS, where given
    checkpoint: "Checkpoint | None" = None

    @property
    def game(self) -> Game | None:
        """The game that the player's checkpoint plays; None where it would play any."""
        return self.checkpoint.game if self.checkpoint else None

    def without_search(self) -> "Recipe | None":
        """Return the policy head alone of a checkpoint, None for other players."""
        return replace(self, text=f"net:{self.text}", kind="net", number=None) if self.checkpoint else None

    def make(self, game: Game, seed: int = 0, simulations: int | None = None, device: str = "cpu") -> Player:
        """Return the player.

        seed:        of all its random choices.
        simulations: a move, for a checkpoint whose text does not say; default: those of the checkpoint's settings.
        Raises PlayerError where it cannot play the game.
        """
        if self.checkpoint:
            return self._from_checkpoint(game, simulations, device)
        if self.kind == "minimax":
            from arena.minimax import Minimax

            return Minimax(game, self.number or 1, seed)
        if self.kind == "mcts":
            return rollout_player(game, self.number or 1, seed)
        if self.kind == "solver":
            from arena.solver import SolverPlayer

            return SolverPlayer(game, seed)
        return RandomPlayer(game, seed)

    def _from_checkpoint(self, game: Game, simulations: int | None, device: str) -> Player:
        from zero.inference import device_of, evaluator_of

        assert self.checkpoint
        device_of(device)  # a device that isn't there is said at once
        if not same_game(self.checkpoint.game, game):
            raise PlayerError(f"player {self.text!r} plays {spec_of(self.checkpoint.game)}, but the game is {spec_of(game)}")
        evaluator = evaluator_of(self.checkpoint.network, device)
        if self.kind == "net":
            return PolicyPlayer(game, self.text, evaluator)
        search = self.checkpoint.search
        settings = replace(search, simulations=self.number or simulations or search.simulations)
        return SearchPlayer(game, self.text, settings, evaluator)


def read_player(text: str) -> Recipe:
    """Return the recipe of the player that `text` describes.

    Raises PlayerError with what is expected, and CheckpointError where a file is no checkpoint of ours.
    """
    word, colon, rest = text.partition(":")
    if word in NUMBERED:
        return Recipe(text, word, _number(text, rest, f"{word}:{NUMBERED[word]}"))  # type: ignore[arg-type]
    if word in ("random", "solver"):
        if colon:
            raise PlayerError(f"player {text!r}: expected {word} alone, got {colon + rest!r} after it")
        return Recipe(text, word)  # type: ignore[arg-type]
    if word == "net" and colon:
        return Recipe(text, "net", checkpoint=_read(text, rest))
    path, at, number = text.rpartition("@")
    if at and not _exists(text):
        return Recipe(text, "checkpoint", _number(text, number, "FILE@SIMULATIONS"), _read(text, path))
    return Recipe(text, "checkpoint", checkpoint=_read(text, text))


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


def _read(text: str, path_text: str) -> "Checkpoint":
    """Return the checkpoint at a path. Raises PlayerError where there is nothing, CheckpointError where it is no checkpoint."""
    if not path_text or not _exists(path_text):
        word = text.partition(":")[0]
        close = [] if word == "net" else difflib.get_close_matches(word, ["random", "solver", "minimax", "mcts", "net"], n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise PlayerError(f"unknown player {text[:200]!r}{hint}: there is no such file or folder; expected {EXPECTED}")
    from zero.checkpoint import read_checkpoint, resolve

    return read_checkpoint(resolve(path_text))


def _exists(path_text: str) -> bool:
    try:
        return Path(path_text).exists()
    except (OSError, ValueError):  # too long, or a null byte
        return False
