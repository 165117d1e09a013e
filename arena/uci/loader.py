"""Making what a server thinks with: it takes seconds, so it happens beside the conversation."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from arena.uci.options import HASH

if TYPE_CHECKING:
    from arena.analysis.thinker import Thinker

CHESS = "chess"
ROLLOUTS = "rollouts"
PATIENCE = 0.01  # seconds between two looks at whether a search has ended
WARM_UP = 100  # simulations, in which all kernels are compiled or loaded


class Wanted(NamedTuple):
    """What to think with."""

    player: str | None  # a checkpoint file or run folder, "rollouts", or None for what ships
    device: str
    threads: int  # of the network on a processor


class Loaded(NamedTuple):
    """What came of it: a thinker, or an error."""

    wanted: Wanted
    thinker: "Thinker | None"
    error: Exception | None
    seconds: float


def load(wanted: Wanted, tell: Callable[[Loaded], None]) -> None:
    """Make a thinker for chess, and tell of it. Everything it needs is compiled by then."""
    began = time.monotonic()
    try:
        thinker = _made(wanted)
    except Exception as error:  # for the server to judge
        tell(Loaded(wanted, None, error, time.monotonic() - began))
    else:
        tell(Loaded(wanted, thinker, None, time.monotonic() - began))


def _made(wanted: Wanted) -> "Thinker":
    from arena.analysis.analyst import analyst_of
    from arena.analysis.thinker import Limit, Thinker
    from games.catalogue import find
    from games.position import Position
    from zero.errors import PlayerError

    game = find(CHESS) if wanted.player in (None, ROLLOUTS) else None
    analyst = analyst_of(game, wanted.player, wanted.device, HASH)
    if analyst.game.name != CHESS:
        raise PlayerError(f"expected a network for chess, but {wanted.player!r} plays {analyst.game.name}")
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(wanted.threads)
    thinker, position = Thinker(analyst), Position(analyst.game)
    for _ in range(2):  # the second search follows on the first, so that a subtree is kept
        thinker.start(position, Limit(simulations=WARM_UP), done=lambda report: None)
        while thinker.busy:
            time.sleep(PATIENCE)
        thinker.stop()  # raises what went wrong
        position.play(analyst.report().action)
    analyst.forget()
    return thinker
