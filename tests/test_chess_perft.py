"""Golden numbers of chess: lines of play, counted by others."""

import pytest
from chess_tools import perft
from outside import DATA, needs

from games import find
from games.chess.generate import count_moves

SUITE = DATA / "perft" / "chess.epd"
START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"
# chessprogramming.org, Perft Results: the first position, then numbers 2 to 6.
GOLDEN = {
    START: (20, 400, 8902, 197281, 4865609),
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq -": (48, 2039, 97862, 4085603, 193690690),
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - -": (14, 191, 2812, 43238, 674624, 11030083),
    "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1": (6, 264, 9467, 422333, 15833292),
    "r2q1rk1/pP1p2pp/Q4n2/bbp1p3/Np6/1B3NBn/pPPP1PPP/R3K2R b KQ - 0 1": (6, 264, 9467, 422333, 15833292),  # mirrored
    "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8": (44, 1486, 62379, 2103487, 89941194),
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10": (46, 2079, 89890, 3894594, 164075551),
}


def suite():
    """Return (fen, {depth: lines}) of each position of the suite."""
    lines = [line.split(";") for line in SUITE.read_text().splitlines() if line.strip()]
    return [(fen.strip(), {int(c.split()[0][1:]): int(c.split()[1]) for c in counts}) for fen, *counts in lines]


@pytest.mark.parametrize("fen", GOLDEN)
def test_published_counts(fen):
    for depth, lines in enumerate(GOLDEN[fen], start=1):
        assert perft(fen, depth) == lines


@pytest.mark.slow
def test_start_to_depth_6():
    assert perft(START, 6) == 119060324


@needs(SUITE)
def test_suite():
    positions = suite()
    assert len(positions) >= 127
    for fen, counts in positions:
        for depth, lines in counts.items():
            if lines < 1_000_000:
                assert perft(fen, depth) == lines, (fen, depth)


@pytest.mark.slow
@needs(SUITE)
def test_suite_to_the_end():
    for fen, counts in suite():
        for depth, lines in counts.items():
            assert perft(fen, depth) == lines, (fen, depth)


def test_most_legal_moves():
    game = find("chess")
    state = game.read_state("R6R/3Q4/1Q4Q1/4Q3/2Q4Q/Q4Q2/pp1Q4/kBNN1KB1 w - - 0 1")
    assert count_moves(game, state) == 218 == game.max_legal
