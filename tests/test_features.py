"""Features of moves against a slow and plain reading of the board, and their symmetries."""

import chess
import numpy as np
import pytest
from own_game import ThreeLoses

from games import find
from games.chess import board_of
from games.jit import borrowed, kernel
from games.patterns import NOWHERE, acts_on, has_board, trait, turned
from games.position import Position
from games.rules import LOSS, ONGOING, WIN, legal_actions
from zero.features import (
    ACTION,
    AROUND,
    DIRECTIONS,
    ENDING,
    LINE,
    LINES,
    LOSES,
    NEAR,
    NEIGHBOURS,
    PLACES,
    RESPONSE,
    SLOTS,
    STEPS,
    TRAIT,
    WINS,
    allocate_room,
    describe,
    tables_of,
)

SPECS = ("tic_tac_toe", "connect_four", "connect_four:rows=4,columns=5", "othello:size=6", "gomoku:rows=6,columns=7,length=4")
SPECS += ("hex:size=5", "hex:size=4,swap=True", "go:size=5", "chess")
ON_BOARDS = [find(spec) for spec in SPECS]
GAMES = [*ON_BOARDS, ThreeLoses(4)]


@kernel
def ask(game, t, room, count, last_action, last_cell):
    t, room = borrowed(t), borrowed(room)
    return describe(game, t, room, 0, count, last_action, last_cell)


def described(game, tables, position):
    """Return [count, SLOTS] the features of a position's legal actions, and the action that wins at once or None."""
    room, last, cell = allocate_room(game), NOWHERE, NOWHERE
    if position.actions:
        before = position.copy()
        last = before.undo()
        cell = acts_on(game, before.state, last)
        cell = turned(game, cell) if cell >= 0 else NOWHERE
    room.states[0] = position.state
    count = legal_actions(game, position.state, np.zeros(0, np.int64), room.legal)
    win = ask(game, tables, room, count, last, cell)
    return room.features[:count].astype(np.int64), (None if win < 0 else int(room.legal[win])), room.legal[:count].tolist()


def line_of(game, random, most):
    """Return a random position in which the game goes on, of a game of some plies."""
    position = Position(game)
    for _ in range(int(random.integers(0, most))):
        position.play(int(random.choice(position.legal_actions())))
        if position.outcome() != ONGOING:
            position.undo()
            break
    return position


