"""Go: each special rule in a position made for it. The positions are played again without the jit."""

from pathlib import Path

import numpy as np
import pytest
from slow_go import SlowGo

from games import find
from games.conformance import check
from games.go import Go
from games.go.text import stones
from games.perft import perft
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, WIN

KO = """
    . X O . .
    X O . O .
    . X O . .
    . . . . .
    . . . . ."""
SENDING_TWO = """
    . O . O .
    X X O . O
    . . X O .
    . . . . .
    . . . . ."""
THROW_IN = """
    . . O X .
    O O X X .
    X X . . .
    . . . . .
    . . . . ."""
NO_LIBERTY = """
    X . O . .
    X O . . .
    O . . . .
    . . . O .
    . . O . O"""
FOUR_AT_ONCE = """
    . . X . .
    . X O X .
    X O . O X
    . X O X .
    . . X . ."""
THREE_KOS = """
    . X O . . . . . .
    X O . O . . . . .
    . X O . . . . . .
    . X O . . . . . .
    X O . O . . . . .
    . X O . . . . . .
    . X O . . . . . .
    X . X O . . . . .
    . X O . . . . . ."""
SEKI = """
    . O X . O X .
    . O X X O X .
    . O X X O X .
    O O X X O X X
    . O X X O X .
    . O X X O X .
    . O X . O X ."""
DEAD_STONE = """
    . . X . .
    . . X . .
    . . X . .
    . . X . O
    . . X . ."""


def position_of(board, turn="X", ply="", **parameters):
    rows = board.split("\n")[1:]
    game = Go(len(rows), **parameters)
    return Position(game, game.read_state(f"{'/'.join(row.replace(' ', '') for row in rows)} {turn} {ply}"))


def rows_of(position):
    return stones(position.game.size, position.state)


def slow_of(position):
    """Return a slow board of the position, without its past."""
    game, state = position.game, position.state
    slow = SlowGo(game.size, game.komi, game.max_plies, list("".join(rows_of(position))), int(state["ply"]))
    slow.passes = int(state["passes"])
    return slow


def go_on(position, *moves):
    for move in moves:
        position.play(position.read_move(move))
    return position


def captures(position):
    """Return how many stones Black and White have captured."""
    lost = [int(position.state["mine_lost"]), int(position.state["theirs_lost"])]
    return (lost[1], lost[0]) if position.to_play == 0 else (lost[0], lost[1])


def legal(position, move):
    return move in position.move_names()


def test_ko():
    position = go_on(position_of(KO), "C4")
    assert captures(position) == (1, 0)
    assert rows_of(position)[1] == "X.XO."
    assert not legal(position, "B4")
    go_on(position, "E1", "D1")
    assert legal(position, "B4")
    go_on(position, "B4")
    assert captures(position) == (1, 1)
    assert not legal(position, "C4")
    go_on(position, "pass", "pass")
    assert position.outcome() != ONGOING


def test_passes_ban_and_free_nothing():
    assert not legal(go_on(position_of(KO), "pass", "C2", "C4"), "B4")
    assert legal(go_on(position_of(KO), "C4", "C2", "pass"), "B4"), "C2 is there now"
    three = go_on(position_of(SENDING_TWO, "O"), "A5", "C5", "pass", "pass")
    assert three.outcome() != ONGOING
    three = go_on(position_of(SENDING_TWO, "O"), "pass", "E1", "A5", "C5")
    assert not legal(three, "B5"), "White's A5 was played on this board, not before the pass alone"


def test_snapback():
    position = go_on(position_of(THROW_IN), "A5", "B5")
    assert captures(position) == (0, 1)
    assert rows_of(position)[:2] == [".OOX.", "OOXX."]
    go_on(position, "A5")
    assert captures(position) == (4, 1)
    assert rows_of(position)[:2] == ["X..X.", "..XX."]


def test_sending_two_returning_one():
    """Three plies that bring the board back, with the other to move: positional superko bans it."""
    position = go_on(position_of(SENDING_TWO, "O"), "A5", "C5")
    assert captures(position) == (2, 0)
    assert rows_of(position)[0] == "..XO."
    assert not legal(position, "B5")
    go_on(position, "E1", "D1", "B5")
    assert captures(position) == (2, 1)


def test_three_kos():
    """Six plies, none of which takes a ko back at once."""
    position = position_of(THREE_KOS)
    before = rows_of(position)
    go_on(position, "C8", "B2", "C5", "B8", "C2")
    assert captures(position) == (3, 2)
    assert not legal(position, "B5")
    after, _ = slow_of(position).put(position.game.parse_move(position.state, "B5"))
    assert "".join(after) == "".join(before)
    assert legal(go_on(position, "pass", "A1"), "B5")


