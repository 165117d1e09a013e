"""What the tests of chess share: kernels that walk through games, and positions as python-chess sees them."""

from collections import Counter

import numpy as np

from games.chess import Chess, board_of
from games.chess.notation import action_of
from games.jit import kernel
from games.perft import perft as count
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, initial, key, legal_actions, outcome, play
from zero.random import random_below, seed_of

NO_PAST = np.empty(0, np.int64)


def perft(fen, depth):
    """Return the number of lines of `depth` plies from a position."""
    return count(Position(Chess(), Chess().read_state(fen)), depth)


@kernel
def random_game(game, seed, number, shuffling, states, past, legal, counts, actions):
    """Play a random game from states[0] and return (plies, outcome).

    shuffling: one move of two (on average) takes the player's last move back, where that is legal.
    states, past, legal, counts, actions: [max_plies + 1, …] written by ply; counts are the numbers of legal actions.
    """
    random = np.zeros(1, np.uint64)
    random[0] = seed_of(seed, number, 0)
    ply = 0
    while True:
        result = outcome(game, states[ply], past[:ply])
        if result != ONGOING:
            return ply, result
        count = legal_actions(game, states[ply], past[:ply], legal[ply])
        counts[ply] = count
        action = legal[ply, random_below(random, 0, count)]
        if shuffling and ply >= 3 and random_below(random, 0, 2) == 0:
            for i in range(count):
                states[ply + 1] = states[ply]
                play(game, states[ply + 1], legal[ply, i])
                if states[ply + 1].theirs == states[ply - 3].theirs:
                    action = legal[ply, i]
        actions[ply] = action
        past[ply] = key(game, states[ply])
        states[ply + 1] = states[ply]
        play(game, states[ply + 1], action)
        ply += 1


class Games:
    """Random games of one kind, played in a kernel."""

    def __init__(self, game, seed, shuffling=False):
        plies = game.max_plies + 1
        self.game, self.seed, self.shuffling = game, seed, shuffling
        self.states = np.zeros(plies + 1, game.state_dtype)
        self.past = np.zeros(plies, np.int64)
        self.legal = np.zeros((plies, game.max_legal), np.int32)
        self.counts = np.zeros(plies, np.int64)
        self.actions = np.zeros(plies, np.int32)
        self.plies, self.outcome = 0, 0

    def play(self, number, fen=None):
        """Play game `number`; the arrays hold it then."""
        if fen is None:
            initial(self.game, self.states[0])
        else:
            self.states[0] = self.game.read_state(fen)
        arrays = self.states, self.past, self.legal, self.counts, self.actions
        self.plies, self.outcome = random_game(self.game, self.seed, number, self.shuffling, *arrays)

    def legal_at(self, ply):
        """Return the legal actions at a ply."""
        return self.legal[ply, : self.counts[ply]].tolist()


def expected_moves(board, state):
    """Return the legal moves of python-chess by action, in ascending order of the actions."""
    return dict(sorted((action_of(state, move), move) for move in board.legal_moves))


def expected_outcome(game, board, can_move, times):
    """Return the outcome of a position by the rules as python-chess knows them, for the player to move.

    can_move: whether there is a legal move; times: how often the position has stood on the board, this time included.
    """
    if not can_move:
        return LOSS if board.is_check() else DRAW
    if board.is_insufficient_material() or board.ply() >= game.plies:
        return DRAW
    if game.claims:
        return DRAW if board.halfmove_clock >= 100 or times >= 3 else ONGOING
    return DRAW if board.halfmove_clock >= 150 or times >= 5 else ONGOING


def facts(board):
    """Return all that makes a position on a board of python-chess; the en passant square only where a capture is legal."""
    return board._transposition_key(), board.castling_rights, board.halfmove_clock, board.fullmove_number


def replay(games):
    """Replay a finished game with python-chess; yield (ply, board, legal moves by action, how often it stood there by now)."""
    board, seen = board_of(games.states[0]), Counter()
    for ply in range(games.plies + 1):
        state, moves = games.states[ply], expected_moves(board, games.states[ply])
        expected = facts(board)
        assert facts(board_of(state)) == expected, (board.fen(), games.actions[:ply])
        seen[expected[0]] += 1
        yield ply, board, moves, seen[expected[0]]
        if ply < games.plies:
            board.push(moves[int(games.actions[ply])])