def contents(position):
    """Return [rows, columns] 0 empty, 1 own, 2 other, read from the planes, or by python-chess."""
    if position.game.name == "chess":
        board = board_of(position.state)
        squares = np.zeros((8, 8), int)
        for square, piece in board.piece_map().items():
            seen = square if board.turn == chess.WHITE else chess.square_mirror(square)
            squares[seen // 8, seen % 8] = 1 if piece.color == board.turn else 2
        return squares
    planes = position.planes()
    return planes[0].astype(int) + 2 * planes[1]


def cell_of(position, action):
    """Return (row, column) of the cell that a move acts on, as its player sees it, or None: a cell that was empty and is not."""
    if position.game.name == "chess":
        board = board_of(position.state)
        square = board.parse_san(position.game.move_name(position.state, action)).to_square
        return divmod(square if board.turn == chess.WHITE else chess.square_mirror(square), 8)
    after = position.copy()
    after.play(action)
    seen = contents(after)
    if position.game.name == "hex":
        if action == position.game.size**2:
            return None
        seen = seen.T  # the other sees the board mirrored at the long diagonal
    fresh = np.argwhere((contents(position) == 0) & (seen != 0))
    return tuple(int(part) for part in fresh[0]) if len(fresh) else None


def other_view(game, cell):
    """Return (row, column) of the same cell for the other player."""
    return cell[::-1] if game.name == "hex" else (7 - cell[0], cell[1]) if game.name == "chess" else cell


def read(board, cell, steps):
    """Return what stands on some cells as one number, a digit of base 4 each, 3 beside the board."""
    code = 0
    for k, (down, right) in enumerate(steps):
        row, column = cell[0] + down, cell[1] + right
        inside = 0 <= row < board.shape[0] and 0 <= column < board.shape[1]
        code += (int(board[row, column]) if inside else 3) * 4**k
    return code


def expected_features(position, action, starts, last_cell):
    """Return the features of one action but for trait and ending, slowly."""
    found = dict.fromkeys(range(SLOTS), 0)
    found[ACTION] = starts[ACTION] + action
    board, cell = contents(position), cell_of(position, action)
    if cell is None:
        return found
    found[AROUND] = starts[AROUND] + read(board, cell, NEIGHBOURS)
    for k, (down, right) in enumerate(DIRECTIONS):
        line = [(down * step, right * step) for step in (-3, -2, -1, 1, 2, 3)]
        found[LINES + k] = starts[LINES] + k * LINE + read(board, cell, line)
    if last_cell is not None:
        place = (cell[0] - last_cell[0], cell[1] - last_cell[1])
        if place in PLACES:
            found[NEAR] = starts[NEAR] + PLACES.index(place)
            found[RESPONSE] = starts[RESPONSE] + read(board, last_cell, NEIGHBOURS) * len(PLACES) + PLACES.index(place)
    return found


@pytest.mark.parametrize("game", ON_BOARDS, ids=str)
def test_features_are_what_a_plain_reading_of_the_board_gives(game, random):
    tables = tables_of(game, 0)
    assert has_board(game)
    for _ in range(20):
        position = line_of(game, random, 40)
        last_cell = None
        if position.actions:
            before = position.copy()
            last_cell = cell_of(before, before.undo())
            last_cell = other_view(game, last_cell) if last_cell else None
        features, win, legal = described(game, tables, position)
        assert win is None
        assert legal == position.legal_actions() or game.looks_back  # superko is not asked for here
        for row, action in zip(features, legal, strict=True):
            if action not in position.legal_actions():
                continue
            expected = expected_features(position, action, tables.starts, last_cell)
            got = {slot: int(row[slot]) for slot in range(SLOTS)}
            assert tables.starts[TRAIT] <= got[TRAIT] < tables.starts[TRAIT + 1]
            assert {**got, TRAIT: 0} == expected, (position.draw(), game.move_name(position.state, action))


def test_the_traits_of_go_tell_captures_and_groups_in_need(random):
    game, seen = find("go:size=5"), set()
    for _ in range(60):
        position = line_of(game, random, 45)
        own, weak = position.planes()[0], position.planes()[game.plane_names.index("stones with one liberty")]
        for action in position.legal_actions():
            found = trait(game, position.state, action)
            if action == 25:
                assert found == 0
                continue
            after = position.copy()
            after.play(action)
            beside = [(action // 5 + down, action % 5 + right) for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0))]
            beside = [(row, column) for row, column in beside if 0 <= row < 5 and 0 <= column < 5]
            captures = int(after.state["mine_lost"]) > int(position.state["theirs_lost"])
            assert found == 2 * captures + any(own[cell] and weak[cell] for cell in beside)
            seen.add(found)
    assert seen == {0, 1, 2, 3}


def test_the_traits_of_chess_are_piece_capture_guard_and_square(random):
    game, seen = find("chess"), set()
    for _ in range(25):
        position = line_of(game, random, 60)
        board = board_of(position.state)
        for action in position.legal_actions():
            move = board.parse_san(game.move_name(position.state, action))
            captured = board.piece_type_at(move.to_square) or 0
            pawns = board.attackers(not board.turn, move.to_square) & board.pieces(chess.PAWN, not board.turn)
            square = move.to_square if board.turn == chess.WHITE else chess.square_mirror(move.to_square)
            rest, at = divmod(trait(game, position.state, action) - 1, 64)
            kinds, guarded = divmod(rest, 2)
            assert (at, guarded, kinds) == (square, bool(pawns), (board.piece_type_at(move.from_square) - 1) * 6 + captured)
            seen.add((guarded, captured > 0))
    assert len(seen) == 4


@pytest.mark.parametrize("spec", ["tic_tac_toe", "connect_four", "othello:size=6", "go:size=5"])
def test_ends_of_the_game_are_seen_as_far_as_asked(spec, random):
    game = find(spec)
    seen = set()
    for depth in (1, 2):
        tables = tables_of(game, depth)
        for _ in range(40):
            position = line_of(game, random, game.max_plies)
            features, win, legal = described(game, tables, Position(game, position.state))  # without a past, as rollouts begin
            position = Position(game, position.state)
            wins = []
            for row, action in zip(features, legal, strict=True):
                position.play(action)
                result, ending = position.outcome(), 0
                if result == LOSS:
                    ending = WINS
                    wins.append(action)
                elif result == WIN:
                    ending = LOSES
                elif result == ONGOING and depth == 2:
                    for reply in position.legal_actions():
                        position.play(reply)
                        ending = LOSES if position.outcome() == LOSS else ending
                        position.undo()
                position.undo()
                assert row[ENDING] == tables.starts[ENDING] + ending
                seen.add(ending)
            assert win in wins or (win is None and not wins)
    assert seen == {0, WINS, LOSES}


@pytest.mark.parametrize("game", [game for game in GAMES if len(game.symmetries.actions) > 1], ids=str)
def test_a_position_and_its_images_have_the_same_shared_features(game, random):
    tables = tables_of(game, 0)
    for symmetry in range(len(game.symmetries.actions)):
        new_of_old = np.argsort(game.symmetries.actions[symmetry])
        position = line_of(game, random, game.max_plies)
        image = Position(game)
        for action in position.actions:
            image.play(int(new_of_old[action]))
        one, _, legal = described(game, tables, position)
        other, _, image_legal = described(game, tables, image)
        rows = {action: sorted(tables.shared[row]) for action, row in zip(image_legal, other, strict=True)}
        for action, row in zip(legal, one, strict=True):
            assert rows[int(new_of_old[action])] == sorted(tables.shared[row])


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_features_share_the_weight_of_the_lowest_of_their_images(game):
    tables = tables_of(game, 0)
    numbers = np.arange(len(tables.shared))
    assert (tables.shared <= numbers).all()
    assert (tables.shared[tables.shared] == tables.shared).all()
    assert tables.shared[0] == 0
    assert tables.shared[1:].min() == 1  # none shares with "no feature"
    slots = np.searchsorted(tables.starts, numbers, side="right")
    kinds = np.where((slots > LINES) & (slots <= LINES + len(STEPS)), LINES, slots)  # lines share with other directions
    assert (kinds[tables.shared] == kinds).all()


def test_boards_have_as_many_symmetries_as_their_patterns_share():
    """The eight cells around a move hold 4^8 = 65,536 patterns. By Burnside's lemma these are 8,740 under the eight symmetries
    of a square, (4^8 + 2·4^2 + 4^4 + 4·4^5) / 8, and 33,280 under one mirror, (4^8 + 4^5) / 2."""
    for spec, expected in (("go:size=5", 8740), ("connect_four", 33280), ("chess", 65536)):
        tables = tables_of(find(spec), 0)
        part = tables.shared[tables.starts[AROUND] : tables.starts[AROUND + 1]]
        assert len(np.unique(part)) == expected, spec


def test_a_game_without_a_board_has_its_actions_and_answers_to_actions():
    game = ThreeLoses(4)
    tables = tables_of(game, 0)
    assert not has_board(game)
    position = Position(game)
    position.play(5)
    features, _, legal = described(game, tables, position)
    for row, action in zip(features, legal, strict=True):
        assert row[ACTION] == tables.starts[ACTION] + action
        assert row[RESPONSE] == tables.starts[RESPONSE] + 16 * 5 + action
        assert row[NEAR] == row[AROUND] == row[LINES] == 0
