"""Players that do as they are told, for tests of contests: they answer at once, fail, are late, or expect something."""

import time

from arena.players.player import Player, PlayerFailedError, Thought


class Scripted(Player):
    """Plays the lowest legal action; remembers how many positions it was asked about in each call.

    value:   what it expects, for the player to move, by the side that moves: (side 0, side 1).
    failing: at which of its moves it fails, counted from 1 over all games. delay: seconds for each position.
    """

    def __init__(self, game, name="scripted", value=(None, None), failing=(), delay=0.0, at_once=512):
        super().__init__(game, name)
        self.value, self.failing, self.delay, self.at_once = value, failing, delay, at_once
        self.calls = []
        self.moves = 0
        self.closed = 0

    def attempt(self, positions):
        self.calls.append([list(position.actions) for position in positions])
        return [self._answer(position) for position in positions]

    def consider(self, positions):
        return self.attempt(positions)

    def _answer(self, position):
        self.moves += 1
        time.sleep(self.delay)
        if self.moves in self.failing:
            return PlayerFailedError("has ended")
        return Thought(position.legal_actions()[0], self.value[position.to_play])

    def close(self):
        self.closed += 1
