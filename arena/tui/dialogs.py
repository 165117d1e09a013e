"""Windows above the board: a choice, a line of text, a text to read. Escape leaves each without an answer."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

Answer = TypeVar("Answer")
ESCAPE = Binding("escape", "dismiss(None)", "back", show=False)


class Choice(ModalScreen[Answer | None], Generic[Answer]):
    """One of several answers: by mouse, by arrows and Enter, or by the number before it."""

    BINDINGS = [ESCAPE]  # noqa: RUF012

    def __init__(self, title: str, answers: Sequence[tuple[str, Answer]], chosen: int = 0) -> None:
        super().__init__(classes="dialog")
        self.heading, self.answers, self.chosen = title, answers, chosen

    def compose(self) -> ComposeResult:
        numbered = len(self.answers) <= 9
        texts = [f"{i}  {text}" if numbered else text for i, (text, _) in enumerate(self.answers, 1)]
        with Vertical(classes="box"):
            yield Label(self.heading, markup=False)
            yield OptionList(*[Option(Text(text)) for text in texts])

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self.chosen
        self.query_one(OptionList).focus()

    def on_key(self, event: Key) -> None:
        if event.character and event.character.isdecimal() and 1 <= int(event.character) <= len(self.answers) <= 9:
            event.stop()
            self.dismiss(self.answers[int(event.character) - 1][1])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self.answers[event.option_index][1])


class Line(ModalScreen[str | None]):
    """A line of text. check: told what was typed, returns what is wrong with it, "" where nothing is."""

    BINDINGS = [ESCAPE]  # noqa: RUF012

    def __init__(self, title: str, value: str = "", check: Callable[[str], str] = lambda text: "") -> None:
        super().__init__(classes="dialog")
        self.heading, self.value, self.check = title, value, check

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Label(self.heading, markup=False)
            yield Input(self.value, compact=True)
            yield Static("", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self.check(event.value)
        if wrong:
            self.query_one(Static).update(wrong)
        else:
            self.dismiss(event.value)


class Reading(ModalScreen[None]):
    """A text to read; any of Escape, Enter, ? and q closes it."""

    BINDINGS = [ESCAPE, Binding("enter,question_mark,q", "dismiss(None)", show=False)]  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__(classes="dialog")
        self.text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box"):
            yield Static(self.text, markup=False)
