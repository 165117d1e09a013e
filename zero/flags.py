"""Command-line flags from a dataclass: tyro reads them, and what a person got wrong becomes one line.

Each field is a flag with its default; the text under a field is its help; nested dataclasses make `--search.simulations`.
"""

import contextlib
import io
import sys
import tomllib
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import tyro

from zero.errors import SettingsError

Settings = TypeVar("Settings")
FRAME = "│╭╮╰╯─━┃|+ \t"
HINTS = ("For full helptext", "Perhaps you meant", "Are you missing", "Arguments similar", "Argument helptext", "Got errors")


def parse(
    settings: type[Settings], arguments: list[str], prog: str, description: str, default: Settings | None = None
) -> Settings:
    """Return `settings` as the arguments describe them. `--help` prints and exits with status 0.

    default: what a flag that isn't given is taken from, instead of the defaults of the class.
    Raises SettingsError with one line for an unknown flag or a value that cannot be read.
    """
    written = io.StringIO()
    try:
        with contextlib.redirect_stderr(written):
            found: Settings = tyro.cli(settings, args=arguments, prog=prog, description=description, default=default)  # type: ignore
            return found
    except SystemExit as exit:
        if not exit.code:
            raise
        raise SettingsError(_one_line(written.getvalue()).removeprefix(f"Error parsing {settings.__name__}: ")) from None
    finally:
        sys.stdout.flush()


def _one_line(box: str) -> str:
    """Return the message in tyro's framed report, without frame and without the hint at --help."""
    words: list[str] = []
    for line in box.splitlines()[1:]:
        text = line.strip(FRAME)
        if text.startswith(HINTS):
            break
        if text.strip("-"):  # where there is no Unicode, rules are dashes
            words.append(text)
    return " ".join(words) or "the command line cannot be read: see --help"


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
    kinds = get_type_hints(type(settings))
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in kinds:
            raise SettingsError(f"{where}: unknown setting {key!r}, expected one of {', '.join(kinds)}")
        old = getattr(settings, name)
        if is_dataclass(old) and not isinstance(old, type):
            if not isinstance(value, dict):
                raise SettingsError(f"{where}: expected a table for {key}, got {value!r}")
            changes[name] = from_table(value, old, where)
        else:
            changes[name] = _checked(value, kinds[name], f"{where}: {key}")
    return replace(settings, **changes)  # type: ignore[type-var]


def _checked(value: Any, kind: Any, what: str) -> Any:
    """Return `value` as a field of the type `kind` holds it: an integer as a float, text as a path."""
    kinds = [part for part in get_args(kind) or (kind,) if part is not type(None)]
    if get_origin(kind) is Literal:
        if value in kinds:
            return value
        raise SettingsError(f"{what}: expected {' or '.join(map(str, kinds))}, got {value!r}")
    for part in kinds:
        if type(value) is part:
            return value
        if (part, type(value)) in ((float, int), (Path, str)):
            return part(value)
    raise SettingsError(f"{what}: expected {' or '.join(part.__name__ for part in kinds)}, got {value!r}")
