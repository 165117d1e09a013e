"""Where games to learn from lie: files, folders that hold some, archives; cut into pieces that can be read apart.

.pgn            games of chess
.sgf            games of Go, Othello, Gomoku and Hex
.zip            any of these
.safetensors    games that the engine recorded, or shards of a collection
"""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from arena.files.pgn_lines import beginnings
from arena.files.text import MOST_BYTES
from zero.errors import RunError

PGN, SGF, RECORDS, ZIP = ".pgn", ".sgf", ".safetensors", ".zip"
SUFFIXES = (PGN, SGF, RECORDS, ZIP)
PIECE = 2**20  # bytes that are read as one
LARGEST_PIECE = 2**24  # bytes without any beginning of a game, after which a text is cut anyway


class Piece(NamedTuple):
    """A part of a source, to be read by itself."""

    kind: str  # PGN, SGF or RECORDS; "" for what cannot be read: `content` tells why
    texts: list[tuple[str, int, bytes]]  # where each comes from, the number of its first line, its content (RECORDS: none)
    size: int  # bytes of the sources that it stands for


def files_of(sources: Sequence[Path]) -> list[Path]:
    """Return all files of some sources, those of folders in order of their names.

    A run folder stands for the games in its folder `records`. Raises RunError for a path that is not there.
    """
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            folder = source / "records" if (source / "settings.json").exists() else source
            found += sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        elif source.exists():
            found.append(source)
        else:
            raise RunError(f"{source}: there is no such file or folder")
    return list(dict.fromkeys(found))


def pieces_of(files: Sequence[Path]) -> Iterator[Piece]:
    """Give the pieces of files, in their order."""
    for path in files:
        suffix = path.suffix.lower()
        try:
            size = path.stat().st_size
            if suffix == ZIP:
                yield from _pieces_of_archive(path)
            elif suffix == PGN:
                with path.open("rb") as file:
                    yield from _cut(file, str(path))
            elif suffix == SGF:
                with path.open("rb") as file:
                    yield Piece(SGF, [(str(path), 1, file.read(MOST_BYTES))], size)
            elif suffix == RECORDS:
                yield Piece(RECORDS, [(str(path), 1, b"")], size)
            else:
                yield _unreadable(str(path), f"expected a file that ends in {', '.join(SUFFIXES)}", size)
        except OSError as error:
            yield _unreadable(str(path), error.strerror or str(error), 0)


def _unreadable(where: str, reason: str, size: int) -> Piece:
    return Piece("", [(where, 1, reason.encode())], size)


def _pieces_of_archive(path: Path) -> Iterator[Piece]:
    """Give the pieces of an archive; small games of their own together."""
    texts: list[tuple[str, int, bytes]] = []
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                where, suffix = f"{path}/{member.filename}", Path(member.filename).suffix.lower()
                if suffix not in (PGN, SGF) or member.is_dir():
                    continue
                try:
                    with archive.open(member) as file:
                        if suffix == PGN:
                            yield from _cut(file, where, member.compress_size / max(member.file_size, 1))
                            continue
                        texts.append((where, 1, file.read(MOST_BYTES)))
                        size += member.compress_size
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                    yield _unreadable(where, f"cannot be unpacked: {error}", member.compress_size)
                if sum(len(content) for *_, content in texts) >= PIECE // 8:
                    yield Piece(SGF, texts, size)
                    texts, size = [], 0
    except zipfile.BadZipFile as error:
        yield _unreadable(str(path), f"expected a ZIP archive: {error}", path.stat().st_size)
    if texts:
        yield Piece(SGF, texts, size)


def _cut(file: IO[bytes], where: str, packed: float = 1.0) -> Iterator[Piece]:
    """Give a text in PGN in pieces of whole games. packed: bytes in the source for each byte of it."""
    rest, line, nothing = b"", 1, True
    while True:
        fresh = file.read(PIECE)
        rest += fresh
        end = len(rest)
        if fresh:
            starts = beginnings(rest)
            if not starts and len(rest) < LARGEST_PIECE:
                continue
            end = starts[-1] if starts else max(rest.rfind(b"\n\n"), rest.rfind(b"\n"), 0) + 1
        if rest[:end].strip() or (nothing and not fresh):
            yield Piece(PGN, [(where, line, rest[:end])], round(end * packed))
            nothing = False
        line += rest.count(b"\n", 0, end)
        rest = rest[end:]
        if not fresh:
            return
