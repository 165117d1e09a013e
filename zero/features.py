"""Features of moves for a fast policy: small patterns around a move, and how it answers the last one.

Each legal action has one feature of each of SLOTS kinds, a number; number 0 stands for none and weighs nothing:

    0      the action itself
    1      what stands on the eight cells around it
    2 - 5  what stands on the three cells on either side of it, in a row, a column and both diagonals
    6      its place relative to the last move, within two cells
    7      the same together with what stands around the last move (in games without a board: the last action and this one)
    8      the trait that the game gives it (games/patterns.py)
    9      whether it wins at once, or loses: the other wins at once after it

Features that a symmetry of the board maps onto each other share one weight: that of the lowest of their numbers.
Source: Silver et al. 2016 (AlphaGo), Methods, "Rollout policy", and Extended Data Table 4, which has a diamond of twelve
cells where we have lines and eight cells.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from games.jit import kernel
from games.patterns import EMPTY, NOWHERE, OFF, TRAITS, acts_on, board, has_board, trait
from games.rules import LOSS, ONGOING, WIN, key, legal_actions, outcome, play

IntArray = NDArray[np.int64]
SLOTS = 10
ACTION, AROUND, LINES, NEAR, RESPONSE, TRAIT, ENDING = 0, 1, 2, 6, 7, 8, 9  # slots
REACH = 3  # cells of a line on either side
NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))  # (rows, columns)
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
STEPS = tuple(tuple((r * k, c * k) for k in (-3, -2, -1, 1, 2, 3)) for r, c in DIRECTIONS)
PLACES = tuple((r, c) for r in range(-2, 3) for c in range(-2, 3))  # relative to the last move
PATTERNS = 4 ** len(NEIGHBOURS)
LINE = 4 ** (2 * REACH)
FEW_ACTIONS = 1024  # with no more, pairs of actions are told apart
WINS, LOSES = 1, 2  # features of slot ENDING


class Tables(NamedTuple):
    """What the kernels need to know of a game's features. C cells (0 in games without a board), R feature numbers."""

    place: IntArray  # [C] where a cell stands on the board with a margin of REACH cells
    around: IntArray  # [8] from a cell to its neighbours there
    lines: IntArray  # [4, 6] from a cell to those of its lines
    near: NDArray[np.int16]  # [C, C] number of PLACES of a cell (first) relative to another, -1 where it is too far
    starts: IntArray  # [SLOTS + 1] first number of each slot's features (of slots 2 to 5: each LINE after the one before); R
    shared: NDArray[np.int32]  # [R] the number whose weight a feature takes
    lookahead: int  # plies in which an end of the game is seen: 0, 1 (moves that win at once) or 2 (the other's answers, too)
    looks_back: int  # 1 where the rules do


class Room(NamedTuple):
    """Scratch of the kernels. M legal actions at most."""

    cells: NDArray[np.uint8]  # [C]
    framed: NDArray[np.uint8]  # the board with its margin, which is OFF
    legal: NDArray[np.int32]  # [M]
    replies: NDArray[np.int32]  # [M]
    features: NDArray[np.int32]  # [M, SLOTS] what `describe` says
    weights: NDArray[np.float64]  # [M]
    states: NDArray[Any]  # [3] game.state_dtype; the first is the position in question
    past: IntArray  # [longest game + 2] keys of the positions before it; empty in games that don't look back


def allocate_room(game: Game) -> Room:
    """Return scratch for one thread."""
    rows, columns = game.plane_shape[1:] if has_board(game) else (0, 0)
    return Room(
        np.zeros(rows * columns, np.uint8),
        np.full((rows + 2 * REACH) * (columns + 2 * REACH), OFF, np.uint8),
        np.zeros(game.max_legal, np.int32),
        np.zeros(game.max_legal, np.int32),
        np.zeros((game.max_legal, SLOTS), np.int32),
        np.zeros(game.max_legal),
        np.zeros(3, game.state_dtype),
        np.zeros((game.max_plies + 3) * game.looks_back, np.int64),
    )


@kernel
def frame(game, t, room, state):
    """Write the board of a position into room.framed."""
    cells, framed = room.cells, room.framed
    cells[:] = EMPTY
    board(game, state, cells)
    for cell in range(cells.shape[0]):
        framed[t.place[cell]] = cells[cell]


