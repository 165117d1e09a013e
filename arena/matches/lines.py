"""Random lines of play: the openings of a match, and positions to test players with."""

from typing import Any

import numpy as np

from games.game import Game
from games.jit import kernel
from games.position import Position
from games.rules import ONGOING, initial, key, legal_actions, outcome, play
from zero.random import random_below, seed_of

LEAST_BATCH, MOST_BATCH = 64, 1024  # lines made at a time; twice as many each time
PATIENCE = 16  # batches without a new position after which there is none left to find
GAMES_A_LINE = 100_000  # random games in search of one that is still going on, before that ply counts as out of reach


def derived_seed(seed: int, purpose: int) -> int:
    """Return the seed of one of several independent streams. seed: from 0 to 2**63 - 1."""
    return int(seed_of(seed, purpose, 0))


class RandomLines:
    """Distinct positions after a number of random legal moves, in which the game goes on. The same for the same seed."""

    def __init__(self, game: Game, plies: int, seed: int) -> None:
        self.game, self.plies = game, plies
        self.random = np.array([seed], np.uint64)
        self.seen: set[bytes] = set()
        self.waiting: list[list[int]] = []
        self.batch = LEAST_BATCH

    def next(self) -> list[int] | None:
        """Return the moves to another position; None where no new one turns up."""
        for _ in range(PATIENCE):
            if self.waiting:
                break
            self._play_on()
        return self.waiting.pop(0) if self.waiting else None

    def _play_on(self) -> None:
        """Play a batch of games and keep those that lead to new positions."""
        game = self.game
        moves = np.zeros((self.batch, self.plies), np.int32)
        states = np.zeros(self.batch, game.state_dtype)
        self.batch = min(2 * self.batch, MOST_BATCH)
        past = np.zeros((self.plies + 1) * game.looks_back, np.int64)
        count = random_games(game, self.random, states, moves, past, np.zeros(game.max_legal, np.int32))
        for state, line in zip(states[:count], moves[:count], strict=True):
            board = state.tobytes()
            if board not in self.seen:
                self.seen.add(board)
                self.waiting.append([int(action) for action in line])


@kernel
def random_games(game, random, states, moves, past, legal):
    """Play random games until `states` is full of positions after moves.shape[1] plies; return how many there are.

    Gives up, and returns fewer, after GAMES_A_LINE games without one that is still going on at that ply.
    random: [1] uint64 generator state; states: [n]; moves: [n, plies] int32; past: [plies + 1] int64 scratch, or empty
    for games that don't look back; legal: [max_legal] int32 scratch. All are modified in place.
    """
    plies, found, tries = moves.shape[1], 0, 0
    looks_back = past.shape[0] > 0
    while found < states.shape[0] and tries < GAMES_A_LINE:
        tries += 1
        state = states[found]
        initial(game, state)
        ply = 0
        while outcome(game, state, past[: ply * looks_back]) == ONGOING:
            if ply == plies:
                found += 1
                tries = 0
                break
            count = legal_actions(game, state, past[: ply * looks_back], legal)
            if looks_back:
                past[ply] = key(game, state)
            moves[found, ply] = legal[random_below(random, 0, count)]
            play(game, state, moves[found, ply])
            ply += 1
    return found


def position_after(game: Game, moves: Any) -> Position:
    """Return the position after these actions. Raises MoveError where one is not legal."""
    position = Position(game)
    for action in moves:
        position.play(int(action))
    return position


def openings(game: Game, plies: int, count: int, seed: int) -> tuple[list[list[int]], int]:
    """Return `count` random openings of that many plies, and how many of them are distinct.

    Where there are fewer distinct positions than that, they come again in turn. None where every game is over by then.
    """
    lines = RandomLines(game, plies, seed)
    found: list[list[int]] = []
    while len(found) < count:
        line = lines.next()
        if line is None:
            break
        found.append(line)
    return [found[i % len(found)] for i in range(count)] if found else [], len(found)


def spread(game: Game, count: int, seed: int) -> list[Position]:
    """Return that many distinct random positions in which the game goes on, every ply alike.

    Each ply gives one position in turn, as long as it has another: early plies run out, and the rest give more. Fewer
    than `count` where there are no more.
    """
    plies = {ply: RandomLines(game, ply, derived_seed(seed, ply)) for ply in range(game.max_plies)}
    found: list[Position] = []
    while len(found) < count and plies:
        for ply in list(plies):
            line = plies[ply].next() if len(found) < count else None
            if line is not None:
                found.append(position_after(game, line))
            elif len(found) < count:
                del plies[ply]
    return sorted(found, key=lambda position: position.ply)
