"""`zero view`: recorded games are shown as they were played, on the screen and as text; other files are refused."""

import asyncio

import numpy as np
import pytest
from tui_tools import GAMES, quick, resize, shown

from arena.tui.app import ZeroApp
from arena.tui.recorded import policy_of, read_records, records_path
from arena.tui.view import as_text
from arena.tui.view_screen import ViewScreen
from games import find, spec_of
from games.position import Position
from games.rules import ONGOING
from zero.cli import main
from zero.errors import CheckpointError
from zero.files import write_arrays

TIC_TAC_TOE = find("tic_tac_toe")


def write(path, game=TIC_TAC_TOE, games=3, seed=1, header=None, **changes):
    """Write random games with random policies as selfplay does (selfplay/records.py); return what was played."""
    rng = np.random.default_rng(seed)
    lines, starts, policy_starts, actions, kinds, policies, outcomes = [], [0], [0], [], [], [], []
    for _ in range(games):
        position = Position(game)
        while position.outcome() == ONGOING and position.ply < 25:
            legal = position.legal_actions()
            kinds.append(0 if position.ply < 2 else int(rng.integers(1, 3)))
            policy = rng.dirichlet(np.ones(len(legal))) if kinds[-1] == 2 else []
            policies += [round(65535 * share) for share in policy]
            policy_starts.append(len(policies))
            actions.append(int(rng.choice(legal)))
            position.play(actions[-1])
        winner = position.winner()
        outcomes.append(0 if winner is None else 1 - 2 * winner)
        starts.append(len(actions))
        lines.append(list(position.actions))
    plies = len(actions)
    arrays = {
        "games": np.arange(games), "starts": np.array(starts), "outcomes": np.array(outcomes, np.int8),
        "given_up": np.zeros(games, np.int8), "actions": np.array(actions, np.int32), "kinds": np.array(kinds, np.int8),
        "values": rng.uniform(-1, 1, plies).astype(np.float32), "draws": np.full(plies, 0.25, np.float32),
        "best": np.zeros(plies, np.float32), "surprise": np.zeros(plies, np.float32),
        "policy_starts": np.array(policy_starts), "policies": np.array(policies, np.uint16),
    }  # fmt: skip
    arrays = {name: array for name, array in {**arrays, **changes}.items() if array is not None}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_arrays(path, "records", {"game": spec_of(game), "generation": 7} if header is None else header, arrays)
    return lines


def test_records_are_read_as_they_were_written(tmp_path):
    from selfplay.records import read_shard

    lines = write(tmp_path / "1.safetensors", games=20)
    records, shard = read_records(tmp_path / "1.safetensors"), read_shard(tmp_path / "1.safetensors", TIC_TAC_TOE)
    assert (len(records), records.generation, records.game) == (20, 7, TIC_TAC_TOE)
    for number, line in enumerate(lines):
        assert [ply.action for ply in records[number].plies] == line == records.position(number).actions
        position = Position(TIC_TAC_TOE)
        for at, ply in enumerate(records[number].plies, int(shard.starts[number])):
            policy = policy_of(position, ply)
            assert list(policy) == (position.legal_actions() if ply.kind == "full" else [])
            assert sum(policy.values()) == pytest.approx(1 if policy else 0, abs=1e-3)
            entries = shard.policies[shard.policy_starts[at] : shard.policy_starts[at + 1]]
            assert np.allclose(list(policy.values()), entries / 65535)
            assert ply.value == shard.values[at]
            position.play(ply.action)


def test_the_newest_file_of_a_run_is_meant(tmp_path):
    for name in ("000002", "000010", "000009"):
        write(tmp_path / "run" / "records" / f"{name}.safetensors")
    assert records_path(str(tmp_path / "run")).stem == "000010"
    assert records_path(str(tmp_path / "run" / "records")).stem == "000010"
    for text in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(CheckpointError):
            records_path(str(text))


