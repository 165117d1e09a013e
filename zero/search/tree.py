"""Growing and shrinking one tree: a new node, its priors, backup, and keeping the subtree of the move played.

Hot kernels take the arrays they work on one by one: handing a tuple of arrays down counts a reference for each
array at every call, which took half of a simulation's time.
"""

import math

from games.jit import kernel
from games.rules import LOSS, ONGOING, key, legal_actions, outcome, play
from zero.search.forest import NONE, OPEN, OVER, WAITING


@kernel
def plant(game, p, f, t, root, budget, noise):
    """Begin a search: tree t becomes a lone root that awaits its evaluation, or is over.

    root:   a record of game.state_dtype, copied. f.past and f.frames [t] hold what came before it; trees[t].past and
            trees[t].frames say how much.
    budget: simulations after the evaluation of the root.
    noise:  share of f.noise[t] in the root's prior (PUCT); it is read when the root gets its evaluation.
    """
    tree = f.trees[t]
    tree.root = t * (f.nodes.shape[0] // f.trees.shape[0])
    tree.edges = t * (f.edges.shape[0] // f.trees.shape[0])
    tree.nodes = tree.root
    tree.leaves = 0
    tree.budget = budget
    tree.noise = noise
    f.states[tree.root] = root
    add_node(game, tree, f.states, f.nodes, f.edges, f.legal[t], f.past[t, : tree.past], NONE, NONE)
    tree.win = winning_edge(game, p, f, t)


@kernel
def add_node(game, tree, states, nodes, edges, legal, past, parent, parent_edge):
    """Add the node whose state stands in states[tree.nodes], and its edges; return its number.

    past: [n] int64, the keys of all positions before it; legal: [max_legal] int32, scratch.
    """
    number = tree.nodes
    tree.nodes += 1
    node = nodes[number]
    node.draw_sum = 0.0
    node.parent = parent
    node.parent_edge = parent_edge
    node.first_edge = tree.edges
    node.visits = 0
    node.value = 0.0
    node.edge_count = 0
    node.status = WAITING
    result = outcome(game, states[number], past)
    if result != ONGOING:
        node.value = result
        node.status = OVER
        return number
    count = legal_actions(game, states[number], past, legal)
    node.edge_count = count
    for i in range(count):
        edge = edges[tree.edges + i]
        edge.value_sum = 0.0
        edge.prior = 0.0
        edge.visits = 0
        edge.child = NONE
        edge.action = legal[i]
    tree.edges += count
    return number


@kernel
def winning_edge(game, p, f, t):
    """Return the first root edge whose move wins at once, or NONE (also where the setting says not to look)."""
    tree = f.trees[t]
    root = f.nodes[tree.root]
    if not p.win_at_once:
        return NONE
    past = tree.past
    if p.looks_back and root.edge_count > 0:
        f.past[t, past] = key(game, f.states[tree.root])
        past += 1
    for i in range(root.edge_count):
        f.trial[t] = f.states[tree.root]
        play(game, f.trial[t], f.edges[root.first_edge + i].action)
        if outcome(game, f.trial[t], f.past[t, :past]) == LOSS:
            return root.first_edge + i
    return NONE


@kernel
def open_node(nodes, edges, number, logits, value):
    """Give a waiting node its priors and value.

    logits: [edge_count] float32, for its edges in order.
    value:  in [-1, 1], for the player to move at the node.
    """
    node = nodes[number]
    node.value = value
    node.status = OPEN
    best = -math.inf
    for i in range(node.edge_count):
        best = max(best, logits[i])
    total = 0.0
    for i in range(node.edge_count):
        weight = math.exp(logits[i] - best)
        edges[node.first_edge + i].prior = weight
        total += weight
    for i in range(node.edge_count):
        edge = edges[node.first_edge + i]
        edge.prior = edge.prior / total


@kernel
def dress_root(p, nodes, edges, number, share, noise):
    """Flatten the root's priors by the root temperature, and mix in Dirichlet noise (PUCT only).

    share: of the noise, in [0, 1]; noise: [edge_count] float64, a sample of the Dirichlet distribution.
    Source: Silver et al. 2017, Methods, "Self-play": P = (1 - ε) p + ε η.
    """
    if p.gumbel or (share == 0.0 and p.root_temperature == 1.0):
        return
    root = nodes[number]
    total = 0.0
    for i in range(root.edge_count):
        edge = edges[root.first_edge + i]
        edge.prior = edge.prior ** (1.0 / p.root_temperature)
        total += edge.prior
    for i in range(root.edge_count):
        edge = edges[root.first_edge + i]
        edge.prior = (1.0 - share) * (edge.prior / total) + share * noise[i]


@kernel
def backup(nodes, edges, number, value, draw, virtual_loss):
    """Add a leaf's value to every edge on its path to the root, and take the virtual losses back.

    value: in [-1, 1], for the player to move at the leaf; draw: the probability of a draw.
    Source: Silver et al. 2017, Methods, "Backup".
    """
    nodes[number].draw_sum += draw
    while nodes[number].parent != NONE:
        value = -value
        edges[nodes[number].parent_edge].value_sum += value + virtual_loss
        number = nodes[number].parent
        nodes[number].draw_sum += draw


@kernel
def forget(nodes, edges, number, virtual_loss):
    """Undo a descent that ended in a node already on its way to the network."""
    nodes[number].visits -= 1
    while nodes[number].parent != NONE:
        edge = edges[nodes[number].parent_edge]
        edge.visits -= 1
        edge.value_sum += virtual_loss
        number = nodes[number].parent
        nodes[number].visits -= 1


@kernel
def keep_subtree(game, p, f, t, root_edge, budget, noise):
    """Make the child of a root edge the new root, in place: what lies below stays, all else goes.

    The child must exist and be open. A child's number is above its parent's and edges lie in the order of nodes, so
    every record moves towards the front, and one pass in ascending order overwrites nothing that is still needed.
    f.past, f.frames and their counts in trees[t] must already be those of the new root; noise: share of f.noise[t],
    which must hold a sample for the new root already.
    """
    tree, moved, edges = f.trees[t], f.moved, f.edges
    new_root = edges[root_edge].child
    free_node = tree.root
    free_edge = t * (edges.shape[0] // f.trees.shape[0])
    for old in range(new_root, tree.nodes):
        parent = f.nodes[old].parent
        if old != new_root and (parent < new_root or moved[parent] == NONE):
            moved[old] = NONE
            continue
        new = free_node
        free_node += 1
        moved[old] = new
        f.states[new] = f.states[old]
        f.nodes[new] = f.nodes[old]
        node = f.nodes[new]
        if old == new_root:
            node.parent = NONE
            node.parent_edge = NONE
        else:
            node.parent = moved[parent]
            edges[node.parent_edge].child = new
        first = node.first_edge
        node.first_edge = free_edge
        for i in range(node.edge_count):
            edges[free_edge + i] = edges[first + i]
            child = edges[free_edge + i].child
            if child != NONE:
                f.nodes[child].parent_edge = free_edge + i
        free_edge += node.edge_count
    tree.nodes = free_node
    tree.edges = free_edge
    tree.leaves = 0
    tree.budget = budget
    tree.noise = noise
    tree.win = winning_edge(game, p, f, t)
    dress_root(p, f.nodes, edges, tree.root, noise, f.noise[t])
