"""`zero alphago GAME`: AlphaGo's pipeline from expert games to a search, with matches between all that came of it."""

import contextlib
from pathlib import Path

from games import find
from selfplay.alphago.settings import ChainCommand
from selfplay.stopping import StopTraining, interrupts, quiet_libraries
from selfplay.train import default_folder
from zero.flags import parse

WHAT = "AlphaGo's pipeline: imitation, REINFORCE, value network, fast rollouts, and a search that mixes them."


def main(arguments: list[str]) -> int:
    """Run the command, or go on with a pipeline; return 0 when it is done, or Ctrl-C asked for the end."""
    asked = parse(ChainCommand, arguments, "zero alphago", WHAT)
    game = find(asked.game)
    folder = asked.run or Path("runs") / f"alphago-{default_folder(game).name}"

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
