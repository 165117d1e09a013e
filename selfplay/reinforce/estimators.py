"""Estimators of how much better a decision was than what was to be expected: the weights of ∇ log π(a_t|s_t).

All take arrays [T, N]: column n is a game, row t the learner's t-th decision in it. A step runs from a decision of the
learner to its next one, so the opponent is part of the world. alive: [T, N] bool, False behind a game's last decision;
rewards and values are 0 there. Nothing is discounted: rewards are 0 but at the last decision, where they are the outcome
z in {-1, 0, 1} seen by the learner. values: V(s_t) in [-1, 1], seen by the learner. V is 0 behind the end of a game.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def returns(rewards: Floats) -> Floats:
    """Return R_t = r_t + r_{t+1} + … + r_{T-1}, which is z for each decision of a game.

    As weights: REINFORCE (Williams 1992), the form of AlphaGo's first pass (Silver et al. 2016, Methods,
    "Policy network: reinforcement learning").
    """
    return np.cumsum(rewards[::-1], axis=0)[::-1].copy()


def baseline(rewards: Floats, values: Floats, alive: Bools) -> Floats:
    """Return R_t - V(s_t): REINFORCE with a baseline (Silver et al. 2016, the form of AlphaGo's second pass)."""
    return (returns(rewards) - values) * alive


def k_step(rewards: Floats, values: Floats, alive: Bools, steps: int) -> Floats:
    """Return r_t + … + r_{t+k-1} + V(s_{t+k}) - V(s_t), with k = steps >= 1.

    Source: Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning", section 4, with γ = 1.
    """
    left = returns(rewards)
    later = np.zeros_like(values)
    later[: max(len(values) - steps, 0)] = values[steps:] - left[steps:]
    return (left + later - values) * alive


def gae(rewards: Floats, values: Floats, alive: Bools, weight: float) -> Floats:
    """Return Σ_l λ^l δ_{t+l}, with δ_t = r_t + V(s_{t+1}) - V(s_t) and λ = weight in [0, 1].

    Source: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation", (16), γ = 1.
    """
    found = np.zeros_like(values)
    after = next_value = np.zeros(values.shape[1])
    for t in reversed(range(len(values))):
        after = (rewards[t] + next_value - values[t] + weight * after) * alive[t]
        next_value = values[t]
        found[t] = after
    return found


def group_normalised(outcomes: NDArray[np.int8], groups: Ints, alive: Bools) -> Floats:
    """Return (z - mean) / standard deviation for each decision, both taken over the games of a group; 0 where all end alike.

    outcomes: [N] z; groups: [N] numbers from 0 on, the same for games from a common start.
    Source: Shao et al. 2024, "DeepSeekMath", section 4.1.2 (GRPO with outcome supervision).
    """
    z, sizes = outcomes.astype(np.float64), np.maximum(np.bincount(groups), 1)
    away = z - (np.bincount(groups, z) / sizes)[groups]
    spread = np.sqrt(np.bincount(groups, away**2) / sizes)[groups]
    alike = spread < 1e-9
    return np.where(alike, 0.0, away / np.where(alike, 1.0, spread)) * alive
