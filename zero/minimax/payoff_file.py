"""Reading a payoff matrix from a CSV file: numbers separated by commas, a row for each action of player 1."""

import csv
import math
from pathlib import Path

import numpy as np

from zero.minimax.payoffs import LARGEST_PAYOFF, MOST_PAYOFFS, MatrixGame, MatrixGameError


def read_payoffs(path: Path) -> MatrixGame:
    """Read a matrix game from a CSV file, which gives the game its name.

    Blank lines and lines that begin with # are left out.
    raises MatrixGameError: where the file is empty, ragged, or holds anything but finite numbers.
    raises OSError: where it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        cells = [(number, next(csv.reader([line], strict=True))) for number, line in lines if not line.startswith("#")]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MatrixGameError(f"{path}: expected a CSV file of numbers: {error}") from error
    if not cells:
        raise MatrixGameError(f"{path}: expected rows of numbers, got an empty file")
    first, width = cells[0][0], len(cells[0][1])
    if len(cells) * width > MOST_PAYOFFS:
        raise MatrixGameError(f"{path}: expected at most {MOST_PAYOFFS:,} payoffs, got {len(cells)} rows of {width}")
    for number, row in cells:
        if len(row) != width:
            raise MatrixGameError(f"{path}: line {number}: expected {width} numbers as in line {first}, got {len(row)}")
    rows = [
        [_number(cell, f"{path}: line {number}, column {column}") for column, cell in enumerate(row, 1)] for number, row in cells
    ]
    return MatrixGame(path.name, np.array(rows))


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise MatrixGameError(f"{where}: expected a number, got {cell.strip()!r}") from error
    if not math.isfinite(value):
        raise MatrixGameError(f"{where}: expected a finite number, got {cell.strip()!r}")
    if abs(value) > LARGEST_PAYOFF:
        raise MatrixGameError(f"{where}: expected a number of size at most {LARGEST_PAYOFF:g}, got {cell.strip()!r}")
    return value
