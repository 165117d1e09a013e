"""Self-play inside a kernel: each slot plays game after game, its tree walking on until it needs the network.

When a search is finished the slot chooses its move, writes it down, plays it and begins the next search at once, so
that every slot brings a position to every batch. All randomness comes from (seed, game, ply); the games of slot t are
numbered t, t + stride, t + 2 stride …, so which games are played depends neither on time nor on threads.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import borrowed, kernel
from games.rules import ONGOING, initial, key, legal_actions, outcome, play
from selfplay.settings import SelfPlaySettings
from zero.random import dirichlet, gumbel, random_below, seed_of, uniform
from zero.search.forest import NONE, OPEN
from zero.search.result import best_edge, root_draw, root_policy
from zero.search.settings import SearchSettings
from zero.search.tree import keep_subtree, plant
from zero.search.walk import ASKS, advance_tree

OPENING, QUICK, FULL, END = 0, 1, 2, 3  # kinds of rows: a random move, a move searched little or in full, a game's end

SLOT = np.dtype(
    (
        np.record,
        np.dtype(
            [("game", np.int64), ("ply", np.int32), ("full", np.int8), ("play_on", np.int8)], align=True
        ),
    )
)
ROW = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("game", np.int64),
                ("ply", np.int32),
                ("action", np.int32),  # END: 1 if the game was given up
                ("kind", np.int32),
                ("count", np.int32),  # entries of its policy: the legal actions of a FULL row, else 0
                ("value", np.float32),  # of the search, for the player to move; END: outcome for the player who began
                ("draw", np.float32),  # of the search
                ("best", np.float32),  # value of the best action, for the player to move: what resignation looks at
                ("surprise", np.float32),  # KL(policy target | prior)
            ],
            align=True,
        ),
    )
)


ROWS_A_ROUND = 8  # of a slot beside a random opening: moves that need no network, and the ends of their games


class Slots(NamedTuple):
    """T slots, one for each tree; K threads with R rows of output each."""

    slots: NDArray[Any]  # [T] SLOT
    states: NDArray[Any]  # [T] game.state_dtype, the current positions
    random: NDArray[np.uint64]  # [T] generator states
    rows: NDArray[Any]  # [K, R] ROW, what happened since the rows were last read
    policies: NDArray[np.float32]  # [K, R, M] policy targets of the rows
    used: NDArray[np.int64]  # [K] rows in use


class Play(NamedTuple):
    """Settings of self-play for kernels; those not explained here are in SelfPlaySettings."""

    seed: int
    stride: int  # slots in all groups together
    simulations: int
    quick_simulations: int
    full_share: float
    noise: float
    alpha: float  # 0: 10 / legal actions
    reuse: bool
    opening_share: float
    opening_plies: int
    temperature: float
    temperature_end: float
    half_life: float
    resign_below: float  # the best action's value under which a player gives up; -2 where nobody does
    play_on_share: float


def play_parameters(game: Game, search: SearchSettings, settings: SelfPlaySettings, seed: int) -> Play:
    """Return the kernels' view of the settings, with the game's defaults filled in."""
    cells = game.plane_shape[1] * game.plane_shape[2]
    return Play(
        seed=seed,
        stride=settings.games,
        simulations=search.simulations,
        quick_simulations=min(settings.quick_simulations, search.simulations),
        full_share=settings.full_share,
        noise=search.noise_share,
        alpha=search.alpha or 0.0,
        reuse=search.reuse,
        opening_share=settings.opening_share,
        opening_plies=cells // 3 if settings.opening_plies is None else settings.opening_plies,
        temperature=settings.temperature,
        temperature_end=settings.temperature_end,
        half_life=settings.temperature_half_life or float(game.plane_shape[2]),
        resign_below=-2.0,
        play_on_share=settings.play_on_share,
    )


def allocate_slots(game: Game, slots: int, threads: int, opening_plies: int) -> Slots:
    """Return empty slots; in each thread there is room for `slots` rows, and for all that another round can bring."""
    rows = slots + -(-slots // threads) * (opening_plies + ROWS_A_ROUND)
    return Slots(
        slots=np.zeros(slots, SLOT),
        states=np.zeros(slots, game.state_dtype),
        random=np.zeros(slots, np.uint64),
        rows=np.zeros((threads, rows), ROW),
        policies=np.zeros((threads, rows, game.max_legal), np.float32),
        used=np.zeros(threads, np.int64),
    )


@kernel
def write_row(s, k, t, kind, action, value):
    """Append a row about slot t to the rows of thread k and return it; the fields not given are zero."""
    row = s.rows[k, s.used[k]]
    s.used[k] += 1
    row.game = s.slots[t].game
    row.ply = s.slots[t].ply
    row.kind = kind
    row.action = action
    row.value = value
    row.count = 0
    row.draw = 0.0
    row.best = 0.0
    row.surprise = 0.0
    return row


@kernel
def make_move(game, p, f, s, t, action):
    """Play an action in slot t; the root's past and frames follow."""
    tree = f.trees[t]
    if p.looks_back:
        f.past[t, tree.past] = key(game, s.states[t])
        tree.past += 1
    for i in range(p.history - 1, 0, -1):
        f.frames[t, i] = f.frames[t, i - 1]
    f.frames[t, 0] = s.states[t]
    tree.frames = min(tree.frames + 1, p.history - 1)
    play(game, s.states[t], action)
    s.slots[t].ply += 1


