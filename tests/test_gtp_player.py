"""gtp:COMMAND as a player: programs that behave, that don't, and GNU Go."""

import os
import sys
import time
from pathlib import Path

import pytest
from outside import needs_program, program

from arena.engines import gtp as gtp_player
from arena.engines.gtp import GtpPlayer
from arena.engines.process import EngineProcess
from arena.players.player import PlayerFailedError, PlayerResignedError, TimeLeft
from games import find
from games.game import Game
from games.position import Position, position_of
from games.rules import ONGOING
from zero.errors import PlayerError

ROOT = Path(__file__).resolve().parent.parent
GO9, GO5 = find("go"), find("go:size=5")

ENGINE = """
import os, sys, time
print("hello", file=sys.stderr, flush=True)
for line in sys.stdin:
    print("heard", line.strip(), file=sys.stderr, flush=True)
    word, *rest = line.split()
    if word == "list_commands":
        print("= genmove\\nplay\\nboardsize\\nclear_board\\nkomi{extra}\\n", flush=True)
    elif word == "genmove":
        {genmove}
    else:
        print("= \\n", flush=True)
    if word == "quit":
        break
"""
MISBEHAVIOURS = {
    "print('= A1\\n', flush=True)": None,
    "print('noise\\n\\n=  pass \\n', flush=True)": None,
    "print('= resign\\n', flush=True)": "resigns",
    "print('= Z99\\n', flush=True)": "answers 'Z99', which is no move",
    "print('= C3\\n', flush=True)": "answers 'C3', which is not legal",
    "print('? no idea\\n', flush=True)": "refuses 'genmove white': no idea",
    "time.sleep(100)": "does not answer in time",
    "sys.exit(3)": "has ended with status 3",
    "os.kill(os.getpid(), 9)": "was ended by signal 9",
    "os.close(1); time.sleep(100)": "has closed its output",
    "os.system('sleep 100 &'); time.sleep(100)": "does not answer in time",
    "exec('while True: print(\"x\" * 70000)')": "does not answer in time",
    "print('=', *('y' for _ in range(20000)), sep='\\n', flush=True)": "answers 'genmove white' with more than 10000 lines",
    "print(b'= \\xff\\xfe\\n', flush=True)": "does not answer in time",
}


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Write a program that answers genmove in a way of its own; return the command that runs it."""
    monkeypatch.setattr(gtp_player, "PATIENCE", 1.5)

    def write(genmove, extra=""):
        path = tmp_path / f"engine{len(list(tmp_path.iterdir()))}.py"
        path.write_text(ENGINE.format(genmove=genmove, extra=extra))
        return [sys.executable, "-S", str(path)]

    return write


@pytest.mark.parametrize("genmove", MISBEHAVIOURS)
def test_what_a_program_can_do(genmove, engine):
    position = position_of(GO5, "C3")
    player = GtpPlayer(GO5, "gtp:engine", engine(genmove))
    begun = time.monotonic()
    (found,) = player.attempt([position])
    player.close()
    if MISBEHAVIOURS[genmove] is None:
        assert found.action in position.legal_actions()
        return
    assert isinstance(found, PlayerFailedError)
    assert isinstance(found, PlayerResignedError) == (genmove == "print('= resign\\n', flush=True)")
    assert str(found).startswith(str(MISBEHAVIOURS[genmove]))
    assert time.monotonic() - begun < 15
    if not isinstance(found, PlayerResignedError):
        assert "heard genmove white" in str(found)  # what it wrote on stderr is told


def test_after_a_failure_the_next_game_has_a_new_process(engine):
    player = GtpPlayer(GO5, "gtp:engine", engine("sys.exit(1) if rest == ['white'] else print('= E5\\n', flush=True)"))
    black, white = Position(GO5), position_of(GO5, "C3")
    for _ in range(2):
        one, other, third = player.attempt([black, white, black])
        assert one.action == third.action == GO5.parse_move(None, "E5")
        assert isinstance(other, PlayerFailedError)
    with pytest.raises(PlayerFailedError):
        player.consider([white])
    player.close()
    assert player.think(black).action == one.action  # closed is not the end
    player.close()


def test_programs_that_cannot_be_started(engine, tmp_path):
    plain = tmp_path / "plain.txt"
    plain.write_text("no program")
    for command, reason in {
        ("no-such-engine",): "cannot start 'no-such-engine': No such file",
        (str(plain),): "Permission denied",
        (str(tmp_path),): "Permission denied",
        ("a\0b",): "null byte",
        (): "cannot start ''",
        (sys.executable, "-c", "print('I am no engine')"): "has ended with status 0",
        (sys.executable, "-S", "-c", "import time; time.sleep(100)"): "does not answer in time",
    }.items():
        with pytest.raises(PlayerError, match="gtp:x") as error:
            GtpPlayer(GO5, "gtp:x", list(command))
        assert reason in str(error.value)
    with pytest.raises(PlayerError, match="GTP has no words for connect_four"):
        GtpPlayer(find("connect_four"), "gtp:x", engine("pass"))


def test_a_program_without_this_board_is_refused_at_once(engine, tmp_path):
    command = engine("pass")
    path = Path(command[-1])
    branch = 'elif word == "boardsize":\n        print("? unacceptable size\\n", flush=True)\n    elif word == "genmove"'
    path.write_text(path.read_text().replace('elif word == "genmove"', branch))
    with pytest.raises(PlayerError, match="player 'gtp:engine': refuses 'boardsize 5': unacceptable size"):
        GtpPlayer(GO5, "gtp:engine", command)


@pytest.mark.parametrize("ending", ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", "sys.stdin.read(); os._exit(0)"])
def test_ending_a_program_ends_what_it_started(ending, tmp_path):
    """The whole process group goes: where nobody heeds SIGTERM, and where the program goes by itself and leaves a child."""
    script = tmp_path / "engine.py"
    script.write_text(
        "import os, signal, subprocess, sys, time\n"
        "stubborn = 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(100)'\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', stubborn])\n"
        "print(child.pid, flush=True)\n"
        f"{ending}\n"
        "time.sleep(100)\n"
    )
    process = EngineProcess("engine", [sys.executable, "-S", str(script)])
    child = int(process.read_line(time.monotonic() + 10))
    assert process.running
    process.close("quit")
    assert not process.running
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child)


def _alive(pid):
    """Return whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def test_what_a_program_is_told(engine):
    """Size, komi, then each move once; a game that doesn't follow on the last one is told from the start."""
    count = "os.environ['N'] = str(int(os.environ.get('N', 0)) + 1); print(f'= E{os.environ[\"N\"]}\\n', flush=True)"
    player = GtpPlayer(find("go:size=5,komi=0.5"), "gtp:engine", engine(count))
    position = position_of(player.game, "C3 D3")
    position.play(player.think(position).action)
    position.play(position.read_move("A1"))
    told = _told(player)
    assert told == ["list_commands", "boardsize 5", "clear_board", "komi 0.5", "play black C3", "play white D3", "genmove black"]
    player.attempt([position])
    assert _told(player)[len(told) :] == ["play white A1", "genmove black"]
    player.attempt([position_of(player.game, "B2")])
    assert _told(player)[len(told) + 2 :] == ["boardsize 5", "clear_board", "komi 0.5", "play black B2", "genmove white"]
    player.close()