@kernel
def code_of(framed, at, steps):
    """Return what stands on the cells that steps lead to, as a number with a digit of base 4 each, the first lowest."""
    code = np.int64(0)
    for k in range(steps.shape[0]):
        code |= np.int64(framed[at + steps[k]]) << (2 * k)
    return code


@kernel
def ending_of(game, lookahead, back, states, past, replies, before, action):
    """Return WINS where an action wins at once, LOSES where the other wins after it or it loses by itself, else 0.

    lookahead, back:       of Tables, the latter looks_back.
    states, past, replies: of Room, modified; the position is states[0], with `before` keys in `past`.
    """
    states[1] = states[0]
    if back:
        past[before] = key(game, states[0])
    play(game, states[1], action)
    known = past[: (before + 1) * back]
    result = outcome(game, states[1], known)
    if result != ONGOING:
        return WINS if result == LOSS else LOSES if result == WIN else 0
    if lookahead < 2:
        return 0
    count = legal_actions(game, states[1], known, replies)
    if back:
        past[before + 1] = key(game, states[1])
    for i in range(count):
        states[2] = states[1]
        play(game, states[2], replies[i])
        if outcome(game, states[2], past[: (before + 2) * back]) == LOSS:
            return LOSES
    return 0


@kernel
def describe(game, t, room, before, count, last_action, last_cell):
    """Write the features of all legal actions; return the number of one that wins at once in the list, or -1.

    room:        the position is room.states[0], with `before` keys in room.past; its legal actions are the first `count` of
                 room.legal. room.features is written: [count, SLOTS].
    last_action: the other's last action, NOWHERE where there is none; last_cell: the cell that it acted on, as the player
                 to move sees it, or NOWHERE.
    """
    states, past, replies, starts = room.states, room.past, room.replies, t.starts
    state, features, legal, framed = states[0], room.features, room.legal, room.framed
    cells, win, answered = room.cells.shape[0], -1, 0
    if cells > 0:
        frame(game, t, room, state)
        if last_cell >= 0:
            answered = code_of(framed, t.place[last_cell], t.around) * len(PLACES)
    for i in range(count):
        action = np.int64(legal[i])
        for slot in range(SLOTS):
            features[i, slot] = 0
        features[i, ACTION] = starts[ACTION] + action
        features[i, TRAIT] = starts[TRAIT] + trait(game, state, action)
        cell = acts_on(game, state, action) if cells > 0 else NOWHERE
        if cell >= 0:
            at = t.place[cell]
            features[i, AROUND] = starts[AROUND] + code_of(framed, at, t.around)
            for k in range(len(DIRECTIONS)):
                features[i, LINES + k] = starts[LINES] + k * LINE + code_of(framed, at, t.lines[k])
            place = np.int64(t.near[cell, last_cell]) if last_cell >= 0 else -1
            if place >= 0:
                features[i, NEAR] = starts[NEAR] + place
                features[i, RESPONSE] = starts[RESPONSE] + answered + place
        elif cells == 0 and last_action >= 0 and starts[RESPONSE + 1] > starts[RESPONSE]:
            features[i, RESPONSE] = starts[RESPONSE] + last_action * (starts[AROUND] - starts[ACTION]) + action
        if t.lookahead > 0:
            ending = ending_of(game, t.lookahead, t.looks_back, states, past, replies, before, action)
            features[i, ENDING] = starts[ENDING] + ending
            win = i if ending == WINS else win
    return win


def tables_of(game: Game, lookahead: int) -> Tables:
    """Return the tables of a game. lookahead: as in Tables."""
    rows, columns = game.plane_shape[1:] if has_board(game) else (0, 0)
    width = columns + 2 * REACH
    row, column = (part.reshape(-1) for part in np.mgrid[:rows, :columns])
    apart = row[:, None] - row, column[:, None] - column
    close = np.maximum(np.abs(apart[0]), np.abs(apart[1])) <= 2
    near = np.where(close, (apart[0] + 2) * 5 + apart[1] + 2, -1).astype(np.int16)
    starts = starts_of(game)
    return Tables(
        (row + REACH) * width + column + REACH,
        np.array([r * width + c for r, c in NEIGHBOURS]),
        np.array([[r * width + c for r, c in steps] for steps in STEPS]),
        near.reshape(len(row), len(row)),
        starts,
        shared_numbers(game, starts),
        lookahead,
        int(game.looks_back),
    )


