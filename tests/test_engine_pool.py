"""Programs of others as players: those that hang, crash or cheat lose their game, and the match goes on."""

import contextlib
import json
import os
import shlex
import sys
import time
from pathlib import Path

import pytest
from scripted_players import Scripted

from arena.engines.pool import EnginePool
from arena.engines.texts import read_engine
from arena.matches.contest import Contest, Pairing
from arena.players.player import Player, PlayerFailedError, Thought
from arena.players.recipes import read_player
from games import find
from games.errors import InputError
from games.position import Position
from zero.cli import main
from zero.errors import PlayerError

FAKE = Path(__file__).with_name("fake_engine.py")
CONNECT_FOUR = find("connect_four")
PYTHON = shlex.quote(sys.executable)
MARK = f"of-{os.getpid()}"


def engine(protocol, mode, limit=300):
    """Return the text of a player: the fake engine, marked as one that this process has started."""
    return f"{protocol}:{PYTHON} {FAKE} {protocol} {mode} {MARK}?movetime={limit}"


def running(seconds=10.0):
    """Return the processes of our fake engines that are still there after a while: who was killed may take some time to go."""
    end, found = time.monotonic() + seconds, [""]
    while found and time.monotonic() < end:
        time.sleep(0.02)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if MARK in (folder / "cmdline").read_text().split("\0"):
                    found.append(folder.name)
    return found


@pytest.fixture
def match(here, capsys):
    """Run `zero match` and return its exit status, its JSON, and its error output."""

    def run(*words):
        status = main(["match", *map(str, words), "--json"])
        captured = capsys.readouterr()
        return status, json.loads(captured.out) if captured.out else None, captured.err

    return run


class Engine(Player):
    """One process, as it were: notes the games it played. fails: at which of its moves."""

    made = 0

    def __init__(self, fails=()):
        super().__init__(CONNECT_FOUR, "engine")
        self.fails, self.games, self.moves, self.closed = fails, [], 0, False
        self.errors = "warming up\n\nout of memory\n"

    def consider(self, positions):
        (position,) = positions
        assert not self.closed
        if not any(position is game for game in self.games):
            self.games.append(position)
        self.moves += 1
        if self.moves in self.fails:
            raise PlayerFailedError("does not answer")
        return [Thought(99 if "cheat" in self.fails else position.legal_actions()[0])]

    def close(self):
        self.closed = True


def pool_of(workers, *fails):
    """Return a pool, and the list of the engines that it makes."""
    made = []

    def make():
        made.append(Engine(fails[len(made)] if len(made) < len(fails) else ()))
        return made[-1]

    return EnginePool(CONNECT_FOUR, "pool", make, workers), made


def pairings(count):
    return [Pairing(i % 2, 1 - i % 2, Position(CONNECT_FOUR)) for i in range(count)]


def test_each_game_stays_with_one_process():
    pool, made = pool_of(3)
    played = list(Contest([pool, Scripted(CONNECT_FOUR)]).play(pairings(12)))
    assert len(played) == 12
    assert len(made) == 3
    assert sum(len(one.games) for one in made) == 12
    pool.close()
    assert all(one.closed for one in made)


def test_a_process_that_fails_costs_its_game_and_is_replaced():
    pool, made = pool_of(2, (3,), (), (2,))
    played = list(Contest([pool, Scripted(CONNECT_FOUR)]).play(pairings(10)))
    failed = [one for one in played if one.ending == "failure"]
    assert len(played) == 10
    assert len(failed) == 2
    assert all(one.points(0) == 0.0 for one in failed)
    assert {one.note for one in failed} == {"does not answer; its stderr ends with: warming up / out of memory"}
    assert [one.closed for one in made] == [True, False, True, False]


def test_an_illegal_answer_is_a_failure():
    pool, _ = pool_of(1, ("cheat",), ("cheat",))
    played = list(Contest([pool, Scripted(CONNECT_FOUR)]).play(pairings(2)))
    assert [one.ending for one in played] == ["failure"] * 2
    assert "answered action 99, which is not legal" in played[0].note


