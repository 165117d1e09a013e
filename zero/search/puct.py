"""PUCT: which edge to follow in AlphaGo Zero's and AlphaZero's search."""

import math

from games.jit import kernel


@kernel
def puct_edge(p, nodes, edges, node):
    """Return the edge of an open node with the highest q + u, the lowest action among equals.

    q = value_sum / visits, or for an edge without visits q(node) - fpu_reduction · √(prior of the visited edges).
    u = c · prior · √N / (1 + n) with N = 1 + visits of all edges, c = ln((1 + N + c_base) / c_base) + c_init, or
    u = rho · prior / (1 + n) in the constant form.
    Source: Silver et al. 2018, Methods, "Search" (pseudocode: ucb_score); first-play urgency as in KataGo.
    """
    place = nodes[node]
    first, last = place.first_edge, place.first_edge + place.edge_count
    total, seen_prior = 0.0, 0.0
    for edge in range(first, last):
        record = edges[edge]
        if record.visits > 0:
            total += record.value_sum
            seen_prior += record.prior
    visits = place.visits
    unvisited = (place.value + total) / visits - p.fpu_reduction * math.sqrt(seen_prior)
    weight = p.rho
    if p.log_form:
        weight = (math.log((1 + visits + p.c_base) / p.c_base) + p.c_init) * math.sqrt(visits)
    best, best_score = first, -math.inf
    for edge in range(first, last):
        record = edges[edge]
        q = record.value_sum / record.visits if record.visits > 0 else unvisited
        score = q + weight * record.prior / (1 + record.visits)
        if score > best_score:
            best, best_score = edge, score
    return best
