"""The front door: `zero COMMAND …`.

A table of subcommands, each imported when called, so that `zero --help` needs neither torch nor numba. What a person
got wrong (an `InputError`), and what the machine refuses (a full disk, no memory), is one line and exit status 2.
"""

import difflib
import importlib
import io
import os
import sys
from typing import NamedTuple


class Command(NamedTuple):
    module: str  # has main(arguments: list[str]) -> int, the exit status
    summary: str


COMMANDS = {
    "train": Command("selfplay.train", "learn a game by self-play, or go on with a run"),
    "play": Command("arena.tui.play", "play against the engine in the terminal"),
    "match": Command("arena.matches.command", "let two players meet, and say how far apart they are"),
    "evaluate": Command("arena.analysis.evaluate", "count a player's mistakes against an exact solver"),
    "players": Command("arena.players.command", "list the kinds of players, with an example of each"),
    "tournament": Command("arena.matches.tournament", "let many players meet, and rate them all in one table"),
    "ladder": Command("arena.ratings.ladder", "rate the checkpoints of a run, and draw how strength grew"),
    "scaling": Command("arena.ratings.scaling", "measure what twice the simulations are worth"),
    "analyze": Command("arena.analysis.command", "show the best moves of a position"),
    "view": Command("arena.tui.view", "step through the games of a run"),
    "uci": Command("arena.uci.server", "serve chess programs (UCI)"),
    "gtp": Command("arena.gtp.server", "serve Go programs (GTP), also for Hex, Gomoku and Othello"),
    "plot": Command("selfplay.plot", "draw losses, rating and mistakes of a run"),
    "alphago": Command("selfplay.alphago.command", "AlphaGo's pipeline: imitation, REINFORCE, value network, rollouts, search"),
    "record": Command("selfplay.expert.record", "let players play games to learn from"),
    "imitate": Command("selfplay.imitation.command", "learn to play as in recorded games of experts (PGN, SGF, records)"),
    "reinforce": Command("selfplay.reinforce.command", "improve a policy by playing its own past (REINFORCE)"),
    "value": Command("selfplay.value.command", "learn how games of a policy end (a value network)"),
    "rollout-policy": Command("selfplay.rollout.command", "learn a fast policy for rollouts from recorded games"),
    "minimax": Command("zero.minimax.command", "learners that chase each other on a matrix game: why self-play cycles"),
    "check": Command("zero.check", "check that a game obeys the laws that the engine relies on"),
    "perft": Command("zero.perft", "count all lines of play of a length, to prove the rules of a game"),
    "bench": Command("benchmarks.command", "measure the speed of search, network, self-play and rules"),
}


OUT_OF_MEMORY = ("can't allocate memory", "out of memory")


def usage() -> str:
    """Return the text of `zero --help`."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: zero COMMAND …",
            "",
            "An engine that learns a board game from its rules alone, and proves how strong it got.",
            "",
            *lines,
            "",
            "zero COMMAND --help tells the arguments of each. Start with: zero play connect_four",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit status: 0 done, 1 a negative answer, 2 bad input, 130 interrupted."""
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale without … or √ is no reason to end
    for name in ("stdout", "stderr"):  # None where they were closed before we began
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    if words[0] == "--version":
        from importlib.metadata import version

        print(version("zero-engine"))
        return 0
    if words[0] not in COMMANDS:
        close = difflib.get_close_matches(words[0], COMMANDS, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return _refuse("zero", f"unknown command {words[0]!r}{hint}: expected one of {', '.join(COMMANDS)}")
    return _run(words[0], words[1:])


def _run(name: str, words: list[str]) -> int:
    from games.errors import InputError

    # The network's threads wait for each other in a loop, by default for long: beside another busy program, which takes
    # their turns, self-play ran at a tenth of its speed. Short waits cost nothing on a quiet machine.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    try:
        status: int = importlib.import_module(COMMANDS[name].module).main(words)
        sys.stdout.flush()
    except InputError as error:
        return _refuse(f"zero {name}", str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; point stdout elsewhere so that the interpreter's last flush is quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (MemoryError, RuntimeError) as error:  # the latter is torch's word for it, of the processor's memory and the GPU's
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in OUT_OF_MEMORY):
            raise
        return _refuse(f"zero {name}", "not enough memory: take a smaller network, fewer games at once or fewer simulations")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _refuse(f"zero {name}", f"{error.strerror or error}{where}")
    return status


def _refuse(who: str, what: str) -> int:
    line = " ".join(what.split())
    print(f"{who}: {line}", file=sys.stderr)
    return 2


