"""`zero uci`: transcripts, answers at once, one answer to every `go`, and a thousand lines of nonsense."""

import random
import re
import time

import chess
import pytest
from small_checkpoints import write
from uci_tools import GOLDEN, Client, replay

from arena.uci.place import Place
from games.chess import Chess
from games.errors import InputError
from games.rules import ONGOING

CHESS = Chess()


@pytest.fixture
def client():
    client = Client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("uci") / "small.safetensors"
    write(path, CHESS)
    return path


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_transcripts(path, client):
    replay(path, client)
    client.thread.join(20)
    assert not client.thread.is_alive()  # each ends with quit
    assert client.error is None


def legal(line, board=None):
    """Return the words of a `bestmove` line after checking that its moves are legal."""
    board = board.copy() if board else chess.Board()
    words = line.split()
    assert words[0] == "bestmove"
    board.push_uci(words[1])
    if len(words) > 2:
        assert words[2] == "ponder"
        board.push_uci(words[3])
    return words


INFO = re.compile(
    r"info depth \d+ seldepth \d+ time \d+ nodes \d+ score (?:cp -?\d+|mate -?\d+)(?: wdl \d+ \d+ \d+)? "
    r"hashfull \d+ nps \d+ tbhits 0 multipv \d+ pv( [a-h][1-8][a-h][1-8][qrbn]?)+"
)


GO = ["nodes 1", "nodes 30", "depth 1", "depth 3", "movetime 30", "wtime 100", "btime 100 winc 5", "mate 1 nodes 40"]
HELD = ["infinite", "ponder wtime 50 btime 50", "ponder movetime 1", "infinite nodes 5", "ponder nodes 5"]


@pytest.mark.parametrize("go", GO)
def test_each_kind_of_go_is_answered_once_after_a_score(go, client):
    client.ready()
    heard = client.ask(f"go {go}")
    assert all(INFO.fullmatch(line) for line in heard[:-1])
    assert len(heard) > 1
    legal(heard[-1])
    assert client.ready() == ["readyok"]


def test_a_limit_of_nodes_is_kept_and_told(client):
    client.ready()
    heard = client.ask("position startpos", "go nodes 40")
    assert " nodes 41 " in heard[-2]  # the evaluation of the root counts beside them
    assert " pv " in heard[-2]


@pytest.mark.parametrize("go", HELD)
def test_no_answer_before_stop(go, client):
    client.ready()
    client.say(f"go {go}")
    assert client.nothing()
    legal(client.ask("stop")[-1])
    assert client.ready() == ["readyok"]


def test_a_search_that_has_ended_by_itself_still_waits_for_stop_or_ponderhit(client):
    client.ready()
    mated = "position startpos moves f2f3 e7e5 g2g4"
    for go, end in (("infinite", "stop"), ("ponder wtime 9000 btime 9000", "ponderhit"), ("ponder infinite", "stop")):
        client.say(mated, f"go {go}")
        assert client.nothing()
        assert client.ask(end)[-1] == "bestmove d8h4"


def test_after_ponderhit_the_clock_counts_from_then(client):
    client.ready()
    client.say("go ponder movetime 1500")  # less the overhead of 100
    assert client.nothing(1.0)
    began = time.monotonic()
    client.ask("ponderhit")
    assert time.monotonic() - began > 1.3


def test_a_go_while_one_runs_ends_the_first(client):
    client.ready()
    heard = [*client.ask("go infinite", "go nodes 5"), *client.until("bestmove")]
    assert sum(line.startswith("bestmove") for line in heard) == 2


def test_lines_that_came_before_it_could_think_are_obeyed_in_order():
    client = Client()
    legal(client.ask("position startpos moves e2e4", "go infinite", "stop")[-1], board_after("e2e4"))
    client.close()


def board_after(*moves):
    board = chess.Board()
    for move in moves:
        board.push_uci(move)
    return board


def test_several_lines_are_told_best_first(client):
    client.ready()
    heard = client.ask("setoption name MultiPV value 4", "position startpos", "go nodes 200")[-5:-1]
    assert [line.split(" multipv ")[1].split()[0] for line in heard] == ["1", "2", "3", "4"]
    moves = [line.split(" pv ")[1].split()[0] for line in heard]
    assert len(set(moves)) == 4


