"""Command-line flags from a dataclass: tyro reads them, and what a person got wrong becomes one line.

Each field is a flag with its default; the text under a field is its help; nested dataclasses make `--search.simulations`.
"""

import contextlib
import io
import sys
import tomllib
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import tyro

from zero.errors import SettingsError

Settings = TypeVar("Settings")
FRAME = "│╭╮╰╯─━┃|+ \t"


def parse(settings: type[Settings], arguments: list[str], prog: str, description: str, default: Settings | None = None) -> Settings:
    """Return `settings` as the arguments describe them. `--help` prints and exits with status 0.

    default: what a flag that isn't given is taken from, instead of the defaults of the class.
    Raises SettingsError with one line for an unknown flag or a value that cannot be read.
    """
    written = io.StringIO()
    try:
        with contextlib.redirect_stderr(written):
            return tyro.cli(settings, args=arguments, prog=prog, description=description, default=default)
    except SystemExit as exit:
        if not exit.code:
            raise
        raise SettingsError(_one_line(written.getvalue())) from None
    finally:
        sys.stdout.flush()


def _one_line(box: str) -> str:
    """Return the message in tyro's framed report, without frame and without the hint at --help."""
    words: list[str] = []
    for line in box.splitlines()[1:]:
        text = line.strip(FRAME)
        if text.startswith(("For full helptext", "Perhaps you meant", "Are you missing")):
            break
        if text:
            words.append(text)
    return " ".join(words).split(" Argument helptext:")[0] or "the command line cannot be read: see --help"


def from_file(path: Path, settings: Settings) -> Settings:
    """Return `settings` with the values that a TOML file gives, tables for nested dataclasses.

    Raises SettingsError for a file that cannot be read, an unknown key, or a value of another type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"settings file {path}: {error}") from None
    return from_table(table, settings, str(path))


def from_table(table: dict[str, Any], settings: Settings, where: str) -> Settings:
    """Return the dataclass `settings` with the fields that `table` names replaced; `where` names the source in errors."""
    changes: dict[str, Any] = {}
    fields = settings.__dataclass_fields__  # type: ignore[attr-defined]
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in fields:
            raise SettingsError(f"{where}: unknown setting {key!r}, expected one of {', '.join(fields)}")
        old = getattr(settings, name)
        if is_dataclass(old) and not isinstance(old, type):
            if not isinstance(value, dict):
                raise SettingsError(f"{where}: expected a table for {key}, got {value!r}")
            changes[name] = from_table(value, old, where)
        else:
            changes[name] = _checked(value, old, f"{where}: {key}")
    return replace(settings, **changes)  # type: ignore[type-var]


def _checked(value: Any, old: Any, what: str) -> Any:
    """Return `value` if it can stand where `old` stood: of its type, or an integer for a float."""
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if old is not None and type(value) is not type(old):
        raise SettingsError(f"{what}: expected {type(old).__name__}, got {value!r}")
    return value
