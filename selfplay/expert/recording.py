"""Games of players as records: random openings, one file's games as one contest, what each move was thought of."""

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from arena.matches.contest import Contest, Pairing, PlayedGame
from arena.matches.lines import derived_seed, position_after, random_games
from arena.players.player import Player
from arena.players.recipes import Recipe
from games.catalogue import spec_of
from games.game import Game
from games.position import Position
from selfplay.records import Records
from selfplay.slots import OPENING, QUICK
from zero.errors import SettingsError

OPENINGS = 0  # which of the streams of a seed they are drawn from; those of the players follow


class Batch(NamedTuple):
    """Games that are played as one contest, and written into one file."""

    records: Records  # of the games that ended
    failures: list[str]  # a line for each game that a player failed in; these are not among the records


def random_opening(game: Game, most: int, seed: int, number: int) -> Position:
    """Return an opening of 0 to `most` random plies, all numbers of plies alike, in which the game goes on.

    Raises SettingsError where no game lasts so long.
    """
    dice = np.random.default_rng([derived_seed(seed, OPENINGS), number])
    plies, stream = int(dice.integers(most + 1)), dice.integers(2**63, size=1).astype(np.uint64)
    moves, past = np.zeros((1, plies), np.int32), np.zeros((plies + 1) * game.looks_back, np.int64)
    if not random_games(game, stream, np.zeros(1, game.state_dtype), moves, past, np.zeros(game.max_legal, np.int32)):
        raise SettingsError(f"opening_plies {most}: in {spec_of(game)} every game is over after {plies} plies; expected fewer")
    return position_after(game, moves[0])


def play_batch(
    game: Game,
    make: Callable[[contextlib.ExitStack, int], Sequence[Player]],
    numbers: range,
    seed: int,
    opening_plies: int,
    watch: Callable[[int], None],
) -> Batch:
    """Play some games of one or two players; the same for the same numbers and seed, as far as the players' chances are.

    make:    makes the players, which are closed with the stack, given a seed of their own for these games.
    numbers: of the games. With two players, games 2i and 2i + 1 have one opening, and the first player begins game 2i.
    watch:   told how many games are over.
    """
    with contextlib.ExitStack() as stack:
        players = make(stack, derived_seed(derived_seed(seed, OPENINGS + 1) >> 1, numbers.start))
        pairings = []
        for number in numbers:
            other = len(players) - 1  # oneself, where there is one player
            opening = random_opening(game, opening_plies, seed, number // 2 if other else number)
            pairings.append(Pairing(other, 0, opening) if number % 2 else Pairing(0, other, opening))
        played: list[PlayedGame] = []
        for one in Contest(players).play(pairings, list(numbers)):
            played.append(one)
            watch(len(played))
        names = [player.name for player in players]
    played.sort(key=lambda one: one.number)
    failures = [_failure(one, names) for one in played if one.ending == "failure"]
    return Batch(records_of([one for one in played if one.ending != "failure"]), failures)


def _failure(one: PlayedGame, names: Sequence[str]) -> str:
    name = names[one.pairing.player(1 - (one.winner or 0))]
    told = one.note if one.note.startswith(name) else f"{name} {one.note}"
    return f"game {one.number + 1}: {told}"


def records_of(played: Sequence[PlayedGame]) -> Records:
    """Return games that are over as records. What a player does not know, a value or the share of draws, is NaN."""
    thoughts = [thought for one in played for thought in one.thoughts]
    kinds = np.array([kind for one in played for kind in _kinds(one)], np.int8)
    values, draws = np.full((2, len(kinds)), np.nan, np.float32)
    values[kinds == QUICK] = [math.nan if thought.value is None else thought.value for thought in thoughts]
    draws[kinds == QUICK] = [math.nan if thought.wdl is None else thought.wdl[1] for thought in thoughts]
    return Records(
        games=np.array([one.number for one in played], np.int64),
        starts=np.concatenate([[0], np.cumsum([one.position.ply for one in played])]).astype(np.int64),
        outcomes=np.array([round(2 * one.result) - 1 for one in played], np.int8),
        given_up=np.array([one.ending == "resignation" for one in played], np.int8),
        actions=np.array([action for one in played for action in one.position.actions], np.int32),
        kinds=kinds,
        values=values,
        draws=draws,
        best=np.full(len(kinds), np.nan, np.float32),
        surprise=np.zeros(len(kinds), np.float32),
        policy_starts=np.zeros(len(kinds) + 1, np.int64),
        policies=np.zeros(0, np.uint16),
    )


def _kinds(one: PlayedGame) -> list[int]:
    opening = one.pairing.opening.ply
    return [OPENING] * opening + [QUICK] * (one.position.ply - opening)


def first_games(records: Records, count: int) -> Records:
    """Return the first `count` games of records without policies."""
    plies = int(records.starts[count])
    by_ply = ("actions", "kinds", "values", "draws", "best", "surprise")
    return records._replace(
        games=records.games[:count],
        starts=records.starts[: count + 1],
        outcomes=records.outcomes[:count],
        given_up=records.given_up[:count],
        policy_starts=records.policy_starts[: plies + 1],
        **{name: getattr(records, name)[:plies] for name in by_ply},
    )


def players_of(
    recipes: Sequence[Recipe], game: Game, simulations: int | None, device: str
) -> Callable[[contextlib.ExitStack, int], Sequence[Player]]:
    """Return what `play_batch` makes its players with."""

    def make(stack: contextlib.ExitStack, seed: int) -> list[Player]:
        players = [recipe.make(game, derived_seed(seed >> 1, i), simulations, device) for i, recipe in enumerate(recipes)]
        for player in players:
            stack.callback(player.close)
        return players

    return make
