"""uci:COMMAND: what an engine says becomes a thought, what goes wrong a failure in a line, and no process stays."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from outside import needs_program, program

from arena.engines import uci as uci_player
from arena.engines.uci import UciPlayer
from arena.files.chess_moves import action_on, board_with_moves, line_on, move_on
from arena.players.player import PlayerFailedError, TimeLeft
from games import find
from games.chess import Chess
from games.position import Position, position_of
from zero.errors import PlayerError

FAKE = Path(__file__).resolve().parent / "fake_uci.py"
CHESS = Chess()
STOCKFISH = program("stockfish")


@pytest.fixture
def engine():
    """Make players from the fake engine; all are closed in the end."""
    made = []

    def make(fault="plays", options=None, seconds=0.1, nodes=None):
        made.append(UciPlayer(CHESS, f"uci:fake {fault}", [sys.executable, str(FAKE), fault], options or {}, seconds, nodes))
        return made[-1]

    yield make
    for player in made:
        player.close()


def alive(player):
    """Return whether a process of the player's group is there (zombies do not count)."""
    group = str(player._engine.transport.get_pid()) if player._engine else player.group
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(line.split()[0] == group and "Z" not in line.split()[1] for line in listed.splitlines())


def close_and_see(player):
    """Close the player and return whether all of its processes have gone."""
    player.group = str(player._engine.transport.get_pid())
    assert alive(player)
    player.close()
    for _ in range(50):
        if not alive(player):
            return True
        time.sleep(0.1)
    return False


def test_what_an_engine_plays_and_thinks(engine):
    for position in (Position(CHESS), position_of(CHESS, "e4 e5 Nf3"), position_of(CHESS, "8/8/4k3/8/8/4K3/7R/8 b - - 0 1")):
        thought = engine().think(position)
        assert thought.action in position.legal_actions()
        assert 0 < thought.value < 0.5
        assert sum(thought.wdl) == pytest.approx(1)
        assert thought.plies is None
    assert engine("mates").think(Position(CHESS))[1:] == (1.0, (1.0, 0.0, 0.0), 5)
    assert engine("is mated").think(Position(CHESS))[1:] == (-1.0, (0.0, 0.0, 1.0), 4)
    assert engine("tells chances").think(Position(CHESS)).wdl == (0.3, 0.5, 0.2)
    assert engine("says nothing").think(Position(CHESS))[1:] == (None, None, None)


def test_limits_and_options_reach_the_engine(engine):
    player = engine(options={"Skill": "7"}, seconds=0.25)
    player.think(Position(CHESS))
    assert "told setoption name Skill value 7" in player.errors
    assert "told setoption name UCI_ShowWDL value true" in player.errors
    assert "asked go movetime 250" in player.errors
    player = engine(seconds=None, nodes=77)
    player.think(Position(CHESS))
    assert "asked go nodes 77" in player.errors
    player.time_left = TimeLeft(1.0, (30.0, 20.0), 0.5, 12)
    player.think(Position(CHESS))
    assert "asked go wtime 30000 btime 20000 winc 500 binc 500 movestogo 12" in player.errors
    player.think(position_of(CHESS, "e4"))
    assert "asked go wtime 20000 btime 30000" in player.errors
    player.time_left = TimeLeft(1.5)
    player.think(Position(CHESS))
    assert "asked go movetime 1500" in player.errors


FAULTS = {"hangs": "did not answer within", "cheats": "e2e5", "mumbles": "xyzzy", "gives up": "answered no move"}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_a_failure_and_the_next_game_a_new_process(fault, engine, monkeypatch):
    monkeypatch.setattr(uci_player, "LATE_SECONDS", 0.3)
    player = engine(fault)
    player.group = str(player._engine.transport.get_pid())
    with pytest.raises(PlayerFailedError, match=FAULTS[fault]):
        player.think(Position(CHESS))
    assert not alive(player)
    player.command = [*player.command[:-1], "plays"]
    assert player.think(Position(CHESS)).action in Position(CHESS).legal_actions()


def test_a_crash_in_the_middle_of_a_game_is_told_with_its_last_words(engine):
    player = engine("crashes")
    position = Position(CHESS)
    position.play(player.think(position).action)
    position.play(position.legal_actions()[0])
    with pytest.raises(PlayerFailedError, match="has ended"):
        player.think(position)
    assert player.errors.splitlines()[-1] == "Segmentation fault"
    assert player.think(position).action in position.legal_actions()


def test_all_processes_end_also_children_and_those_that_ignore_quit(engine, monkeypatch):
    monkeypatch.setattr(uci_player, "QUIT_SECONDS", 0.3)
    for fault in ("plays", "with child", "stays"):
        assert close_and_see(engine(fault)), fault


def test_a_program_that_says_nothing_is_not_waited_for(engine, monkeypatch):
    monkeypatch.setattr(uci_player, "START_SECONDS", 0.3)
    with pytest.raises(PlayerError, match=r"did not say uciok within 0.3 s"):
        engine("mute")


def test_a_wrong_command_is_told_when_the_player_is_made(engine, tmp_path):
    (tmp_path / "text").write_text("not a program")
    for command, reason in (
        (["/nowhere/engine"], "'/nowhere/engine' cannot be run: No such file"),
        ([str(tmp_path / "text")], "cannot be run: Permission denied"),
        ([str(tmp_path)], "cannot be run: Permission denied"),
        ([sys.executable, str(FAKE), "ends"], "has ended.*out of luck"),
    ):
        with pytest.raises(PlayerError, match=reason) as caught:
            UciPlayer(CHESS, "uci:x", command, {}, 1.0, None)
        assert "\n" not in str(caught.value)
    with pytest.raises(PlayerError, match="knows no option 'Contempt', only Skill, UCI_ShowWDL"):
        engine(options={"Contempt": "1"})
    with pytest.raises(PlayerError, match="plays chess, but the game is hex"):
        UciPlayer(find("hex:size=5"), "uci:x", ["x"], {}, 1.0, None)


def test_positions_and_boards_are_the_same_game(random):
    kiwipete = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R b KQkq - 0 1"
    for start in (None, kiwipete, "8/PPPk4/8/8/8/8/4Kppp/8 w - - 0 1"):
        position = Position(CHESS) if start is None else position_of(CHESS, start)
        while position.legal_actions() and position.ply < 120:
            board = board_with_moves(position)
            assert board.fen() == CHESS.state_text(position.state)
            assert len(board.move_stack) == position.ply
            legal = position.legal_actions()
            moves = [move_on(board, action) for action in legal]
            assert set(moves) == set(board.legal_moves)
            assert [action_on(board, move) for move in moves] == legal
            action = int(random.choice(legal))
            assert line_on(board, (action,)) == [move_on(board, action)]
            position.play(action)


@needs_program("stockfish")
def test_stockfish_finds_a_mate_and_plays_a_game_with_itself():
    player = UciPlayer(CHESS, "uci:stockfish", [STOCKFISH], {"Hash": "1"}, None, 300)
    thought = player.think(position_of(CHESS, "6k1/5ppp/8/8/8/8/5PPP/R5K1 w - - 0 1"))
    assert thought[1:] == (1.0, (1.0, 0.0, 0.0), 1)
    position = Position(CHESS)
    while position.legal_actions() and position.ply < 200:
        position.play(player.think(position).action)
    assert position.ply > 20
    player.close()
