"""Self-play inside a kernel: each slot plays game after game, its tree walking on until it needs the network.

When a search is finished the slot chooses its move, writes it down, plays it and begins the next search at once, so
that every slot brings a position to every batch. All randomness comes from (seed, game, ply); the games of slot t are
numbered t, t + stride, t + 2 stride …, so which games are played depends neither on time nor on threads.

Kernels here take `p` (zero.search Parameters), `f` (Forest), `s` (Slots), `g` (Play), `k` (thread) and `t` (slot and tree).
"""

import math

import numpy as np

from games.jit import borrowed, kernel
from games.rules import ONGOING, initial, key, legal_actions, outcome, play
from selfplay.slots import END, FULL, OPENING, QUICK, ROWS_A_ROUND
from zero.random import dirichlet, gumbel, random_below, seed_of, uniform
from zero.search.forest import NONE, OPEN
from zero.search.proof import is_certain
from zero.search.result import best_edge, edge_value, root_draw, root_policy
from zero.search.tree import keep_subtree, plant
from zero.search.walk import ASKS, advance_tree


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
def opening_length(s, g, t):
    """Draw how many random moves a game begins with: the lower of two numbers from 0 to opening_plies.

    So three quarters lie in the first half: the earlier a position, the longer the way on which its outcome is decided.
    """
    one, other = random_below(s.random, t, g.opening_plies + 1), random_below(s.random, t, g.opening_plies + 1)
    return min(one, other)


@kernel
def begin_game(game, p, f, s, g, k, t, number):
    """Begin game `number` in slot t, with its random opening, and plant its first search."""
    clear_board(game, f, s, t, number)
    s.random[t] = seed_of(g.seed, number, 0)
    s.slots[t].play_on = plays_on(g.seed, number, g.play_on_share)
    if uniform(s.random, t) < g.opening_share:
        mark = s.used[k]
        plies = opening_length(s, g, t)
        while s.slots[t].ply < plies:
            count = legal_actions(game, s.states[t], f.past[t, : f.trees[t].past], f.legal[t])
            action = f.legal[t, random_below(s.random, t, count)]
            write_row(s, k, t, OPENING, action, 0.0)
            make_move(game, p, f, s, t, action)
            if outcome(game, s.states[t], f.past[t, : f.trees[t].past]) != ONGOING:
                clear_board(game, f, s, t, number)  # such an opening leaves nothing to play: another one
                s.used[k] = mark
                plies = opening_length(s, g, t)
    begin_search(game, p, f, s, g, t, NONE)


@kernel
def temperature(g, ply):
    """Return the temperature of the choice of a move: a start that halves its distance to the end every half-life."""
    return g.temperature_end + (g.temperature - g.temperature_end) * 0.5 ** (ply / g.half_life)


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
            f.noise[t, i] = temperature(g, slot.ply) * gumbel(s.random, t) if full else 0.0
    elif noise > 0.0:
        count = legal_actions(game, s.states[t], f.past[t, : f.trees[t].past], f.legal[t])
        dirichlet(s.random, t, g.alpha if g.alpha > 0.0 else 10.0 / count, count, f.noise[t])
    if played != NONE and f.edges[played].child != NONE and f.nodes[f.edges[played].child].status == OPEN:
        keep_subtree(game, p, f, t, played, budget, noise)
    else:
        plant(game, p, f, t, s.states[t], budget, noise)


@kernel
def choose(p, f, s, g, t, policy):
    """Return the root edge to play: Gumbel's choice (its noise was scaled), or for PUCT a sample of visits^(1/temperature)."""
    root = f.nodes[f.trees[t].root]
    if p.gumbel or f.trees[t].win != NONE:
        return best_edge(p, f, t)
    power = 1.0 / temperature(g, s.slots[t].ply)
    top = 0.0
    for i in range(root.edge_count):
        top = max(top, policy[i])
    total = 0.0
    for i in range(root.edge_count):
        total += (policy[i] / top) ** power
    left = uniform(s.random, t) * total
    for i in range(root.edge_count):
        left -= (policy[i] / top) ** power
        if left < 0.0:
            return root.first_edge + i
    return best_edge(p, f, t)


@kernel
def surprise(f, t, policy):
    """Return KL(policy | prior) over the root's edges; 0 where the outcome is certain.

    Of several moves that win, the policy is the one found first: that it is not another is no surprise.
    """
    root = f.nodes[f.trees[t].root]
    if f.trees[t].win != NONE or is_certain(f.nodes, f.trees[t].root):
        return 0.0
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
    best = max(value, edge_value(p, f, edge) if record.visits > 0 else value)
    kind = FULL if slot.full else QUICK
    row = write_row(s, k, t, kind, record.action, value)
    row.draw = root_draw(f, t, value)
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
