"""Proofs: how a tree knows outcomes that are certain, because all that matters below has been searched to the end.

A node is PROVEN where a move leads to a lost position (it is won), or where every move leads to a position whose outcome
is known (it is worth the best of them). Such a node is not searched again: a visit brings its outcome, as where the
game is over. A move into a won position loses; the search turns from it as if it were illegal.

Source: Winands et al. 2008, "Monte-Carlo Tree Search Solver", sections 3.1 and 3.2.
"""

from games.jit import kernel
from games.rules import DRAW, LOSS, WIN
from zero.search.forest import NONE, OPEN, OVER, PROVEN


@kernel
def is_certain(nodes, number):
    """Return whether the outcome at a node is known: the game is over there, or it is proven."""
    return nodes[number].status >= OVER


@kernel
def leads_to(nodes, edges, edge, outcome):
    """Return whether an edge leads to a node where this outcome, for the player to move there, is certain."""
    child = edges[edge].child
    return child != NONE and is_certain(nodes, child) and nodes[child].value == outcome


@kernel
def conclude(nodes, edges, number):
    """Mark what follows from a certain outcome at node `number`: the nodes above it, as far as each proves the next."""
    while nodes[number].parent != NONE and is_proven_by(nodes, edges, nodes[number].parent, nodes[number].parent_edge):
        number = nodes[number].parent


@kernel
def is_proven_by(nodes, edges, number, edge):
    """Return whether an edge that leads to a certain outcome makes node `number` PROVEN, and mark it.

    A move that loses gets no prior and a value of -1, unless it is the last that was not known.
    """
    node = nodes[number]
    if node.status != OPEN:
        return False
    if leads_to(nodes, edges, edge, LOSS):
        node.status = PROVEN
        node.value = WIN
        return True
    best = LOSS
    for other in range(node.first_edge, node.first_edge + node.edge_count):
        child = edges[other].child
        if child == NONE or not is_certain(nodes, child):
            if leads_to(nodes, edges, edge, WIN):
                pass_over(nodes, edges, number, edge)
            return False
        if leads_to(nodes, edges, other, DRAW):
            best = DRAW
    node.status = PROVEN
    node.value = best
    return True


@kernel
def pass_over(nodes, edges, number, edge):
    """Turn from an edge that loses: its prior goes to the other edges of the node, in proportion to theirs.

    Where theirs have all been rounded to zero, those that are not known to lose share it evenly.
    """
    node, lost = nodes[number], edges[edge]
    lost.value_sum = -1.0 * lost.visits
    lost.prior = 0.0
    total, left = 0.0, 0
    for other in range(node.first_edge, node.first_edge + node.edge_count):
        total += edges[other].prior
        left += not leads_to(nodes, edges, other, WIN)
    for other in range(node.first_edge, node.first_edge + node.edge_count):
        if total > 0.0:
            edges[other].prior = edges[other].prior / total
        elif not leads_to(nodes, edges, other, WIN):
            edges[other].prior = 1.0 / left


@kernel
def is_mistake(p, nodes, edges, number, edge):
    """Return whether an edge of a node is known to lose, and the node is not known to be lost anyway."""
    node = nodes[number]
    return p.prove and leads_to(nodes, edges, edge, WIN) and not (node.status == PROVEN and node.value == LOSS)


@kernel
def sure_win(nodes, edges, number):
    """Return the first edge of a node that leads to a lost position, or NONE."""
    node = nodes[number]
    for edge in range(node.first_edge, node.first_edge + node.edge_count):
        if leads_to(nodes, edges, edge, LOSS):
            return edge
    return NONE