def starts_of(game: Game) -> IntArray:
    """Return the first feature number of each slot, and the number of all. Number 0 is no feature."""
    actions, on_board = game.num_actions, has_board(game)
    pairs = actions**2 if actions <= FEW_ACTIONS else 0
    sizes = [actions, PATTERNS * on_board, *[LINE * on_board] * len(STEPS), len(PLACES) * on_board]
    sizes += [PATTERNS * len(PLACES) if on_board else pairs, TRAITS, 3]
    return np.cumsum([1, *sizes]).astype(np.int64)


def shared_numbers(game: Game, starts: IntArray) -> NDArray[np.int32]:
    """Return [R] for each feature the lowest of the numbers that the game's symmetries map it to."""
    numbers = np.arange(starts[-1], dtype=np.int32)
    shared = numbers.copy()
    actions, pairs = game.symmetries.actions.astype(np.int64), int(starts[TRAIT] - starts[RESPONSE])
    for old_of_new in actions:
        _lower(shared, starts[ACTION], old_of_new)
        if not has_board(game) and pairs:
            _lower(shared, starts[RESPONSE], (old_of_new[:, None] * len(old_of_new) + old_of_new).reshape(-1))
    for turn in turns_of(game) if has_board(game) else []:
        around = turned_codes(NEIGHBOURS, NEIGHBOURS, turn)
        places = np.array([PLACES.index(turned_step(step, turn)) for step in PLACES])
        _lower(shared, starts[AROUND], around)
        _lower(shared, starts[NEAR], places)
        _lower(shared, starts[RESPONSE], (around[:, None] * len(PLACES) + places).reshape(-1))
        for k, steps in enumerate(STEPS):
            image = {turned_step(step, turn) for step in steps}
            other = next(j for j, others in enumerate(STEPS) if set(others) == image)
            codes = turned_codes(steps, STEPS[other], turn) + other * LINE
            part = slice(starts[LINES] + k * LINE, starts[LINES] + (k + 1) * LINE)
            shared[part] = np.minimum(shared[part], starts[LINES] + codes)
    return shared


def _lower(shared: NDArray[np.int32], start: int, image: IntArray) -> None:
    """Let the features from `start` on share with their images, where these have lower numbers."""
    part = slice(start, start + len(image))
    shared[part] = np.minimum(shared[part], start + image)


def turns_of(game: Game) -> list[NDArray[np.int64]]:
    """Return [2, 2] for each symmetry of the board: what it makes of a step of (rows, columns).

    Only the identity where one of them is no turn or mirror image of the board as a whole.
    """
    rows, columns = game.plane_shape[1:]
    found = []
    for old_of_new in game.symmetries.cells:
        new = np.argsort(old_of_new).reshape(rows, columns)
        at = np.stack(np.divmod(new, columns), -1)  # [rows, columns, 2] where each cell goes
        down, right = np.diff(at, axis=0).reshape(-1, 2), np.diff(at, axis=1).reshape(-1, 2)
        if len(down) == 0 or len(right) == 0 or (down != down[0]).any() or (right != right[0]).any():
            return [np.eye(2, dtype=np.int64)]
        found.append(np.stack([down[0], right[0]]))
    return found


def turned_step(step: tuple[int, int], turn: NDArray[np.int64]) -> tuple[int, int]:
    """Return the image of a step."""
    row, column = np.array(step) @ turn
    return int(row), int(column)


def turned_codes(
    steps: tuple[tuple[int, int], ...], others: tuple[tuple[int, int], ...], turn: NDArray[np.int64]
) -> IntArray:
    """Return [4 ** len(steps)] the code, over the steps `others`, of each pattern's image."""
    codes = np.arange(4 ** len(steps))
    image = np.zeros_like(codes)
    for k, step in enumerate(steps):
        image |= (codes >> (2 * k) & 3) << (2 * others.index(turned_step(step, turn)))
    return image