@kernel
def clear_board(game, f, s, t, number):
    """Set slot t to the first position of game `number`."""
    initial(game, s.states[t])
    f.trees[t].past = 0
    f.trees[t].frames = 0
    slot = s.slots[t]
    slot.game = number
    slot.ply = 0


@kernel
def plays_on(seed, number, share):
    """Return whether nobody resigns in game `number`, which is so in the given share of games."""
    random = np.array([seed_of(seed, number, 1)])
    return uniform(random, 0) < share


@kernel
def begin_game(game, p, f, s, g, k, t, number):
    """Begin game `number` in slot t, with its random opening, and plant its first search."""
    clear_board(game, f, s, t, number)
    s.random[t] = seed_of(g.seed, number, 0)
    s.slots[t].play_on = plays_on(g.seed, number, g.play_on_share)
    if uniform(s.random, t) < g.opening_share:
        mark = s.used[k]
        plies = random_below(s.random, t, g.opening_plies + 1)
        while s.slots[t].ply < plies:
            count = legal_actions(game, s.states[t], f.past[t, : f.trees[t].past], f.legal[t])
            action = f.legal[t, random_below(s.random, t, count)]
            write_row(s, k, t, OPENING, action, 0.0)
            make_move(game, p, f, s, t, action)
            if outcome(game, s.states[t], f.past[t, : f.trees[t].past]) != ONGOING:
                clear_board(game, f, s, t, number)  # such an opening leaves nothing to play: another one
                s.used[k] = mark
                plies = random_below(s.random, t, g.opening_plies + 1)
    begin_search(game, p, f, s, g, t, NONE)


@kernel
def begin_search(game, p, f, s, g, t, played):
    """Plant the search of slot t's next move, with its noise. played: the edge just played, if its subtree may stay."""
    slot = s.slots[t]
    s.random[t] = seed_of(g.seed, slot.game, slot.ply + 2)
    full = uniform(s.random, t) < g.full_share
    slot.full = full
    budget = g.simulations if full else g.quick_simulations
    noise = g.noise if full else 0.0
    if p.gumbel:
        for i in range(f.noise.shape[1]):
            f.noise[t, i] = gumbel(s.random, t) if full else 0.0
    elif noise > 0.0:
        count = legal_actions(game, s.states[t], f.past[t, : f.trees[t].past], f.legal[t])
        dirichlet(s.random, t, g.alpha if g.alpha > 0.0 else 10.0 / count, count, f.noise[t])
    if played != NONE and f.edges[played].child != NONE and f.nodes[f.edges[played].child].status == OPEN:
        keep_subtree(game, p, f, t, played, budget, noise)
    else:
        plant(game, p, f, t, s.states[t], budget, noise)