def test_a_network_plays_and_options_change_it(client, checkpoint):
    client.ready()
    told = client.ask(f"setoption name WeightsFile value {checkpoint}", "isready", end="readyok")
    assert any("small.safetensors" in line for line in told)
    assert "(small.safetensors)" in client.ask("uci", end="uciok")[0]
    assert legal(client.ask("position startpos", "go nodes 50")[-1])
    assert client.ask("ucinewgame", "go nodes 50")[-1] == client.ask("ucinewgame", "go nodes 50")[-1]
    told = client.ask("setoption name WeightsFile value /nowhere", "isready", end="readyok")
    assert "/nowhere" in told[0]
    assert any("small.safetensors" in line for line in client.ask("uci", end="uciok"))
    assert legal(client.ask("setoption name CPuct value 99", "setoption name Hash value 1", "go nodes 50")[-1])


def test_with_chance_the_moves_differ_and_without_they_do_not(client, checkpoint):
    """12 draws of about even visits at temperature 100: that all are the same has a chance far below 1e-9."""
    client.ask(f"setoption name WeightsFile value {checkpoint}", "setoption name Temperature value 100", "isready", end="readyok")
    assert len({client.ask("ucinewgame", "go nodes 40")[-1].split()[1] for _ in range(12)}) > 1
    client.say("setoption name UCI_AnalyseMode value true")
    assert len({client.ask("ucinewgame", "go nodes 40")[-1].split()[1] for _ in range(5)}) == 1


def test_limited_strength_means_fewer_simulations(client):
    client.ready()
    client.say("setoption name UCI_LimitStrength value true", "setoption name UCI_Elo value 1320")
    heard = client.ask("go wtime 60000 btime 60000")
    assert " nodes 17 " in heard[-2]  # 2 ** ((1320 - 800) / 130) simulations and the root
    heard = client.ask("setoption name UCI_AnalyseMode value true", "ucinewgame", "go nodes 100")
    assert " nodes 101 " in heard[-2]


def test_a_search_that_fails_is_answered_all_the_same(client):
    client.ready()
    analyst = client.server.engine.thinker.analyst
    analyst.step = lambda simulations: 1 / 0
    for go, last in (("nodes 50", []), ("infinite", ["stop"])):
        client.say("position startpos moves e2e4", f"go {go}")
        assert client.nothing() if last else True
        heard = client.ask(*last)
        assert "the search failed: ZeroDivisionError" in heard[-3]
        legal(heard[-1], board_after("e2e4"))
    del analyst.step
    assert len(client.ask("go nodes 50")) > 1


def test_perft(client):
    client.ready()
    heard = client.ask("position startpos", "go perft 3", end="info string nodes searched")
    assert heard[-1].endswith("to depth 3: 8902")
    assert len(heard) == 21


def test_what_runs_when_the_input_ends_is_left(client):
    client.ready()
    client.say("go infinite")


VOCABULARY = """
uci isready isready ucinewgame position position startpos fen moves go go go stop stop ponderhit setoption name value debug on off
register infinite ponder wtime btime winc binc movestogo movetime depth nodes mate searchmoves e2e4 e7e5 g1f3 e1g1 a7a8q 0000 h9h9
-1 0 1 5 50 100 9999999999999999999999 1.5 nan Hash MultiPV Threads Temperature CPuct WeightsFile UCI_Elo UCI_LimitStrength true
false Move Overhead Clear rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR 8/8/8/8/8/8/8/8 w b KQkq - x %s \x00 \x1b[2J ☃ \ufffd {} ' "
\\ info bestmove readyok joho rollouts /nowhere
""".strip()
SENSIBLE = [
    "position startpos",
    "position startpos moves e2e4",
    "position startpos moves e2e4 e7e5 g1f3 b8c6",
    "position fen r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "position fen 4k3/8/8/8/8/8/8/4K3 w - - 0 1 moves e1e2",
    "go infinite",
    "go ponder wtime 100 btime 100",
    "go nodes 20",
    "go wtime 20",
    "go movetime 5",
    "go depth 2",
    "go searchmoves e2e4 d2d4 nodes 9",
    "stop",
    "ponderhit",
    "ucinewgame",
    "isready",
    "uci",
    "setoption name MultiPV value 3",
    "setoption name UCI_ShowWDL value true",
    "setoption name Clear Hash",
    "setoption name Hash value 2",
    "",
]


