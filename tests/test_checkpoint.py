"""Checkpoints: what was written comes back to the bit, and what is not one of this game is refused in one line."""

from dataclasses import asdict
from typing import NamedTuple

import pytest
import torch
from small_checkpoints import TIC_TAC_TOE, write

from games import find, spec_of
from games.tic_tac_toe import TicTacToe
from selfplay.records import read_shard
from zero import checkpoint_files
from zero.checkpoint import Checkpoint, arrays_of, load_arrays, read_checkpoint, write_checkpoint
from zero.checkpoint_files import checkpoints_of, resolve, shipped
from zero.errors import CheckpointError
from zero.files import read_arrays, write_arrays
from zero.network import NetworkSettings, new_network
from zero.search.settings import SearchSettings

CONNECT_FOUR = find("connect_four")


def refused(path, game=None):
    """Return the one line that reading the checkpoint is refused with."""
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path, game)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize("game", [TIC_TAC_TOE, CONNECT_FOUR, find("connect_four:rows=5,columns=8")], ids=str)
def test_round_trip(game, tmp_path):
    settings = NetworkSettings(size="12x2", value_hidden=9)
    search = SearchSettings(policy="puct", simulations=99, noise=0.125, c_init=1 / 3)
    network = new_network(game, settings, 5)
    path = tmp_path / "one.safetensors"
    write_checkpoint(path, Checkpoint(game, network, settings, search, 41))
    for given in (None, game):
        got = read_checkpoint(path, given)
        assert (got.game, got.network_settings, got.search, got.generation) == (game, settings, search, 41)
        assert type(got.game) is type(game)
        mine, theirs = network.state_dict(), got.network.state_dict()
        assert [*mine] == [*theirs]
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)
        assert not got.network.training


def test_what_a_size_stands_for_is_kept(tmp_path):
    """A later change of what auto, or a name, means does not harm the file."""
    for size, kept in (("auto", "64x5"), ("tiny", "16x2"), ("9x1", "9x1")):
        settings = NetworkSettings(size=size)
        network = new_network(CONNECT_FOUR, settings, 1)
        write_checkpoint(tmp_path / size, Checkpoint(CONNECT_FOUR, network, settings, SearchSettings(), 1))
        assert read_checkpoint(tmp_path / size).network_settings == NetworkSettings(size=kept)


def test_a_file_from_before_there_was_a_squeeze(tmp_path):
    settings = NetworkSettings(size="8x1", squeeze=False)
    network = new_network(TIC_TAC_TOE, settings, 1)
    write_checkpoint(tmp_path / "file", Checkpoint(TIC_TAC_TOE, network, settings, SearchSettings(), 1))
    header, arrays = read_arrays(tmp_path / "file", "checkpoint")
    del header["network"]["squeeze"]
    write_arrays(tmp_path / "file", "checkpoint", header, arrays)
    assert read_checkpoint(tmp_path / "file").network_settings == settings


def test_same_network_same_bytes(tmp_path):
    paths = [tmp_path / "a" / "one", tmp_path / "b" / "another"]
    for path in paths:
        write(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("game", [CONNECT_FOUR, find("connect_four:rows=4,columns=4")], ids=str)
def test_checkpoint_of_another_game(game, tmp_path):
    write(tmp_path / "file")
    assert refused(tmp_path / "file", game) == f"expected a network for {spec_of(game)}, got one for tic_tac_toe"


def test_checkpoint_of_another_size(tmp_path):
    write(tmp_path / "file", CONNECT_FOUR)
    message = "expected a network for connect_four:rows=6,columns=6, got one for connect_four:rows=6,columns=7"
    assert refused(tmp_path / "file", find("connect_four:columns=6")) == message


class Twin(NamedTuple):
    """A game that equals tic-tac-toe as far as Python's tuples can tell."""


def test_games_without_parameters_are_not_all_alike(tmp_path):
    assert TicTacToe() == Twin()
    write(tmp_path / "file")
    assert refused(tmp_path / "file", Twin()).endswith("test_checkpoint:Twin, got one for tic_tac_toe")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": "chequers"}, "unknown game 'chequers'"),
        ({"game": 5}, "unknown game '5'"),
        ({"game": "nowhere:Game"}, "there is no module 'nowhere'"),
        ({"game": "connect_four:rows=9"}, "expected rows from 4 to 8, got 9"),
        ({"game": "connect_four"}, "expected stem.0.weight of shape (8, 6, 3, 3), got (8, 3, 3, 3)"),
        ({"network": {"size": "9x1", "squeeze": True}}, "expected "),
        ({"network": {"size": "8x2", "squeeze": True}}, "its arrays do not fit the network it describes: tower.1"),
        ({"network": {"size": "vast"}}, "expected size auto"),
        ({"network": {"size": 5}}, "its header cannot be read: "),
        ({"network": {"width": 5}}, "its header cannot be read: "),
        ({"network": None}, "its header cannot be read: "),
        ({"search": {"simulations": -5}}, "expected simulations >= 1, got -5"),
        ({"search": {"magic": 5}}, "its header cannot be read: "),
        ({"generation": "many"}, "its header cannot be read: "),
        ({"generation": None}, "its header cannot be read: "),
    ],
)
def test_header_that_makes_no_sense(change, message, tmp_path):
    checkpoint = write(tmp_path / "file")
    header, arrays = read_arrays(tmp_path / "file", "checkpoint")
    assert header["network"] == asdict(checkpoint.network_settings)
    write_arrays(tmp_path / "file", "checkpoint", {**header, **change}, arrays)
    assert message in refused(tmp_path / "file")
    del header["game"]
    write_arrays(tmp_path / "file", "checkpoint", header, arrays)
    assert refused(tmp_path / "file") == "its header cannot be read: 'game'"


