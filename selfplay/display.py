"""What a training run shows: a live table on a terminal, plain lines elsewhere."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

SHOWN_GENERATIONS = 12


class Display(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def say(self, text: str) -> None:
        """Print text that stays."""

    def phase(self, name: str, share: float, numbers: Mapping[str, Any]) -> None:
        """Tell what is going on, how much of it is done, and the numbers of the moment."""

    def generation(self, line: Mapping[str, float]) -> None:
        """Show a finished generation."""


Column = tuple[str, Callable[[Mapping[str, float]], str]]  # a title, and how its cell is read from a line of metrics


def display_for(stream: TextIO, columns: Sequence[Column] | None = None) -> Display:
    """Return what fits the stream; columns: of a generation's line, default: those of zero train."""
    shown = COLUMNS if columns is None else columns
    return Terminal(shown) if stream.isatty() else Plain(shown)


def duration(seconds: float) -> str:
    """Return 1:02:03 or 2:03."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


class Plain:
    """A line for each generation."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.left: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def say(self, text: str) -> None:
        print(text, flush=True)

    def phase(self, name: str, share: float, numbers: Mapping[str, Any]) -> None:
        self.left = numbers.get("left")

    def generation(self, line: Mapping[str, float]) -> None:
        left = "" if self.left is None else f"  left {duration(self.left)}"
        cells = "  ".join(f"{title} {show(line)}" for title, show in self.columns)
        print(cells + left, flush=True)


COLUMNS: tuple[Column, ...] = (
    ("generation", lambda line: f"{line['generation']}"),
    ("games", lambda line: f"{line['games']}"),
    ("sims/s", lambda line: f"{line['simulations_per_second']:,.0f}"),
    ("cache", lambda line: f"{line['cached_share']:.0%}"),
    ("policy loss", lambda line: number(line["policy_loss"])),
    ("value loss", lambda line: number(line["value_loss"])),
    ("rating", lambda line: f"{line['rating']:+.0f}"),
    ("seconds", lambda line: f"{line['play_seconds']:.0f}+{line['learn_seconds']:.0f}"),
)


def number(value: float) -> str:
    """Return a loss as it is shown."""
    return "-" if math.isnan(value) else f"{value:.3f}"


class Terminal:
    """A table of the last generations, and a bar for the one that runs."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.console = Console()
        self.lines: list[Mapping[str, float]] = []
        self.now: tuple[str, float, Mapping[str, Any]] = ("preparing", 0.0, {})
        self.live = Live(self, console=self.console, refresh_per_second=4, transient=False)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.live.__exit__(*error)

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False)

    def phase(self, name: str, share: float, numbers: Mapping[str, Any]) -> None:
        self.now = (name, share, numbers)

    def generation(self, line: Mapping[str, float]) -> None:
        self.lines = [*self.lines, line][-SHOWN_GENERATIONS:]

    def __rich__(self) -> Group:
        table = Table(box=None, header_style="bold", padding=(0, 1))
        for title, _ in self.columns:
            table.add_column(title, justify="right")
        for line in self.lines:
            table.add_row(*(show(line) for _, show in self.columns))
        name, share, numbers = self.now
        words = [f"{name:<26}"]
        if "simulations_per_second" in numbers:
            words.append(f"{numbers['simulations_per_second']:,.0f} sims/s, {numbers['cached']:.0%} from the cache")
        if numbers.get("left") is not None:
            words.append(f"time left {duration(numbers['left'])}")
        return Group(table, ProgressBar(total=1.0, completed=min(share, 1.0), width=60), Text("  ".join(words)))
