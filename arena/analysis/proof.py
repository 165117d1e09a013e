"""What a searched tree proves: positions whose outcome is certain because all that matters has been searched to the end."""

from games.jit import borrowed, kernel
from games.rules import LOSS, WIN
from zero.search.forest import NONE, OPEN, OVER

UNKNOWN = 2  # beside LOSS, DRAW and WIN


@kernel
def prove(f, t, proof, plies, depth):
    """Write for each node of tree t what is certain about it; return the depth of the deepest.

    The winner takes the shortest way, the loser the longest. A child's number is above its parent's, so that one pass
    from the last node to the first sees children before parents.
    proof: [N] int8, modified: the outcome for the player to move at the node, or UNKNOWN.
    plies: [N] int32, modified: plies from the node to the end of the game, where the outcome is known.
    depth: [N] int32, modified: plies from the root to the node. All are indexed from the root on: node - root.
    """
    f = borrowed(f)
    root, last = f.trees[t].root, f.trees[t].nodes
    deepest = 0
    for number in range(root, last):
        parent = f.nodes[number].parent
        depth[number - root] = 0 if parent == NONE else depth[parent - root] + 1
        deepest = max(deepest, depth[number - root])
    for number in range(last - 1, root - 1, -1):
        node = f.nodes[number]
        at = number - root
        proof[at] = UNKNOWN
        plies[at] = 0
        if node.status == OVER:
            proof[at] = int(node.value)
        elif node.status == OPEN:
            prove_node(f, root, at, proof, plies)
    return deepest


@kernel
def prove_node(f, root, at, proof, plies):
    """Write what the proofs of its children say about an open node. Arguments as for `prove`."""
    node = f.nodes[root + at]
    best, length, known = LOSS - 1, 0, 0
    for edge in range(node.first_edge, node.first_edge + node.edge_count):
        child = f.edges[edge].child
        if child == NONE or proof[child - root] == UNKNOWN:
            continue
        known += 1
        result, way = -proof[child - root], plies[child - root] + 1
        shorter = way < length if result == WIN else way > length
        if result > best or (result == best and shorter):
            best, length = result, way
    if best == WIN or (known == node.edge_count and known > 0):
        proof[at] = best
        plies[at] = length


@kernel
def follow(f, proof, plies, node, line):
    """Write the best line from a node of the tree whose root is node 0 on; return how many plies it has.

    At each node: a proven win (the shortest), else the most visits, then the highest value, then the highest prior;
    a proven loss (the longest) only where all that is known is lost.
    line: [n] int32 actions, modified; it is cut where it is full. proof, plies: as `prove` wrote them.
    """
    f = borrowed(f)
    count = 0
    while f.nodes[node].status == OPEN and count < line.shape[0]:
        place = f.nodes[node]
        best = NONE
        for edge in range(place.first_edge, place.first_edge + place.edge_count):
            if best == NONE or is_better(f, proof, plies, edge, best):
                best = edge
        if f.edges[best].child == NONE:
            break
        line[count] = f.edges[best].action
        count += 1
        node = f.edges[best].child
    return count


@kernel
def is_better(f, proof, plies, edge, other):
    """Return whether one edge is to be preferred to another, as `follow` says."""
    one, two = f.edges[edge], f.edges[other]
    sure, known = certainty(proof, one.child), certainty(proof, two.child)
    if sure != known:
        return sure > known
    if sure != 0:
        return plies[one.child] < plies[two.child] if sure > 0 else plies[one.child] > plies[two.child]
    if one.visits != two.visits:
        return one.visits > two.visits
    if one.value_sum != two.value_sum:
        return one.value_sum > two.value_sum
    return one.prior > two.prior


@kernel
def certainty(proof, child):
    """Return 1 where a child is a proven win for the player who chooses it, -1 for a loss, else 0."""
    if child == NONE or (proof[child] != WIN and proof[child] != LOSS):
        return 0
    return -proof[child]