@pytest.mark.slow
def test_a_real_run_is_read(trained):
    records = read_records(records_path(str(trained)))
    assert len(records) > 3
    for number in range(len(records)):
        position = records.position(number)
        assert position.outcome() != ONGOING or records[number].given_up
        winner = position.winner()
        assert records[number].given_up or records[number].outcome == (0 if winner is None else 1 - 2 * winner)


def test_the_text_tells_every_position_and_policy(tmp_path, capsys):
    (line, *_) = write(tmp_path / "1.safetensors")
    assert main(["view", str(tmp_path / "1.safetensors"), "--plain"]) == 0
    out = capsys.readouterr().out
    position = Position(TIC_TAC_TOE)
    for action in line:
        assert f"{position.draw()}\n\nply {position.ply + 1} (" in out
        assert f"\nmove {TIC_TAC_TOE.move_name(position.state, action)}\n" in out
        position.play(action)
    assert out.rstrip().endswith(position.draw())
    assert out.startswith("tic_tac_toe, generation 7, game 1 of 3: ")
    assert out.rstrip() == "\n".join(as_text(read_records(tmp_path / "1.safetensors"), 0)).rstrip()


BAD = {
    "nowhere": "there is no such file or run folder",
    "empty": "found none there",
    "noise": "expected a records of this engine",
    "no-game": "its header cannot be read",
    "unknown": "unknown game 'ludo'",
    "short": "contradict each other",
    "backwards": "contradict each other",
    "lacks": "expected the array outcomes",
    "illegal": "game 1 has an illegal move at ply 2",
    "ok --number 4": "expected a number from 1 to 3",
    "ok --number 0": "expected number >= 1",
    "ok --theme pink": "pink",
}


@pytest.mark.parametrize("words", BAD)
def test_what_is_no_records_file_is_refused(words, here, refused):
    (here / "empty").mkdir()
    (here / "noise").write_bytes(b"noise" * 50)
    write(here / "ok")
    write(here / "no-game", header={"generation": 1})
    write(here / "unknown", header={"game": "ludo", "generation": 1})
    write(here / "short", starts=np.array([0, 5]))
    write(here / "backwards", policy_starts=np.arange(100)[::-1])
    write(here / "lacks", outcomes=None)
    write(here / "illegal", actions=np.zeros(sum(map(len, write(here / "ok"))), np.int32))
    assert BAD[words] in refused("view", *words.split())


SCREENS = [(name, theme) for name in GAMES for theme in ("default", "monochrome")]


@pytest.mark.parametrize(("name", "theme"), quick(SCREENS, ("connect_four", "default"), ("chess", "monochrome")))
def test_games_are_stepped_through_on_the_screen(name, theme, tmp_path):
    game = find(name)
    lines = write(tmp_path / "1.safetensors", game)
    records = read_records(tmp_path / "1.safetensors")
    app = ZeroApp(ViewScreen(records, 0), theme, colours=True)

    async def go():
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            screen, heat = app.first, 0
            for at in range(len(lines[0])):
                assert screen.position.actions == lines[0][:at]
                policy = policy_of(screen.position, records[0].plies[at])
                assert sum(screen.board.scene.heat.values()) <= 1.001
                heat += bool(screen.board.scene.heat)
                assert bool(policy) == bool(screen.panel.view.best)
                await pilot.press("right")
            assert heat
            assert "The end: " in "\n".join(shown(app))
            await pilot.press("left", "home", "end", "down", "up", "up")
            assert screen.number == 2
            await pilot.press("g", "2", "enter")
            await pilot.pause()
            assert screen.number == 1
            await pilot.press("g", "9", "enter")
            await pilot.pause()
            assert "Expected a number from 1 to 3." in "\n".join(shown(app))
            await pilot.press("escape", "t", "question_mark", "escape", "f")
            await resize(pilot, 20, 10)
            await resize(pilot, 90, 30)
            await pilot.press("q")
            await pilot.pause()

    asyncio.run(go())
    assert app.return_value == 0
