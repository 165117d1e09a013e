"""Equilibria of a zero-sum matrix game, how far strategies are from them, and what they give away.

A pair of strategies is an equilibrium if player 1's guarantees at least the value v against every action, and player
2's concedes at most v: two polytopes, one for each player, so that there may be one equilibrium or many.
"""

from dataclasses import dataclass

import numpy as np

from zero.minimax.payoffs import FloatArray, MatrixGame

TOLERANCE = 1e-10  # of the linear program, for payoffs between 0 and 1; the smallest that HiGHS takes
SLACK = 1e-12  # how much less than the value an optimal strategy may guarantee, for payoffs between 0 and 1
SAME = 1e-6  # strategies closer than this count as one when we ask whether the equilibrium is unique
INTERIOR = 1e-6  # an equilibrium is interior if every action has at least this probability


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """An equilibrium, and whether there are others.

    value:    what player 1 gets on average if both play well.
    row:      [m] float64, an optimal strategy of player 1.
    column:   [n] float64, an optimal strategy of player 2.
    unique:   whether there is no other equilibrium.
    interior: whether it is unique and both players use all their actions.
    """

    value: float
    row: FloatArray
    column: FloatArray
    unique: bool

    @property
    def interior(self) -> bool:
        return self.unique and min(self.row.min(), self.column.min()) >= INTERIOR

    @property
    def joint(self) -> FloatArray:
        """Both strategies in one vector; [m + n]."""
        return np.concatenate([self.row, self.column])


def solve(game: MatrixGame) -> Equilibrium:
    """Solve the game by two linear programs (von Neumann's minimax theorem; Dantzig 1951).

    Where there are many equilibria, the one returned is the nearest to uniform play if that gives away no more than
    the programs' own solution does.
    """
    payoff = game.payoff
    unit, low, spread = _unit(payoff)
    row, column = _maximin(unit), _maximin(-unit.T)
    row, column = _polish(unit, row, column)
    value = float(row @ unit @ column)
    sets = OptimalSet(unit, value), OptimalSet(-unit.T, -value)
    unique = sets[0].single and sets[1].single
    if not unique:
        central = sets[0].nearest(np.full(len(row), 1 / len(row))), sets[1].nearest(np.full(len(column), 1 / len(column)))
        if exploitability(unit, *central) <= max(exploitability(unit, row, column), 10 * SLACK):
            row, column = central
    return Equilibrium(low + spread * value, row, column, unique)


def exploitability(payoff: FloatArray, row: FloatArray, column: FloatArray) -> float:
    """Return what best responses to these strategies would gain, both players' gains together; 0 at an equilibrium.

    This is max_i (A μ2)_i - min_j (Aᵀ μ1)_j, the duality gap (OpenSpiel's `nash_conv`, twice its `exploitability`).
    payoff: [m, n]; row: [m], column: [n], strategies.
    """
    gap = (payoff @ column).max() - (row @ payoff).min()
    return max(0.0, float(gap))  # in exact arithmetic it is never negative


class OptimalSet:
    """The optimal strategies of player 1 in a game: {p : p ≥ 0, Σp = 1, Aᵀp ≥ v}. For player 2's, pass -Aᵀ and -v."""

    def __init__(self, payoff: FloatArray, value: float) -> None:
        """payoff: [m, n], with payoffs that spread over at most 1; value: that of the game."""
        size = len(payoff)
        self._centre = np.full(size, 1 / size)
        self._basis = centred_basis(size)  # a strategy is centre + basis @ w, so that it sums to 1 for every w
        constraints = np.concatenate([np.eye(size), payoff.T])
        bounds = np.concatenate([np.zeros(size), np.full(payoff.shape[1], value - SLACK)])
        self._normals = constraints @ self._basis
        self._bounds = bounds - constraints @ self._centre

    def nearest(self, strategy: FloatArray) -> FloatArray:
        """Return the optimal strategy nearest to the point given, in Euclidean distance; [m] to [m].

        Least distance programming: Lawson and Hanson 1974, chapter 23.
        """
        from scipy.optimize import nnls

        if len(strategy) == 1:
            return np.ones(1)
        point = self._basis.T @ (strategy - self._centre)
        bounds = self._bounds - self._normals @ point
        if bounds.max() <= 0:
            return self._centre + self._basis @ point
        target = np.zeros(len(point) + 1)
        target[-1] = 1.0
        system = np.concatenate([self._normals.T, bounds[None]])
        residual = system @ nnls(system, target, maxiter=100 * len(system.T))[0] - target
        found = self._centre + self._basis @ (point - residual[:-1] / residual[-1])
        found = np.maximum(found, 0.0)
        return found / found.sum()

    @property
    def single(self) -> bool:
        """Whether there is one optimal strategy only: far points in opposite directions have the same nearest one."""
        size = len(self._centre)
        for direction in np.random.default_rng(size).standard_normal((3, size)):
            if np.abs(self.nearest(10 * direction) - self.nearest(-10 * direction)).max() > SAME:
                return False
        return True


def centred_basis(size: int) -> FloatArray:
    """Return an orthonormal basis of the vectors that sum to zero; [size, size - 1]."""
    return np.linalg.svd(np.ones((1, size)))[2][1:].T


def _unit(payoff: FloatArray) -> tuple[FloatArray, float, float]:
    """Return the payoffs shifted and scaled to [0, 1], with the shift and the scale (1 where all payoffs are alike)."""
    low = float(payoff.min())
    spread = float(payoff.max()) - low or 1.0
    return (payoff - low) / spread, low, spread


def _maximin(payoff: FloatArray) -> FloatArray:
    """Return a strategy of player 1 that guarantees the value: maximise v subject to Aᵀp ≥ v, p ≥ 0, Σp = 1."""
    from scipy.optimize import linprog

    rows, columns = payoff.shape
    result = linprog(
        c=np.r_[np.zeros(rows), -1.0],
        A_ub=np.c_[-payoff.T, np.ones(columns)],
        b_ub=np.zeros(columns),
        A_eq=np.r_[np.ones(rows), 0.0][None],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if result.status != 0:
        raise RuntimeError(f"the linear program for a game of {rows} by {columns} actions failed: {result.message}")
    strategy = np.maximum(result.x[:rows], 0.0)
    return strategy / strategy.sum()


def _polish(payoff: FloatArray, row: FloatArray, column: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Solve the equations that hold on the actions in use, to the last digits; keep what gives away less."""
    sharp_row = _equalise(payoff[np.ix_(row > SAME, column > SAME)], row > SAME)
    sharp_column = _equalise(payoff[np.ix_(row > SAME, column > SAME)].T, column > SAME)
    if sharp_row.min() < 0 or sharp_column.min() < 0:
        return row, column
    if exploitability(payoff, sharp_row, sharp_column) <= exploitability(payoff, row, column):
        return sharp_row, sharp_column
    return row, column


def _equalise(payoff: FloatArray, used: np.ndarray) -> FloatArray:
    """Return the strategy on the actions in use that makes all actions of the other player pay alike."""
    rows, columns = payoff.shape
    system = np.block([[payoff.T, -np.ones((columns, 1))], [np.ones((1, rows)), np.zeros((1, 1))]])
    answer = np.linalg.lstsq(system, np.r_[np.zeros(columns), 1.0], rcond=None)[0]
    strategy = np.zeros(len(used))
    strategy[used] = answer[:-1]
    return strategy
