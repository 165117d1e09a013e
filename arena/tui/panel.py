"""What is written beside the board: who plays, what the machine expects, its best moves, the evaluation, the moves."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.text import Text
from textual.widgets import Static

from arena.tui.boards.canvas import ON, Colour, mixed, style_of
from arena.tui.boards.faces import Face
from arena.tui.graph import graph
from arena.tui.theme import PALETTES, Palette

SIDES = {
    "chess": ("White", "Black"),
    "discs": ("Black", "White"),
    "frame": ("First", "Second"),
    "marks": ("X", "O"),
    "go": ("Black", "White"),
    "gomoku": ("Black", "White"),
    "hex": ("First", "Second"),
}
NARROW = 24  # columns below which the panel is left out
Wdl = tuple[float, float, float]


class BestMove(NamedTuple):
    """A line of the table of moves."""

    name: str
    amount: str  # visits, or the share of a policy
    value: str  # for the player to move
    share: float  # for its bar, 0 to 1


class View(NamedTuple):
    """What the panel shows. All that has to do with winning is said for the player who began, but for the best moves."""

    players: tuple[str, str]
    to_play: int | None  # None where the game is over
    wdl: Wdl | None = None  # the first player wins, a draw, the second wins
    title: str = ""  # above the best moves
    best: Sequence[BestMove] = ()
    variation: str = ""  # the principal one, as moves
    values: Mapping[int, float] = {}
    moves: Sequence[str] = ()
    at: int = 0  # the ply shown
    notes: Sequence[str] = ()  # more to be said, a line each


class Panel(Static):
    """Shows a view."""

    DEFAULT_CSS = "Panel { width: 1fr; height: 100%; padding: 0 1; }"

    def __init__(self, face: Face | None) -> None:
        super().__init__(markup=False)
        self.face = face
        self.view: View | None = None

    def show(self, view: View) -> None:
        self.view = view
        self.write()

    def on_resize(self) -> None:
        self.write()

    def write(self) -> None:
        """Write the view as large as there is room for."""
        width, height = self.content_size
        if self.view is not None and width > 0:
            self.update(text_of(self.view, self.face, PALETTES[self.app.theme], width, height))


def text_of(view: View, face: Face | None, palette: Palette, width: int, height: int) -> Text:
    """Return the whole panel."""
    lines = [_player(view, face, palette, side, width) for side in (0, 1)]
    lines += [_cut(Text(note, _style(palette.dim)), width) for note in view.notes]
    if view.wdl is not None:
        lines += _expectation(view.wdl, face, palette, width)
    if view.best:
        rows = 5 if height >= 18 else 3 if height >= 11 else 1
        lines.append(_cut(Text(view.title, _style(palette.dim)), width))
        lines += [_best(move, palette, width) for move in view.best[:rows]]
        variation = _wrapped(view.variation.split(), width)
        lines += [Text(line, _style(palette.dim)) for line in variation[: 2 if height >= 16 else 1]]
    if len(view.values) > 1 and height - len(lines) >= 4:
        lines += _graph(view, palette, width, 4 if height - len(lines) >= 7 else 2)
    lines += _moves(view, palette, width, height - len(lines))
    return Text("\n", end="").join(lines[:height])


def side_name(face: Face | None, side: int) -> str:
    """Return what a side is called."""
    return SIDES[face.style][side] if face else "XO"[side]


def mark_of(face: Face | None, side: int, palette: Palette) -> Text:
    """Return a piece of a side, three characters wide."""
    if face is None:
        return Text(f" {'XO'[side]} ", _style(palette.text))
    colours = palette.boards[face.style]
    colour = colours.first if side == 0 else colours.second
    letter = {"chess": "♔♚", "marks": "XO"}.get(face.style, "●○")[side]
    if not palette.shapes and face.style == "chess":
        letter = "♚"
    elif not palette.shapes and face.style != "marks":
        letter = "●"
    on_board = face.style in ("chess", "discs", "go", "gomoku")
    back = (colours.other if face.style == "chess" else colours.ground) if on_board else palette.back
    return Text(f" {letter} ", style_of(colour, back, bold=True))


def _style(colour: Colour, bold: bool = False, reverse: bool = False) -> str:
    words = ["bold"] * bold + ["reverse"] * reverse + ([colour] if colour not in (None, ON) else [])
    return " ".join(str(word) for word in words)


def _player(view: View, face: Face | None, palette: Palette, side: int, width: int) -> Text:
    """Return the line of a player; who is to move has an arrow."""
    moves = view.to_play == side
    arrow = Text("▶" if moves else " ", _style(palette.cursor, bold=True))
    name = Text(f" {side_name(face, side)}: {view.players[side]}", _style(palette.text, bold=moves))
    return _cut(Text.assemble(arrow, mark_of(face, side, palette), name), width)


def _expectation(wdl: Wdl, face: Face | None, palette: Palette, width: int) -> list[Text]:
    """Return a bar of win, draw and loss of the first player, and the numbers."""
    first, draw, _ = (max(0.0, part) for part in wdl)
    ends = round(first * width), round((first + draw) * width)
    parts = (ends[0], ends[1] - ends[0], width - ends[1])
    colours = (palette.text, palette.dim, mixed(palette.back, palette.dim, 0.4))
    blocks = "█▒░" if palette.plain else "▄▄▄"
    bar = Text.assemble(*[(block * part, _style(colour)) for block, part, colour in zip(blocks, parts, colours, strict=True)])
    names = (side_name(face, 0), "draw", side_name(face, 1))
    numbers = [f"{name} {100 * part:.0f} %" for name, part in zip(names, wdl, strict=True)]
    free = max(2, width - sum(map(len, numbers)))
    return [bar, _cut(Text(f"{numbers[0]}{' ' * (free // 2)}{numbers[1]}{' ' * (free - free // 2)}{numbers[2]}"), width)]


def _best(move: BestMove, palette: Palette, width: int) -> Text:
    text = f"{move.name[:8]:<8}{move.amount:>8}{move.value:>8} "
    room = max(0, width - len(text))
    bar = "━" * round(room * min(1.0, move.share))
    return _cut(Text.assemble((text, _style(palette.text)), (bar, _style(palette.hint))), width)


def _graph(view: View, palette: Palette, width: int, height: int) -> list[Text]:
    """Return the evaluation over the game, with + and - at its left."""
    lines = graph(view.values, max(len(view.moves), *view.values), width - 1, height)
    signs = ["+", *[" "] * (height - 2), "-"]
    ink = _style(palette.hint)
    return [Text.assemble((sign, _style(palette.dim)), (line, ink)) for sign, line in zip(signs, lines, strict=True)]


def _moves(view: View, palette: Palette, width: int, height: int) -> list[Text]:
    """Return the moves of the game, those around the one that is shown last where not all have room."""
    if height <= 0:
        return []
    words = [f"{ply // 2 + 1}.{name}" if ply % 2 == 0 else name for ply, name in enumerate(view.moves)]
    lines, used, at_line = [Text()], 0, 0
    for ply, word in enumerate(words, 1):
        if used and used + 1 + len(word) > width:
            lines.append(Text())
            used = 0
        elif used:
            lines[-1].append(" ")
            used += 1
        shown = ply == view.at
        lines[-1].append(word, _style(palette.cursor if shown else palette.dim, bold=shown, reverse=shown and palette.plain))
        used += len(word)
        at_line = len(lines) - 1 if shown else at_line
    first = max(0, min(len(lines) - height, at_line - height // 2))
    return lines[first : first + height]


def _wrapped(words: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text
