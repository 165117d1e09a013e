"""From files of any size to a collection: a folder of shards, NNNNNN.safetensors, of some thousand games each.

Texts are read by several processes, piece by piece, and come back in their order: the same sources give the same shards.
No game is lost silently: each that is left out is named in skipped.txt beside the shards. A folder that holds the
finished reading of the same files is used again; one that was interrupted is read anew.
"""

import contextlib
import json
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from games import spec_of
from games.game import Game
from games.rules import ONGOING
from selfplay.expert.games import ExpertGames, join, take, write_games
from selfplay.expert.parsing import AFTER_THE_END, NO_RESULT, Parsed, Skipped, parse, parse_by_name
from selfplay.expert.recorded import games_recorded
from selfplay.expert.sources import RECORDS, Piece, files_of, pieces_of
from zero.checkpoint_files import numbered
from zero.errors import RunError
from zero.files import write_bytes

SHARD = 4096  # games
NAMED = 300  # games left out that are told by name
WORTH_PROCESSES = 2**22  # bytes of text: with less, starting them takes longer than reading
INDEX, SKIPPED = "index.json", "skipped.txt"  # beside the shards

Watch = Callable[[str, float], None]  # (phase, share of it done), called often: it is where Ctrl-C is noticed


class Read(NamedTuple):
    """What came of reading."""

    games: int
    plies: int
    skipped: int  # games, or whole files, that were left out
    reasons: list[Skipped]  # the first of them
    by_kind: dict[str, int]  # how many were left out, by kind of reason
    kept: dict[str, int]  # how many are there with an unknown result, or up to their end by our rules

    def __str__(self) -> str:
        text = f"read {self.games:,} games ({self.plies:,} plies)"
        if self.kept.get(NO_RESULT):
            text += f", {self.kept[NO_RESULT]:,} of unknown result"
        if self.kept.get(AFTER_THE_END):
            text += f", {self.kept[AFTER_THE_END]:,} up to where they are over by our rules"
        text += f"; skipped {self.skipped:,}"
        kinds = sorted(self.by_kind.items(), key=lambda item: (-item[1], item[0]))
        return text + (": " + ", ".join(f"{count:,} {kind}" for kind, count in kinds) if kinds else "")


class _Part(NamedTuple):
    """What a piece of a source held."""

    games: ExpertGames
    skipped: list[Skipped]
    kept: Counter[str]
    size: int  # bytes of the source


def read_collection(sources: Sequence[Path], game: Game, folder: Path, workers: int = 1, watch: Watch | None = None) -> Read:
    """Read all games of some files and folders into a folder of shards, which is made where it is not there.

    Games of Go are read whatever their komi, as if it were that of `game`.
    Raises RunError for a path that is not there, and where there is no game to learn from.
    """
    watch = watch or (lambda phase, share: None)
    files = files_of(sources)
    origin = _origin(files, game)
    told = finished_reading(folder)
    if told is not None and told[0] == origin:
        return told[1]
    folder.mkdir(parents=True, exist_ok=True)
    for old in (folder / INDEX, folder / SKIPPED, *numbered(folder)):
        old.unlink(missing_ok=True)
    read = _read(files, game, folder, workers, watch)
    if not read.games:
        what = ", ".join(map(str, sources)) or "no files"
        first = f" ({read.reasons[0].place}: {read.reasons[0].reason})" if read.reasons else ""
        raise RunError(f"{what}: there is no game of {game.name} to learn from; {read}{first}")
    write_bytes(folder / INDEX, (json.dumps({"origin": origin, "read": read._asdict()}, indent=2) + "\n").encode())
    return read


def finished_reading(folder: Path) -> tuple[dict[str, Any], Read] | None:
    """Return from what a collection was read, and what came of it; None where it was not read to the end."""
    try:
        content = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        told = content["read"]
        return content["origin"], Read(**{**told, "reasons": [Skipped(*reason) for reason in told["reasons"]]})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def origin_of(sources: Sequence[Path], game: Game) -> dict[str, Any]:
    """Return what tells the reading of some sources from that of others, or from that of what these were before."""
    return _origin(files_of(sources), game)


