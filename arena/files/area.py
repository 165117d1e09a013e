"""Area scoring of a Go board as it lies: a point for each stone, and for each empty one that reaches one colour only."""

from collections.abc import Sequence

NEXT = ((0, 1), (0, -1), (1, 0), (-1, 0))


def area_lead(rows: Sequence[str]) -> int:
    """Return how many points Black (X) has more than White (O), without komi. rows: from the top, X, O and "."."""
    lead = sum(row.count("X") - row.count("O") for row in rows)
    seen: set[tuple[int, int]] = set()
    for start in ((r, c) for r, row in enumerate(rows) for c, letter in enumerate(row) if letter == "."):
        if start not in seen:
            region, colours = _region(rows, start)
            seen |= region
            lead += len(region) * ((colours == {"X"}) - (colours == {"O"}))
    return lead


def _region(rows: Sequence[str], start: tuple[int, int]) -> tuple[set[tuple[int, int]], set[str]]:
    """Return the empty points connected with one, and the colours that they reach."""
    region, colours, waiting = {start}, set(), [start]
    while waiting:
        row, column = waiting.pop()
        for down, right in NEXT:
            point = row + down, column + right
            if not (0 <= point[0] < len(rows) and 0 <= point[1] < len(rows[0])) or point in region:
                continue
            letter = rows[point[0]][point[1]]
            if letter == ".":
                region.add(point)
                waiting.append(point)
            else:
                colours.add(letter)
    return region, colours


def score_text(lead: float) -> str:
    """Return a lead of Black as GTP and SGF write it: B+3.5, W+2, 0."""
    number = f"{abs(lead):.2f}".rstrip("0").rstrip(".")
    return "0" if lead == 0 else f"{'B' if lead > 0 else 'W'}+{number}"