@pytest.mark.parametrize(
    ("text", "moves", "banned", "captured"),
    [
        ("O.XOO/XXOOO/.OOOX/.OOOX/XOOO. O 37", "B5 C5", "A5", 0),
        ("O.O.X/.OXXX/XX.XX/XOX.X/.OXXX O 53", "D5 B5", "C5", 1),
        ("XX.XX/OXX.X/OXX.O/.O.OO/XOOOO X 26", "A2 A3 A1", "A4", 0),
        ("XXXXX/OXXXX/OO.X./.OXO./OOOXX O 29", "E2 D1 E3 E1", "D2", 0),
        ("OOOOO/OOOOO/OO.OO/.XOX./OOXXX X 44", "A2 B1 A1 B1 B2", "A1", 0),
        ("..XOO/X.XOO/OXXX./.OXXX/XOOX. O 141", "B4 A5 B5 A4 A5", "A4", 3),
        ("X..OO/.XXXX/XOOXX/OOOXO/.O.O. O 25", "E1 C1 A4 E1 D1 A3", "E2", 1),
        ("X.O../XOO../XXXOO/XXXXX/XXXXX O 41", "E4 D5 E5 D4 E5 E4 D3 E5", "E3", 4),
    ],
)
def test_cycles_from_random_games(text, moves, banned, captured):
    """Boards that come back after 3 to 9 plies, by stones that capture nothing as well as by captures."""
    game = Go(5, ply_limit=400)
    position = go_on(Position(game, game.read_state(text)), *moves.split())
    action = game.parse_move(position.state, banned)
    after, taken = slow_of(position).put(action)
    assert ("".join(after), taken) == (text.split()[0].replace("/", ""), captured)
    assert action not in position.legal_actions()
    assert action in Position(game, position.state).legal_actions(), "the past alone bans it"


def test_suicide_of_one_and_of_more_stones():
    position = position_of(NO_LIBERTY)
    assert not legal(position, "B5"), "three stones would die"
    assert not legal(position, "D1"), "one stone would die"
    assert legal(position_of(NO_LIBERTY, "O"), "B5"), "White captures two"
    go_on(position, "pass", "B5")
    assert captures(position) == (0, 2)


def test_a_capture_makes_room():
    """No empty point beside it, no friend beside it with another liberty: still not suicide."""
    position = go_on(position_of(FOUR_AT_ONCE), "C3")
    assert captures(position) == (4, 0)
    assert rows_of(position) == ["..X..", ".X.X.", "X.X.X", ".X.X.", "..X.."]
    assert not legal(position, "C4")


@pytest.mark.parametrize("size", [5, 9, 19])
def test_corners_and_edges(size):
    """A stone in each corner falls to two others; points at the two ends of neighbouring rows do not touch."""
    last = "ABCDEFGHJKLMNOPQRST"[size - 1]
    before = "ABCDEFGHJKLMNOPQRST"[size - 2]
    position = Position(Go(size))
    go_on(position, "B1", "A1", "A2", "pass")
    assert captures(position) == (1, 0)
    go_on(position, f"{last}2", f"{last}1", f"{before}1", "pass")
    go_on(position, f"A{size - 1}", f"A{size}", f"B{size}", "pass")
    go_on(position, f"{last}{size - 1}", f"{last}{size}", f"{before}{size}", "pass")
    assert captures(position) == (4, 0)
    position = go_on(Position(Go(size)), f"{last}3", "A2", "A3", "pass", "B2", "pass")
    assert captures(position) == (0, 0), "A1 is free"
    go_on(position, "A1")
    assert captures(position) == (1, 0)


def test_seki():
    """Who plays first in it dies; what both share counts for nobody."""
    position = position_of(SEKI, komi=5.0)
    assert {"D7", "D1"} <= {*position.move_names()}
    assert go_on(position_of(SEKI), "D7", "D1").state["mine_lost"] == 13
    assert go_on(position_of(SEKI, "O"), "D7", "D1").state["mine_lost"] == 8
    assert go_on(position, "pass", "pass").outcome() == DRAW  # 26 and 21
    assert go_on(position_of(SEKI, komi=4.5), "pass", "pass").outcome() == WIN
    assert go_on(position_of(SEKI, "O", komi=4.5), "pass", "pass").outcome() == LOSS
    assert go_on(position_of(SEKI, komi=5.5), "pass", "pass").outcome() == LOSS


