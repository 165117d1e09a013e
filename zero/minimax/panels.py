"""Pictures of strategies as places in the plane: where a strategy stands, and the frame that it stands in.

Three to eight actions make a regular polygon with an action at each corner: the simplex itself for three, a projection
of it for more. A game of two by two actions makes a square, one player's probability along each side. Anything else
is drawn as probabilities against steps.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from zero.minimax.path import Run
from zero.minimax.payoffs import FloatArray, MatrixGame

GREY, PALE = "#444444", "#d5d5d5"
MOST_CORNERS = 8


@dataclass(frozen=True)
class Panel:
    """One picture of a run: a player's polygon, or the square of both players.

    title:   what stands beside the row of pictures.
    corners: [k, 2] float64, where the probabilities of the `entries` pull; their mean, by strategy, is the place.
    entries: which entries of a joint strategy [m + n] count.
    names:   [k] what to write at the corners.
    """

    title: str
    corners: FloatArray
    entries: slice
    names: tuple[str, ...]
    square: bool = False

    def place(self, joint: FloatArray) -> FloatArray:
        """Return where joint strategies stand; [..., m + n] to [..., 2]."""
        return joint[..., self.entries] @ self.corners

    def draw_frame(self, axes: Any) -> None:
        """Draw the outline and the names of the actions."""
        axes.set_aspect("equal")
        axes.axis("off")
        if self.square:
            _draw_square(axes, self.names)
            return
        outline = np.concatenate([self.corners, self.corners[:1]])
        axes.plot(*outline.T, color=GREY, linewidth=1.2, zorder=1)
        if len(self.corners) == 3:
            _draw_grid(axes, self.corners)
        for (x, y), name in zip(self.corners, self.names, strict=True):
            sideways = "center" if len(self.corners) == 3 or abs(x) < 0.3 else "left" if x > 0 else "right"
            upright = "bottom" if y > 0.1 else "top"
            axes.text(1.08 * x, 1.08 * y + (0.02 if y > 0.1 else -0.03), name, ha=sideways, va=upright, fontsize=9, color=GREY)
        margin = 1.2 if len(self.corners) == 3 else 1.55
        axes.set_xlim(-margin, margin)
        axes.set_ylim(self.corners[:, 1].min() - 0.27, 1.24)


def panels_of(game: MatrixGame) -> list[Panel]:
    """Return the pictures that show a run on this game, one below the other; none where probabilities have to do."""
    rows, columns = game.payoff.shape
    if (rows, columns) == (2, 2):
        corners = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
        names = (f"player 1: {game.actions[0][0]}", f"player 2: {game.actions[1][0]}")
        return [Panel("", corners, slice(None), names, square=True)]
    if not (3 <= rows <= MOST_CORNERS and 3 <= columns <= MOST_CORNERS):
        return []
    titles = [f"player {player}" + ("" if size == 3 else " (projected)") for player, size in ((1, rows), (2, columns))]
    return [
        Panel(titles[0], _polygon(rows), slice(0, rows), game.actions[0]),
        Panel(titles[1], _polygon(columns), slice(rows, None), game.actions[1]),
    ]


def draw_probabilities(axes: Any, run: Run, player: int, labels: bool) -> None:
    """Draw a player's probabilities against steps, the six largest at the end in colours."""
    import matplotlib

    part = run.strategies[:, : run.rows] if player == 0 else run.strategies[:, run.rows :]
    shown = thinned(len(part), 2000)
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, 6))
    for rank, action in enumerate(np.argsort(-part[-1], kind="stable")):
        style = {"color": PALE, "linewidth": 0.6} if rank >= len(colours) else {"color": colours[rank], "linewidth": 1.4}
        label = run.game.actions[player][action] if rank < len(colours) else None
        axes.plot(shown, part[shown, action], label=label, zorder=2 - rank / 100, **style)
    axes.set_ylim(-0.02, 1.02)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=GREY)
    if labels:
        axes.set_ylabel(f"player {player + 1}\nprobability", fontsize=10, color=GREY)
    if len(part.T) > 1:
        axes.legend(fontsize=7, ncols=2, loc="upper right", title="action", title_fontsize=7, framealpha=0.85, edgecolor="none")


def thinned(length: int, most: int) -> FloatArray:
    """Return at most so many places of a path, evenly spaced, the first and the last among them."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(int))


def _polygon(corners: int) -> FloatArray:
    angles = np.pi / 2 + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _draw_grid(axes: Any, corners: FloatArray) -> None:
    """Draw where each action has probability 1/4, 1/2, 3/4."""
    for share in (0.25, 0.5, 0.75):
        for one in range(3):
            others = [share * corners[one] + (1 - share) * corners[other] for other in range(3) if other != one]
            axes.plot(*np.array(others).T, color=PALE, linewidth=0.5, zorder=0)


def _draw_square(axes: Any, names: tuple[str, ...]) -> None:
    axes.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color=GREY, linewidth=1.2, zorder=1)
    for share in (0.25, 0.5, 0.75):
        axes.plot([share, share], [0, 1], color=PALE, linewidth=0.5, zorder=0)
        axes.plot([0, 1], [share, share], color=PALE, linewidth=0.5, zorder=0)
    for at in (0, 1):
        axes.text(at, -0.04, str(at), ha="center", va="top", fontsize=8, color=GREY)
        axes.text(-0.04, at, str(at), ha="right", va="center", fontsize=8, color=GREY)
    axes.text(0.5, -0.05, names[0], ha="center", va="top", fontsize=9, color=GREY)
    axes.text(-0.05, 0.5, names[1], ha="right", va="center", fontsize=9, color=GREY, rotation=90)
    axes.set_xlim(-0.16, 1.04)
    axes.set_ylim(-0.16, 1.04)