def test_a_program_that_vanishes_on_the_way_is_a_failure():
    def make():
        if made:
            raise PlayerError("gone")
        made.append(Engine(fails=(1,)))
        return made[0]

    made = []
    played = list(Contest([EnginePool(CONNECT_FOUR, "pool", make, 1), Scripted(CONNECT_FOUR)]).play(pairings(3)))
    assert [one.note.split(";")[0] for one in played] == ["does not answer", "gone", "gone"]


@pytest.mark.parametrize(("protocol", "game"), [("uci", "chess"), ("gtp", "hex:size=5")])
def test_good_programs_play_whole_games(protocol, game, match):
    status, found, err = match(engine(protocol, "good"), "random", "--game", game, "--games", 4, "--max-plies", 30)
    assert (status, err, found["failures"]) == (0, "", [])
    assert found["games"] == 4
    assert not running()


@pytest.mark.parametrize(("protocol", "game"), [("uci", "chess"), ("gtp", "hex:size=5")])
@pytest.mark.parametrize("mode", ["crash", "illegal", "hang"])
def test_programs_that_fail_lose_every_game_and_nothing_is_left_behind(protocol, mode, game, match, monkeypatch):
    monkeypatch.setattr("arena.engines.uci.LATE_SECONDS", 0.5)
    monkeypatch.setattr("arena.engines.gtp.SLACK", 0.5)
    monkeypatch.setattr("arena.engines.gtp.PATIENCE", 3.0)  # for the first move
    words = (engine(protocol, mode), "random", "--game", game, "--games", 2, "--max-plies", 30)
    status, found, _ = match(*words)
    assert (status, found["losses"], found["endings"]) == (0, 2, {"failure": 2})
    assert len(found["failures"]) == 2
    for line in found["failures"]:
        assert f"{protocol} {mode}" in line
        assert ("fatal: out of ideas" if mode == "crash" else "a word on stderr") in line
    assert not running()
    if mode == "crash":
        status, found, err = match(*words, "--on-failure", "stop")
        assert (status, found, err.count("\n")) == (2, None, 1)
        assert "stopped at game" in err
        assert not running()


def test_a_program_may_resign(match):
    status, found, _ = match(engine("gtp", "resign"), "random", "--game", "hex:size=5", "--games", 2)
    assert (status, found["losses"], found["endings"], found["failures"]) == (0, 2, {"resignation": 2}, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uci:", "expected uci:COMMAND"),
        ("uci:?a=1", "expected uci:COMMAND"),
        ("uci:'x", "its command cannot be read"),
        ("uci:x?Threads", "expected OPTION=VALUE"),
        ("uci:x?=3", "expected OPTION=VALUE"),
        ("uci:x?nodes=many", "expected nodes as a whole number from 1 on"),
        ("uci:x?movetime=0", "expected movetime as a whole number from 1 on"),
        ("gtp:x?Threads=2", "GTP has no options"),
        ("gtp:", "expected gtp:COMMAND"),
    ],
)
def test_texts_that_make_no_sense(text, expected):
    with pytest.raises(PlayerError) as caught:
        read_player(text)
    assert expected in str(caught.value)


def test_what_a_text_says():
    found = read_engine("…", "uci", "'my engine' --x?Move Overhead=10&Path=a%26b%3Dc&nodes=500&movetime=1500")
    assert found.command == ["my engine", "--x"]
    assert found.options == {"Move Overhead": "10", "Path": "a&b=c"}
    assert (found.nodes, found.seconds) == (500, 1.5)


@pytest.mark.parametrize("command", ["/nowhere/engine", "/etc/passwd", str(FAKE.parent)])
@pytest.mark.parametrize(("protocol", "game"), [("uci", "chess"), ("gtp", "hex:size=5")])
def test_programs_that_are_not_there_are_told_at_once(protocol, game, command, match):
    status, found, err = match(f"{protocol}:{command}", "random", "--game", game, "--games", 2)
    assert (status, found, err.count("\n")) == (2, None, 1)
    assert command in err


def test_games_that_a_protocol_does_not_speak_of():
    with pytest.raises(InputError, match="plays chess, but the game is connect_four"):
        read_player("uci:stockfish").make(CONNECT_FOUR)
    with pytest.raises(InputError, match="connect_four"):
        read_player(engine("gtp", "good")).make(CONNECT_FOUR)
