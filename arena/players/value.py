"""value:FILE, a network's value without policy or search: argmax over actions of -V(the position after it)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from arena.players.player import MOST_TREES, Player, Thought
from games.game import Game
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, WIN
from zero.evaluators import Evaluator
from zero.search.walk import allocate_batch


class ValuePlayer(Player):
    """Plays the action after which the other stands worst, the lowest among equals; ends of the game count exactly."""

    def __init__(self, game: Game, name: str, evaluator: Callable[[Game, int], Evaluator]) -> None:
        super().__init__(game, name)
        self.batch = allocate_batch(game, MOST_TREES)
        self.evaluator = evaluator(game, MOST_TREES)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        children: list[Position] = []  # of all positions, where the game goes on
        known: list[list[tuple[float, float, float] | None]] = []  # [position][action] the mover's wdl, None to be asked
        for position in positions:
            ahead = position.copy()
            known.append([])
            for action in position.legal_actions():
                ahead.play(action)
                result = ahead.outcome()
                known[-1].append(None if result == ONGOING else _certain(-result))
                if result == ONGOING:
                    children.append(ahead.copy())
                ahead.undo()
        told = iter(self._others(children))
        return [_best(position, [wdl or next(told) for wdl in row]) for position, row in zip(positions, known, strict=True)]

    def _others(self, children: Sequence[Position]) -> list[tuple[float, float, float]]:
        """Return the probabilities of win, draw, loss in each position, for the player who is not to move there."""
        found: list[NDArray[np.float32]] = []
        for start in range(0, len(children), MOST_TREES):
            part = children[start : start + MOST_TREES]
            for i, child in enumerate(part):
                self.batch.planes[i] = child.planes()
                self.batch.states[i] = child.state
            found.append(np.array(self.evaluator.submit(self.batch, len(part))().wdl))
        return [(float(loss), float(draw), float(win)) for part in found for win, draw, loss in part]


def _certain(result: int) -> tuple[float, float, float]:
    return float(result == WIN), float(result == DRAW), float(result == LOSS)


def _best(position: Position, outcomes: Sequence[tuple[float, float, float]]) -> Thought:
    """Return the thought of the action with the best of the outcomes, given for the player to move."""
    values = [win - loss for win, _, loss in outcomes]
    best = int(np.argmax(values))
    return Thought(position.legal_actions()[best], values[best], outcomes[best])
