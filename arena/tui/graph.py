"""The evaluation of a game, ply by ply, as a graph of braille dots: up is good for the player who began."""

from collections.abc import Mapping

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # bits of U+2800 by row and column of a character


def graph(values: Mapping[int, float], plies: int, width: int, height: int) -> list[str]:
    """Return lines of `width` characters.

    values: by ply, in [-1, 1]; plies: of the whole game. A ply has a column of dots or more; where there are more plies
    than columns, a column shows the last ply that falls into it. Each dot is joined with the one before it.
    """
    across, down = 2 * width, 4 * height
    bits = [[0] * width for _ in range(height)]
    before: int | None = None
    for column, value in _columns(values, plies, across).items():
        row = round((1 - min(1.0, max(-1.0, value))) / 2 * (down - 1))
        low, high = sorted((row, row if before is None else before + (1 if row > before else -1 if row < before else 0)))
        for dot in range(low, high + 1):
            bits[dot // 4][column // 2] |= DOTS[dot % 4][column % 2]
        before = row
    return ["".join(chr(0x2800 + cell) if cell else " " for cell in line) for line in bits]


def _columns(values: Mapping[int, float], plies: int, across: int) -> dict[int, float]:
    """Return the value of each column of dots, from the first ply that has one to the last; gaps keep the last value."""
    if not values:
        return {}
    wide = max(1, min(4, across // max(1, plies + 1)))  # columns of a ply
    scale = min(wide, across / max(1, plies + 1))
    found: dict[int, float] = {}
    first, last = min(values), max(values)
    value = values[first]
    for ply in range(first, last + 1):
        value = values.get(ply, value)
        for column in range(int(ply * scale), min(across, max(int(ply * scale) + 1, int((ply + 1) * scale)))):
            found[column] = value
    return found
