"""minimax:DEPTH: a player that searches with alpha-beta, exact as far as it sees."""

import random
from collections.abc import Sequence

from arena.players.alpha_beta import INFINITE, WIN_SCORE, allocate, begin, go_on
from arena.players.player import Player, Thought
from games.game import Game
from games.position import Position

NODES_A_CALL = 1 << 20  # about a tenth of a second, then Python may look at signals


class Minimax(Player):
    """Plays a move with the best score within `depth` plies, a random one among equals."""

    def __init__(self, game: Game, depth: int, seed: int) -> None:
        super().__init__(game, f"minimax:{depth}")
        self.depth = min(depth, game.max_plies)
        self.stack = allocate(game, self.depth)
        self.random = random.Random(seed)

    def consider(self, positions: Sequence[Position]) -> list[Thought]:
        return [self._consider(position) for position in positions]

    def best_moves(self, position: Position) -> tuple[int, list[int]]:
        """Return the score of a position that is not over, and all actions that reach it, ascending."""
        stack, before = self.stack, len(position.past)
        stack.states[0] = position.state
        stack.past[:before] = position.past
        best = -INFINITE
        actions: list[int] = []
        for action in position.legal_actions():
            begin(self.game, stack, self.depth, before, action, -INFINITE, 1 - best)
            while not go_on(self.game, stack, self.depth, before, NODES_A_CALL):
                pass
            score = -int(stack.frames[1].best)
            if score > best:
                best, actions = score, []
            if score == best:
                actions.append(action)
        return best, actions

    def _consider(self, position: Position) -> Thought:
        score, actions = self.best_moves(position)
        action = self.random.choice(actions)
        if score == 0:
            certain = position.ply + self.depth >= self.game.max_plies  # then every line was followed to its end
            return Thought(action, 0.0, (0.0, 1.0, 0.0)) if certain else Thought(action, 0.0)
        wdl = (1.0, 0.0, 0.0) if score > 0 else (0.0, 0.0, 1.0)
        return Thought(action, wdl[0] - wdl[2], wdl, WIN_SCORE - abs(score))
