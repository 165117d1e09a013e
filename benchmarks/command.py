"""`zero bench PART`: how fast the engine is on this machine, as ratios within one run."""

import importlib

from zero.errors import SettingsError

PARTS = {
    "search": ("benchmarks.search", "the tree alone, the bare network, and self-play of both together (default)"),
    "match": ("benchmarks.match", "a match of two networks, beside the networks alone"),
    "rollouts": ("benchmarks.rollouts", "rollouts by random moves and by a fast policy, beside one evaluation of a network"),
    "games": ("benchmarks.games", "random games and perft of each game, beside OpenSpiel and python-chess"),
    "dagger": ("benchmarks.dagger", "errors, not speed: DAgger beside cloning from as many labels of one expert"),
}


def usage() -> str:
    """Return the text of `zero bench --help`."""
    lines = [f"  {name:<8}  {summary}" for name, (_, summary) in PARTS.items()]
    return "\n".join(["usage: zero bench [PART] …", "", *lines, "", "zero bench PART --help tells the arguments of each."])


def main(arguments: list[str]) -> int:
    """Run the part that the first argument names and return its exit status."""
    first = arguments[0] if arguments else "search"
    if first in ("-h", "--help"):
        print(usage())
        return 0
    if first.startswith("-"):
        return main(["search", *arguments])
    if first not in PARTS:
        raise SettingsError(f"unknown part {first!r}: expected one of {', '.join(PARTS)}")
    status: int = importlib.import_module(PARTS[first][0]).main(arguments[1:])
    return status