def nonsense(chance):
    """Return a line that a client should not send, or should."""
    if chance.random() < 0.5:
        return chance.choice(SENSIBLE)
    words = [chance.choice(VOCABULARY.split()) for _ in range(chance.randint(1, 9))]
    if chance.random() < 0.1:
        words = ["".join(chr(chance.randrange(1, 0x300)) for _ in range(chance.randint(1, 60)))]
    if chance.random() < 0.02:
        words *= 500
    return " ".join(words).replace("quit", "").replace("\n", " ").replace("Threads", "Thread")


def test_a_thousand_random_lines_never_bring_it_down(client, checkpoint):
    """Every `go` is answered exactly once, whatever came between, and the moves answered are moves."""
    chance = random.Random(6)
    client.ask(f"setoption name WeightsFile value {checkpoint}", "setoption name Hash value 4", "isready", end="readyok")
    client.all.clear()
    asked = {"go": 0, "isready": 0}
    for line in [*(nonsense(chance) for _ in range(1000)), "stop", "isready"]:
        words = line.split()
        while words and words[0] not in client.server.commands:
            words.pop(0)
        if words and words[0] in asked:
            asked[words[0]] += 1
        client.say(line)
    while client.all.count("readyok") < asked["isready"]:
        client.hear()
    assert client.error is None
    assert sum(line.startswith("bestmove ") for line in client.all) == asked["go"] > 150
    kinds = ("info ", "bestmove ", "readyok", "uciok", "id ", "option ")
    assert all(line.startswith(kinds) and "\n" not in line for line in client.all)


def test_a_position_that_follows_is_played_on_and_any_other_begun_anew():
    place = Place(CHESS)
    place.follow(None, ["e2e4", "e7e5"])
    position = place.position
    place.follow(None, ["e2e4", "e7e5", "g1f3"])
    assert place.position is position
    assert place.position.ply == 3
    for fen, moves in ((None, ["e2e4"]), (None, ["d2d4"]), (None, ["d2d4", "c7c5"]), ("8/8/4k3/8/8/4K3/7R/8 w - - 0 1", [])):
        place.follow(fen, moves)
        assert place.position.ply == len(moves)
        assert place.board.fen() == (fen or board_after(*moves).fen())
    with pytest.raises(InputError):
        place.follow(None, ["e2e4", "e2e4"])
    assert not place.there
    place.follow(None, ["e2e4"])
    assert place.there
    assert place.board.fen() == board_after("e2e4").fen()


def test_a_place_goes_wherever_a_board_goes(random):
    """Random games far beyond the third repetition and fifty moves: as long as chess has a legal move, our game goes on."""
    for _ in range(3):
        place, board, moves = Place(CHESS), chess.Board(), []
        while len(moves) < 700 and any(board.legal_moves) and not board.is_insufficient_material():
            quiet = [move for move in board.legal_moves if not board.is_zeroing(move)] or list(board.legal_moves)
            board.push(quiet[int(random.integers(len(quiet)))])
            moves.append(board.peek().uci())
            place.follow(None, moves)
            assert place.board.fen() == board.fen()
            over = place.position.outcome() != ONGOING
            assert over == (not any(board.legal_moves) or board.is_insufficient_material())
            if not over:
                assert len(place.position.legal_actions()) == board.legal_moves.count()
        assert len(moves) > 100


# From here on in processes of their own.


def test_the_first_answer_comes_before_anything_heavy_is_loaded(python):
    code = """
import sys, threading
sys.stdin = iter(["uci\\n"])
from arena.uci.server import Server, UciSettings, typed_lines
heard = []
server = Server(iter(["uci"]), lambda line: heard.append((line, "torch" in sys.modules, "numba" in sys.modules)))
server.run()
assert heard[-1] == ("uciok", False, False), heard[-1]
print("fine")
"""
    done = python("-c", code)
    assert done.stdout == "fine\n", done.stderr


BAD = {
    ("nowhere.safetensors",): "nowhere.safetensors: there is no such file or run folder",
    ("--device",): "--device",
    ("a", "b"): "b",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_arguments_are_one_line_and_status_2(words, python):
    done = python("-m", "zero", "uci", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("zero uci: ")
    assert BAD[words] in done.stderr


def test_a_checkpoint_of_another_game_is_refused(python, tmp_path):
    write(tmp_path / "other.safetensors")
    done = python("-m", "zero", "uci", "other.safetensors")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "expected a network for chess, got one for tic_tac_toe" in done.stderr
