"""Colours: those of the boards (palettes), and the themes of everything around them.

default      colours as on the real boards
colour-blind blue and orange (Okabe and Ito 2008), told apart by anybody; the second player's discs have a hole
monochrome   no colours at all: sides differ in shape; also where NO_COLOR is set, or the terminal has no colours
"""

from typing import NamedTuple

from textual.theme import Theme

from arena.tui.boards.canvas import ON, Colour

NAMES = ("default", "colour-blind", "monochrome")


class BoardColours(NamedTuple):
    """Colours of one style of boards."""

    ground: Colour
    other: Colour  # every other square, the holes of a frame
    line: Colour  # grid, and names of cells upon the board
    first: Colour  # pieces of the player who began
    second: Colour


class Palette(NamedTuple):
    """Colours of all boards, and of what is marked on them."""

    name: str
    boards: dict[str, BoardColours]
    back: Colour  # around the board
    text: Colour
    dim: Colour
    cursor: Colour
    last: Colour
    hint: Colour
    heat: Colour
    alarm: Colour
    shapes: bool  # do the pieces of the second player have another shape?

    @property
    def plain(self) -> bool:
        """Whether there are no colours."""
        return self.back is None


_BACK, _TEXT, _DIM = "#14181d", "#dfe3e8", "#8b949e"
_WOOD = BoardColours("#d9a860", "#d9a860", "#8a6428", "#141414", "#f6f4ee")
_NIGHT = BoardColours("#1e252d", "#262e38", "#5b6673", "#f0626a", "#5aa9f0")

DEFAULT = Palette(
    "default",
    {
        "chess": BoardColours("#bd9765", "#87603a", "#8b949e", "#ffffff", "#17130f"),
        "discs": BoardColours("#1f7a4d", "#1b6d45", "#0f4a2e", "#0d0f10", "#f4f4f0"),
        "frame": BoardColours("#2257b4", "#10182a", "#8b949e", "#e8433f", "#f7d038"),
        "marks": _NIGHT,
        "go": _WOOD,
        "gomoku": _WOOD,
        "hex": _NIGHT,
    },
    _BACK, _TEXT, _DIM, cursor="#ffd75f", last="#e0533d", hint="#58d68d", heat="#ff9f43", alarm="#d7263d", shapes=False,
)  # fmt: skip

_BLIND = BoardColours("#20262d", "#2a323b", "#69737e", "#e69f00", "#56b4e9")
COLOUR_BLIND = Palette(
    "colour-blind",
    {
        "chess": BoardColours("#8d9db0", "#5f7185", "#8b949e", "#ffffff", "#101418"),
        "discs": BoardColours("#66788c", "#5d6f82", "#20262d", "#0b0d0f", "#ffffff"),
        "frame": BoardColours("#4a5663", "#161b21", "#8b949e", "#e69f00", "#56b4e9"),
        "marks": _BLIND,
        "go": BoardColours("#b9bec4", "#b9bec4", "#6c757d", "#000000", "#ffffff"),
        "gomoku": BoardColours("#b9bec4", "#b9bec4", "#6c757d", "#000000", "#ffffff"),
        "hex": _BLIND,
    },
    _BACK, _TEXT, _DIM, cursor="#f0e442", last="#d55e00", hint="#009e73", heat="#cc79a7", alarm="#d55e00", shapes=True,
)  # fmt: skip

_NONE = BoardColours(None, None, ON, ON, ON)
MONOCHROME = Palette(
    "monochrome",
    dict.fromkeys(DEFAULT.boards, _NONE),
    None, ON, ON, cursor=ON, last=ON, hint=ON, heat=ON, alarm=ON, shapes=True,
)  # fmt: skip

PALETTES = {palette.name: palette for palette in (DEFAULT, COLOUR_BLIND, MONOCHROME)}


def _coloured(name: str, primary: str, accent: str) -> Theme:
    surface = "#1c2229"
    return Theme(
        name, primary=primary, secondary=accent, accent=accent, warning=accent, error="#d7263d", success="#58d68d",
        foreground=_TEXT, background=_BACK, surface=surface, panel="#222a33",
        variables={"footer-background": surface, "footer-key-foreground": accent},
    )  # fmt: skip


def _colourless() -> Theme:
    none = "ansi_default"
    variables = ("block-cursor-foreground", "block-cursor-background", "footer-background", "footer-key-foreground",
                 "footer-foreground", "footer-description-foreground", "input-cursor-foreground", "input-cursor-background",
                 "input-selection-background", "input-selection-foreground", "border", "border-blurred", "scrollbar",
                 "scrollbar-background", "scrollbar-hover", "scrollbar-active", "block-hover-background",
                 "ansi-background", "ansi-foreground")  # fmt: skip
    return Theme(
        "monochrome", ansi=True, primary=none, secondary=none, accent=none, warning=none, error=none, success=none,
        foreground=none, background=none, surface=none, panel=none, boost=none, variables=dict.fromkeys(variables, none),
    )  # fmt: skip


THEMES = (_coloured("default", "#5aa9f0", "#ffd75f"), _coloured("colour-blind", "#56b4e9", "#f0e442"), _colourless())
