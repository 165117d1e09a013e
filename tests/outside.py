"""What tests need from outside the repository: collections in shared/data beside it, and programs. Without, they are skipped."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def needs(path: Path) -> pytest.MarkDecorator:
    """Return a mark that skips a test, saying why, where a file or folder is not there."""
    return pytest.mark.skipif(not path.exists(), reason=f"there is no {path}")


def program(name: str) -> str | None:
    """Return the path of a program, or None. Some systems keep games in a folder of their own."""
    return shutil.which(name) or shutil.which(name, path="/usr/games")


def needs_program(name: str) -> Callable:
    """Return a decorator for tests of a program from outside: they are skipped, saying why, where it is not installed."""

    def mark(test):
        return pytest.mark.external(pytest.mark.skipif(program(name) is None, reason=f"{name} is not installed")(test))

    return mark
