"""The jit policy: how every kernel is compiled, and where compiled code is kept.

Numba's own cache looks only at the file that a kernel stands in. A kernel of ours compiles the rules of a game from
another file into itself, so we key the cache folder by a hash of all sources that can reach a kernel: those of the
engine (`kernel_sources`), and each file in which somebody defines rules or kernels (`add_source`). The folder is private
to the user.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

PACKAGES = ("games", "zero", "arena", "selfplay")
IMPORT = re.compile(rb"\n(?:from ([\w.]+) import ([^(\n]+|\([^)]*\))|import ([\w.]+))")  # with ^ it would take four times as long
KEEP_SECONDS = 14 * 24 * 3600  # a cache folder that nobody used for two weeks is removed
ROOT = Path(__file__).resolve().parent.parent

_TOKEN = os.urandom(4).hex()  # process numbers come again
_kernels: list[Any] = []
_sources: dict[str, bytes] = {}


def kernel(function):
    """Compile `function` with the policy of this project: cached on disk, without the GIL, IEEE arithmetic."""
    file = function.__code__.co_filename
    if not file.startswith("<"):
        add_source(file)
    compiled = numba.njit(nogil=True, error_model="numpy", cache=_folder is not None)(function)
    if not numba.config.DISABLE_JIT:
        _kernels.append(compiled)
        _keep_apart(compiled)
    return compiled


def _keep_apart(compiled: Any) -> None:
    """Let a kernel's files on the disk have names that no other process uses.

    Numba numbers them by an index that it read a moment ago. Two processes that compile at the same time for different
    games can take the same number, and from then on the code of one game runs in the other.
    """
    file = getattr(compiled._cache, "_cache_file", None)
    if file is not None:
        file._data_name = lambda number: file._data_name_pattern.format(number=number) + f".{os.getpid()}-{_TOKEN}.nbc"


if numba.config.DISABLE_JIT:

    def borrowed(arrays):
        """Return a NamedTuple of arrays as it is."""
        return arrays

else:

    @intrinsic
    def borrowed(typingctx, arrays):
        """Return a NamedTuple of arrays that numba doesn't count references to; the caller keeps them alive.

        Passing arrays on and slicing them costs an atomic increment and decrement each time, which took 64 % of a
        search's time. An entry kernel borrows its arrays once, and all that it calls goes without.
        """

        def codegen(context, builder, signature, arguments):
            result = arguments[0]
            for i, kind in enumerate(signature.args[0].types):
                if isinstance(kind, types.Array):
                    array = context.make_array(kind)(context, builder, builder.extract_value(result, i))
                    array.meminfo = cgutils.get_null_value(array.meminfo.type)
                    array.parent = cgutils.get_null_value(array.parent.type)
                    result = builder.insert_value(result, array._getvalue(), i)
            return result

        return arrays(arrays), codegen


def add_source(path: str | None) -> None:
    """Make compiled code depend on a file outside the packages, where somebody defines rules or kernels.

    Kernels that are compiled already move to the new folder too: a specialisation of theirs for somebody's game, left
    in the folder of the packages alone, would outlive the edits of that game, and not load where its module is not found.
    path: the file; None where there is none (a notebook cell): then nothing is taken from older caches.
    """
    if path is not None and any(Path(path).resolve().is_relative_to(ROOT / name) for name in PACKAGES):
        return
    name = str(path)
    content = os.urandom(16)
    if path is not None:
        with contextlib.suppress(OSError):
            content = Path(path).read_bytes()
    if _sources.get(name) == content:
        return
    _sources[name] = content
    _use_folder()
    if _folder is not None:
        for compiled in _kernels:
            compiled.enable_caching()
            _keep_apart(compiled)


def kernel_sources() -> dict[str, bytes]:
    """Return the files of the packages that can reach a kernel: those that import this one, and all that they import."""
    files = _package_files()
    waiting = [name for name, text in files.items() if b"jit" in text and "games.jit" in _imported(text)]
    found: dict[str, bytes] = {}
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found[name] = files[name]
            waiting += _imported(files[name])
    return dict(sorted(found.items()))


def _package_files() -> dict[str, bytes]:
    """Return the sources of the packages by the modules' names. Each start of a command waits for this: so without Path."""
    found = {}
    for package in PACKAGES:
        for folder, _, names in os.walk(ROOT / package):
            parent = os.path.relpath(folder, ROOT).replace(os.sep, ".")
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found[f"{parent}.{name[:-3]}"] = file.read()
    return found


def _imported(text: bytes) -> list[str]:
    """Return the modules that a source may import at its top: `from a import b` means a, or a.b, or a/__init__."""
    found = []
    for module, names, plain in IMPORT.findall(b"\n" + text):
        base = (module or plain).decode()
        found += [base, f"{base}.__init__", *(f"{base}.{name}" for name in re.findall(r"\w+", names.decode()))]
    return found


def _source_hash() -> str:
    digest = hashlib.sha256(f"{numba.__version__}".encode())
    for name, content in kernel_sources().items():
        digest.update(name.encode() + b"\0" + content)
    for name in sorted(_sources):
        digest.update(name.encode() + b"\0" + _sources[name])
    return digest.hexdigest()[:24]


def _private_parent() -> Path | None:
    """Return a folder that only this user can read and write, or None where the machine offers none."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    uid = os.getuid() if hasattr(os, "getuid") else 0
    for make_parent in (lambda: Path(home) / "zero" / "kernels", lambda: Path(tempfile.gettempdir()) / f"zero-kernels-{uid}"):
        try:
            parent = make_parent()
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = parent.stat()
            if hasattr(os, "getuid") and (status.st_uid != uid or stat.S_IMODE(status.st_mode) & 0o077):
                continue
            with tempfile.TemporaryFile(dir=parent):
                return parent
        except OSError:
            continue
    return None


def _prune(parent: Path, keep: Path) -> None:
    for old in parent.iterdir():
        with contextlib.suppress(OSError):
            if old != keep and time.time() - old.stat().st_mtime > KEEP_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


def _use_folder() -> None:
    global _folder
    parent = _private_parent()
    _folder = None
    if parent is not None:
        folder = parent / _source_hash()
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(folder)
            _prune(parent, folder)
            _folder = folder
            numba.config.CACHE_DIR = str(folder)


_folder: Path | None = None
_use_folder()
