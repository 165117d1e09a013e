"""Positions of ours with all their moves, as boards of python-chess: what UCI and PGN speak of."""

import chess

from games.chess.notation import action_of, board_of, move_of, state_of
from games.position import Position


def board_with_moves(position: Position) -> chess.Board:
    """Return the board of a position of chess, with all moves that led to it."""
    states = [*position.frames(position.ply)[::-1], position.state]
    board = board_of(states[0])
    for state, action in zip(states, position.actions, strict=False):  # the last state has no action yet
        board.push(move_of(state, action))
    return board


def move_on(board: chess.Board, action: int) -> chess.Move:
    """Return a legal action as a move on a board."""
    return move_of(state_of(board), action)


def action_on(board: chess.Board, move: chess.Move) -> int | None:
    """Return a move on a board as an action; None where no piece could ever make it."""
    return action_of({"ply": board.ply()}, move) if move else None


def line_on(board: chess.Board, actions: tuple[int, ...]) -> list[chess.Move]:
    """Return a line of legal actions as moves, the first of them on the board."""
    board, moves = board.copy(stack=False), []
    for action in actions:
        moves.append(move_on(board, action))
        board.push(moves[-1])
    return moves
