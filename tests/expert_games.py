"""Games to learn from, for tests: random ones, and those of an expert who always plays the first legal move."""

import numpy as np

from games.position import Position
from games.rules import ONGOING
from selfplay.expert.games import ExpertGames, from_records, write_games
from selfplay.records import Records, write_shard
from selfplay.slots import FULL, OPENING


def random_game(game, random, opening=100):
    """Return a finished game: `opening` random moves, then always the legal action of the lowest number."""
    position = Position(game)
    while position.legal_actions():
        legal = position.legal_actions()
        position.play(int(random.choice(legal)) if position.ply < opening else legal[0])
    return position


def outcome_for_first(position):
    """Return the outcome of a game for the player who began."""
    outcome = position.outcome()
    return outcome if outcome == ONGOING or position.to_play == 0 else -outcome


def records_of(game, positions, opening=0):
    """Return games as the engine records them. opening: the plies at the start of each that nobody chose."""
    lengths = np.array([position.ply for position in positions])
    plies = int(lengths.sum())
    numbers = np.concatenate([np.arange(length) for length in lengths])
    fields = {name: np.zeros(plies, np.float32) for name in ("values", "draws", "best", "surprise")}
    return Records(
        games=np.arange(len(positions)),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        outcomes=np.array([outcome_for_first(position) for position in positions], np.int8),
        given_up=np.zeros(len(positions), np.int8),
        actions=np.concatenate([position.actions for position in positions]).astype(np.int32),
        kinds=np.where(numbers < opening, OPENING, FULL).astype(np.int8),
        policy_starts=np.zeros(plies + 1, np.int64),
        policies=np.zeros(0, np.uint16),
        **fields,
    )


def write_records(path, game, random, count=40, opening=100, unlabelled=0):
    """Write a file of recorded games; return the games."""
    positions = [random_game(game, random, opening) for _ in range(count)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_shard(path, game, 1, records_of(game, positions, unlabelled))
    return positions


def collection(folder, game, shards, ratings=None, unlabelled=0):
    """Write a collection by hand. shards: the games of each, as positions; ratings: of all players, [2].

    unlabelled: plies at the start of each game that are not learned from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, positions in enumerate(shards):
        games: ExpertGames = from_records(records_of(game, positions, unlabelled))
        if ratings is not None:
            games = games._replace(ratings=np.tile(np.array(ratings, np.int16), (len(positions), 1)))
        write_games(folder / f"{number:06}.safetensors", game, games)
    return folder
