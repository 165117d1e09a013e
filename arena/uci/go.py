"""What follows on `go`: its words in any order and any subset, and how long to think by them."""

from typing import NamedTuple

from arena.matches.clock import LEAST_SECONDS, budget

NUMBERS = ("wtime", "btime", "winc", "binc", "movestogo", "movetime", "depth", "nodes", "mate", "perft")
FLAGS = ("infinite", "ponder")
MOST = 10**9  # larger numbers mean the same: without end


class Go(NamedTuple):
    """One `go`. Times are milliseconds, and may be negative where a clock has run out."""

    wtime: int | None = None
    btime: int | None = None
    winc: int | None = None
    binc: int | None = None
    movestogo: int | None = None
    movetime: int | None = None
    depth: int | None = None  # plies of the best line
    nodes: int | None = None  # visits of the tree
    mate: int | None = None  # end with a proven mate in so many moves
    perft: int | None = None
    infinite: bool = False
    ponder: bool = False
    searchmoves: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the answer has to wait for `stop` or `ponderhit`."""
        return self.infinite or self.ponder

    @property
    def on_a_clock(self) -> bool:
        """Whether it is for us to choose how long to think."""
        return self.movetime is None and (self.wtime is not None or self.btime is not None)


def parse_go(words: list[str]) -> tuple[Go, list[str]]:
    """Return what the words after `go` ask for, and what about them could not be understood."""
    found: dict[str, object] = {}
    moves: list[str] = []
    wrong: list[str] = []
    rest, in_moves = list(words), False
    while rest:
        word = rest.pop(0)
        if word in NUMBERS:
            in_moves = False
            number = _number(rest[0]) if rest else None
            if number is None:
                wrong.append(f"go: expected a whole number after {word}, got {' '.join(rest[:1])[:20]!r}")
            else:
                rest.pop(0)
                found[word] = number
        elif word in FLAGS or word == "searchmoves":
            in_moves = word == "searchmoves"
            if not in_moves:
                found[word] = True
        elif in_moves:
            moves.append(word)
        else:
            wrong.append(f"go: unknown word {word[:20]!r}")
    return Go(**found, searchmoves=tuple(moves)), wrong  # type: ignore[arg-type]


def seconds_of(go: Go, white: bool, overhead: float, ply: int) -> float | None:
    """Return how long to think, None where time is no limit.

    white: whether White is to move; a client that tells one clock only means ours. overhead: seconds.
    """
    if go.movetime is not None:
        whole = go.movetime / 1000
        return max(LEAST_SECONDS, whole - overhead, whole / 2)
    if not go.on_a_clock:
        return None
    ours, others = (go.wtime, go.btime) if white else (go.btime, go.wtime)
    clock = ours if ours is not None else others
    increment = (go.winc if white else go.binc) or 0
    moves = go.movestogo if go.movestogo and go.movestogo > 0 else None
    return budget((clock or 0) / 1000, max(0, increment) / 1000, moves, overhead, ply)


def _number(text: str) -> int | None:
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits) if len(digits) <= len(str(MOST)) else MOST
    return (-1 if text.startswith("-") else 1) * min(number, MOST)
