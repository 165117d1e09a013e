"""Simulations: descend to a leaf, evaluate it from the cache or ask the network, back its value up.

The four steps of a round, over a slice of the trees where they may run in threads of their own:

    advance   each tree walks on until it needs the network (threads)
    gather    the leaves of all trees become one batch without duplicates
    (the network evaluates the batch)
    remember  the answers go into the cache, in the order of trees
    absorb    each tree opens its leaves and backs their values up (threads)
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import borrowed, kernel
from games.rules import encode, key, play
from zero.search.cache import find, hash_position, store
from zero.search.forest import NONE, OPEN, WAITING, plane_views
from zero.search.gumbel import gumbel_edge, gumbel_root_edge
from zero.search.proof import conclude, is_certain, sure_win
from zero.search.puct import puct_edge
from zero.search.tree import add_node, backup, dress_root, forget, open_node

ASKS, FINISHED = 0, 1  # what a tree says after `advance_tree`


class Batch(NamedTuple):
    """The distinct leaves of a round, in the order of trees. B places."""

    planes: NDArray[np.uint8]  # [B, P, R, C]
    words: NDArray[np.uint64]  # [B, W] the same memory
    states: NDArray[Any]  # [B] game.state_dtype, for evaluators that play on
    keys: NDArray[np.uint64]  # [B, 2]
    owner: NDArray[np.int64]  # [B] tree * L + leaf that brought the position
    seen: NDArray[np.int64]  # [power of two] scratch for finding duplicates: row + 1, or 0


def allocate_batch(game: Game, places: int) -> Batch:
    """Return an empty batch for up to `places` leaves."""
    planes, words = plane_views(game, places)
    seen = np.zeros(1 << (4 * places).bit_length(), np.int64)
    keys, owner = np.zeros((places, 2), np.uint64), np.zeros(places, np.int64)
    return Batch(planes, words, np.zeros(places, game.state_dtype), keys, owner, seen)


@kernel
def descend(game, p, tree, states, nodes, edges, past, noise, scores, legal):
    """Walk from the root to a node that has no priors, adding it where it is new; return its number.

    Every node and edge on the way, the leaf included, counts the visit at once; virtual loss is subtracted.
    past: [T's row of Forest.past] modified: the keys on the way are written behind those of the game.
    """
    node, depth = np.int64(tree.root), np.int64(tree.past)
    while True:
        place = nodes[node]
        if place.status != OPEN:
            place.visits += 1
            return node
        if not p.gumbel:
            number = puct_edge(p, nodes, edges, node)
        elif node == tree.root:
            number = gumbel_root_edge(p, nodes, edges, node, noise, tree.budget)
        else:
            number = gumbel_edge(p, nodes, edges, node, scores)
        place.visits += 1
        edge = edges[number]
        edge.visits += 1
        edge.value_sum -= p.virtual_loss
        if p.looks_back:
            past[depth] = key(game, states[node])
            depth += 1
        if edge.child == NONE:
            states[tree.nodes] = states[node]
            play(game, states[tree.nodes], edge.action)
            edge.child = add_node(game, tree, states, nodes, edges, legal, past[:depth], node, number)
        node = np.int64(edge.child)


@kernel
def show(game, p, f, t, number, slot, hashed):
    """Write the planes of a node, and if `hashed` their hash, into place `slot` of the tree's leaves."""
    shown, count, node, depth = f.shown[t], 0, number, 0
    while node != NONE and count < p.history:
        shown[count] = f.states[node]
        count += 1
        node = f.nodes[node].parent
    for i in range(f.trees[t].frames):
        if count < p.history:
            shown[count] = f.frames[t, i]
            count += 1
    if p.looks_back:
        node = f.nodes[number].parent
        while node != NONE:
            depth += 1
            node = f.nodes[node].parent
    words = f.words[t, slot]
    words[:] = np.uint64(0)
    encode(game, shown[:count], f.past[t, : f.trees[t].past * p.looks_back + depth], f.planes[t, slot])
    if hashed:
        place = f.nodes[number]
        hash_position(words, f.edges, place.first_edge, place.edge_count, f.keys[t, slot])


@kernel
def advance_tree(game, p, f, cache, t):
    """Simulate in tree t until it needs the network (ASKS) or its search is finished (FINISHED).

    A tree asks with up to `leaves` leaves. Simulations that end where the game is over, or in a position that the
    cache knows, cost no evaluation.
    """
    tree, states, nodes, edges = f.trees[t], f.states, f.nodes, f.edges
    past, noise, scores, legal = f.past[t], f.noise[t], f.scores[t], f.legal[t]
    hashed = cache.keys.shape[0] > 0
    while True:
        certain = is_certain(nodes, tree.root)
        if nodes[tree.root].visits > tree.budget or tree.win != NONE or certain:
            if certain and tree.win == NONE:
                tree.win = sure_win(nodes, edges, tree.root)
            return ASKS if tree.leaves > 0 else FINISHED
        if tree.leaves == p.leaves:
            return ASKS
        fresh = tree.nodes
        number = descend(game, p, tree, states, nodes, edges, past, noise, scores, legal)
        node = nodes[number]
        if node.status == WAITING and number < fresh and not (number == tree.root and tree.leaves == 0):
            forget(nodes, edges, number, p.virtual_loss)
            return ASKS
        tree.simulations += 1
        if is_certain(nodes, number):
            tree.terminal += 1
            backup(nodes, edges, number, node.value, 1.0 if node.value == 0.0 else 0.0, p.virtual_loss)
            if p.prove:
                conclude(nodes, edges, number)
            continue
        show(game, p, f, t, number, tree.leaves, hashed)
        place = find(cache, f.keys[t, tree.leaves])
        if place >= 0:
            tree.cached += 1
            settle(p, f, t, number, cache.logits[place], cache.values[place, 0], cache.values[place, 1])
        else:
            f.leaf[t, tree.leaves] = number
            tree.leaves += 1


@kernel
def settle(p, f, t, number, logits, value, draw):
    """Open a leaf with its evaluation and back it up. logits: [edge_count] float32, in the order of its edges."""
    open_node(f.nodes, f.edges, number, logits, value)
    if number == f.trees[t].root:
        dress_root(p, f.nodes, f.edges, number, f.trees[t].noise, f.noise[t])
    backup(f.nodes, f.edges, number, value, draw, p.virtual_loss)


@kernel
def advance(game, p, f, cache, first, last):
    """Let the trees first … last - 1 walk on; return how many of them have finished."""
    f, cache = borrowed(f), borrowed(cache)
    finished = 0
    for t in range(first, last):
        finished += advance_tree(game, p, f, cache, t) == FINISHED
    return finished


@kernel
def gather(f, batch, distinct):
    """Collect the leaves of all trees into the batch; return how many rows it has.

    distinct: does one evaluation serve equal positions? f.row says where each leaf's evaluation will stand.
    """
    f, batch = borrowed(f), borrowed(batch)
    rows = 0
    mask = np.uint64(batch.seen.shape[0] - 1)
    batch.seen[:] = 0
    for t in range(f.trees.shape[0]):
        for slot in range(f.trees[t].leaves):
            one, two = f.keys[t, slot, 0], f.keys[t, slot, 1]
            at = np.int64(one & mask)
            while distinct and batch.seen[at] > 0:
                row = batch.seen[at] - 1
                if batch.keys[row, 0] == one and batch.keys[row, 1] == two:
                    break
                at = np.int64(np.uint64(at + 1) & mask)
            if not distinct or batch.seen[at] == 0:
                batch.seen[at] = rows + 1
                batch.keys[rows, 0] = one
                batch.keys[rows, 1] = two
                batch.words[rows] = f.words[t, slot]
                batch.states[rows] = f.states[f.leaf[t, slot]]
                batch.owner[rows] = t * f.leaf.shape[1] + slot
                rows += 1
            f.row[t, slot] = batch.seen[at] - 1 if distinct else rows - 1
    return rows


@kernel
def remember(f, cache, batch, rows, logits, wdl):
    """Store the evaluations of a batch. logits: [rows, num_actions] float32; wdl: [rows, 3] float32."""
    f, cache, batch = borrowed(f), borrowed(cache), borrowed(batch)
    legal = np.empty(f.scores.shape[1], np.float32)
    for row in range(rows):
        t, slot = batch.owner[row] // f.leaf.shape[1], batch.owner[row] % f.leaf.shape[1]
        node = f.nodes[f.leaf[t, slot]]
        for i in range(node.edge_count):
            legal[i] = logits[row, f.edges[node.first_edge + i].action]
        store(cache, batch.keys[row], legal, node.edge_count, wdl[row, 0] - wdl[row, 2], wdl[row, 1])


@kernel
def absorb(p, f, logits, wdl, first, last):
    """Open the leaves of the trees first … last - 1 with their evaluations, and back their values up."""
    f = borrowed(f)
    legal = np.empty(f.scores.shape[1], np.float32)
    for t in range(first, last):
        for slot in range(f.trees[t].leaves):
            row, number = f.row[t, slot], f.leaf[t, slot]
            node = f.nodes[number]
            for i in range(node.edge_count):
                legal[i] = logits[row, f.edges[node.first_edge + i].action]
            settle(p, f, t, number, legal, wdl[row, 0] - wdl[row, 2], wdl[row, 1])
        f.trees[t].leaves = 0
