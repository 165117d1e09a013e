"""`zero minimax GAME`: what happens when two learners chase each other on a matrix game, in a table and a figure."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import tyro

from zero.flags import parse
from zero.minimax.dynamics import default_start, find_method, run, start_near
from zero.minimax.equilibrium import Equilibrium, solve
from zero.minimax.methods import METHODS
from zero.minimax.path import Run
from zero.minimax.payoffs import FloatArray, MatrixGame, find_game
from zero.minimax.report import as_json, table
from zero.minimax.settings import DynamicsError, Settings

PICTURES = (".png", ".svg", ".pdf")
DEFAULTS = Settings()


@dataclass(frozen=True)
class Options:
    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")] = "rps"
    """rps, rpsls (with lizard and spock), pennies, random (antisymmetric), or a CSV file of payoffs to player 1"""
    method: str = "simgad,extragradient,anchored"
    """with commas between them, or all: simgad, alternating, extragradient, optimistic, anchored, single, single-anchored"""
    steps: int = DEFAULTS.steps
    """steps of learning"""
    alpha: float = DEFAULTS.alpha
    """step size, above 0"""
    decay: Annotated[float, tyro.conf.arg(name="lambda")] = DEFAULTS.decay
    """weight decay of the anchored methods: the share of the way back to the anchor in each step"""
    start: str = "default"
    """default, near (the equilibrium), or logits: --start=5,0,-3 for both players, --start=2,0,-1/0,1,-2 for each"""
    anchor: str = "0"
    """logits to which the anchored methods decay, written like those of --start; 0 for all alike"""
    gradients: Literal["exact", "sampled"] = "exact"
    """exact, or REINFORCE estimates from sampled games"""
    samples: int = DEFAULTS.samples
    """games for each sampled gradient"""
    seed: int = 0
    """of the sampled gradients and of the random game"""
    actions: int = 5
    """actions of the random game"""
    plot: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None
    """write the figure to this file: .png, .svg or .pdf"""
    animate: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None
    """write the figure in motion to this file: .gif"""
    json: bool = False
    """print JSON instead of the table"""


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status; raises an InputError for bad input."""
    options = parse(Options, arguments, "zero minimax", "Two learners chase each other on a zero-sum matrix game.")
    _check_output(options.plot, "--plot", PICTURES)
    _check_output(options.animate, "--animate", (".gif",))
    settings = Settings(options.steps, options.alpha, options.decay, options.gradients, options.samples, options.seed)
    game = find_game(options.game, options.actions, options.seed)
    runs = run_all(game, options, settings)
    print(json.dumps(as_json(runs), indent=2) if options.json else table(runs))
    if options.plot is not None:
        from zero.minimax.figure import draw

        draw(runs, options.plot)
    if options.animate is not None:
        from zero.minimax.animation import animate

        animate(runs, options.animate)
    if not options.json:
        for path in filter(None, (options.plot, options.animate)):
            print(f"wrote {path}")
    return 0


def run_all(game: MatrixGame, options: Options, settings: Settings) -> list[Run]:
    """Run each method that the options name, from the same start."""
    names = _methods(options.method, game)
    equilibrium = solve(game)
    start = _start(options.start, game, equilibrium)
    anchor = None if options.anchor.strip() == "0" else _logits(options.anchor, "anchor")
    return [run(game, name, settings, start, anchor, equilibrium) for name in names]


def _methods(text: str, game: MatrixGame) -> list[str]:
    if text.strip() == "all":
        return [name for name, method in METHODS.items() if game.antisymmetric or not method.one_learner]
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        find_method(name, game)
    return names


def _start(text: str, game: MatrixGame, equilibrium: Equilibrium) -> tuple[FloatArray, FloatArray]:
    match text.strip():
        case "default":
            return default_start(game)
        case "near":
            return start_near(game, equilibrium)
        case _:
            return _logits(text, "start")


def _logits(text: str, what: str) -> tuple[FloatArray, FloatArray]:
    """Read "2,0,-1/0,1,-2", or "5,0,-3" for both players alike."""
    parts = text.split("/")
    try:
        players = [np.array([float(number) for number in part.split(",")]) for part in parts]
    except ValueError as error:
        raise DynamicsError(f"expected the {what} as logits like 2,0,-1/0,1,-2, got {text!r}: {error}") from error
    if len(players) > 2:
        raise DynamicsError(f"expected the {what} of one or two players, got {len(players)} in {text!r}")
    return players[0], players[-1]


def _check_output(path: Path | None, flag: str, suffixes: tuple[str, ...]) -> None:
    """Refuse a file that cannot be written before anything is computed."""
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise DynamicsError(f"expected a file {' or '.join(suffixes)} for {flag}, got {str(path)!r}")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise DynamicsError(f"expected a folder to write to for {flag}, got {str(path.parent)!r}")
