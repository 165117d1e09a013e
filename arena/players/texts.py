"""What stands in the text of a player beside its word: numbers, limits, options, paths."""

import re
from collections.abc import Sequence
from pathlib import Path

from zero.errors import PlayerError

MOST = 10**8  # of simulations and depths
MOST_SECONDS = 10**5


def number_in(text: str, digits: str, form: str) -> int:
    """Return the number in a player's text. Raises PlayerError where it is not a whole number from 1 on."""
    short = len(digits) <= len(str(MOST))
    if short and digits.isascii() and digits.isdigit() and 1 <= int(digits) <= MOST:
        return int(digits)
    raise PlayerError(f"player {text[:200]!r}: expected {form} with a whole number from 1 to {MOST}, got {digits[:40]!r}")


def options_in(text: str, rest: str, names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Split ...?NAME=VALUE&... into what stands before the ? and the options; a file of that whole name comes first."""
    place, mark, options_text = rest.rpartition("?")
    if not mark or exists(rest):
        return rest, {}
    options = {}
    for item in options_text.split("&"):
        name, equals, value = item.partition("=")
        if not equals or name not in names or name in options:
            form = "&".join(f"{name}=…" for name in names)
            raise PlayerError(f"player {text[:200]!r}: expected {form} behind the ?, each at most once, got {item[:40]!r}")
        options[name] = value
    return place, options


def real_in(text: str, options: dict[str, str], name: str, most: float) -> float | None:
    """Return an option that is a number from 0 to `most`, None where it is not there."""
    value = options.get(name)
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,12})?", value, re.ASCII) and float(value) <= most:
        return float(value)
    raise PlayerError(f"player {text[:200]!r}: expected {name} as a number from 0 to {most:g}, got {value[:40]!r}")


def limited(text: str, place: str) -> tuple[str, int | None, float | None]:
    """Split PLACE@LIMIT into the path, the simulations and the seconds; a file of that whole name comes first."""
    path, at, limit = place.rpartition("@")
    if not at or exists(place):
        return place, None, None
    return path, *_limit(text, limit)


def _limit(text: str, limit: str) -> tuple[int | None, float | None]:
    """Return the simulations or the seconds that stand behind the @ of a player's text."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(m?)s", limit)
    if match is None:
        form = "FILE@SIMULATIONS (or a time, as in FILE@0.5s)"
        return number_in(text, limit, form), None
    seconds = float(match[1]) / (1000 if match[2] else 1)
    if not 0 < seconds <= MOST_SECONDS:
        raise PlayerError(f"player {text[:200]!r}: expected a time above 0 and up to {MOST_SECONDS} s, got {limit!r}")
    return None, seconds


def exists(path_text: str) -> bool:
    try:
        return Path(path_text).exists()
    except (OSError, ValueError):  # too long, or a null byte
        return False
