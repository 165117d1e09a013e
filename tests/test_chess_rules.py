"""Hand-made positions of chess, for each way that a game ends; the conformance kit; kernels without the jit."""

import chess
import numpy as np
import pytest
from chess_tools import NO_PAST, Games, expected_moves

from games import find
from games.catalogue import spec_of
from games.chess import Chess
from games.conformance import check
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, key, legal_actions, outcome, play


@pytest.mark.parametrize("game", [Chess(plies=30), Chess(claims=False, plies=41, history=3)], ids=repr)
def test_conformance(game):
    report = check(game, games=3)
    assert report.longest <= game.plies
    assert report.symmetries == 1


def outcome_of(fen, **parameters):
    game = Chess(**parameters)
    return outcome(game, game.read_state(fen), NO_PAST)


MATED = "R5k1/5ppp/8/8/8/8/8/6K1 b - - {} 90"
STALEMATE = "7k/5Q2/6K1/8/8/8/8/8 b - - {} 90"
QUIET = "6k1/5ppp/8/8/8/8/8/R5K1 b - - {} 90"


@pytest.mark.parametrize("claims", [True, False])
@pytest.mark.parametrize("clock", [0, 99, 100, 149, 150])
def test_mate_ends_a_game_before_any_draw(claims, clock):
    assert outcome_of(MATED.format(clock), claims=claims) == LOSS
    assert outcome_of(MATED.format(clock), claims=claims, plies=179) == LOSS  # on the last ply
    assert outcome_of(STALEMATE.format(clock), claims=claims) == DRAW
    assert outcome_of(QUIET.format(clock), claims=claims) == (DRAW if clock >= (100 if claims else 150) else ONGOING)


def test_mate_on_the_last_ply_counts():
    moves = ["f3", "e5", "g4", "Qh4#"]
    for plies, result in ((4, LOSS), (5, LOSS), (3, DRAW), (1, DRAW)):
        position = Position(Chess(plies=plies))
        for move in moves[:plies]:
            assert position.outcome() == ONGOING
            position.play(position.read_move(move))
        assert position.outcome() == result
        assert position.winner() == (1 if result == LOSS else None)


@pytest.mark.parametrize(
    ("fen", "draw"),
    [
        ("8/8/4k3/8/8/3K4/8/8 w - -", True),
        ("8/8/4k3/8/2N5/3K4/8/8 w - -", True),
        ("8/8/4k3/8/2n5/3K4/8/8 b - -", True),
        ("8/8/4k3/8/2B5/3K4/8/8 b - -", True),
        ("8/5b2/4k3/8/2B5/3K4/8/8 b - -", True),  # both on light squares
        ("8/4b3/4k3/8/2B5/3K4/8/8 b - -", False),
        ("b1b1b3/8/4k3/8/2B1B3/3K4/8/8 b - -", True),
        ("8/7k/8/8/2NN4/3K4/8/8 w - -", False),  # a helpmate
        ("8/5n2/4k3/8/2N5/3K4/8/8 w - -", False),
        ("8/5b2/4k3/8/2N5/3K4/8/8 w - -", False),
        ("8/7k/8/8/2BB4/3K4/8/8 w - -", False),
        ("8/8/4k3/8/2P5/3K4/8/8 w - -", False),
        ("8/8/4k3/8/2R5/3K4/8/8 w - -", False),
        ("8/8/4k3/8/2q5/4K3/8/8 w - -", False),
    ],
)
def test_insufficient_material(fen, draw):
    for claims in (True, False):
        assert outcome_of(fen, claims=claims) == (DRAW if draw else ONGOING)
    assert chess.Board(fen + " 0 1").is_insufficient_material() == draw


def played(game, moves, fen=None):
    """Return the number of the first ply after which the game is over, and the outcome; None, ONGOING if it goes on."""
    state = game.read_state(fen or chess.STARTING_FEN)
    past = []
    for ply, name in enumerate(moves, start=1):
        past.append(key(game, state))
        state = state.copy()
        play(game, state, game.parse_move(state, name))
        result = outcome(game, state, np.array(past, np.int64))
        if result != ONGOING:
            return ply, result
    return None, ONGOING


OUT_AND_BACK = ["Nf3", "Nf6", "Ng1", "Ng8"]


@pytest.mark.parametrize(
    ("fen", "opening", "around", "third"),
    [
        (None, [], OUT_AND_BACK, 8),
        (None, ["e4", "e5"], OUT_AND_BACK, 10),
        # En passant is legal after 2…d5, so that position does not come again; the one after 3.Nf3 does.
        (None, ["e4", "a6", "e5", "d5"], OUT_AND_BACK, 5 + 8),
        # Here the pawn that could capture is pinned: nothing distinguishes the positions.
        ("4k3/3p4/8/K3P2r/8/8/8/N6n b - - 0 1", ["d5"], ["Nb3", "Ng3", "Na1", "Nh1"], 1 + 8),
        # The first moves of the rooks give rights away: the position after 1…Rb8 is the first to come again.
        ("r3k3/8/8/8/8/8/8/4K2R w Kq - 0 1", [], ["Rg1", "Rb8", "Rh1", "Ra8"], 2 + 8),
        ("r3k3/8/8/8/8/8/8/4K2R w - - 0 1", [], ["Rg1", "Rb8", "Rh1", "Ra8"], 8),
    ],
)
def test_third_repetition(fen, opening, around, third):
    moves = opening + around * 6
    assert played(Chess(), moves, fen) == (third, DRAW)
    assert played(Chess(claims=False), moves, fen) == (third + 2 * len(around), DRAW)
    board = chess.Board(fen or chess.STARTING_FEN)
    for ply, name in enumerate(moves, start=1):
        board.push_san(name)
        assert board.is_repetition(3) == (ply >= third)
        if ply == third:
            break