def _origin(files: Sequence[Path], game: Game) -> dict[str, Any]:
    found = [(path.resolve(), path.stat()) for path in files]
    return {"game": spec_of(game), "files": [[str(path), status.st_size, status.st_mtime_ns] for path, status in found]}


def _read(files: Sequence[Path], game: Game, folder: Path, workers: int, watch: Watch) -> Read:
    """Write the shards of some files, and the list of what was left out."""
    total = max(sum(path.stat().st_size for path in files), 1)
    games, plies, done, shards = 0, 0, 0, 0
    reasons: list[Skipped] = []
    by_kind, kept = Counter[str](), Counter[str]()
    waiting: list[ExpertGames] = []
    with (
        (folder / SKIPPED).open("w", encoding="utf-8", errors="replace") as file,
        contextlib.closing(_parts(files, game, workers if total >= WORTH_PROCESSES else 1)) as parts,
    ):
        for part in parts:
            waiting.append(part.games)
            games, plies, done = games + len(part.games.outcomes), plies + len(part.games.actions), done + part.size
            for skipped in part.skipped:
                by_kind[skipped.kind] += 1
                file.write(f"{skipped.place}: {skipped.reason}\n")
            reasons += part.skipped[: NAMED - len(reasons)]
            kept += part.kept
            shards = _write_full(waiting, game, folder, shards, SHARD)
            watch(f"reading games: {games:,}", min(done / total, 1.0))
    _write_full(waiting, game, folder, shards, 1)
    return Read(games, plies, by_kind.total(), reasons, dict(by_kind), dict(kept))


def _write_full(waiting: list[ExpertGames], game: Game, folder: Path, shards: int, least: int) -> int:
    """Write shards as long as so many games wait to be written; return the number of shards by now."""
    if sum(len(part.outcomes) for part in waiting) < least:
        return shards
    games = join(waiting)
    while len(games.outcomes) >= least:
        first = np.arange(min(SHARD, len(games.outcomes)))
        write_games(folder / f"{shards:06}.safetensors", game, take(games, first))
        games = take(games, np.arange(len(first), len(games.outcomes)))
        shards += 1
    waiting[:] = [games]
    return shards


def _parts(files: Sequence[Path], game: Game, workers: int) -> Generator[_Part, None, None]:
    """Give what the pieces of some files hold, in their order; texts are read by `workers` processes."""
    if workers < 2:
        for piece in pieces_of(files):
            yield _recorded(piece, game) if piece.kind == RECORDS else _part(piece.size, parse(piece, game))
        return
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    waiting: deque[tuple[int, Future[Parsed]]] = deque()
    try:
        for piece in pieces_of(files):
            most = 0 if piece.kind == RECORDS else 2 * workers - 1
            while len(waiting) > most:
                yield _result(*waiting.popleft())
            if piece.kind == RECORDS:
                yield _recorded(piece, game)
                continue
            with _no_interrupt():  # Ctrl-C is for us: processes are made here, and take over that it is held back
                waiting.append((piece.size, pool.submit(parse_by_name, piece, spec_of(game))))
        while waiting:
            yield _result(*waiting.popleft())
    except BrokenProcessPool:
        raise RunError("a process that read games was ended from outside; is there too little memory?") from None
    except BaseException:  # Ctrl-C: nobody waits for what is being read
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _result(size: int, future: "Future[Parsed]") -> _Part:
    return _part(size, future.result())


def _part(size: int, parsed: Parsed) -> _Part:
    """Return games of texts: all of their moves are learned from."""
    games = ExpertGames(parsed.starts, parsed.outcomes, parsed.ratings, parsed.actions, parsed.actions)
    return _Part(games, parsed.skipped, parsed.kept, size)


def _recorded(piece: Piece, game: Game) -> _Part:
    """Return the games of files that the engine wrote."""
    found = [games_recorded(Path(where), game) for where, *_ in piece.texts]
    games = join([part for part, _ in found])
    kept = Counter({NO_RESULT: int(np.count_nonzero(games.outcomes == ONGOING))})
    return _Part(games, [skipped for _, part in found for skipped in part], kept, piece.size)


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back while the block runs."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
