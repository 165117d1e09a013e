"""Our files: whole or not there, the same bytes for the same content, and refused in one line where anything is wrong."""

import contextlib
import json
import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from zero.errors import CheckpointError
from zero.files import read_arrays, write_arrays, write_bytes

HEADER = {"game": "chess", "step": 7, "numbers": [0.1, -1e-300, 1e300], "deep": {"a": [1, [2, None]], "ü": "♟"}}


def some_arrays():
    random = np.random.default_rng(4)
    return {
        "network.weight": random.normal(size=(3, 2, 2)).astype(np.float32),
        "double": random.normal(size=5),
        "odd": np.array([np.nan, -0.0, np.inf, 1e-45], np.float32),
        "ints": random.integers(-(2**62), 2**62, 3),
        "small": np.array([0, 65535], np.uint16),
        "tiny": np.array([[-128, 127]], np.int8),
        "flags": np.array([True, False, True]),
        "nothing": np.zeros((0, 4), np.float32),
        "one": np.array(42, np.int64),
        "turned": np.arange(6, dtype=np.int32).reshape(2, 3).T,
    }


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "000007.safetensors"
    write_arrays(path, "records", HEADER, some_arrays())
    return path


def refused(path, kind="records"):
    """Return the one line that reading the file is refused with."""
    with pytest.raises(CheckpointError) as caught:
        read_arrays(path, kind)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


def same(one, two):
    """Return whether two dictionaries of arrays are equal to the bit."""
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in one.items()} == {
        name: (array.dtype, array.shape, array.tobytes()) for name, array in two.items()
    }


def test_round_trip(file):
    header, arrays = read_arrays(file, "records")
    assert header == HEADER
    assert same(arrays, some_arrays())
    assert os.listdir(file.parent) == [file.name]


def test_arrays_that_were_read_can_be_written_to(file):
    _, arrays = read_arrays(file, "records")
    arrays["double"][:] = 0
    assert not np.array_equal(read_arrays(file, "records")[1]["double"], arrays["double"])


def test_same_content_same_bytes(tmp_path):
    """In whatever order it comes, however often: safetensors alone writes its metadata in a random order."""
    contents = set()
    for i in range(20):
        arrays, header = some_arrays(), dict(HEADER)
        if i % 2:
            arrays, header = dict(reversed(arrays.items())), dict(reversed(header.items()))
        write_arrays(tmp_path / f"file {i}", "records", header, arrays)
        contents.add((tmp_path / f"file {i}").read_bytes())
    assert len(contents) == 1


def test_no_path_and_no_time_in_it(file):
    content = file.read_bytes()
    assert str(file.parent).encode() not in content
    assert file.name.encode() not in content
    assert str(os.getpid()).encode() not in content.split(b"}", 1)[0]


def test_torn_at_any_length(file):
    content = file.read_bytes()
    for length in [*range(0, len(content), 7), *range(len(content) - 20, len(content))]:
        file.write_bytes(content[:length])
        what = "an empty file" if length == 0 else f"a file of {length} bytes that is torn or of another format"
        assert refused(file) == f"expected a records of this engine, got {what}"


def test_too_long(file):
    for more in (b"\0", b"x" * 1000):
        file.write_bytes(file.read_bytes() + more)
        assert "torn or of another format" in refused(file)


def test_one_byte_changed_anywhere(file):
    """Refused; or, in what only pads the file, without any effect on what is read. Every fifth byte is tried."""
    content = bytearray(file.read_bytes())
    expected, harmless = some_arrays(), 0
    random = np.random.default_rng(0)
    for place in range(0, len(content), 5):
        old = content[place]
        for change in (1, 0x20, int(random.integers(1, 256))):
            content[place] = old ^ change
            file.write_bytes(content)
            with contextlib.suppress(CheckpointError):
                header, arrays = read_arrays(file, "records")
                harmless += 1
                assert header == HEADER
                assert same(arrays, expected)
        content[place] = old
    assert harmless < 30


class Trap:
    """What a pickle can do to whoever loads it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_not_loaded(tmp_path):
    trap, path = tmp_path / "sprung", tmp_path / "file"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(Trap(trap), protocol))
        assert "torn or of another format" in refused(path, "checkpoint")
    torch.save({"weights": torch.zeros(3), "trap": Trap(trap)}, path)
    assert "torn or of another format" in refused(path, "checkpoint")
    assert not trap.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"\0" * 8,
        b"\0" * 10_000,
        b"\xff" * 100,
        b"hello\n",
        (2).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"null",
        (10**9).to_bytes(8, "little") + b"{}",
        b"PK\x03\x04" + b"\0" * 100,
        *(np.random.default_rng(seed).bytes(1 << seed) for seed in range(4, 14)),
        save({"a": np.zeros(3)}),
        save({"a": np.zeros(3)}, {"format": "pt"}),
        save({"a": np.zeros(3)}, {"zero": "{"}),
        save({"a": np.zeros(3)}, {"zero": "[]"}),
        save({"a": np.zeros(3)}, {"zero": "3"}),
        save({"a": np.zeros(3)}, {"zero": "{}"}),
        save({"a": np.zeros(3)}, {"zero": '{"kind": "checkpoint"}'}),
        save({"a": np.zeros(3)}, {"zero": '{"kind": "checkpoint", "header": {}}'}),
        save({}, {}),
    ],
    ids=lambda content: f"{content[:12]!r} of {len(content)}",
)
def test_foreign_files(content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert refused(path, "checkpoint") == (
        f"expected a checkpoint of this engine, got a file of {len(content)} bytes that is torn or of another format"
    )


def test_another_checksum(tmp_path):
    path = tmp_path / "file"
    described = {"kind": "checkpoint", "header": {}, "checksum": 12345}
    path.write_bytes(save({"a": np.zeros(3)}, {"zero": json.dumps(described)}))
    assert refused(path, "checkpoint") == "damaged, its checksum does not match"


def test_another_kind_of_ours(file):
    assert refused(file, "checkpoint") == "expected a checkpoint of this engine, got one of its records files"


def test_what_is_no_file(tmp_path):
    assert refused(tmp_path / "nowhere") == "there is no such file"
    assert refused(tmp_path / "no folder" / "nowhere") == "there is no such file"
    assert refused(tmp_path) == "expected a records file, got a folder"


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_interrupted_writing_leaves_what_was_there(file, when, monkeypatch):
    before = file.read_bytes()

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, when, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]
    write_bytes(file, b"new")
    assert file.read_bytes() == b"new"


FULL_DISK = """
import os, resource, signal, sys
from pathlib import Path
import numpy as np
from zero.files import read_arrays, write_arrays
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path("file")
write_arrays(path, "state", {"step": 1}, {"a": np.arange(10)})
before = path.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_arrays(path, "state", {"step": 2}, {"a": np.arange(100_000)})
except OSError as error:
    print(error.strerror)
print(path.read_bytes() == before, os.listdir("."), read_arrays(path, "state")[0])
"""


def test_full_disk_leaves_what_was_there(python):
    done = python("-c", FULL_DISK)
    assert done.stdout == "File too large\nTrue ['file'] {'step': 1}\n", done.stderr
