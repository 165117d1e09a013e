"""Bounds that many settings share. Each check raises SettingsError with one line of what was expected and what came.

settings: an object with an attribute of each name, a finite number (NaN and infinity are refused) or None, which takes
          a default later and is not checked.
"""

import math
from typing import Any

from zero.errors import SettingsError


def at_least(settings: Any, least: float, *names: str) -> None:
    """Check that each named setting is `least` or more."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not least <= value < math.inf:
            raise SettingsError(f"expected {name} >= {least}, got {value}")


def above(settings: Any, bound: float, *names: str) -> None:
    """Check that each named setting is more than `bound`."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not bound < value < math.inf:
            raise SettingsError(f"expected {name} > {bound}, got {value}")


def within(settings: Any, low: float, high: float, *names: str) -> None:
    """Check that each named setting is from `low` to `high`, both included."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not low <= value <= high:
            raise SettingsError(f"expected {name} from {low} to {high}, got {value}")


def check_seed(seed: int, bits: int = 63) -> None:
    """Check that a seed is not negative and has so many bits at most."""
    if not 0 <= seed < 2**bits:
        raise SettingsError(f"expected a seed from 0 to 2**{bits} - 1, got {seed}")