@kernel
def choose(p, f, s, g, t, policy):
    """Return the root edge to play: Gumbel's choice, or for PUCT a sample of visits^(1/temperature)."""
    ply = s.slots[t].ply
    temperature = g.temperature_end + (g.temperature - g.temperature_end) * 0.5 ** (ply / g.half_life)
    root = f.nodes[f.trees[t].root]
    if p.gumbel or f.trees[t].win != NONE:
        return best_edge(p, f, t)
    top = 0.0
    for i in range(root.edge_count):
        top = max(top, policy[i])
    total = 0.0
    for i in range(root.edge_count):
        total += (policy[i] / top) ** (1.0 / temperature)
    left = uniform(s.random, t) * total
    for i in range(root.edge_count):
        left -= (policy[i] / top) ** (1.0 / temperature)
        if left < 0.0:
            return root.first_edge + i
    return best_edge(p, f, t)


@kernel
def surprise(f, t, policy):
    """Return KL(policy | prior) over the root's edges."""
    root = f.nodes[f.trees[t].root]
    if f.trees[t].win != NONE and root.visits == 0:
        return 0.0  # the root was not evaluated
    total = 0.0
    for i in range(root.edge_count):
        if policy[i] > 0.0:
            total += policy[i] * math.log(policy[i] / max(f.edges[root.first_edge + i].prior, 1e-12))
    return max(total, 0.0)


@kernel
def finish_move(game, p, f, s, g, k, t):
    """Choose, write down and play the move of a finished search; begin the next one, or the next game."""
    tree, slot = f.trees[t], s.slots[t]
    root, weights = f.nodes[tree.root], f.scores[t]
    value = root_policy(p, f, t, weights)
    edge = choose(p, f, s, g, t, weights)
    record = f.edges[edge]
    best = max(value, record.value_sum / record.visits if record.visits > 0 else value)
    kind = FULL if slot.full else QUICK
    row = write_row(s, k, t, kind, record.action, value)
    row.draw = root_draw(f, t)
    row.best = best
    if kind == FULL:
        policy = s.policies[k, s.used[k] - 1]
        row.count = root.edge_count
        row.surprise = surprise(f, t, weights)
        for i in range(root.edge_count):
            policy[i] = weights[i]
    mover_began = slot.ply % 2 == 0
    if best < g.resign_below and not slot.play_on:
        end_game(game, p, f, s, g, k, t, -1.0 if mover_began else 1.0, 1)
        return
    make_move(game, p, f, s, t, record.action)
    result = outcome(game, s.states[t], f.past[t, : tree.past])
    if result != ONGOING:
        began_to_move = slot.ply % 2 == 0
        end_game(game, p, f, s, g, k, t, 1.0 * result if began_to_move else -1.0 * result, 0)
    else:
        begin_search(game, p, f, s, g, t, edge if g.reuse else NONE)


@kernel
def end_game(game, p, f, s, g, k, t, result, given_up):
    """Write down how the game of slot t ended (result: for the player who began) and begin the slot's next game."""
    write_row(s, k, t, END, given_up, result)
    begin_game(game, p, f, s, g, k, t, s.slots[t].game + g.stride)


@kernel
def play_on(game, p, f, cache, s, g, k, first, last):
    """Let the slots first … last - 1 play until each needs the network, or has written its share of rows.

    That share is the same for each slot, whatever the number of threads: where all is in the cache, none runs ahead.
    """
    f, cache, s = borrowed(f), borrowed(cache), borrowed(s)
    for t in range(first, last):
        most = s.used[k] + ROWS_A_ROUND - 2  # a move may write two rows and the opening of the next game
        while s.used[k] <= most and advance_tree(game, p, f, cache, t) != ASKS:
            finish_move(game, p, f, s, g, k, t)


@kernel
def start_slot(game, p, f, s, g, k, t, number, actions):
    """Put slot t where game `number` stood after `actions` ([n] int64), or begin the game where there are none."""
    if actions.shape[0] == 0:
        begin_game(game, p, f, s, g, k, t, number)
        return
    clear_board(game, f, s, t, number)
    s.slots[t].play_on = plays_on(g.seed, number, g.play_on_share)
    for i in range(actions.shape[0]):
        make_move(game, p, f, s, t, actions[i])
    begin_search(game, p, f, s, g, t, NONE)
