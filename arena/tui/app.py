"""The shell around all screens: themes, windows that are too small, and ends that nobody asked for.

Whatever ends the app, what has to be kept is kept by `keep`, which each screen gives: a lost terminal, a signal, an error.
"""

import asyncio
import contextlib
import os
import signal
import threading
from typing import Any

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.events import Resize
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from arena.tui.terminal import has_colours, hung_up
from arena.tui.theme import NAMES, PALETTES, THEMES, Palette

HANGUP_SECONDS = 2.0  # after which an app whose terminal is gone ends without its leave
LOST = 129  # exit status: the terminal is gone (128 + SIGHUP)
INTERRUPTED = 130


class TooSmall(ModalScreen[None]):
    """Stands above everything while the window is too small."""

    CSS = "TooSmall { align: center middle; background: $background; } TooSmall Static { width: 100%; text-align: center; }"

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.least = width, height

    def compose(self) -> ComposeResult:
        yield Static(f"Make the window larger:\n{self.least[0]} × {self.least[1]} at least", markup=False)


class ZeroApp(App[int]):
    """Shows one screen. first: the screen; theme: a name of ours; colours: whether there are any (default: as it seems)."""

    TITLE = "zero"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [  # noqa: RUF012
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
    ]
    CSS = """
    Screen { background: $background; color: $foreground; }
    Footer { height: 1; }
    .dialog { align: center middle; background: $background 60%; }
    .dialog:ansi { background: ansi_default; }
    .box { width: auto; max-width: 100%; height: auto; max-height: 100%; border: round $primary; padding: 0 1;
           background: $surface; }
    VerticalScroll.box { width: 70; }
    .box Static { width: auto; }
    .box Input { width: 56; max-width: 100%; }
    OptionList { height: auto; max-height: 16; width: auto; min-width: 36; max-width: 100%; border: none; padding: 0;
                 background: transparent; }
    OptionList:ansi > .option-list--option-highlighted { text-style: bold underline; }
    OptionList:ansi:focus > .option-list--option-highlighted { text-style: bold underline; }
    Input:ansi > .input--cursor { text-style: reverse; }
    """

    def __init__(self, first: "GameScreen", theme: str | None = None, colours: bool | None = None) -> None:
        colours = has_colours() if colours is None else colours
        super().__init__(ansi_color=None if colours else True)
        for each in THEMES:
            self.register_theme(each)
        self.first = first
        self.forced = None if colours else "monochrome"
        self.theme = self.forced or theme or NAMES[0]
        self.error: BaseException | None = None  # what was wrong with what we were given: to be raised once the screen is gone

    @property
    def palette(self) -> Palette:
        """The colours of boards in the present theme."""
        return PALETTES[self.theme]

    def on_mount(self) -> None:
        self.push_screen(self.first)
        if not self.is_headless:
            self._listen()

    def on_resize(self, event: Resize) -> None:
        self.call_later(self.check_size)  # the app's own size is set after this

    def check_size(self) -> None:
        """Show that the window is too small, or let the screen be seen again."""
        (width, height), top = self.first.least_size(), self.screen
        fits = self.size.width >= width and self.size.height >= height
        if isinstance(top, TooSmall):
            if fits or top.least != (width, height):
                self.pop_screen()
                self.check_size()
        elif not fits and isinstance(self.screen_stack[-1], Screen) and len(self.screen_stack) > 1:
            self.push_screen(TooSmall(width, height))

    def next_theme(self) -> str:
        """Change to the next theme; return what to say."""
        if self.forced:
            return "This terminal shows no colours, or NO_COLOR is set."
        self.theme = NAMES[(NAMES.index(self.theme) + 1) % len(NAMES)]
        return f"Theme: {self.theme}"

    def action_interrupt(self) -> None:
        self.exit(INTERRUPTED)

    def action_leave(self) -> None:
        self.exit(0)

    def fail(self, error: BaseException) -> None:
        """End with an error that is told once the screen is gone."""
        self.error = error
        self.exit(2)

    def panic(self, *renderables: Any) -> None:
        """End because of an error of ours, or because the terminal is gone."""
        self.first.keep()
        if self.is_headless or not hung_up():
            super().panic(*renderables)
        else:
            self._lost()

    def _listen(self) -> None:
        """Listen to signals, and look whether the terminal is still there."""
        loop = asyncio.get_running_loop()
        # Not all systems have all of these signals, nor loops that listen to them: then a signal ends us as it does anybody.
        for name, then in (("SIGINT", self.action_interrupt), ("SIGTERM", self._lost), ("SIGHUP", self._lost)):
            with contextlib.suppress(NotImplementedError, AttributeError, RuntimeError, ValueError):
                loop.add_signal_handler(getattr(signal, name), then)
        self.set_interval(1.0, self._look)

    def _look(self) -> None:
        if hung_up():
            self._lost()

    def _lost(self) -> None:
        """End quietly: what is to be kept first, and then in any case soon."""
        self.first.keep()
        last = threading.Timer(HANGUP_SECONDS, os._exit, (LOST,))
        last.daemon = True
        last.start()
        self.exit(LOST)


class GameScreen(Screen[None]):
    """A screen that shows a game."""

    app: ZeroApp

    def least_size(self) -> tuple[int, int]:
        """Return the smallest width and height of a window in which the screen can be used."""
        return 40, 12

    def keep(self) -> str:
        """Save what must not be lost, and return what to say of it. Called at any end; may be called several times."""
        return ""
