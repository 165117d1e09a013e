"""Positions of recorded games as the network sees them: each game is played again up to a ply, encoded and turned.

Records hold moves, not planes. To play a game of chess again takes a few microseconds, a step of training a hundred
times as long for each position.
"""

import numpy as np
from numpy.typing import NDArray

from games.game import Game, Symmetries
from games.jit import kernel
from games.rules import ONGOING, encode, initial, key, legal_actions, outcome, play


class Encoder:
    """Writes positions of games as planes and legal actions, seen through symmetries of the board."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.symmetries: Symmetries = game.symmetries
        self.inverse = np.argsort(self.symmetries.actions, axis=1).astype(np.int32)  # [S, num_actions] where each action goes

    def turns(self, size: int, random: np.random.Generator | None) -> NDArray[np.int64]:
        """Return [size] symmetries drawn at random; the identity where there is no generator."""
        if random is None:
            return np.zeros(size, np.int64)
        return random.integers(0, len(self.symmetries.actions), size)

    def encode(
        self,
        actions: NDArray[np.int32],
        starts: NDArray[np.int64],
        plies: NDArray[np.int64],
        turns: NDArray[np.int64],
        planes: NDArray[np.uint8],
        legal: NDArray[np.bool_],
        endings: NDArray[np.uint8] | None = None,
    ) -> None:
        """Write the positions before some plies.

        actions: [P] of many games; starts: [G + 1] where each game's plies begin; plies: [n] into `actions`; turns: [n].
        planes: [n, P, R, C], legal: [n, num_actions] False on entry; both modified.
        endings: [n, P, R, C], modified: each game's last recorded position with the same player to move as at its ply.
        """
        game, longest = self.game, int(np.diff(starts).max(initial=0)) + 1
        owners = np.searchsorted(starts, plies, side="right") - 1
        firsts, ends, cells = starts[owners], starts[owners + 1], self.symmetries.cells
        states, past = np.zeros(longest, game.state_dtype), np.zeros(longest, np.int64)
        shown, one = np.zeros(game.history, game.state_dtype), np.zeros(game.plane_shape, np.uint8)
        scratch = game.looks_back, states, past, shown, one
        options = np.zeros(game.max_legal, np.int32)
        encode_plies(game, actions, firsts, plies, turns, self.inverse, cells, *scratch, options, planes, legal)
        if endings is not None:
            encode_lasts(game, actions, firsts, ends - (ends - plies) % 2, turns, cells, *scratch, endings)


@kernel
def replay_game(game, actions, states, past):
    """Play moves from the first position. actions: [n]; states: [n + 1], past: [n] keys, modified: the positions in between."""
    initial(game, states[0])
    for i in range(len(actions)):
        past[i] = key(game, states[i])
        states[i + 1] = states[i]
        play(game, states[i + 1], actions[i])


@kernel
def encode_plies(
    game, actions, firsts, plies, turns, inverse, cells, looks_back, states, past, shown, one, options, planes, legal
):
    """Play each game again up to a ply, and write that position's planes and legal actions; see Encoder.encode.

    firsts: [n] the first ply of each game; inverse, cells: tables of the symmetries.
    states, past: [longest game + 1], shown: [history], one: [P, R, C], options: [max_legal] scratch.
    """
    for n in range(len(plies)):
        count, side = plies[n] - firsts[n], turns[n]
        known = encode_after(game, actions[firsts[n] : plies[n]], cells[side], looks_back, states, past, shown, one, planes[n])
        for i in range(legal_actions(game, states[count], known, options)):
            legal[n, inverse[side, options[i]]] = True


@kernel
def encode_lasts(game, actions, firsts, lasts, turns, cells, looks_back, states, past, shown, one, planes):
    """Write the planes of each game's position before ply `lasts`, which may be behind its end; see encode_plies."""
    for n in range(len(lasts)):
        moves = actions[firsts[n] : lasts[n]]
        encode_after(game, moves, cells[turns[n]], looks_back, states, past, shown, one, planes[n])


@kernel
def encode_after(game, actions, cells, looks_back, states, past, shown, one, planes):
    """Write the planes [P, R, C] of the position after some moves, turned; return the keys that its rules look back on."""
    count = len(actions)
    replay_game(game, actions, states, past)
    known = past[: count * looks_back]
    frames = min(len(shown), count + 1)
    for i in range(frames):
        shown[i] = states[count - i]
    one[:] = 0
    encode(game, shown[:frames], known, one)
    columns = one.shape[2]
    for plane in range(one.shape[0]):
        for cell in range(one.shape[1] * columns):
            source = cells[cell]
            planes[plane, cell // columns, cell % columns] = one[plane, source // columns, source % columns]
    return known


@kernel
def lawful_plies(game, actions, labels, starts, looks_back, states, past, options, found):
    """Count the plies of each game before the first that is not in order: its move and its label have to be legal actions.

    actions, labels: [P], a label below zero is none; starts: [G + 1].
    states, past: [longest game + 1], options: [max_legal] scratch; found: [G] int64, modified.
    """
    for g in range(len(found)):
        first, count = starts[g], starts[g + 1] - starts[g]
        initial(game, states[0])
        found[g] = count
        for i in range(count):
            known = past[: i * looks_back]
            move, label = False, labels[first + i] < 0
            if outcome(game, states[i], known) == ONGOING:
                for k in range(legal_actions(game, states[i], known, options)):
                    move |= options[k] == actions[first + i]
                    label |= options[k] == labels[first + i]
            if not (move and label):
                found[g] = i
                break
            past[i] = key(game, states[i])
            states[i + 1] = states[i]
            play(game, states[i + 1], actions[first + i])
