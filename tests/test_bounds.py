"""Checks that settings share: what passes, and the line that names the setting, what was expected and what came."""

import math
import re
from types import SimpleNamespace

import pytest

from zero.bounds import above, at_least, check_seed, within
from zero.errors import SettingsError


@pytest.mark.parametrize(
    ("check", "bounds", "good", "bad", "expected"),
    [
        (at_least, (1,), (1, 1.5, 2**70), (0, 0.999, -3, math.nan, math.inf), ">= 1"),
        (above, (0,), (1e-9, 3), (0, -0.0, -1, math.nan, math.inf), "> 0"),
        (within, (0, 1), (0, 0.5, 1), (-1e-9, 1.001, math.nan, math.inf, -math.inf), "from 0 to 1"),
        (within, (16, 2**20), (16, 2**20), (15, 2**20 + 1), "from 16 to 1048576"),
    ],
)
def test_bounds(check, bounds, good, bad, expected):
    for value in good:
        check(SimpleNamespace(first=value, second=None), *bounds, "first", "second")
    for value in bad:
        with pytest.raises(SettingsError, match=f"^{re.escape(f'expected second {expected}, got {value}')}$"):
            check(SimpleNamespace(first=good[0], second=value, third=good[0]), *bounds, "first", "second", "third")


def test_seeds():
    for seed, bits in ((0, 63), (2**63 - 1, 63), (2**62 - 1, 62)):
        check_seed(seed, bits)
    for seed, bits in ((-1, 63), (2**63, 63), (2**62, 62)):
        with pytest.raises(SettingsError, match=rf"^expected a seed from 0 to 2\*\*{bits} - 1, got {seed}$"):
            check_seed(seed, bits)
