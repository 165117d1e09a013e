"""The forest: all trees of a search in one set of arrays, allocated once.

    trees[t]                       counters of tree t; its root is node trees[t].root, and that never moves
    states[n], nodes[n]            node n; the nodes of tree t follow its root, a child's number is above its parent's
    edges[nodes[n].first_edge + i] i < edge_count: the legal actions of n, ascending

A node or an edge is one record, so that a step down the tree touches two or three cache lines. Worst cases bound every
array (a simulation adds at most one node, a node at most `max_legal` edges); memory never touched is never taken.
"""

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from zero.errors import SettingsError
from zero.memory import free_memory

Arrays = TypeVar("Arrays", bound=Any)
NOWHERE = np.zeros(0, np.uint8)
NONE = -1  # no node, no edge
MOST_EDGES = 2**31 - 1  # nodes and edges are numbered by int32
# A node's status: not evaluated yet; has priors; the game is over there; it has priors, and how the game will end is certain.
WAITING, OPEN, OVER, PROVEN = 0, 1, 2, 3

NODE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("draw_sum", np.float64),  # sum of the draw probabilities of all visits
                ("parent", np.int32),
                ("parent_edge", np.int32),
                ("first_edge", np.int32),
                ("visits", np.int32),  # simulations that came here: 1 + the visits of its edges, more where it is certain
                ("value", np.float32),  # evaluation, or outcome where it is certain, for the player to move here
                ("edge_count", np.int16),
                ("status", np.int8),
            ],
            align=True,
        ),
    )
)
EDGE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("value_sum", np.float64),  # for the player who chooses the edge, less its virtual losses
                ("prior", np.float32),
                ("visits", np.int32),  # those still on their way to the network included
                ("child", np.int32),
                ("action", np.int32),
            ],
            align=True,
        ),
    )
)
TREE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("root", np.int32),  # the number of its first node, which is the root
                ("nodes", np.int32),  # the number that its next node will have
                ("edges", np.int32),  # the number that its next edge will have
                ("budget", np.int32),  # the search is finished when the root's edges have that many visits
                ("past", np.int32),  # keys of positions before the root
                ("frames", np.int32),  # positions before the root that planes can show, at most history - 1
                ("leaves", np.int32),  # leaves awaiting the network
                ("noise", np.float64),  # share of Dirichlet noise in the root's prior (PUCT)
                ("win", np.int32),  # an edge of the root that wins at once, or for certain, or NONE
                ("simulations", np.int64),  # passes in the life of the forest, those of roots included
                ("terminal", np.int64),  # of these, how many ended where the outcome was certain
                ("cached", np.int64),  # of these, how many the cache answered
            ],
            align=True,
        ),
    )
)


class Forest(NamedTuple):
    """The arrays of T trees. N nodes and E edges each, L leaves, M legal actions at most, H positions of history."""

    trees: NDArray[Any]  # [T] TREE
    states: NDArray[Any]  # [T * N] game.state_dtype
    nodes: NDArray[Any]  # [T * N] NODE
    edges: NDArray[Any]  # [T * E] EDGE
    trial: NDArray[Any]  # [T] game.state_dtype, scratch
    past: NDArray[np.int64]  # [T, longest game + 1] keys before the root, then those on the way down (0 long if never read)
    frames: NDArray[Any]  # [T, H] positions before the root, newest first
    shown: NDArray[Any]  # [T, H] scratch: what `encode` is given
    noise: NDArray[np.float64]  # [T, M] Gumbel or Dirichlet samples for the root's edges, written by the caller
    scores: NDArray[np.float64]  # [T, M] scratch
    legal: NDArray[np.int32]  # [T, M] scratch
    moved: NDArray[np.int32]  # [T * N] scratch
    planes: NDArray[np.uint8]  # [T, L, P, R, C] planes of the leaves ...
    words: NDArray[np.uint64]  # [T, L, W] ... and the same memory as words, padded with zeros
    keys: NDArray[np.uint64]  # [T, L, 2] hash of what the network sees
    leaf: NDArray[np.int32]  # [T, L] the nodes awaiting the network
    row: NDArray[np.int32]  # [T, L] where in the batch their evaluation will stand


