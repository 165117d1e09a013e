"""Let two learners chase each other on a matrix game."""

import difflib
import math

import numpy as np
import numpy.typing as npt

from zero.minimax import rates
from zero.minimax.equilibrium import Equilibrium, solve
from zero.minimax.gradients import ExactGradients, SampledGradients
from zero.minimax.methods import METHODS, Knobs, Method, State
from zero.minimax.path import Run
from zero.minimax.payoffs import FloatArray, MatrixGame
from zero.minimax.settings import MOST_NUMBERS, DynamicsError, Settings

DEFAULT_START = ((2.0, 0.0, -1.0), (0.0, 1.0, -2.0))  # logits of player 1 and 2; cut or filled up with 0 for other sizes
NEAR = 1e-5  # how far from the equilibrium a start "near" it is, as a share of the default start
MIXED = 0.01  # the probability that a start near an equilibrium spreads over all actions, where that leaves some out
Logits = npt.ArrayLike  # the logits of one player


def run(
    game: MatrixGame,
    method: str,
    settings: Settings | None = None,
    start: tuple[Logits, Logits] | None = None,
    anchor: tuple[Logits, Logits] | None = None,
    equilibrium: Equilibrium | None = None,
) -> Run:
    """Let both players learn by one method, and return the path.

    method:      a key of METHODS; the single-player forms need an antisymmetric game.
    settings:    Settings() by default.
    start:       the logits of player 1 [m] and of player 2 [n]; `default_start` if None. The single-player forms take
                 player 1's for both.
    anchor:      likewise, for the anchored methods; 0 if None.
    equilibrium: of the game, where it is known already.
    raises DynamicsError: for an unknown method, or one that does not fit the game; logits of the wrong size.
    """
    settings = settings or Settings()
    chosen = find_method(method, game)
    numbers = (settings.steps + 1) * sum(game.payoff.shape)
    if numbers > MOST_NUMBERS:
        raise DynamicsError(f"expected steps times actions of at most {MOST_NUMBERS:,}, got {numbers:,}")
    z = _joint(game, "start", default_start(game) if start is None else start)
    pull = np.zeros_like(z) if anchor is None else _joint(game, "anchor", anchor)
    if chosen.one_learner:
        z, pull = (np.tile(joint[: len(game.payoff)], 2) for joint in (z, pull))
    path, diverged_at = _walk(game, chosen, settings, z, pull)
    equilibrium = equilibrium or solve(game)
    rest = _rest(game, chosen, settings, path, pull, equilibrium)
    return Run(game, method, settings, path, equilibrium, rest, diverged_at)


def find_method(name: str, game: MatrixGame) -> Method:
    """Return the method of this name; raises DynamicsError where there is none, or it does not fit the game."""
    if name not in METHODS:
        close = difflib.get_close_matches(name, METHODS, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise DynamicsError(f"unknown method {name!r}{hint}: expected {', '.join(METHODS)}")
    if METHODS[name].one_learner and not game.antisymmetric:
        raise DynamicsError(f"method {name} has one learner in both seats: expected antisymmetric payoffs, got {game.name}")
    return METHODS[name]


def default_start(game: MatrixGame) -> tuple[FloatArray, FloatArray]:
    """Return logits (2, 0, -1) for player 1 and (0, 1, -2) for player 2, cut or filled up with zeros to the actions."""
    rows, columns = (np.zeros(size) for size in game.payoff.shape)
    for logits, given in zip((rows, columns), DEFAULT_START, strict=True):
        size = min(len(logits), len(given))
        logits[:size] = given[:size]
    return rows, columns


def start_near(game: MatrixGame, equilibrium: Equilibrium, scale: float = NEAR) -> tuple[FloatArray, FloatArray]:
    """Return the logits of the equilibrium plus `scale` times the default start.

    Where the equilibrium leaves actions out, whose logits would be -∞, all actions share a hundredth of the probability.
    """
    near = []
    for strategy, offset in zip((equilibrium.row, equilibrium.column), default_start(game), strict=True):
        mixed = strategy if equilibrium.interior else (1 - MIXED) * strategy + MIXED / len(strategy)
        near.append(np.log(mixed) + scale * offset)
    return near[0], near[1]


def _walk(
    game: MatrixGame, method: Method, settings: Settings, z: FloatArray, anchor: FloatArray
) -> tuple[FloatArray, int | None]:
    """Return the path [T + 1, m + n], and the step at which it overflowed or None."""
    gradients = ExactGradients(game.payoff)
    if settings.gradients == "sampled":
        gradients = SampledGradients(game.payoff, settings.samples, np.random.default_rng(settings.seed))
    knobs = Knobs(settings.alpha, settings.decay, anchor)
    path = np.empty((settings.steps + 1, len(z)))
    path[0] = z
    state = State(z)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(1, settings.steps + 1):
            state = method.step(gradients, state, knobs)
            if not math.isfinite(np.add.reduce(state.z)):
                return path[:step], step
            path[step] = state.z
    return path, None


def _rest(
    game: MatrixGame, method: Method, settings: Settings, path: FloatArray, anchor: FloatArray, equilibrium: Equilibrium
) -> FloatArray | None:
    if not method.decays or settings.decay == 0:
        return np.log(equilibrium.joint) if equilibrium.interior else None
    half = path[len(path) // 2 :]
    for guess in (path[-1], (half / len(half)).sum(axis=0), anchor):
        found = rates.point_at_rest(game, anchor, settings.alpha, settings.decay, guess)
        if found is not None:
            return found
    return None


def _joint(game: MatrixGame, what: str, logits: tuple[Logits, Logits]) -> FloatArray:
    parts = [np.asarray(part, dtype=np.float64) for part in logits]
    for player, (part, size) in enumerate(zip(parts, game.payoff.shape, strict=True), 1):
        if part.shape != (size,):
            raise DynamicsError(f"expected {size} logits as the {what} of player {player}, got {part.size}")
        if not np.isfinite(part).all():
            raise DynamicsError(f"expected finite logits as the {what} of player {player}, got {part.tolist()}")
    return np.concatenate(parts)
