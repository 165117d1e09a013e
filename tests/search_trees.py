"""The trees of a forest as Python sees them, and the laws that each must obey."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from games.rules import LOSS, ONGOING, WIN, key, legal_actions, outcome, play
from zero.search.forest import NONE, OPEN, OVER, PROVEN, WAITING
from zero.search.walk import absorb, advance, gather, remember


@dataclass
class Tree:
    """A node and all below it, without the numbers under which it is kept. Equal trees hold equal bits."""

    state: tuple
    status: int
    value: float
    draw_sum: float
    visits: int
    edges: list = field(default_factory=list)  # (action, prior, visits, value_sum, Tree or None)


def tree_of(f, number):
    """Return the tree below a node."""
    node = f.nodes[number]
    tree = Tree(f.states[number].item(), int(node.status), float(node.value), float(node.draw_sum), int(node.visits))
    for i in range(node.edge_count):
        edge = f.edges[node.first_edge + i]
        below = None if edge.child == NONE else tree_of(f, edge.child)
        tree.edges.append((int(edge.action), float(edge.prior), int(edge.visits), float(edge.value_sum), below))
    return tree


def finish(searcher, count):
    """Go on with the searches of the first `count` trees until all are finished; return how many positions were asked."""
    s, asked = searcher, 0
    while advance(s.game, s.parameters, s.forest, s.cache, 0, count) < count:
        rows = gather(s.forest, s.batch, len(s.cache.keys) > 0)
        logits, wdl = s.evaluator.submit(s.batch, rows)()
        remember(s.forest, s.cache, s.batch, rows, logits, wdl)
        absorb(s.parameters, s.forest, logits, wdl, 0, count)
        asked += rows
    return asked


def mark(f):
    """Fill all that a search may write to with a pattern, so that what stays untouched can be told."""
    for array in (f.states, f.nodes, f.edges):
        array.view(np.uint8)[...] = 0xA5


def untouched(array):
    return bool(np.all(array.view(np.uint8) == 0xA5))


def assert_sound(game, f, t, position):
    """Require that tree t, whose search from `position` is finished, is one that simulations can have made."""
    nodes_each, edges_each = len(f.nodes) // len(f.trees), len(f.edges) // len(f.trees)
    tree = f.trees[t]
    assert tree.root == t * nodes_each
    assert tree.leaves == 0
    assert tree.root < tree.nodes <= tree.root + nodes_each
    assert t * edges_each <= tree.edges <= (t + 1) * edges_each
    firsts = f.nodes["first_edge"][tree.root : tree.nodes].tolist()
    counts = f.nodes["edge_count"][tree.root : tree.nodes].tolist()
    assert firsts == [t * edges_each + sum(counts[:i]) for i in range(len(counts))]  # edges lie in the order of nodes
    assert tree.edges == t * edges_each + sum(counts)
    keys = position.past.tolist()
    reached = _assert_node(game, f, int(tree.root), position.state, keys)
    assert reached == tree.nodes - tree.root  # every node hangs on the root
    assert (f.nodes[tree.root].parent, f.nodes[tree.root].parent_edge) == (NONE, NONE)


def _assert_node(game, f, number, state, keys):
    """Require that a node is what the rules and its edges say; return how many nodes hang on it, itself included."""
    node, past = f.nodes[number], np.array(keys, np.int64)
    assert f.states[number].item() == state.item()
    result = outcome(game, state, past)
    if result != ONGOING:
        assert (node.status, node.value, node.edge_count) == (OVER, result, 0)
        assert node.draw_sum == (node.visits if result == 0 else 0)
        return 1
    out = np.zeros(game.max_legal, np.int32)
    edges = f.edges[node.first_edge : node.first_edge + node.edge_count]
    assert edges["action"].tolist() == out[: legal_actions(game, state, past, out)].tolist()
    if node.status == WAITING:  # only a root that a win at once makes needless
        assert (node.visits, edges["visits"].sum()) == (0, 0)
        return 1
    assert node.status in (OPEN, PROVEN)
    if node.status == PROVEN:
        assert_proof(f, node, edges)
        assert node.visits >= 1 + edges["visits"].sum()  # it is visited, and not searched again
    else:
        assert node.visits == 1 + edges["visits"].sum()
    assert edges["prior"].sum() == pytest.approx(1, abs=1e-5)
    reached, draws, concluded = 1, 0.0, node.status == PROVEN
    for i, edge in enumerate(edges):
        if edge.child == NONE:
            assert (edge.visits, edge.value_sum) == (0, 0)
            continue
        child = f.nodes[edge.child]
        assert edge.child > number
        assert (child.parent, child.parent_edge) == (number, node.first_edge + i)
        assert edge.visits == child.visits > 0
        if not any_proof(f, edge.child):
            assert edge.value_sum == pytest.approx(-total(f, edge.child), abs=1e-9)  # no virtual loss stays behind
            assert abs(edge.value_sum) <= edge.visits * (1 + 1e-9)
        concluded |= any_proof(f, edge.child)
        draws += child.draw_sum
        after = state.copy()
        play(game, after, edge.action)
        reached += _assert_node(game, f, int(edge.child), after, [*keys, key(game, state)] if game.looks_back else [])
    assert concluded or -1e-6 <= node.draw_sum - draws <= 1 + 1e-6  # the draw probability of its own evaluation
    return reached


def assert_proof(f, node, edges):
    """Require that the outcome of a proven node follows from its children."""
    known = [f.nodes[edge.child] for edge in edges if edge.child != NONE and f.nodes[edge.child].status in (OVER, PROVEN)]
    if node.value == WIN:
        assert LOSS in [child.value for child in known]
    else:
        assert len(known) == len(edges)
        assert node.value == max(-child.value for child in known)


def any_proof(f, number):
    """Return whether a node or one below it is proven, or the game is over there and the player to move has won."""
    node = f.nodes[number]
    if node.status == PROVEN or (node.status == OVER and node.value == WIN):
        return True
    edges = f.edges[node.first_edge : node.first_edge + node.edge_count]
    return any(edge.child != NONE and any_proof(f, edge.child) for edge in edges)


def total(f, number):
    """Return the sum of what all visits of a node were worth, for the player to move there."""
    node = f.nodes[number]
    if node.status == OVER:
        return float(node.value) * int(node.visits)
    return float(node.value) + float(f.edges["value_sum"][node.first_edge : node.first_edge + node.edge_count].sum())
