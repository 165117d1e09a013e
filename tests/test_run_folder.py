"""The run folder: what is wrong with it is told in one line; what can be gone on with is gone on with."""

import fcntl
import json
import shutil

import pytest
from small_runs import (
    LAST,
    RESIGN,
    contents,
    finish,
    generations,
    one_line,
    same_networks,
    start,
    train,
    words,
)

from games import find
from selfplay.runs import Run, read_metrics, read_settings, without_none
from selfplay.settings import Settings
from zero.cli import main
from zero.errors import RunError
from zero.flags import from_table


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
    assert one_line(capsys.readouterr().err) == f"folder {undisturbed}: another process is at work there"
    assert train(undisturbed, LAST, *RESIGN) == 0


def test_run_that_cannot_be_written_to(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    for run in (tmp_path / "file", tmp_path / "file" / "below"):
        assert train(run, 1) == 2
        line = one_line(capsys.readouterr().err)
        assert line.startswith(f"folder {run}: cannot be written to: ")
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
    """Called without any flag, a run goes on with its own settings: nothing is refused."""
    content = read_settings(undisturbed)
    settings = from_table(without_none(content["settings"]), Settings(), "")
    assert (content["command"], content["game"], content["seed"]) == ("train", "tic_tac_toe", 0)
    assert (settings.search.simulations, settings.network.size, settings.learning.window) == (8, "8x1", 300)
    assert settings.selfplay.resign
    assert settings != Settings()
    Run(undisturbed, find("tic_tac_toe"), 0, settings).close()


def test_settings_of_older_runs(tmp_path):
    """What a run did before there was a setting is said where its settings are read."""
    for command, expected in (
        (None, {"network": {"squeeze": False}, "learning": {"ending_weight": 0.0}}),
        ("imitate", {"network": {"squeeze": False}, "learning": {}}),
    ):
        stored = {"game": "hex", "seed": 0, "settings": {"network": {}, "learning": {}}}
        (tmp_path / "settings.json").write_text(json.dumps(stored | ({"command": command} if command else {})))
        assert read_settings(tmp_path)["settings"] == expected


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


def test_a_refused_run_is_let_go_of(begun):
    with pytest.raises(RunError, match="belongs to other settings"):
        Run(begun, find("tic_tac_toe"), 5, Settings())
    assert train(begun, 4, *RESIGN) == 0
