"""A picture made of characters: coloured quarters of cells, and text above them.

With quarters discs are round, and the squares of a board can meet in the middle of a row of characters, so that what
stands on a square of two rows stands in its middle. A character has two colours at most; where four quarters have more,
the half in which two colours meet takes the colour that most of the character has.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"  # bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right
ON = "default"  # the terminal's own colour of text, for pictures without colours; None is its background

Colour = str | None


class Ink(NamedTuple):
    """How text is written."""

    fore: Colour = ON
    bold: bool = False
    reverse: bool = False
    underline: bool = False
    dim: bool = False
    back: Colour = None  # None: what the picture has there


class Canvas:
    """A picture of width × height characters; a quarter is named by its column and row, from the upper left."""

    def __init__(self, width: int, height: int, back: Colour) -> None:
        self.width, self.height = width, height
        self.quarters: list[list[Colour]] = [[back] * (2 * width) for _ in range(2 * height)]
        self.text: list[list[tuple[str, Ink] | None]] = [[None] * width for _ in range(height)]

    def fill(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        """Colour a rectangle of quarters; what lies outside of the picture is left out."""
        for row in self.quarters[max(0, top) : max(0, top + height)]:
            begin, end = max(0, left), min(len(row), left + width)
            row[begin:end] = [colour] * max(0, end - begin)

    def stamp(self, left: int, top: int, mask: Sequence[str], colour: Colour) -> None:
        """Colour the quarters where a mask has #."""
        for y, line in enumerate(mask, top):
            for x, mark in enumerate(line, left):
                if mark == "#" and 0 <= y < len(self.quarters) and 0 <= x < 2 * self.width:
                    self.quarters[y][x] = colour

    def write(self, x: int, y: int, text: str, ink: Ink) -> None:
        """Write text from a character on; what lies outside of the picture is left out."""
        for column, letter in enumerate(text, x):
            if 0 <= column < self.width and 0 <= y < self.height:
                self.text[y][column] = (letter, ink)

    def is_even(self, x: int, y: int) -> bool:
        """Return whether a character's quarters have one colour."""
        return len(set(self._quarters(x, y))) == 1

    def segments(self, y: int) -> list[Segment]:
        """Return a row of characters, neighbours of one style together."""
        found: list[Segment] = []
        run, last = "", None
        for x in range(self.width):
            letter, style = self._character(x, y)
            if style is not last and run:
                found.append(Segment(run, last))
                run = ""
            run, last = run + letter, style
        return [*found, Segment(run, last)] if run else found

    def lines(self) -> list[str]:
        """Return the picture without its colours."""
        return ["".join(self._character(x, y)[0] for x in range(self.width)).rstrip() for y in range(self.height)]

    def _quarters(self, x: int, y: int) -> tuple[Colour, Colour, Colour, Colour]:
        upper, lower = self.quarters[2 * y], self.quarters[2 * y + 1]
        return upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]

    def _character(self, x: int, y: int) -> tuple[str, Style]:
        quarters, written = self._quarters(x, y), self.text[y][x]
        if written is None:
            return _block(quarters)
        letter, ink = written
        back = ink.back or max(quarters, key=quarters.count)
        if back == ON:  # text above a part that has the colour of text
            return letter, style_of(None, None, ink.bold, not ink.reverse, ink.underline, ink.dim)
        return letter, style_of(ink.fore, back, ink.bold, ink.reverse, ink.underline, ink.dim)


def _block(quarters: tuple[Colour, Colour, Colour, Colour]) -> tuple[str, Style]:
    """Return the character that shows four quarters."""
    most = max(quarters, key=quarters.count)
    if len(set(quarters)) > 2:
        upper, lower = (pair[0] if pair[0] == pair[1] else most for pair in (quarters[:2], quarters[2:]))
        quarters = (upper, upper, lower, lower)
    colours = sorted(dict.fromkeys(quarters), key=lambda colour: (colour is None, colour != ON, -quarters.count(colour)))
    fore, back = colours[0], colours[-1]
    if fore == back:
        return ("█", style_of(ON, None)) if fore == ON else (" ", style_of(ON, back))
    bits = sum(1 << place for place, colour in enumerate(quarters) if colour == fore)
    return QUARTERS[bits], style_of(fore, back)


@lru_cache(2048)
def style_of(
    fore: Colour, back: Colour, bold: bool = False, reverse: bool = False, underline: bool = False, dim: bool = False
) -> Style:
    """Return a style of rich."""
    return Style(color=fore, bgcolor=back or ON, bold=bold, reverse=reverse, underline=underline, dim=dim)


@lru_cache
def disc(width: int, height: int) -> tuple[str, ...]:
    """Return the mask of a disc in a rectangle of quarters, with a little room at its sides, and above it."""
    return _mask(width, height, lambda x, y: x * x + y * y < 1)


@lru_cache
def ring(width: int, height: int) -> tuple[str, ...]:
    """Return the mask of a disc with a hole."""
    hole = _mask(width, height, lambda x, y: x * x + y * y <= 0.25)
    return tuple("".join(map(_cut_out, one, other)) for one, other in zip(disc(width, height), hole, strict=True))


@lru_cache
def cross(width: int, height: int) -> tuple[str, ...]:
    """Return the mask of an X."""
    return _mask(width, height, lambda x, y: abs(abs(x) - abs(y)) <= 0.22 and max(abs(x), abs(y)) <= 0.95)


def _cut_out(mark: str, hole: str) -> str:
    return "." if hole == "#" else mark


def _mask(width: int, height: int, inside: Callable[[float, float], bool]) -> tuple[str, ...]:
    """Return the quarters of a rectangle that lie in a shape within [-1, 1]²; of four rows the first stays free."""
    if height == 4:
        return ("." * width, *_mask(width, 3, inside))
    across, down = width / 2 - 0.5, height / 2 - (0.5 if height >= 6 else 0)
    rows = []
    for row in range(height):
        y = (row + 0.5 - height / 2) / down
        rows.append("".join("#" if inside((column + 0.5 - width / 2) / across, y) else "." for column in range(width)))
    return tuple(rows)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two, `share` of the way to the other; the first where one is no colour."""
    if one is None or other is None or ON in (one, other):
        return one
    parts = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
