"""`zero alphago GAME`: AlphaGo's pipeline from expert games to a search, with matches between all that came of it."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

from arena.players.recipes import read_players
from games import find
from selfplay.alphago.settings import SETTINGS, ChainCommand, ChainSettings
from selfplay.asked import default_folder
from selfplay.expert.sources import files_of
from selfplay.runs import without_none
from selfplay.stopping import StopTraining, interrupts, quiet_libraries
from zero.errors import RunError
from zero.flags import from_table, parse

WHAT = "AlphaGo's pipeline: imitation, REINFORCE, value network, fast rollouts, and a search that mixes them."


def main(arguments: list[str]) -> int:
    """Run the command, or go on with a pipeline; return 0 when it is done, or Ctrl-C asked for the end."""
    asked = parse(ChainCommand, arguments, "zero alphago", WHAT)
    game = find(asked.game)
    folder = asked.run or default_folder(game, "alphago")
    asked = _filled_in(arguments, asked, folder)
    read_players([asked.expert], asked.game)  # what is wrong with them is told before anything is learned
    files_of(asked.data)

    import torch

    from selfplay.alphago.chain import Chain
    from selfplay.alphago.pipeline import Pipeline

    if asked.threads:
        torch.set_num_threads(asked.threads)
    with interrupts() as stop, quiet_libraries("alphago"), contextlib.closing(Chain(game, folder, asked, stop)) as chain:
        try:
            print(Pipeline(chain).run())
        except StopTraining:
            print("stopped; the same command goes on", flush=True)
            return 0
    print(f"\nin {folder}: report.json, report.png\nplay it:  zero play {asked.game} --opponent alphago:{folder}")
    return 0


def _filled_in(arguments: list[str], asked: ChainCommand, folder: Path) -> ChainCommand:
    """Return what is asked; what the arguments leave out says the pipeline that is gone on with, where there is one."""
    path = folder / SETTINGS
    if not path.exists():
        return asked
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        table = {name: stored[name] for name in ChainSettings.__dataclass_fields__ if stored.get(name) is not None}
        data = tuple(map(Path, stored["data"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from None
    default = replace(from_table(without_none(table), asked, str(path)), data=data)
    return parse(ChainCommand, arguments, "zero alphago", WHAT, default)