def test_a_checkpoint_of_another_game_imports_nothing(python, tmp_path):
    write(tmp_path / "file")
    header, arrays = read_arrays(tmp_path / "file", "checkpoint")
    write_arrays(tmp_path / "file", "checkpoint", {**header, "game": "trap:Game"}, arrays)
    (tmp_path / "trap.py").write_text("print('sprung')\n")
    code = "from pathlib import Path; from games import find; from zero.checkpoint import read_checkpoint; import sys\n"
    code += "read_checkpoint(Path('file'), find('tic_tac_toe'))"
    done = python("-c", code)
    assert done.stdout == ""
    assert "file: expected a network for tic_tac_toe, got one for trap:Game" in done.stderr


def test_arrays_that_are_not_the_networks(tmp_path):
    network = write(tmp_path / "file").network
    arrays = arrays_of(network)
    lacking = {name: array for name, array in arrays.items() if name != "value.bias"}
    with pytest.raises(CheckpointError, match=r"^file: its arrays do not fit the network it describes: value\.bias$"):
        load_arrays(network, lacking, "file")
    with pytest.raises(CheckpointError, match=r"^file: expected value\.bias of shape \(3,\), got \(4,\)$"):
        load_arrays(network, {**arrays, "value.bias": arrays["value.bias"].repeat(2)[:4]}, "file")


def test_records_are_no_checkpoint(tmp_path):
    write_arrays(tmp_path / "file", "records", {"game": "tic_tac_toe"}, {})
    assert refused(tmp_path / "file") == "expected a checkpoint of this engine, got one of its records files"
    write(tmp_path / "other")
    with pytest.raises(CheckpointError, match=r"other: expected a records of this engine, got one of its checkpoint files$"):
        read_shard(tmp_path / "other", TIC_TAC_TOE)


@pytest.mark.parametrize("damage", ["empty", "torn", "flipped"])
def test_damaged(damage, tmp_path):
    path = tmp_path / "file"
    write(path)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    path.write_bytes({"empty": b"", "torn": content[:-1], "flipped": content}[damage])
    assert (
        refused(path)
        == {
            "empty": "expected a checkpoint of this engine, got an empty file",
            "torn": f"expected a checkpoint of this engine, got a file of {len(content) - 1} bytes that is torn or of another "
            "format",
            "flipped": "damaged, its checksum does not match",
        }[damage]
    )


def test_newest_checkpoint_of_a_run(tmp_path):
    with pytest.raises(CheckpointError, match=r"expected a run folder with checkpoints/\*\.safetensors, found none there$"):
        resolve(str(tmp_path))
    names = ["000002", "000010", "000009", "1000000", "000003 copy", "0x12", "²", "notes", ".000011.safetensors.77"]
    for name in names:
        (tmp_path / "checkpoints").mkdir(exist_ok=True)
        (tmp_path / "checkpoints" / f"{name}.safetensors").touch()
    assert [path.stem for path in checkpoints_of(tmp_path)] == ["000002", "000009", "000010", "1000000"]
    assert resolve(str(tmp_path)).stem == "1000000"
    assert resolve(str(tmp_path / "checkpoints" / "notes.safetensors")).stem == "notes"
    with pytest.raises(CheckpointError, match=r"nowhere: there is no such file or run folder$"):
        resolve(str(tmp_path / "nowhere"))


def test_checkpoints_that_ship_are_found_by_game(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_files, "FOLDER", tmp_path)
    assert shipped(CONNECT_FOUR) is None
    write(tmp_path / "connect_four.safetensors", CONNECT_FOUR)
    assert shipped(CONNECT_FOUR) == tmp_path / "connect_four.safetensors"
    assert shipped(find("connect_four:rows=5")) is None
    assert shipped(TIC_TAC_TOE) is None
