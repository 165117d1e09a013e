"""Random games of our kernels, recorded ply by ply and held against somebody else's rules; laws of notation and planes."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from games.jit import kernel
from games.position import Position
from games.rules import ONGOING, initial, key, legal_actions, outcome, play
from zero.random import random_below

BATCH = 4096  # plies recorded at a time


class Oracle(Protocol):
    """A game by somebody else, from its first position on. Actions are numbered as ours are."""

    def legal(self) -> list[int]:
        """Return the legal actions, ascending."""

    def play(self, action: int) -> None:
        """Make a legal move."""

    def result(self) -> int | None:
        """Return None while the game goes on, then 1, 0 or -1 for the player who began."""


class Record(NamedTuple):
    """Games one after the other, of P plies in all at most."""

    actions: Any  # [P] int32
    counts: Any  # [P] int32, how many legal actions
    legal: Any  # [P, max_legal] int32
    starts: Any  # [P + 1] int32, first ply of each game and, last, the end
    results: Any  # [P] int32, of each game, for the player who began


@kernel
def record_games(game, random, states, past, looks_back, record, enough):
    """Play random games until `enough` plies are recorded, and the last game is over; return the number of games.

    random: [1] uint64 generator state; states: [1], past: [max_plies] scratch; record: modified.
    """
    ply, games = 0, 0
    while ply < enough:
        record.starts[games] = ply
        initial(game, states[0])
        begin = ply
        while True:
            known = past[: (ply - begin) * looks_back]
            result = outcome(game, states[0], known)
            if result != ONGOING:
                break
            count = legal_actions(game, states[0], known, record.legal[ply])
            record.counts[ply] = count
            record.actions[ply] = record.legal[ply, random_below(random, 0, count)]
            if looks_back:
                past[ply - begin] = key(game, states[0])
            play(game, states[0], record.actions[ply])
            ply += 1
        record.results[games] = result if (ply - begin) % 2 == 0 else -result
        games += 1
    record.starts[games] = ply
    return games


def compare(game: Any, oracle: Callable[[], Oracle], plies: int, seed: int = 0) -> tuple[int, int]:
    """Play random games of at least so many plies, and again by the oracle: same legal moves, same end, same result.

    Returns how many plies and games were compared.
    """
    size = min(BATCH, plies) + game.max_plies
    shape = {"counts": (size,), "actions": (size,), "legal": (size, game.max_legal), "starts": (size + 1,), "results": (size,)}
    record = Record(**{name: np.zeros(shape[name], np.int32) for name in Record._fields})
    random = np.array([seed], np.uint64)
    states, past = np.zeros(1, game.state_dtype), np.zeros(game.max_plies * game.looks_back, np.int64)
    done = games = 0
    while done < plies:
        count = record_games(game, random, states, past, int(game.looks_back), record, min(BATCH, plies))
        for i in range(count):
            _follow(record, i, oracle())
        done += int(record.starts[count])
        games += count
    return done, games


def _follow(record: Record, number: int, oracle: Oracle) -> None:
    """Play one recorded game by the oracle."""
    start, end = record.starts[number : number + 2].tolist()
    actions = record.actions[start:end].tolist()
    for ply in range(start, end):
        so_far = actions[: ply - start]
        assert oracle.result() is None, f"over after {so_far}"
        assert oracle.legal() == record.legal[ply, : record.counts[ply]].tolist(), f"after {so_far}"
        oracle.play(actions[ply - start])
    assert oracle.result() == record.results[number], f"after {actions}"


class Spiel:
    """A game of OpenSpiel whose actions are numbered as ours."""

    def __init__(self, game: Any) -> None:
        self.state = game.new_initial_state()

    def legal(self) -> list[int]:
        return self.state.legal_actions()

    def play(self, action: int) -> None:
        self.state.apply_action(action)

    def result(self) -> int | None:
        return int(self.state.returns()[0]) if self.state.is_terminal() else None


def random_position(game: Any, random: np.random.Generator, plies: int | None = None) -> Position:
    """Return a position of a random game, that is not over, after so many plies (None: any number) or fewer."""
    position = Position(game)
    for _ in range(int(random.integers(game.max_plies)) if plies is None else plies):
        position.play(int(random.choice(position.legal_actions())))
        if position.outcome() != ONGOING:
            position.undo()
            break
    return position


def check_notation(game: Any, random: np.random.Generator, positions: int) -> None:
    """Check that every legal action comes back from its notation, in the image under each symmetry too."""
    inverses = np.argsort(game.symmetries.actions, axis=1)
    for _ in range(positions):
        position = random_position(game, random)
        for inverse in inverses:
            image = Position(game)
            for action in position.actions:
                image.play(int(inverse[action]))
            legal = image.legal_actions()
            assert sorted(inverse[position.legal_actions()].tolist()) == legal
            names = image.move_names()
            assert len({*names}) == len(legal)
            assert [image.read_move(name) for name in names] == legal
            assert [image.read_move(name.upper()) for name in names] == legal


def letters_of(planes: np.ndarray, to_play: int) -> str:
    """Return the cells by rows as letters, read off the planes: mine and the other's, X for who began."""
    mine, theirs = "XO" if to_play == 0 else "OX"
    return "".join(mine if a else theirs if b else "." for a, b in zip(planes[0].flat, planes[1].flat, strict=True))


def in_state(game: Any, text: str) -> Position:
    """Return the position that a text describes."""
    return Position(game, game.read_state(text))
