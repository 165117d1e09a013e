"""Runs that survive: whatever ends one, it goes on to the same networks, bit for bit; or it says in one line why it cannot."""

import fcntl
import json
import os
import random
import shutil
import signal
import time

import pytest
from small_runs import contents, finish, generations, one_line, start, train, words

from games import find
from selfplay import loop as loop_module
from selfplay.runs import Run, read_metrics, settings_of
from selfplay.settings import Settings
from zero.errors import RunError
from zero.files import write_bytes

LAST = 8  # generations of the undisturbed run
RESIGN = ("--selfplay.resign", "--selfplay.play-on-share", "0.5")

# Kills the process at its n-th operation on a file: before it is synced, before it is renamed, before the folder is synced.
DEADLY = """
import os, signal
left = [{operations}]
def deadly(function):
    def call(*arguments):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return call
os.fsync, os.replace, os.unlink = deadly(os.fsync), deadly(os.replace), deadly(os.unlink)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A run of LAST generations in one go, in this process."""
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    assert train(run, LAST, *RESIGN) == 0
    assert [*contents(run)] == generations(LAST)
    return run


@pytest.fixture(scope="module")
def begun_once(tmp_path_factory):
    run = tmp_path_factory.mktemp("begun") / "run"
    assert train(run, 3, *RESIGN) == 0
    return run


@pytest.fixture
def begun(begun_once, tmp_path):
    """A run that has the first three generations of the undisturbed one."""
    return shutil.copytree(begun_once, tmp_path / "begun")


def same_networks(run, undisturbed, last=LAST):
    """Require all that lasts of a run to be that of the undisturbed one."""
    for name in ("checkpoints", "records"):
        mine, theirs = contents(run, name), contents(undisturbed, name)
        expected = [file for file in generations(last) if file in theirs]
        assert [*mine] == expected
        for file in expected:
            assert mine[file] == theirs[file], f"{name}/{file}"
    assert sorted(contents(run, "state")) == generations(last)[-2:]
    pieces = [path for path in run.rglob("*") if path.suffix == ".part"]
    assert pieces == []


def killed(run, chance, seconds):
    """Train until SIGKILL comes: at a random file operation, or a random time after a random generation has ended."""
    if chance.random() < 0.5:
        process = start(words(run, LAST, *RESIGN), DEADLY.format(operations=chance.randint(1, 40)))
    else:
        process = start(words(run, LAST, *RESIGN))
        for _ in range(chance.randint(1, 4)):
            process.stdout.readline()
        time.sleep(chance.random() * seconds)
        process.send_signal(signal.SIGKILL)
    status, _, err = finish(process)
    assert status in (0, -signal.SIGKILL), err
    return status == -signal.SIGKILL


@pytest.mark.parametrize(
    "kills", [4, pytest.param(80, marks=pytest.mark.slow)]
)
def test_killed_at_random_moments(undisturbed, tmp_path, kills):
    chance, run, died, rounds = random.Random(kills), tmp_path / "run", 0, 0
    while died < kills:
        if not killed(run, chance, 0.3):
            shutil.rmtree(run)  # this one reached its end: begin again
        died += 1
        rounds += 1
        if (run / "checkpoints").is_dir():
            for name, content in contents(run).items():
                assert name.endswith(".part") or content == contents(undisturbed)[name], name
    assert train(run, LAST, *RESIGN) == 0
    same_networks(run, undisturbed)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(undisturbed, tmp_path, how):
    run = tmp_path / "run"
    process = start(words(run, LAST, *RESIGN))
    while not process.stdout.readline().startswith("generation 1 "):
        pass
    process.send_signal(how)
    status, out, err = finish(process)
    assert (status, err) == (0, "")
    last = len(contents(run)) - 1
    assert f"{last} generations in {run}" in out
    assert "of 40 games against" not in out  # a match is not what one waits for now
    assert ("is the last one on the disk" in out) == (how == signal.SIGTERM)
    assert train(run, LAST, *RESIGN) == 0
    same_networks(run, undisturbed)


