"""An evaluator of several: priors from one, the value from a second, rollouts from a third.

Source: Silver et al. 2016 (AlphaGo), Methods, "Search algorithm": V(s) = (1 - λ) v(s) + λ z, here for the probabilities
of win, draw and loss, of which v and z are the differences.
"""

from collections.abc import Callable

import numpy as np

from games.game import Game
from zero.errors import SettingsError
from zero.evaluators import Evaluations, Evaluator
from zero.search.walk import Batch

Make = Callable[[Game, int], Evaluator]  # as for a Searcher


class Mixture:
    """Logits of `priors`; wdl = (1 - mix) · that of `value` + mix · that of `rollouts`.

    mix:      λ from 0 (no rollouts are played) to 1 (no value network is asked); AlphaGo's was 0.5.
    value:    may be left out where mix is 1; the same object as `priors` is asked once for both.
    rollouts: may be left out where mix is 0.
    All parts are asked before any is waited for, rollouts last, so that a GPU computes while they are played.
    An answer is the same for the same position where each part's is (zero/rollout_policy.py tells when); else a search
    must have no cache.
    """

    def __init__(self, priors: Evaluator, value: Evaluator | None, rollouts: Evaluator | None, mix: float) -> None:
        if not 0 <= mix <= 1:
            raise SettingsError(f"expected a mix from 0 (no rollouts) to 1 (no value network), got {mix}")
        if value is None and mix < 1:
            raise SettingsError(f"a mix of {mix} needs a value network: give one, or a mix of 1")
        if rollouts is None and mix > 0:
            raise SettingsError(f"a mix of {mix} needs rollouts: give a rollout policy, or a mix of 0")
        self.mix = mix
        wanted = [priors, *([value] if mix < 1 else []), *([rollouts] if mix > 0 else [])]
        self.parts: list[Evaluator] = []
        self.which: list[int] = []  # of the parts: priors, then those that the outcome is mixed of
        for part in wanted:
            assert part is not None
            if not any(part is other for other in self.parts):
                self.parts.append(part)
            self.which.append(next(i for i, other in enumerate(self.parts) if other is part))

    def submit(self, batch: Batch, rows: int) -> Callable[[], Evaluations]:
        waiting = [part.submit(batch, rows) for part in self.parts]

        def wait() -> Evaluations:
            answers = [one() for one in waiting]
            logits, *outcomes = (answers[i] for i in self.which)
            if len(outcomes) == 1:
                return Evaluations(logits.logits, outcomes[0].wdl)
            mix = np.float32(self.mix)
            return Evaluations(logits.logits, (1 - mix) * outcomes[0].wdl + mix * outcomes[1].wdl)

        return wait


def mixture_of(priors: Make, value: Make | None, rollouts: Make | None, mix: float) -> Make:
    """Return what a Searcher makes its evaluator with. The same function for priors and value makes one evaluator for both."""

    def make(game: Game, places: int) -> Evaluator:
        one = priors(game, places)
        other = one if value is priors else value(game, places) if value is not None and mix < 1 else None
        return Mixture(one, other, rollouts(game, places) if rollouts is not None and mix > 0 else None, mix)

    return make
