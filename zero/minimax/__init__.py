"""Minimax learning dynamics on zero-sum matrix games: why self-play cycles, and which updates converge.

    from zero.minimax import rock_paper_scissors, run
    path = run(rock_paper_scissors(), "extragradient")
    print(path.verdict, path.factor, path.distance[-1])

It stands by itself: plain numpy, no network, no tree. docs/minimax.md explains what it shows.
"""

from zero.minimax.dynamics import default_start, run, start_near
from zero.minimax.equilibrium import Equilibrium, exploitability, solve
from zero.minimax.methods import METHODS
from zero.minimax.path import Run
from zero.minimax.payoff_file import read_payoffs
from zero.minimax.payoffs import (
    MatrixGame,
    MatrixGameError,
    find_game,
    lizard_spock,
    matching_pennies,
    random_antisymmetric,
    rock_paper_scissors,
)
from zero.minimax.settings import DynamicsError, Settings

__all__ = [
    "METHODS",
    "DynamicsError",
    "Equilibrium",
    "MatrixGame",
    "MatrixGameError",
    "Run",
    "Settings",
    "default_start",
    "exploitability",
    "find_game",
    "lizard_spock",
    "matching_pennies",
    "random_antisymmetric",
    "read_payoffs",
    "rock_paper_scissors",
    "run",
    "solve",
    "start_near",
]