def test_stopped_before_it_has_begun(tmp_path):
    process = start(words(tmp_path / "run", LAST, *RESIGN))
    assert process.stdout.readline().startswith("tic_tac_toe: training in ")
    process.send_signal(signal.SIGTERM)
    status, out, err = finish(process)
    assert (status, err) == (0, "")
    assert "stopped" in out


def test_in_several_calls(undisturbed, tmp_path, capsys):
    run = tmp_path / "run"
    for last in (1, 2, 5, 5, LAST):
        assert train(run, last, *RESIGN) == 0
    assert "going on after generation 5\n" in capsys.readouterr().out
    same_networks(run, undisturbed)
    mine, theirs = read_metrics(run), read_metrics(undisturbed)
    for one, two in zip(mine, theirs, strict=True):
        for name in ("generation", "games", "positions", "policy_loss", "value_loss", "resigned", "cached_share"):
            assert one[name] == two[name], name


def test_another_process_comes_to_the_same_networks(undisturbed, tmp_path):
    """In another folder, at another time: nothing of these is in a checkpoint."""
    run = tmp_path / "another" / "place"
    status, out, err = finish(start(words(run, 3, *RESIGN)))
    assert (status, err) == (0, "")
    assert "3 generations" in out
    for name, content in contents(run).items():
        assert content == contents(undisturbed)[name], name


def test_gate_goes_on_with_the_network_that_plays(tmp_path):
    flags = ("--learning.gate", "0.55", "--learning.gate-games", "4")
    one, two = tmp_path / "one", tmp_path / "two"
    assert train(one, 4, *flags) == 0
    for last in (1, 2, 3, 4):
        assert train(two, last, *flags) == 0
    assert contents(one) == contents(two)
    accepted = [line["accepted"] for line in read_metrics(one)]
    assert 0.0 in accepted
    networks = list(contents(one).values())
    assert len(networks) == 5


def test_an_old_network_plays_on_where_the_gate_is_shut(tmp_path, monkeypatch):
    class Lost:
        def tally(self):
            return self

        score = 0.2

    monkeypatch.setattr(loop_module, "play_match", lambda *arguments, **named: Lost())
    run = tmp_path / "run"
    assert train(run, 2, "--learning.gate", "0.55") == 0
    from zero.files import read_arrays

    arrays = [read_arrays(run / "checkpoints" / name, "checkpoint")[1] for name in generations(2)]
    assert all(arrays[0][name].tobytes() == arrays[2][name].tobytes() for name in arrays[0])
    assert [line["accepted"] for line in read_metrics(run)] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("more", "odd"),
    [
        (("--seed", "1"), "seed is 0 there, 1 here"),
        (("--search.simulations", "9"), "search.simulations is 8 there, 9 here"),
        (("--network.size", "16x1"), "network.size is '8x1' there, '16x1' here"),
        (("--selfplay.no-resign",), "selfplay.resign is True there, False here"),
    ],
)
def test_run_of_other_settings(undisturbed, capsys, more, odd):
    before = contents(undisturbed), (undisturbed / "settings.json").read_bytes()
    assert train(undisturbed, LAST, *RESIGN, *more) == 2
    line = one_line(capsys.readouterr().err)
    assert line == f"run folder {undisturbed} belongs to other settings: {odd}; take another --run"
    assert (contents(undisturbed), (undisturbed / "settings.json").read_bytes()) == before


def test_run_of_another_game(undisturbed, capsys):
    command = ["connect_four" if word == "tic_tac_toe" else word for word in words(undisturbed, LAST, *RESIGN)]
    from zero.cli import main

    assert main(command) == 2
    assert "game is 'tic_tac_toe' there, 'connect_four:rows=6,columns=7' here" in one_line(capsys.readouterr().err)


def test_settings_can_be_changed_before_anything_is_learned(tmp_path, capsys):
    """As after a mistake in the settings that came to light only when the trees were to be made."""
    run = tmp_path / "run"
    assert train(run, 1, "--search.simulations", "2000000000") == 2
    assert "take fewer games or simulations" in one_line(capsys.readouterr().err)
    assert train(run, 1, "--network.size", "4x1") == 0
    assert train(run, 1) == 2
    assert "network.size is '4x1' there, '8x1' here" in one_line(capsys.readouterr().err)


