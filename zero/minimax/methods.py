"""The learning rules: how both players' logits change in one step.

Each is a function of the same form, `step(gradients, state, knobs) -> state`. `gradients` gives the ascent direction
F(z) = (∇₁R, -∇₂R) at joint logits z = (θ1, θ2), exact or sampled; z is [m + n] float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from zero.minimax.gradients import ExactGradients
from zero.minimax.payoffs import FloatArray


class State(NamedTuple):
    z: FloatArray  # [m + n] joint logits
    last: FloatArray | None = None  # [m + n] the ascent direction of the step before; None at the start


class Knobs(NamedTuple):
    alpha: float  # step size α
    decay: float  # λ, the share of the way back to the anchor in each step
    anchor: FloatArray  # [m + n] joint logits


Step = Callable[[ExactGradients, State, Knobs], State]


def simgad(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """Simultaneous gradient ascent-descent: z ← z + α F(z)."""
    return State(state.z + knobs.alpha * gradients(state.z))


def alternating(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """Player 1 moves first; player 2 answers the new θ1: θ1 ← θ1 + α∇₁R(θ1, θ2), then θ2 ← θ2 - α∇₂R(θ1, θ2)."""
    z = state.z.copy()
    z[: gradients.rows] += knobs.alpha * gradients(z)[: gradients.rows]
    z[gradients.rows :] += knobs.alpha * gradients(z)[gradients.rows :]
    return State(z)


def extragradient(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """Look a step ahead and move by the gradient found there: z ← z + α F(z + α F(z)) (Korpelevich 1976)."""
    ahead = state.z + knobs.alpha * gradients(state.z)
    return State(state.z + knobs.alpha * gradients(ahead))


def optimistic(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """Expect the gradient to change as it did last: z ← z + α (2 F(z) - F(z before)) (Popov 1980; Daskalakis et al. 2018)."""
    now = gradients(state.z)
    before = now if state.last is None else state.last
    return State(state.z + knobs.alpha * (2 * now - before), now)


def anchored(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """SimGAD with weight decay toward an anchor: z ← (1 - λ) z + λ anchor + α F(z)."""
    return State((1 - knobs.decay) * state.z + knobs.decay * knobs.anchor + knobs.alpha * gradients(state.z))


def single(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """One learner in both seats, antisymmetric payoffs: θ ← θ + α∇₁R(θ, θ). Both halves of z hold θ."""
    ascent = gradients(state.z)[: gradients.rows]
    return State(state.z + knobs.alpha * np.concatenate([ascent, ascent]))


def single_anchored(gradients: ExactGradients, state: State, knobs: Knobs) -> State:
    """One learner in both seats, with weight decay: θ ← (1 - λ) θ + λ anchor + α∇₁R(θ, θ). Both halves of z hold θ."""
    ascent = gradients(state.z)[: gradients.rows]
    return State((1 - knobs.decay) * state.z + knobs.decay * knobs.anchor + knobs.alpha * np.concatenate([ascent, ascent]))


class Method(NamedTuple):
    step: Step
    title: str  # for tables and figures
    decays: bool = False  # it uses λ and the anchor
    one_learner: bool = False  # both players are the same learner, so the payoffs have to be antisymmetric


METHODS = {
    "simgad": Method(simgad, "SimGAD"),
    "alternating": Method(alternating, "alternating"),
    "extragradient": Method(extragradient, "extragradient"),
    "optimistic": Method(optimistic, "optimistic"),
    "anchored": Method(anchored, "anchored", decays=True),
    "single": Method(single, "single learner", one_learner=True),
    "single-anchored": Method(single_anchored, "single, anchored", decays=True, one_learner=True),
}
