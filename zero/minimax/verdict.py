"""The verdict on a path: does it diverge, cycle or converge, and by which factor per step?

The distance that we follow is that of the centred logits (`Run.logit_distance`): near the point at rest theory makes it
grow or shrink evenly, and it goes on growing where softmax strategies saturate. Where there are many equilibria it is the
distance of the strategies from the nearest.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zero.minimax.payoffs import FloatArray

if TYPE_CHECKING:
    from zero.minimax.path import Run

NEAR_LOGITS = 0.05  # distances below which linear theory holds, up to a relative error of about its square
NEAR_STRATEGIES = 0.03
FAR_LOGITS, FAR_STRATEGIES = 2.0, 0.5  # noise that keeps a path nearer than this does not make it diverge
ROUNDING = 1e-12  # distances below this are rounding errors;
ROUNDING_AT_MOST = 1e-10  # in ill-conditioned games, where the point at rest is less exact, those up to this may be
FEWEST_STEPS = 8  # fewer near the point at rest, and we measure on the tail of the path
LARGEST_LOGIT = 1e100  # beyond it, a variance of logits would leave the range of a float64
SLIGHT = 0.01  # a change of the distance by less than this share, over all the steps looked at, is none
CLEAR = 4.0  # a trend is clear if it changes log distance by so many times the scatter about it


class Fit(NamedTuple):
    verdict: str  # diverges, cycles or converges
    factor: float | None  # by which the distance changes in a step; None where there was nothing to measure
    first: int  # the steps on which it was measured,
    last: int  # from this to that one
    near: bool  # whether they are near the point at rest, so that theory applies


def judge(run: "Run") -> Fit:
    """Measure the factor per step and give the verdict on a path.

    Near the point at rest, on the longest stretch there, the trend of the log distance decides. A path that does not come
    near is judged by the range of its distances: whether that moves out or in.
    """
    distance, near, far = _followed(run)
    if run.diverged_at is not None:
        first = len(distance) // 2
        return Fit("diverges", _factor(distance, first, len(distance) - 1), first, len(distance) - 1, near=False)
    sampled, rounding = run.settings.gradients == "sampled", _rounding(distance)
    first, last = _longest_stretch((distance < near) & (distance > rounding))
    if distance[-len(distance) // 4 :].max() <= rounding and last - first < FEWEST_STEPS:
        return Fit("converges", _factor(distance, first, last), first, last, near=True)
    if last - first >= FEWEST_STEPS and not sampled:
        first = (first + last) // 2  # by then the slowest of several modes to shrink, or the fastest to grow, leads
        slope, scatter = _trend(distance, first, last)
        change = slope * (last - first)
        word = "cycles" if abs(change) < max(SLIGHT, CLEAR * scatter) else "diverges" if slope > 0 else "converges"
        if word == "diverges" or distance[last:].max() < near:  # it did not come near only to leave again
            return Fit(word, float(np.exp(slope)), first, last, near=True)
    half, last = len(distance) // 2, len(distance) - 1
    word = _noisy_verdict(distance, far) if sampled else _verdict_by_range(distance * _room(run), near)
    return Fit(word, _factor(distance, half, last), half, last, near=False)


def _followed(run: "Run") -> tuple[FloatArray, float, float]:
    """Return the distance that we follow, and what is near and what is far on its scale."""
    if run.logit_distance is not None:
        return run.logit_distance, NEAR_LOGITS, FAR_LOGITS
    return run.distance, NEAR_STRATEGIES, FAR_STRATEGIES


def _rounding(distance: FloatArray) -> float:
    """Return the distance up to which we see rounding errors only: that of the end of the path, if it is small enough."""
    settled = float(distance[-len(distance) // 20 :].max())
    return 3 * settled if ROUNDING < settled < ROUNDING_AT_MOST else ROUNDING


def _room(run: "Run") -> FloatArray:
    """Return by how much to stretch each distance, so that a path along the boundary still shows that it moves outward.

    Strategies have a longest distance, at which they stay while the logits grow: we multiply by the spread of those.
    """
    if run.logit_distance is not None:
        return np.ones(len(run.logits))
    return 1 + np.clip(run.logits, -LARGEST_LOGIT, LARGEST_LOGIT).std(axis=1)


def _verdict_by_range(distance: FloatArray, near: float) -> str:
    """Compare the second quarter of the path with the last: do both the nearest and the farthest point move the same way?

    A path that began near the point at rest and does not come back diverges, wherever it is going.
    """
    quarter = len(distance) // 4
    early, late = distance[quarter : 2 * quarter + 1], distance[-quarter - 1 :]
    if distance[0] < near < late.min():
        return "diverges"
    if late.max() < early.max() * (1 - SLIGHT) and late.min() < early.min() * (1 - SLIGHT):
        return "converges"
    outward = late.max() > early.max() * (1 + SLIGHT) and late.min() > early.min() * (1 + SLIGHT)
    return "diverges" if outward else "cycles"


def _noisy_verdict(distance: FloatArray, far: float) -> str:
    """Sampled gradients never settle: say whether the second half stays clearly nearer or farther than the start.

    far: a start nearer than this counts as this far away, so that one next to the equilibrium, which noise alone would
         leave, is judged fairly.
    """
    usual, start = float(np.median(distance[len(distance) // 2 :])), max(far, distance[0])
    return "diverges" if usual > 1.25 * start else "converges" if usual < 0.5 * start else "cycles"


def _factor(distance: FloatArray, first: int, last: int) -> float | None:
    window = distance[first : last + 1]
    if len(window) < 3 or window.min() <= 0:
        return None
    return float(np.exp(_trend(distance, first, last)[0]))


def _trend(distance: FloatArray, first: int, last: int) -> tuple[float, float]:
    """Return the slope of the log distance per step and the scatter about the line, from a fit with a bell of weights.

    The bell (Hann's window) keeps turns that the stretch cuts in half from tilting the line.
    """
    steps = np.arange(first, last + 1) - (first + last) / 2
    logs = np.log(distance[first : last + 1])
    weights = np.hanning(len(logs) + 2)[1:-1]
    weights /= weights.sum()
    off = logs - weights @ logs
    slope = (weights * steps) @ off / (weights @ steps**2)
    scatter = np.sqrt(weights @ (off - slope * steps) ** 2)
    return float(slope), float(scatter)


def _longest_stretch(where: np.ndarray) -> tuple[int, int]:
    """Return the first and the last index of the longest run of True; (0, 0) if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    return int(begins[longest]), int(ends[longest]) - 1
