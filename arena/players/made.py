"""Making players from what was read of their texts (arena/players/recipes.py)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from arena.players.player import Player, PolicyPlayer, RandomPlayer, SearchPlayer, rollout_player
from games.catalogue import spec_of
from games.game import Game
from zero.errors import PlayerError
from zero.mixture import Make
from zero.search.settings import SearchSettings

if TYPE_CHECKING:
    from arena.players.recipes import Recipe

ALPHAGO = SearchSettings(policy="puct")  # of alphago:RUN; simulations come from its text, alphago.json or the command


def make(recipe: "Recipe", game: Game, seed: int, simulations: int | None, device: str, timed: bool) -> Player:
    """Return the player of a recipe. Arguments and errors: as for Recipe.make."""
    from arena.players.recipes import same_game

    if recipe.game is not None and not same_game(recipe.game, game):
        raise PlayerError(f"player {recipe.text!r} plays {spec_of(recipe.game)}, but the game is {spec_of(game)}")
    if recipe.checkpoint is not None or recipe.parts is not None:
        return _with_networks(recipe, game, seed, simulations, device, timed)
    if recipe.engine is not None:
        return recipe.engine.make(game)
    if recipe.kind == "minimax":
        from arena.players.minimax import Minimax

        return Minimax(game, recipe.number or 1, seed)
    if recipe.kind == "mcts":
        return rollout_player(game, recipe.number or 1, seed, recipe.text, recipe.policy)
    if recipe.kind == "solver":
        from arena.players.solver import SolverPlayer

        return SolverPlayer(game, seed)
    return RandomPlayer(game, seed)


def thinking(recipe: "Recipe", device: str, seed: int) -> tuple[Make, SearchSettings]:
    """Return what evaluates for a recipe of a checkpoint or of alphago:RUN, and the settings of its search.

    Raises SettingsError for a device that is not there.
    """
    if recipe.parts is not None:
        given = recipe.parts.simulations
        return recipe.parts.evaluator(device, seed), replace(ALPHAGO, simulations=given) if given else ALPHAGO
    from zero.inference import device_of, evaluator_of

    assert recipe.checkpoint
    device_of(device)  # a device that isn't there is said at once
    return evaluator_of(recipe.checkpoint.network, device), recipe.checkpoint.search


def _with_networks(recipe: "Recipe", game: Game, seed: int, simulations: int | None, device: str, timed: bool) -> Player:
    evaluator, search = thinking(recipe, device, seed)
    if recipe.kind == "net":
        return PolicyPlayer(game, recipe.text, evaluator, recipe.temperature, seed)
    if recipe.kind == "value":
        from arena.players.value import ValuePlayer

        return ValuePlayer(game, recipe.text, evaluator)
    if recipe.seconds is not None or (timed and recipe.number is None and simulations is None):
        from arena.analysis.analyst import Analyst, watched
        from arena.players.timed import TimedPlayer

        return TimedPlayer(game, recipe.text, Analyst(game, recipe.text, evaluator, watched(search)), recipe.seconds)
    settings = replace(search, simulations=recipe.number or simulations or search.simulations)
    return SearchPlayer(game, recipe.text, settings, evaluator)