def test_positions_that_were_set_up(engine):
    game = find("go:size=5")
    for text, extra, told in (
        ("XX.../...../...../...../..... O", "\\nset_free_handicap", ["set_free_handicap A5 B5", "genmove white"]),
        ("XX.../...../...../...../..... O", "", ["play black A5", "play black B5", "genmove white"]),
        ("XO.../...../...../...../..... X", "\\nset_free_handicap", ["play black A5", "play white B5", "genmove black"]),
    ):
        player = GtpPlayer(game, "gtp:engine", engine("print('= E1\\n', flush=True)", extra))
        player.think(position_of(game, text))
        assert _told(player)[-len(told) :] == told
        player.close()


def test_time_is_told(engine):
    player = GtpPlayer(GO5, "gtp:engine", engine("print('= E5\\n', flush=True)", "\\ntime_settings\\ntime_left"), seconds=3.7)
    player.think(Position(GO5))
    player.time_left = TimeLeft(2.0, (60.4, 50.9))
    player.think(Position(GO5))
    player.think(position_of(GO5, "C3"))
    assert [line for line in _told(player) if line.startswith("time")] == [
        "time_settings 0 3 1",
        "time_settings 60 0 0",
        "time_left black 60 0",
        "time_left white 50 0",
        "time_settings 60 0 0",
        "time_left white 60 0",
        "time_left black 50 0",
    ]
    player.close()