def test_dead_stones_count_as_alive():
    """Black's 5 stones and 10 points to their left; the right side reaches both colours; White's stone."""
    for komi, outcome in ((13.5, WIN), (14.0, DRAW), (14.5, LOSS), (-25.0, WIN)):
        assert go_on(position_of(DEAD_STONE, komi=komi), "pass", "pass").outcome() == outcome


def test_an_empty_board_belongs_to_nobody():
    assert go_on(Position(Go(5, 0.0)), "pass", "pass").outcome() == DRAW
    assert go_on(Position(Go(5, 0.5)), "pass", "pass").outcome() == LOSS
    assert go_on(Position(Go(5, 24.5)), "C3", "pass", "pass").winner() == 0, "one stone, and all of the board reaches it"
    assert go_on(Position(Go(5, 25.0)), "C3", "pass", "pass").outcome() == DRAW


def test_passes_end_the_game_only_in_a_row():
    position = go_on(Position(Go(5)), "pass", "A1", "pass", "B1")
    assert position.outcome() == ONGOING
    go_on(position, "pass", "pass")
    assert position.outcome() == LOSS  # of Black, who is to move: White has two stones, and all of the board reaches them
    assert position.legal_actions() == []


@pytest.mark.parametrize(("limit", "last"), [(0, 50), (7, 7), (1, 1)])
def test_the_limit_of_plies_ends_a_game(limit, last):
    position = Position(Go(5, ply_limit=limit))
    assert position.game.max_plies == last
    for _ in range(last):
        assert position.outcome() == ONGOING
        actions = position.legal_actions()
        position.play(actions[len(actions) // 2 if len(actions) > 1 else -1])
    slow = slow_of(position)
    assert slow.over()
    assert position.outcome() == np.sign(slow.score() * (1 if last % 2 == 0 else -1))


# 5×5, depth 2: 25 · (24 stones + pass) + 26 after a pass. Depth 3 leaves out what follows two passes: 25 · 24 · 24
# + 25 · 25 + 25 · 25. Depth 4 has the first suicides and captures; it was counted with the slow board.
PERFT = {(5, 1): 26, (5, 2): 651, (5, 3): 15_650, (5, 4): 361_041, (9, 1): 82, (9, 2): 6_643, (9, 3): 531_522, (19, 1): 362}


@pytest.mark.parametrize(("size", "depth"), PERFT)
def test_perft(size, depth):
    assert perft(Position(Go(size)), depth) == PERFT[size, depth]


def slow_perft(slow, depth):
    if slow.over():
        return 0
    actions = slow.legal()
    if depth == 1:
        return len(actions)
    total = 0
    for action in actions:
        before = slow.board, slow.passes, slow.ply, list(slow.past)
        slow.play(action)
        total += slow_perft(slow, depth - 1)
        slow.board, slow.passes, slow.ply, slow.past = before
    return total


@pytest.mark.slow
@pytest.mark.parametrize(("size", "depth"), [(5, 3), (5, 4), (9, 3)])
def test_perft_of_the_slow_board(size, depth):
    assert slow_perft(SlowGo(size, 7.0, 2 * size**2), depth) == PERFT[size, depth]


@pytest.mark.parametrize(
    "text",
    [
        "..XOO/X.XOO/OXXX./.OXXX/XOOX. O 41",
        "O.XOO/XXOOO/.OOOX/.OOOX/XOOO. O 37 pass",
        "XX.XX/OXX.X/OXX.O/.O.OO/XOOOO X 26",
    ],
)
def test_perft_late_in_a_game(text):
    """Among captures, suicides and superko."""
    game = Go(5)
    position = Position(game, game.read_state(text))
    for depth in range(1, 5):
        assert perft(position, depth) == slow_perft(slow_of(position), depth)


@pytest.mark.parametrize(
    "spec", ["go", "go:size=5,ply_limit=120,history=3", "go:size=7,komi=-2.5,history=1", "go:size=19,ply_limit=200"]
)
def test_conformance(spec):
    check(find(spec), games=8 if "size" in spec and "19" not in spec else 2)


def test_the_same_without_the_jit(python):
    """All positions of this file, and some random games, in plain Python."""
    here = Path(__file__).resolve()
    arguments = ["-q", "-p", "no:cacheprovider", str(here), "-k", "not jit and not conformance and not perft"]
    done = python("-m", "pytest", *arguments, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stdout