def test_positions_of_both_colours_are_not_the_same():
    """White and Black shift a move: the board stands as it did, but the other is to move, or it is mirrored."""
    fens = ["4k3/8/8/8/8/8/8/R3K3 w - - 0 1", "4k3/8/8/8/8/8/8/R3K3 b - - 0 1", "r3k3/8/8/8/8/8/8/4K3 b - - 0 1"]
    assert len({key(Chess(), Chess().read_state(fen)) for fen in fens}) == 3
    one = Chess().read_state("4k3/8/8/8/8/8/8/R3K3 w - - 0 1")
    assert key(Chess(), one) == key(Chess(), Chess().read_state("4k3/8/8/8/8/8/8/R3K3 w - - 40 57"))


def test_keys_tell_positions_apart(random):
    """No two of many positions have one key, though they differ by a move, a right or a piece in a corner."""
    keys, identities = set(), set()
    for number in range(40):
        games = Games(Chess(), 2)
        games.play(number)
        for state in games.states[: games.plies + 1]:
            keys.add(key(games.game, state))
            identities.add((state["mine"], *[int(state[name]) for name in state.dtype.names[1:7]], *_rest(state)))
    assert len(keys) == len(identities) > 5000


def _rest(state):
    return int(state["passant"]), int(state["castling"]), int(state["ply"]) % 2


@pytest.mark.parametrize(
    ("fen", "legal"),
    [
        ("8/8/8/K2pP2r/8/8/8/4k3 w - d6 0 1", False),  # both pawns leave the rank: the rook gives check
        ("4k3/8/8/K2pP3/8/8/8/8 w - d6 0 1", True),
        ("4k3/4r3/8/3pP3/8/8/8/4K3 w - d6 0 1", False),  # pinned to the file
        ("7k/8/5b2/3pP3/3K4/8/8/8 w - d6 0 1", False),  # check by the bishop? see python-chess below
        ("7k/6b1/8/3pP3/3K4/8/8/8 w - d6 0 1", False),  # pinned to the diagonal
        ("7k/8/8/3pP3/2K5/8/8/8 w - d6 0 1", True),  # the pushed pawn gives check; capturing it is an answer
        ("b6k/8/8/3pP3/4K3/8/8/8 w - d6 0 1", False),  # check by the pawn, and the bishop behind it
    ],
)
def test_en_passant(fen, legal):
    state, board = Chess().read_state(fen), chess.Board(fen)
    assert board.has_legal_en_passant() == legal
    assert bool(state["takers"]) == legal
    out = np.zeros(218, np.int32)
    count = legal_actions(Chess(), state, NO_PAST, out)
    assert out[:count].tolist() == list(expected_moves(board, state))


SCRIPT = """
import numpy as np
from games.catalogue import spec_of
from games.chess import Chess
from games.chess.generate import count_moves
from games.position import Position
from games.rules import encode, key, legal_actions, outcome
game, out, nothing = Chess(history=2), np.zeros(218, np.int32), np.empty(0, np.int64)
for fen in {fens!r}:
    state = game.read_state(fen)
    planes = np.zeros(game.plane_shape, np.uint8)
    encode(game, np.array([state, state]), nothing, planes)
    count = legal_actions(game, state, nothing, out)
    seen = outcome(game, state, nothing), count_moves(game, state), key(game, state), out[:count].tolist()
    print(*seen, planes.sum(axis=(1, 2)).tolist())
position = Position(Chess(claims=False, plies=30))
for move in "e4 a6 e5 d5 exd6 b5 dxc7 b4 cxb8=N Nf6 Nf3 e5 Bc4 Be7 O-O O-O a4 bxa3".split() + ["Kh1", "Kh8", "Kg1", "Kg8"] * 3:
    position.play(position.read_move(move))
    print(position.outcome(), key(position.game, position.state), position.state_text if 0 else position.legal_actions())
print(position.planes().sum(axis=(1, 2)).tolist())
"""


def test_without_the_jit(python):
    fens = [MATED.format(0), STALEMATE.format(100), QUIET.format(7), "7k/8/8/3pP3/2K5/8/8/8 w - d6 0 1"]
    fens += ["r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq -", "8/5b2/4k3/8/2B5/3K4/8/8 b - -"]
    fens += ["rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8", "8/8/8/K2pP2r/8/8/8/4k3 w - d6 0 1"]
    with_jit = python("-c", SCRIPT.format(fens=fens), NUMBA_DISABLE_JIT="0")
    without = python("-W", "ignore:overflow:RuntimeWarning", "-c", SCRIPT.format(fens=fens), NUMBA_DISABLE_JIT="1")
    assert with_jit.returncode == without.returncode == 0, with_jit.stderr + without.stderr
    assert with_jit.stdout == without.stdout


def test_found_by_name():
    assert find("chess") == Chess(claims=True, plies=512, history=1)
    assert find("chess:claims=False,plies=20000,history=8") == Chess(False, 20000, 8)
    assert Chess().state_dtype.itemsize == 64


def test_spec_comes_back():
    game = Chess(claims=False, plies=99, history=2)
    assert spec_of(game) == "chess:claims=False,plies=99,history=2"
    assert find(spec_of(game)) == game