def test_run_in_use(undisturbed, capsys):
    with open(undisturbed / "lock", "a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert train(undisturbed, LAST, *RESIGN) == 2
    assert one_line(capsys.readouterr().err) == f"run folder {undisturbed}: another process is training there"
    assert train(undisturbed, LAST, *RESIGN) == 0


def test_run_that_cannot_be_written_to(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    for run in (tmp_path / "file", tmp_path / "file" / "below"):
        assert train(run, 1) == 2
        line = one_line(capsys.readouterr().err)
        assert line.startswith(f"run folder {run}: cannot be written to: ")
    assert (tmp_path / "file").read_text() == "in the way"


def tear(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("folder", ["checkpoints", "state"])
@pytest.mark.parametrize("damage", ["torn", "empty", "foreign", "missing"])
def test_newest_generation_damaged(undisturbed, begun, capsys, folder, damage):
    """It is passed over, played again, and nothing else changes."""
    path = begun / folder / "000003.safetensors"
    if damage == "torn":
        tear(path)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        shutil.copy(begun / "records" / "000003.safetensors", path)
    else:
        path.unlink()
    capsys.readouterr()
    assert train(begun, 4, *RESIGN) == 0
    out = capsys.readouterr().out
    assert "going on after generation 2\n" in out
    if (folder, damage) != ("checkpoints", "missing"):  # such a generation never counted
        assert f"passed over: {path}: " in out
    same_networks(begun, undisturbed, last=4)


def test_older_checkpoint_damaged(undisturbed, begun, capsys):
    """Nobody needs it to go on; with ratings, they go on from the network of today."""
    tear(begun / "checkpoints" / "000000.safetensors")
    assert train(begun, 4, *RESIGN, "--rating-seconds", "0.001") == 0
    assert contents(begun)["000004.safetensors"] == contents(undisturbed)["000004.safetensors"]


def test_records_damaged(begun, capsys):
    path = begun / "records" / "000003.safetensors"
    tear(path)
    assert train(begun, 4, *RESIGN) == 0
    out = capsys.readouterr().out
    assert f"passed over: {path}: expected a records of this engine, got a file of " in out
    assert "without it the networks to come differ from an undisturbed run's" in out


def test_nothing_left_to_go_on_from(begun, capsys):
    before = contents(begun)
    for path in (begun / "state").iterdir():
        tear(path)
    assert train(begun, 4, *RESIGN) == 2
    line = one_line(capsys.readouterr().err)
    assert line.startswith(f"run folder {begun}: no generation can be gone on from; passed over: {begun}/state/000003")
    assert contents(begun) == before


def test_foreign_files_in_the_run_folder(undisturbed, begun):
    """What is not ours is left alone, whatever its name."""
    foreign = [begun / "checkpoints" / "000002 copy.safetensors", begun / "checkpoints" / "best.safetensors"]
    foreign += [begun / "notes.txt", begun / "film.part", begun / "records" / "7", begun / "state" / "x.part"]
    for path in foreign:
        path.write_text("mine")
    assert train(begun, 4, *RESIGN) == 0
    assert all(path.read_text() == "mine" for path in foreign)
    assert contents(begun)["000004.safetensors"] == contents(undisturbed)["000004.safetensors"]


def test_pieces_of_interrupted_writes_are_removed(begun):
    pieces = [begun / ".metrics.jsonl.77.part", begun / "state" / ".000004.safetensors.77.part"]
    for path in pieces:
        path.write_bytes(b"torn")
    assert train(begun, 3, *RESIGN) == 0
    assert not any(path.exists() for path in pieces)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"game": "tic_tac_toe"}', "\udcff"])
def test_settings_that_cannot_be_read(begun, capsys, content):
    (begun / "settings.json").write_text(content, errors="surrogateescape")
    before = contents(begun)
    assert train(begun, 4, *RESIGN) == 2
    assert one_line(capsys.readouterr().err).startswith(f"{begun}/settings.json: cannot be read: ")
    assert contents(begun) == before


def test_checkpoints_without_settings(begun, capsys):
    (begun / "settings.json").unlink()
    assert train(begun, 4, *RESIGN) == 2
    assert one_line(capsys.readouterr().err) == f"run folder {begun} has checkpoints but no settings.json: take another --run"


def test_settings_come_back(undisturbed):
    game, seed, settings = settings_of(undisturbed)
    assert (game, seed) == (find("tic_tac_toe"), 0)
    assert type(game) is type(find("tic_tac_toe"))
    assert (settings.search.simulations, settings.network.size, settings.learning.window) == (8, "8x1", 300)
    assert settings.selfplay.resign
    assert settings != Settings()


def test_metrics_torn_at_the_end(begun):
    for torn in ('{"generation": 4, "games": 3', "\0\0\0", '"hello"\n', "{}\n"):
        with open(begun / "metrics.jsonl", "a") as file:
            file.write(torn)
        assert [line["generation"] for line in read_metrics(begun)] == [1, 2, 3]
    assert train(begun, 5, *RESIGN) == 0
    text = (begun / "metrics.jsonl").read_text()
    assert [json.loads(line)["generation"] for line in text.splitlines()] == [1, 2, 3, 4, 5]


def test_metrics_are_plain_json(tmp_path):
    """Also where nothing was learned, and so no loss is known."""
    run = tmp_path / "run"
    assert train(run, 1, "--learning.samples-per-position", "0.001") == 0
    (line,) = (run / "metrics.jsonl").read_text().splitlines()

    def refuse(constant):
        raise ValueError(constant)

    assert json.loads(line, parse_constant=refuse)["policy_loss"] is None


def test_only_the_newest_states_are_kept(undisturbed):
    assert [*contents(undisturbed, "state")] == generations(LAST)[-2:]


FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"


@pytest.mark.parametrize("limit", [64, 8192])
def test_full_disk(undisturbed, begun, limit):
    """Too small for a line of metrics, or only for a state: one line, and with more room the run goes on."""
    before = contents(begun)
    status, _, err = finish(start(words(begun, 6, *RESIGN), FULL_DISK.format(limit=limit)))
    assert status == 2
    assert "File too large" in one_line(err)
    assert contents(begun) == before
    assert train(begun, 6, *RESIGN) == 0
    same_networks(begun, undisturbed, last=6)


def test_full_disk_at_the_start(tmp_path):
    status, _, err = finish(start(words(tmp_path / "run", 1), FULL_DISK.format(limit=100)))
    assert status == 2
    assert "File too large" in one_line(err)
    assert train(tmp_path / "run", 1) == 0


def test_diverging_training_keeps_its_checkpoints(begun, capsys, tmp_path):
    run = tmp_path / "diverging"
    assert train(run, 2, "--learning.learning-rate", "1e30", "--learning.gradient-clip", "1e30") == 2
    line = one_line(capsys.readouterr().err)
    assert line.endswith("the loss is not a finite number; lower --learning.learning-rate")
    assert [*contents(run)] == generations(0)


def test_a_refused_run_is_let_go_of(begun):
    with pytest.raises(RunError, match="belongs to other settings"):
        Run(begun, find("tic_tac_toe"), 5, Settings())
    game, seed, settings = settings_of(begun)
    Run(begun, game, seed, settings).close()


def test_numbers_of_an_interrupted_generation_are_not_told(begun, monkeypatch, capsys):
    """Stopped in the midst of learning: what is told is what is on the disk."""
    from selfplay.learner import Learner

    def stop(learner, samples):
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal was to come first")

    lines = read_metrics(begun)
    monkeypatch.setattr(Learner, "learn", stop)
    assert train(begun, 5, *RESIGN) == 0
    out = capsys.readouterr().out
    assert "stopped; generation 3 is the last one on the disk\n" in out
    assert f"{lines[-1]['games']} games, {lines[-1]['positions']} positions, 3 generations in {begun}\n" in out


def test_half_written_run_folder_of_a_first_call(tmp_path, undisturbed):
    """Killed after the settings, before the first network."""
    run = tmp_path / "run"
    run.mkdir()
    write_bytes(run / "settings.json", (undisturbed / "settings.json").read_bytes())
    assert train(run, 1, *RESIGN) == 0
    assert contents(run)["000001.safetensors"] == contents(undisturbed)["000001.safetensors"]
