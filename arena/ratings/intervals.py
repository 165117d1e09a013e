"""Confidence intervals for shares."""

import math

Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


def wilson(share: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson interval of a share seen in that many independent trials; (0, 1) without trials.

    share:  in [0, 1]; trials: need not be whole (an effective sample size).
    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference":
    (p + z²/2n ± z √(p (1 - p) / n + z²/4n²)) / (1 + z²/n).
    """
    if trials <= 0:
        return 0.0, 1.0
    weight = z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    low = 0.0 if share == 0.0 else max(0.0, centre - half)
    return low, 1.0 if share == 1.0 else min(1.0, centre + half)
