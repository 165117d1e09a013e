"""Gumbel: sequential halving at the root, and the improved policy everywhere.

Source: Danihelka et al. 2022, "Policy improvement by planning with Gumbel": sections 2 (sequential halving with
Gumbel), 3 (completed q-values, equation 10), 5 (non-root nodes, equation 14), appendix D (v_mix, equation 33).
"""

import math

from games.jit import kernel
from zero.search.proof import is_mistake

LEAST_PRIOR = 1e-30  # keeps the logarithm of a prior that rounded to zero finite


@kernel
def mixed_value(nodes, edges, node):
    """Return v_mix, the value taken for edges without visits, for the player to move at the node (equation 33)."""
    place = nodes[node]
    visits, prior, weighted = 0, 0.0, 0.0
    for edge in range(place.first_edge, place.first_edge + place.edge_count):
        record = edges[edge]
        if record.visits > 0:
            visits += record.visits
            prior += record.prior
            weighted += record.prior * (record.value_sum / record.visits)
    if visits == 0 or prior <= 0.0:
        return 1.0 * place.value
    return (place.value + visits * (weighted / prior)) / (1 + visits)


@kernel
def sigma(p, nodes, edges, node):
    """Return the factor of q in σ(q) = (c_visit + max visits) · c_scale · q (equation 8)."""
    place = nodes[node]
    most = 0
    for edge in range(place.first_edge, place.first_edge + place.edge_count):
        most = max(most, edges[edge].visits)
    return (p.c_visit + most) * p.c_scale


@kernel
def improved_policy(p, nodes, edges, node, out):
    """Write π' = softmax(logits + σ(completed q)) over the edges of an open node.

    out: [at least edge_count] float64, modified in place. Returns Σ π' · completed q, the improved policy's value.
    """
    place = nodes[node]
    factor, fallback = sigma(p, nodes, edges, node), mixed_value(nodes, edges, node)
    best = -math.inf
    for i in range(place.edge_count):
        record = edges[place.first_edge + i]
        q = record.value_sum / record.visits if record.visits > 0 else fallback
        out[i] = factor * q
        best = max(best, out[i])
    total, value = 0.0, 0.0
    for i in range(place.edge_count):
        q = out[i]
        out[i] = edges[place.first_edge + i].prior * math.exp(q - best)
        total += out[i]
        value += out[i] * (q / factor)
    if total <= 0.0:  # every edge with a good value has a prior of zero
        for i in range(place.edge_count):
            out[i] = edges[place.first_edge + i].prior
        return fallback
    for i in range(place.edge_count):
        out[i] /= total
    return value / total


@kernel
def gumbel_edge(p, nodes, edges, node, scratch):
    """Return the edge below the root with the highest π' - n / (1 + Σ n), the lowest action among equals (eq. 14)."""
    improved_policy(p, nodes, edges, node, scratch)
    place = nodes[node]
    best, best_score = place.first_edge, -math.inf
    for i in range(place.edge_count):
        score = scratch[i] - edges[place.first_edge + i].visits / place.visits  # visits = 1 + Σ n
        if score > best_score:
            best, best_score = place.first_edge + i, score
    return best


@kernel
def visits_due(considered, budget, done):
    """Return how many visits an action must have to get simulation number `done` of `budget` (sequential halving).

    Each round gives every considered action the same number of visits, and the better half goes on to the next.
    Source: Danihelka et al. 2022, section 2, and its published code, where rounds get
    max(1, budget // (⌈log2 considered⌉ · still considered)) visits an action, and two actions stay to the end.
    """
    if considered <= 1:
        return done
    rounds = 0
    while (1 << rounds) < considered:
        rounds += 1
    level, width, left = 0, considered, done
    while True:
        extra = max(1, budget // (rounds * width))
        if left < extra * width:
            return level + left // width
        left -= extra * width
        level += extra
        width = max(2, width // 2)


@kernel
def best_considered(p, nodes, edges, node, noise, visits):
    """Return the edge of the root `node` with `visits` visits with the highest noise + logit + σ(completed q), or NONE."""
    root = nodes[node]
    factor, fallback = sigma(p, nodes, edges, node), mixed_value(nodes, edges, node)
    best, best_score = -1, -math.inf
    for i in range(root.edge_count):
        record = edges[root.first_edge + i]
        if record.visits == visits:
            q = record.value_sum / record.visits if record.visits > 0 else fallback
            score = noise[i] + math.log(max(record.prior, LEAST_PRIOR)) + factor * q
            if score > best_score:
                best, best_score = root.first_edge + i, score
    return best


@kernel
def gumbel_root_edge(p, nodes, edges, node, noise, budget):
    """Return the root edge that sequential halving visits next."""
    root = nodes[node]
    considered = min(p.considered, root.edge_count)
    return best_considered(p, nodes, edges, node, noise, visits_due(considered, budget, root.visits - 1))


@kernel
def gumbel_choice(p, nodes, edges, node, noise):
    """Return the root edge to play: of those with the most visits, mistakes aside, the highest noise + logit + σ(q)."""
    root = nodes[node]
    most = 0
    for edge in range(root.first_edge, root.first_edge + root.edge_count):
        if not is_mistake(p, nodes, edges, node, edge):
            most = max(most, edges[edge].visits)
    return best_considered(p, nodes, edges, node, noise, most)