def _told(player):
    """Return what the program behind a player says that it has heard."""
    time.sleep(0.2)
    return [line.removeprefix("heard ") for line in player.engines[0].errors.splitlines() if line.startswith("heard")]


def play_game(black, white, position):
    """Let two players play a game to its end."""
    while position.outcome() == ONGOING:
        position.play((black, white)[position.to_play].think(position).action)
    return position


def serve(*arguments):
    return [sys.executable, "-m", "zero", "gtp", "--simulations", "8", "--room-mb", "16", *arguments]


OURS = ["hex:size=4", "othello:size=4", "gomoku:rows=5,columns=5,length=4"]


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["go:size=5", *OURS])
def test_our_own_server_plays_whole_games(spec, monkeypatch):
    """Server and client of ours agree about every move, from the first to the last."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    game: Game = find(spec)
    player = GtpPlayer(game, "gtp:zero", serve("--game", spec))
    position = play_game(player, player, Position(game))
    assert position.outcome() != ONGOING
    player.close()


@needs_program("gnugo")
class TestGnuGo:
    OPTIONS = "--mode gtp --level 1 --chinese-rules --positional-superko --never-resign"
    COMMAND = (str(program("gnugo")), *OPTIONS.split())

    def test_whole_games_both_ways(self, monkeypatch):
        """Full games on 9×9, each side once, without an illegal move; the score agrees where GNU Go, too, counts all as alive."""
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        ours, theirs = GtpPlayer(GO9, "gtp:zero", serve("--size", "9")), GtpPlayer(GO9, "gtp:gnugo", list(self.COMMAND))
        for black, white in ((ours, theirs), (theirs, ours)):
            position = play_game(black, white, Position(GO9))
            assert position.outcome() != ONGOING
            assert position.ply > 20
        ours.close()
        theirs.close()

    @pytest.mark.parametrize("size", [7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19])
    def test_handicap_stones_stand_where_gnu_go_puts_them(self, size):
        from arena.gtp.handicap import fixed_cells, most_stones
        from arena.gtp.vertices import vertex_at

        game = find(f"go:size={size}")
        engine = GtpPlayer(game, "gtp:gnugo", list(self.COMMAND)).engines[0]._engine
        for stones in range(2, 11):
            for command in (f"boardsize {size}", "clear_board"):
                engine.ask(command)
            if stones > most_stones(size):
                with pytest.raises(PlayerFailedError, match="fixed_handicap"):
                    engine.ask(f"fixed_handicap {stones}")
                continue
            told = engine.ask(f"fixed_handicap {stones}").split()
            assert sorted(told) == sorted(vertex_at(game, cell) for cell in fixed_cells(game, stones))
        engine.process.close()

    def test_its_boards_are_ours(self, random):
        """After random moves, captures and ko included, GNU Go lists the same stones."""
        from arena.files.stones import rows_of, stones_of
        from arena.gtp.vertices import vertex_at

        engine = GtpPlayer(GO9, "gtp:gnugo", list(self.COMMAND)).engines[0]._engine
        for _ in range(3):
            position = Position(GO9)
            while position.outcome() == ONGOING and position.ply < 120:
                position.play(int(random.choice(position.legal_actions())))
            if position.outcome() != ONGOING:
                position.undo()
            engine.follow(position)
            for player, colour in enumerate(("black", "white")):
                told = engine.ask(f"list_stones {colour}").split()
                assert sorted(told) == sorted(vertex_at(GO9, cell) for cell in stones_of(rows_of(position), player))
        engine.process.close()


@needs_program("gtp-rhino")
def test_othello_against_rhino(random):
    """A program by others plays whole games of Othello without an illegal move, passes included."""
    from arena.players.player import RandomPlayer

    game = find("othello")
    theirs, ours = GtpPlayer(game, "gtp:rhino", [str(program("gtp-rhino")), "-l", "1"]), RandomPlayer(game, 1)
    passes = 0
    for black, white in ((ours, theirs), (theirs, ours)) * 3:
        position = play_game(black, white, Position(game))
        assert position.outcome() != ONGOING
        passes += position.actions.count(game.num_actions - 1)
    assert passes > 0
    theirs.close()


def test_the_group_is_killed_when_the_player_is_forgotten(engine):
    player = GtpPlayer(GO5, "gtp:engine", engine("pass"))
    pid = player.engines[0]._engine.process._process.pid
    assert _alive(pid)
    player.engines.clear()
    deadline = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(pid)
    assert os.getpid() != pid
