"""`zero uci` as a program: pipes that end, pipes that are lost, and python-chess's engine client against Stockfish."""

import os
import subprocess
import sys
import time
from pathlib import Path

import chess
import chess.engine
import pytest
from outside import needs_program, program

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
COMMAND = [sys.executable, "-m", "zero", "uci", "rollouts"]
STOCKFISH = program("stockfish")


@pytest.fixture
def process():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(COMMAND, env=ENVIRONMENT, cwd=ROOT, bufsize=0, **pipes) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("typed", [b"", b"quit\n", b"uci\n", b"uci\nquit\n", b"\xff\xfe\x00\nisready\n", b"uci"])
def test_the_end_of_input_is_a_quiet_end(typed, process):
    out, err = process.communicate(typed, timeout=120)
    assert (process.returncode, err) == (0, b"")
    assert out.endswith(b"uciok\n") or b"uci" not in typed


def test_a_lost_pipe_is_a_quiet_end(process):
    process.stdin.write(b"uci\nisready\n")
    while process.stdout.readline() != b"readyok\n":
        pass
    process.stdout.close()
    process.stdin.write(b"go infinite\n")
    assert process.wait(60) == 0
    assert process.stderr.read() == b""


@pytest.fixture(scope="module")
def ours():
    engine = chess.engine.SimpleEngine.popen_uci(COMMAND, timeout=180, cwd=ROOT, env=ENVIRONMENT)
    engine.ping()
    yield engine
    engine.quit()


def test_python_chess_plays_and_analyses(ours):
    board = chess.Board()
    clocks = {"white_clock": 1.0, "black_clock": 1.0, "white_inc": 0.1}
    for limit in ({"nodes": 20}, {"time": 0.05}, {"depth": 2}, {"white_clock": 1.0}, clocks):
        played = ours.play(board, chess.engine.Limit(**limit), info=chess.engine.INFO_ALL)
        assert played.move in board.legal_moves
        assert played.info["score"].relative.score(mate_score=10_000) is not None
        assert played.info["pv"][0] == played.move
    asked = [chess.Move.from_uci("a2a3"), chess.Move.from_uci("h2h4")]
    assert ours.play(board, chess.engine.Limit(nodes=30), root_moves=asked).move in asked
    found = ours.analyse(board, chess.engine.Limit(nodes=100), multipv=3)
    assert len({info["pv"][0] for info in found}) == 3
    ours.configure({"UCI_ShowWDL": True, "Move Overhead": 10, "Hash": 64})
    assert ours.analyse(board, chess.engine.Limit(nodes=30))["wdl"].relative.total() == 1000


def test_analysis_without_an_end_is_stopped(ours):
    with ours.analysis(chess.Board()) as analysis:
        for info in analysis:
            if info.get("nodes", 0) > 50:
                break
        began = time.monotonic()
        analysis.stop()
        best = analysis.wait()
        assert time.monotonic() - began < 5
    assert best.move in chess.Board().legal_moves


@needs_program("stockfish")
@pytest.mark.parametrize("white", [True, False])
def test_full_games_against_stockfish_with_pondering(white, ours):
    """Whole games, both colours: Stockfish limited to few nodes, ours with a clock, both pondering."""
    board, ponder = chess.Board(), True
    with chess.engine.SimpleEngine.popen_uci(STOCKFISH) as other:
        clock = {chess.WHITE: 20.0, chess.BLACK: 20.0}
        while not board.is_game_over(claim_draw=True) and board.ply() < 300:
            limit = chess.engine.Limit(white_clock=clock[True], black_clock=clock[False], white_inc=0.05, black_inc=0.05)
            began = time.monotonic()
            if board.turn == white:
                move = ours.play(board, limit, game="game", ponder=ponder).move
            else:
                move = other.play(board, chess.engine.Limit(nodes=50), game="game").move
            clock[board.turn] += 0.05 - (time.monotonic() - began if board.turn == white else 0)
            assert clock[board.turn] > 0
            board.push(move)
    assert board.is_game_over(claim_draw=True)
