"""What a finished search says of its root."""

import math

from games.jit import kernel
from zero.search.forest import NONE, OVER
from zero.search.gumbel import gumbel_choice, improved_policy
from zero.search.proof import is_certain, is_mistake


@kernel
def root_policy(p, f, t, out):
    """Write the search's policy over the root's edges, before any move temperature; return the root's value.

    out: [at least edge_count] float64, modified in place. PUCT: shares of visits (Silver et al. 2017); Gumbel: the
    improved policy (Danihelka et al. 2022, section 4). A move that wins for certain gets all, one that loses for certain
    nothing, if there is another.
    The value is for the player to move at the root, in [-1, 1].
    """
    root, win = f.nodes[f.trees[t].root], f.trees[t].win
    if root.status == OVER:
        return 1.0 * root.value
    if win != NONE:
        for i in range(root.edge_count):
            out[i] = 1.0 if root.first_edge + i == win else 0.0
        return 1.0
    if p.gumbel:
        value = min(1.0, max(-1.0, improved_policy(p, f.nodes, f.edges, f.trees[t].root, out)))
    else:
        value = share_of_visits(p, f, t, out)
    return 1.0 * root.value if is_certain(f.nodes, f.trees[t].root) else value


@kernel
def share_of_visits(p, f, t, out):
    """Write each root edge's share of the visits, mistakes aside, into `out`; return the mean value of all visits of the root."""
    number = f.trees[t].root
    root = f.nodes[number]
    total, value = 0, 0.0 + root.value
    for i in range(root.edge_count):
        edge = f.edges[root.first_edge + i]
        value += edge.value_sum
        out[i] = 0.0 if is_mistake(p, f.nodes, f.edges, number, root.first_edge + i) else edge.visits
        total += out[i]
    for i in range(root.edge_count):
        out[i] = out[i] / total if total > 0 else 1.0 * f.edges[root.first_edge + i].prior
    return value / root.visits


@kernel
def edge_value(p, f, edge):
    """Return what an edge with visits is worth to the player who chooses it: its outcome where that is proven, else its mean."""
    record = f.edges[edge]
    if p.prove and is_certain(f.nodes, record.child):
        return -1.0 * f.nodes[record.child].value
    return record.value_sum / record.visits


@kernel
def root_draw(f, t, value):
    """Return the mean draw probability over all simulations of the search, or whether the game is certain to be drawn.

    At most what the root's value leaves: proofs correct values, not the draws that were foretold before.
    """
    root = f.nodes[f.trees[t].root]
    if is_certain(f.nodes, f.trees[t].root):
        return 1.0 if root.value == 0.0 else 0.0
    if f.trees[t].win != NONE:
        return 0.0
    return min(root.draw_sum / max(root.visits, 1), 1.0 - abs(value))


@kernel
def best_edge(p, f, t):
    """Return the root edge to play without temperature: a certain win, else Gumbel's choice or PUCT's most visited.

    One that is known to lose is not chosen where there is another.
    """
    if f.trees[t].win != NONE:
        return f.trees[t].win
    if p.gumbel:
        return gumbel_choice(p, f.nodes, f.edges, f.trees[t].root, f.noise[t])
    root = f.nodes[f.trees[t].root]
    best = NONE
    for edge in range(root.first_edge, root.first_edge + root.edge_count):
        if is_mistake(p, f.nodes, f.edges, f.trees[t].root, edge):
            continue
        record, leader = f.edges[edge], f.edges[max(best, root.first_edge)]
        more = record.visits > leader.visits or (record.visits == leader.visits and record.value_sum > leader.value_sum)
        if best == NONE or more:
            best = edge
    return best


@kernel
def read_root(p, f, t, visits, policy, q):
    """Write what is known of each action at the root of tree t; return (action to play or NONE, value, draw).

    visits: [num_actions] int64; policy, q: [num_actions] float64; all modified in place. q is the mean value of the
    edge for the player to move at the root, the outcome where the search has proven it, NaN where it has no visits.
    """
    root = f.nodes[f.trees[t].root]
    weights = f.scores[t]
    value = root_policy(p, f, t, weights)
    visits[:] = 0
    policy[:] = 0.0
    q[:] = math.nan
    for i in range(root.edge_count):
        edge = f.edges[root.first_edge + i]
        visits[edge.action] = edge.visits
        policy[edge.action] = weights[i]
        if edge.visits > 0:
            q[edge.action] = edge_value(p, f, root.first_edge + i)
    if root.status == OVER:
        return NONE, value, root_draw(f, t, value)
    if f.trees[t].win != NONE:
        q[f.edges[f.trees[t].win].action] = 1.0
    return f.edges[best_edge(p, f, t)].action, value, root_draw(f, t, value)
