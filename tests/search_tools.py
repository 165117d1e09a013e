"""What the tests of the search share: an evaluator made of hashes, random positions, settings and noise."""

import numpy as np
from reference_search import Node, ReferenceSearch

from games.position import Position
from zero.evaluators import Evaluations
from zero.search.settings import SearchSettings

MIX = np.uint64(0x9E3779B97F4A7C15)


class Hashed:
    """Gives each position logits and outcome probabilities that are random, but always the same for equal planes.

    spread:  logits lie in [-spread, spread].
    steps:   0, or into how many steps logits are rounded, so that there are ties.
    even:    whether all positions are worth nothing.
    """

    def __init__(self, seed, spread=2.0, steps=0, even=False):
        self.seed, self.spread, self.steps, self.even = seed, spread, steps, even
        self.asked = 0

    def __call__(self, game, places):
        self.actions = game.num_actions
        size = int(np.prod(game.plane_shape))
        self.weights = np.random.default_rng(self.seed).integers(1, 2**63, size, np.int64).astype(np.uint64)
        return self

    def submit(self, batch, rows):
        self.asked += rows
        answer = self.answer(batch.planes[:rows].copy())
        return lambda: answer

    def answer(self, planes):
        """planes: [n, P, R, C] uint8."""
        words = (planes.reshape(len(planes), -1).astype(np.uint64) * self.weights).sum(axis=1, dtype=np.uint64)[:, None]
        uniform = self.scatter(words + np.arange(self.actions + 3, dtype=np.uint64) * MIX)
        logits, wdl = uniform[:, :-3], uniform[:, -3:]
        if self.steps:
            logits = np.floor(logits * self.steps) / self.steps
        if self.even:
            wdl = np.ones_like(wdl)
        return Evaluations(
            (self.spread * (2 * logits - 1)).astype(np.float32), (wdl / wdl.sum(axis=1, keepdims=True)).astype(np.float32)
        )

    def one(self, planes):
        """Return logits and wdl of a single position."""
        logits, wdl = self.answer(planes[None])
        return logits[0], wdl[0]

    @staticmethod
    def scatter(words):
        """Return hashes of the words, as float64 in [0, 1)."""
        for shift in (30, 27, 31):
            words = (words ^ (words >> np.uint64(shift))) * np.uint64(0xBF58476D1CE4E5B9)
        return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def random_position(game, random, plies=None):
    """Return a position after some random moves, seldom one where the game is over."""
    position = Position(game)
    for _ in range(random.integers(game.max_plies) if plies is None else plies):
        legal = position.legal_actions()
        if not legal:
            break
        position.play(int(random.choice(legal)))
    if position.legal_actions() == [] and random.random() < 0.9:
        position.undo()
    return position


def random_settings(random, policy, **fixed):
    """Return settings of any kind, one leaf at a time."""
    most = int(2 ** random.uniform(0, np.log2(201)))
    chosen = {
        "policy": policy,
        "simulations": max(1, min(200, most)),
        "win_at_once": bool(random.random() < 0.2),
        "prove": bool(random.random() < 0.5),
    }
    if policy == "puct":
        chosen["exploration"] = str(random.choice(["log", "constant"]))
        chosen["c_init"], chosen["rho"] = float(random.uniform(0.3, 4)), float(random.uniform(0.3, 4))
        chosen["c_base"] = float(random.choice([19652.0, 50.0]))
        chosen["fpu_reduction"] = float(random.choice([0.0, 0.2, 0.7]))
        chosen["root_temperature"] = float(random.choice([1.0, 1.25, 0.6]))
        chosen["noise"] = float(random.choice([0.0, 0.25, 1.0]))
    else:
        chosen["considered"] = int(random.integers(1, 17))
        chosen["c_visit"], chosen["c_scale"] = float(random.choice([50.0, 5.0])), float(random.choice([0.1, 1.0]))
    return SearchSettings(**{**chosen, **fixed})


def random_noise(game, settings, random, positions):
    """Return noise for the roots, as the caller of a search would draw it, [n, max_legal]."""
    noise = np.zeros((len(positions), game.max_legal))
    for row, position in zip(noise, positions, strict=True):
        legal = len(position.legal_actions())
        if legal and settings.policy == "gumbel":
            row[:legal] = random.gumbel(size=legal)
        elif legal:
            row[:legal] = random.dirichlet(np.full(legal, 10 / legal))
    return noise


def reference(position, settings, evaluator, noise, root=None):
    """Search one position slowly; return the finished ReferenceSearch. root: a Node kept from an earlier search."""
    if root is None:
        states = [frame.copy() for frame in position.frames(position.ply)[::-1]]
        root = Node(position.game, [*states, position.state.copy()], position.past.tolist())
    search = ReferenceSearch(settings, evaluator.one, noise.tolist(), settings.noise or 0.0)
    search.run(root)
    return search