def bare(arrays: Arrays) -> Arrays:
    """Return a Forest or a Batch without positions and planes, for kernels that look at neither.

    These have types of their own in each game, so that with them each game would have such a kernel compiled anew.
    """
    own = {"states", "trial", "frames", "shown", "planes"}.intersection(arrays._fields)
    return arrays._replace(**dict.fromkeys(own, NOWHERE))


def plane_words(game: Game) -> int:
    """Return the number of 8-byte words that hold the planes of one position."""
    return -(-int(np.prod(game.plane_shape)) // 8)


def plane_views(game: Game, *shape: int) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Return zeroed planes of `shape` + plane_shape, and the same memory as words of `shape` + [W].

    Where one row is asked for there are two: one padded row would be an array of another type to numba, and would have
    all kernels compiled again.
    """
    shape = (max(shape[0], 2), *shape[1:])
    words = np.zeros((*shape, plane_words(game)), np.uint64)
    size = int(np.prod(game.plane_shape))
    planes = words.view(np.uint8)[..., :size]
    strides = (*planes.strides[:-1], game.plane_shape[1] * game.plane_shape[2], game.plane_shape[2], 1)
    return np.lib.stride_tricks.as_strided(planes, (*shape, *game.plane_shape), strides), words


def forest_bytes(game: Game, trees: int, simulations: int, leaves: int, legal: int | None = None) -> int:
    """Return the most memory that `allocate` can come to use."""
    nodes = simulations + 1
    node = NODE.itemsize + game.state_dtype.itemsize + 4 + (legal or game.max_legal) * EDGE.itemsize
    tree = nodes * node + leaves * plane_words(game) * 8 + (game.max_plies + 1) * 8 * game.looks_back
    return trees * tree


def allocate(game: Game, trees: int, simulations: int, leaves: int = 1, legal: int | None = None) -> Forest:
    """Return an empty forest for searches of up to `simulations` each. Raises SettingsError where it cannot fit.

    legal: edges that a node has room for on average (default: the game's worst case). With fewer than the worst case
    the caller has to stop a search in time (arena.analysis.analyst).
    """
    needed, free = forest_bytes(game, trees, simulations, leaves, legal), free_memory()
    if needed > free:
        raise SettingsError(
            f"{trees} trees of {simulations} simulations can take {needed / 2**30:.1f} GiB, "
            f"but {free / 2**30:.1f} GiB of memory is free: take fewer games or simulations"
        )
    nodes, edges = simulations + 1, (simulations + 1) * (legal or game.max_legal)
    legal = game.max_legal
    if trees * edges > MOST_EDGES:
        raise SettingsError(
            f"{trees} trees of {simulations} simulations can have {trees * edges} edges, "
            f"but a forest numbers {MOST_EDGES} at most: take fewer games or simulations"
        )
    planes, words = plane_views(game, trees, leaves)
    return Forest(
        trees=np.zeros(trees, TREE),
        states=np.empty(trees * nodes, game.state_dtype),
        nodes=np.empty(trees * nodes, NODE),
        edges=np.empty(trees * edges, EDGE),
        trial=np.empty(trees, game.state_dtype),
        past=np.zeros((trees, game.max_plies + 1 if game.looks_back else 0), np.int64),
        frames=np.zeros((trees, game.history), game.state_dtype),
        shown=np.zeros((trees, game.history), game.state_dtype),
        noise=np.zeros((trees, legal), np.float64),
        scores=np.zeros((trees, legal), np.float64),
        legal=np.zeros((trees, legal), np.int32),
        moved=np.empty(trees * nodes, np.int32),
        planes=planes,
        words=words,
        keys=np.zeros((trees, leaves, 2), np.uint64),
        leaf=np.zeros((trees, leaves), np.int32),
        row=np.zeros((trees, leaves), np.int32),
    )
