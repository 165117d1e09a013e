"""Files that are whole or not there: named arrays and a JSON header in the safetensors format, with a checksum.

A file is written beside its place, synced to the disk and renamed, so that whoever looks sees the old file, the new
one, or none. Reading one runs no code from it; one that is torn, altered or of another kind is refused in one line.
"""

import contextlib
import json
import os
import zlib
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from games.errors import InputError
from zero.errors import CheckpointError

Arrays = dict[str, NDArray[Any]]


def write_bytes(path: Path, content: bytes) -> None:
    """Put a file in its place in one step. Raises OSError, leaving what was there, if the disk is full or read-only."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(aside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_arrays(path: Path, kind: str, header: dict[str, Any], arrays: Arrays) -> None:
    """Write a file of the given kind ("checkpoint", "records" …); header: what JSON can hold."""
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    described = {"kind": kind, "header": header, "checksum": _checksum(header, arrays)}
    # One entry: safetensors writes several in a random order, and the same content must give the same bytes.
    write_bytes(path, save(arrays, {"zero": json.dumps(described, sort_keys=True)}))


def read_arrays(path: Path, kind: str) -> tuple[dict[str, Any], Arrays]:
    """Return the header and the arrays of a file of the given kind.

    Raises CheckpointError, naming the file and what is wrong, for anything that `write_arrays` did not write whole.
    """
    if path.is_dir():
        raise CheckpointError(f"{path}: expected a {kind} file, got a folder")
    try:
        with safe_open(path, "numpy") as file:
            described = json.loads((file.metadata() or {})["zero"])
            if described["kind"] != kind:
                raise CheckpointError(f"{path}: expected a {kind} of this engine, got one of its {described['kind']} files")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header: dict[str, Any] = described["header"]
        if described["checksum"] != _checksum(header, arrays):
            raise CheckpointError(f"{path}: damaged, its checksum does not match")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such file") from None
    except PermissionError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        size = path.stat().st_size if path.exists() else 0
        what = "an empty file" if size == 0 else f"a file of {size} bytes that is torn or of another format"
        raise CheckpointError(f"{path}: expected a {kind} of this engine, got {what}") from None
    return header, arrays


def _checksum(header: dict[str, Any], arrays: Arrays) -> int:
    """Return a sum over all that a file says: the header, and each array's name, type, shape and content."""
    value = 0
    for name, array in sorted(arrays.items()):
        value = zlib.crc32(name.encode(), value)
        value = zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, value)
    layout = [(name, array.dtype.str, array.shape) for name, array in sorted(arrays.items())]
    return zlib.crc32(json.dumps([header, layout], sort_keys=True).encode(), value)


def hold(folder: Path, failure: type[InputError], *within: str) -> TextIO:
    """Hold a folder for this process, and make it and the folders `within` where needed; return what to close to let go.

    The lock goes when the process ends, however it ends. Raises `failure` where the folder cannot be written to, or another
    process holds it.
    """
    try:
        for name in (".", *within):
            (folder / name).mkdir(parents=True, exist_ok=True)
        file = open(folder / "lock", "a", encoding="utf-8")  # noqa: SIM115  (held open while the folder is)
    except OSError as error:
        raise failure(f"folder {folder}: cannot be written to: {error.strerror}") from None
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise failure(f"folder {folder}: another process is at work there") from None
    except (ImportError, OSError):
        pass  # no such locks on this system, or in this folder
    return file
