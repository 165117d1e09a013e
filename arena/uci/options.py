"""The options that a chess program may set: what they are called, what they can be, what they are."""

from typing import Literal, NamedTuple

Value = str | int | bool
AUTO = "auto"  # of settings of the search: what the network was trained with
EMPTY = "<empty>"  # UCI's word for a string without letters
NO_TABLES = "no tablebases are read"
LOW_ELO, HIGH_ELO = 800, 2800
HASH = 256  # MB of the tree


class Option(NamedTuple):
    name: str
    kind: Literal["spin", "check", "string", "combo", "button"]
    default: Value = ""
    low: int = 0  # of a spin
    high: int = 0
    choices: tuple[str, ...] = ()  # of a combo
    number: tuple[float, float] | None = None  # a string that is a number between these two, or its default
    ignored: str = ""  # why it does nothing, where it is there for programs that insist on setting it

    def declared(self) -> str:
        """Return the line that tells a client of it."""
        words = f"option name {self.name} type {self.kind}"
        if self.kind == "button":
            return words
        words += f" default {_text(self.default)}"
        words += f" min {self.low} max {self.high}" if self.kind == "spin" else ""
        return words + "".join(f" var {choice}" for choice in self.choices)


OPTIONS = (
    Option("Threads", "spin", 1, 1, 512),  # of the network on a processor
    Option("Hash", "spin", HASH, 1, 1 << 20),
    Option("MultiPV", "spin", 1, 1, 256),
    Option("Ponder", "check", False, ignored="this engine ponders when it is told `go ponder`"),
    Option("Move Overhead", "spin", 100, 0, 10_000),  # ms that a move costs beside thinking
    Option("UCI_ShowWDL", "check", False),
    Option("UCI_AnalyseMode", "check", False),  # full strength, always the best move
    Option("UCI_LimitStrength", "check", False),
    Option("UCI_Elo", "spin", 1500, LOW_ELO, HIGH_ELO),
    Option("WeightsFile", "string", EMPTY),  # a checkpoint file or run folder
    Option("Backend", "combo", "cpu", choices=("cpu", "cuda")),
    Option("CPuct", "string", AUTO, number=(0.01, 100.0)),  # exploration constant
    Option("FpuValue", "string", AUTO, number=(0.0, 10.0)),  # how much less than its parent an unvisited move is worth
    Option("PolicyTemperature", "string", AUTO, number=(0.01, 100.0)),  # of the priors at the root
    Option("Temperature", "string", "0", number=(0.0, 100.0)),  # moves are drawn by visits to the power of 1 / Temperature
    Option("Clear Hash", "button"),
    Option("SyzygyPath", "string", EMPTY, ignored=NO_TABLES),
    Option("UCI_Chess960", "check", False, ignored="only standard chess is played"),
    Option("UCI_Opponent", "string", EMPTY, ignored="it plays alike against everyone"),
    Option("MinibatchSize", "spin", 8, 1, 1024, ignored="as many positions go to the network together as the tree has room for"),
)
BY_NAME = {option.name.lower(): option for option in OPTIONS}
WORDS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


class Options:
    """The values of all options."""

    def __init__(self, **values: Value) -> None:
        """values: other defaults, by the option's name."""
        self.debug = False  # tell of each search what limits it
        self._values: dict[str, Value] = {option.name: option.default for option in OPTIONS} | values

    def declared(self) -> list[str]:
        """Return the lines that tell a client of all options."""
        return [option._replace(default=self._values[option.name]).declared() for option in OPTIONS]

    def on(self, name: str) -> bool:
        """Return the value of a check."""
        return bool(self._values[name])

    def whole(self, name: str) -> int:
        """Return the value of a spin."""
        return int(self._values[name])

    def text(self, name: str) -> str:
        """Return the value of a string or combo, "" where it is empty."""
        value = str(self._values[name])
        return "" if value == EMPTY else value

    def number(self, name: str) -> float | None:
        """Return the value of a string that is a number, None where it is `auto`."""
        value = str(self._values[name])
        return None if value == AUTO else float(value)

    def put(self, name: str, value: Value) -> None:
        """Give an option a value that is known to be right."""
        self._values[name] = value

    def set(self, words: list[str]) -> tuple[Option | None, str]:
        """Do what follows on `setoption`; return the option, None where nothing was set, and what to tell the client."""
        name, text = _name_and_value(words)
        option = BY_NAME.get(name.lower())
        if option is None:
            return None, f"unknown option {name[:80]!r}"
        value = _read(option, text)
        if value is None:
            return None, f"option {option.name}: expected {_expected(option)}, got {text[:80]!r}"
        self._values[option.name] = value
        told = f"option {option.name} has no effect: {option.ignored}" if option.ignored and value != option.default else ""
        return option, "" if option.name == "Ponder" else told


def _name_and_value(words: list[str]) -> tuple[str, str]:
    """Return both parts of `name … value …`; `value` is missing for buttons."""
    words = words[1:] if words[:1] == ["name"] else words
    place = words.index("value") if "value" in words else len(words)
    return " ".join(words[:place]), " ".join(words[place + 1 :])


def _read(option: Option, text: str) -> Value | None:
    """Return the value that a text means, None where it means none."""
    if option.kind == "spin":
        digits = text.removeprefix("-")
        value = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
        return value if value is not None and option.low <= value <= option.high else None
    if option.kind == "check":
        return WORDS.get(text.lower())
    if option.kind == "combo":
        return next((choice for choice in option.choices if choice == text.lower()), None)
    if option.number is not None and text.lower() != str(option.default):
        low, high = option.number
        try:
            return text if low <= float(text) <= high else None
        except ValueError:
            return None
    return text.lower() if option.number is not None else text or EMPTY


def _expected(option: Option) -> str:
    if option.kind == "spin":
        return f"a whole number from {option.low} to {option.high}"
    if option.kind == "check":
        return "true or false"
    if option.number is not None:
        low, high = option.number
        return f"a number from {low:g} to {high:g}" + (", or auto" if option.default == AUTO else "")
    return " or ".join(option.choices)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
