"""A slow, obvious tree search, written from the papers and not from the engine: Python objects, one tree, recursion.

PUCT: Silver et al. 2017 (AlphaGo Zero), Methods, "Search algorithm"; Silver et al. 2018 (AlphaZero), pseudocode.
Gumbel: Danihelka et al. 2022, sections 2 to 5 and appendix D; the order of visits as in the code published with it.
Proofs: Winands et al. 2008, section 3: a won child's value is certain for the parent, a lost move is turned from.
Scores are float64, ties go to the lowest action. Priors and evaluations are kept as float32, as the engine keeps them.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from games.rules import LOSS, ONGOING, WIN, encode, key, legal_actions, outcome, play


def float32(number):
    """Return the number as float32 would keep it."""
    return float(np.float32(number))


def log(prior):
    """Return the logarithm of a prior, which may be zero."""
    return math.log(max(prior, 1e-30))


class Node:
    """A position in the tree. Values are for the player to move in it, statistics by action."""

    def __init__(self, game, states, keys):
        self.game, self.states, self.keys = game, states, keys  # all positions of the game, and the keys of all but this
        past = self.past()
        self.result = int(outcome(game, states[-1], past))
        self.actions = []
        if self.result == ONGOING:
            out = np.zeros(game.max_legal, np.int32)
            self.actions = out[: legal_actions(game, states[-1], past, out)].tolist()
        self.certain = None if self.result == ONGOING else self.result  # the outcome, where it is known
        self.value = None  # of the evaluation; None before it
        self.prior = {}
        self.visits = dict.fromkeys(self.actions, 0)
        self.total = dict.fromkeys(self.actions, 0.0)  # the sum of what the action's visits were worth
        self.children = {}

    def past(self):
        return np.array(self.keys if self.game.looks_back else [], np.int64)

    def planes(self):
        planes = np.zeros(self.game.plane_shape, np.uint8)
        encode(self.game, np.stack(self.states[: -self.game.history - 1 : -1]), self.past(), planes)  # newest first
        return planes

    def child(self, action):
        if action not in self.children:
            state = self.states[-1].copy()
            play(self.game, state, action)
            keys = [*self.keys, int(key(self.game, self.states[-1]))]
            self.children[action] = Node(self.game, [*self.states, state], keys)
        return self.children[action]

    def q(self, action):
        return self.total[action] / self.visits[action] if self.visits[action] else 0.0

    def known(self, action):
        """Return what is certain about the position behind an action that was visited, for the player to move there."""
        return self.child(action).certain if self.visits[action] else None

    def all_visits(self):
        return sum(self.visits.values())


@dataclass
class ReferenceSearch:
    """settings: a SearchSettings; evaluate: planes -> (logits, wdl), float32; noise: by rank among the legal actions."""

    settings: object
    evaluate: object
    noise: list = field(default_factory=list)
    noise_share: float = 0.0
    draws: list = field(default_factory=list)  # the draw probability of every simulation, that of the root's evaluation first

    def run(self, root):
        """Search a new root, or one kept from an earlier search, until its actions have all their visits."""
        self.root = root
        if root.result != ONGOING or self.winning_action() is not None:
            return
        if root.value is None:
            self.draws.append(self.simulate(root)[1])
        self.dress(root)
        while root.all_visits() < self.settings.simulations and root.certain is None:
            self.draws.append(self.simulate(root)[1])

    def simulate(self, node):
        """Walk to a leaf and back; return what it was worth for the player to move at `node`, and the chance of a draw."""
        if node.certain is not None:
            return node.certain, float(node.certain == 0)
        if node.value is None:
            return self.expand(node)
        action = self.select(node)
        value, draw = self.simulate(node.child(action))
        node.visits[action] += 1
        node.total[action] -= value
        if self.settings.prove and node.known(action) is not None:
            self.conclude(node, action)
        return -value, draw

    def conclude(self, node, action):
        """Say what follows for a node from knowing the outcome behind an action."""
        outcomes = [node.known(each) for each in node.actions]
        if node.known(action) == LOSS:
            node.certain = WIN
        elif None not in outcomes:
            node.certain = max(-outcome for outcome in outcomes)
        elif node.known(action) == WIN:
            node.total[action], node.prior[action] = -node.visits[action], 0.0
            whole = sum(node.prior.values())
            left = [each for each in node.actions if node.known(each) != WIN]
            for each in node.actions if whole else left:
                node.prior[each] = float32(node.prior[each] / whole if whole else 1 / len(left))

    def expand(self, node):
        logits, wdl = self.evaluate(node.planes())
        node.value = float(wdl[0] - wdl[2])
        highest = max(float(logits[action]) for action in node.actions)
        weights = {action: math.exp(float(logits[action]) - highest) for action in node.actions}
        whole = sum(weights.values())
        node.prior = {action: float32(float32(weight) / whole) for action, weight in weights.items()}
        return node.value, float(wdl[1])

    def dress(self, root):
        """Root softmax temperature, then Dirichlet noise: P = (1 - ε) p + ε η."""
        if self.settings.policy != "puct":
            return
        temperature, share = self.settings.root_temperature, self.noise_share
        if temperature == 1 and share == 0:
            return
        weights = {action: float32(prior ** (1 / temperature)) for action, prior in root.prior.items()}
        whole = sum(weights.values())
        for rank, action in enumerate(root.actions):
            noise = share * self.noise[rank] if share else 0.0
            root.prior[action] = float32((1 - share) * (weights[action] / whole) + noise)

    def select(self, node):
        if self.settings.policy == "puct":
            return self.select_puct(node)
        return self.select_root(node) if node is self.root else self.select_below(node)

    # PUCT

    def select_puct(self, node):
        s = self.settings
        n = 1 + node.all_visits()
        seen = [action for action in node.actions if node.visits[action] > 0]
        node_q = (node.value + sum(node.total.values())) / n
        first_play = node_q - s.fpu_reduction * math.sqrt(sum(node.prior[action] for action in seen))

        def score(action):
            q = node.q(action) if node.visits[action] else first_play
            if s.exploration == "constant":
                return q + s.rho * node.prior[action] / (1 + node.visits[action])
            c = math.log((1 + n + s.c_base) / s.c_base) + s.c_init
            return q + c * node.prior[action] * math.sqrt(n) / (1 + node.visits[action])

        return max(node.actions, key=score)

    # Gumbel

    def completed_q(self, node):
        """Return q of each action, for those without visits v_mix (equations 10 and 33)."""
        seen = [action for action in node.actions if node.visits[action] > 0]
        v_mix = node.value
        if any(node.prior[action] for action in seen):
            visits = node.all_visits()
            weighted = sum(node.prior[action] * node.q(action) for action in seen) / sum(node.prior[action] for action in seen)
            v_mix = (node.value + visits * weighted) / (1 + visits)
        return {action: node.q(action) if node.visits[action] else v_mix for action in node.actions}

    def sigma(self, node, q):
        return (self.settings.c_visit + max(node.visits.values())) * self.settings.c_scale * q

    def improved_policy(self, node):
        """Return softmax(logits + σ(completed q)) (equation 11)."""
        q = self.completed_q(node)
        scores = {action: log(node.prior[action]) + self.sigma(node, q[action]) for action in node.actions}
        highest = max(scores.values())
        weights = {action: math.exp(score - highest) if node.prior[action] else 0.0 for action, score in scores.items()}
        whole = sum(weights.values())
        return {action: weight / whole for action, weight in weights.items()}

    def select_below(self, node):
        """Equation 14: argmax π'(a) - N(a) / (1 + Σ N)."""
        policy, visits = self.improved_policy(node), node.all_visits()
        return max(node.actions, key=lambda action: policy[action] - node.visits[action] / (1 + visits))

    def root_score(self, action):
        q = self.completed_q(self.root)[action]
        return self.noise[self.root.actions.index(action)] + log(self.root.prior[action]) + self.sigma(self.root, q)

    def select_root(self, root):
        """Sequential halving: of the actions that have as many visits as the plan demands, that with the best score."""
        plan = visit_plan(min(self.settings.considered, len(root.actions)), self.settings.simulations)
        due = plan[root.all_visits()]
        return max((action for action in root.actions if root.visits[action] == due), key=self.root_score)

    # What the search says

    def winning_action(self):
        """Return the first action that wins at once, or for certain, where the settings ask for it."""
        root = self.root
        if self.settings.win_at_once:
            for action in root.actions:
                if root.child(action).result == LOSS:
                    return action
        if self.settings.prove and root.certain is not None:
            return next((action for action in root.actions if root.known(action) == LOSS), None)
        return None

    def mistakes(self):
        """Return the actions that are known to lose, unless all do."""
        root = self.root
        lost = {action for action in root.actions if self.settings.prove and root.known(action) == WIN}
        return set() if len(lost) == len(root.actions) else lost

    def policy(self):
        """Return the policy target by action."""
        root = self.root
        if self.winning_action() is not None:
            return {action: float(action == self.winning_action()) for action in root.actions}
        if self.settings.policy == "gumbel":
            return self.improved_policy(root)
        good = {action: 0 if action in self.mistakes() else root.visits[action] for action in root.actions}
        if not any(good.values()):
            return root.prior
        return {action: count / sum(good.values()) for action, count in good.items()}

    def q(self, action):
        """Return the mean value of a root action, or its outcome where that is proven."""
        known = self.root.known(action) if self.settings.prove else None
        return self.root.q(action) if known is None else -known

    def value(self):
        root = self.root
        if root.result != ONGOING:
            return root.result
        if self.winning_action() is not None:
            return 1.0
        if root.certain is not None:
            return root.certain
        if self.settings.policy == "gumbel":
            policy, q = self.improved_policy(root), self.completed_q(root)
            return sum(policy[action] * q[action] for action in root.actions)
        return (root.value + sum(root.total.values())) / (1 + root.all_visits())

    def action(self):
        root = self.root
        if root.result != ONGOING:
            return -1
        if self.winning_action() is not None:
            return self.winning_action()
        choice = [action for action in root.actions if action not in self.mistakes()]
        most = max(root.visits[action] for action in choice)
        leaders = [action for action in choice if root.visits[action] == most]
        return max(leaders, key=self.root_score if self.settings.policy == "gumbel" else root.q)

    def draw(self):
        """Return the mean chance of a draw over all simulations, at most what the value leaves, or whether a draw is certain."""
        if self.settings.prove and self.root.certain is not None:
            return float(self.root.certain == 0)
        return min(float(np.mean(self.draws)), 1 - abs(self.value()))


def visit_plan(considered, simulations):
    """Return for each simulation how many visits the action that it goes to must have (sequential halving).

    The m considered actions share the simulations of each of log2(m) rounds equally, at least one each; then the better
    half goes on, down to two, which share what is left.
    """
    if considered <= 1:
        return list(range(simulations))
    rounds = math.ceil(math.log2(considered))
    plan, visits, left = [], [0] * considered, considered
    while len(plan) < simulations:
        for _ in range(max(1, int(simulations / (rounds * left)))):
            plan += visits[:left]
            visits[:left] = [count + 1 for count in visits[:left]]
        left = max(2, left // 2)
    return plan[:simulations]
