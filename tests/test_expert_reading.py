"""Collections are read whole: what cannot be learned from is counted and named, whatever a file holds."""

import shutil
import zipfile

import numpy as np
import pytest
from expert_games import random_game, records_of, write_records
from outside import DATA, needs
from small_checkpoints import write as write_checkpoint

from arena.files.text import AFTER_THE_END, ILLEGAL, OTHER_BOARD, OTHER_GAME, TORN, UNREADABLE, VARIANT
from games import find
from games.chess import Chess
from games.position import position_of
from games.rules import LOSS, ONGOING, WIN
from selfplay.expert import reading, sources
from selfplay.expert.games import NOTHING, read_games
from selfplay.expert.parsing import NO_GAME, NO_MOVES, NO_RESULT
from selfplay.expert.reading import INDEX, finished_reading, origin_of, read_collection
from selfplay.records import write_shard
from zero.checkpoint_files import numbered
from zero.errors import RunError

CHESS, GO, TIC_TAC_TOE = Chess(), find("go:size=5"), find("tic_tac_toe")
MATE = '[Event "mate"]\n[WhiteElo "2450"]\n[BlackElo "2391"]\n[Result "0-1"]\n\n1. f3 e5 2. g4 Qh4# 0-1\n\n'
OPENINGS = [
    f'[Event "{move}"]\n[Result "1-0"]\n\n1. {move} e5 2. Nf3 Nc6 1-0\n\n' for move in ("e4", "d4", "c4", "b3", "g3", "a3")
]
SGF = "(;GM[1]SZ[5]KM[6.5]RE[W+R]PB[a (1900)]WR[2100];B[cc];W[bb];B[cb];W[])"


@pytest.fixture
def write(tmp_path):
    """Write a file below a folder, and return the folder."""

    def do(name, content):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "data"

    return do


@pytest.fixture
def read(tmp_path):
    """Read sources into a collection; return what came of it and the games, all in one."""

    def do(data, game=CHESS, workers=1):
        folder = tmp_path / "collection"
        found = read_collection([data] if not isinstance(data, list) else data, game, folder, workers)
        return found, [read_games(path, game) for path in numbered(folder)]

    return do


def test_games_are_as_the_file_has_them(write, read):
    found, (games,) = read(write("a.pgn", MATE + OPENINGS[0]))
    assert (found.games, found.plies, found.skipped, found.by_kind, found.kept) == (2, 8, 0, {}, {})
    assert str(found) == "read 2 games (8 plies); skipped 0"
    assert games.actions.tolist() == [*position_of(CHESS, "f3 e5 g4 Qh4").actions, *position_of(CHESS, "e4 e5 Nf3 Nc6").actions]
    assert games.labels.tolist() == games.actions.tolist()
    assert games.outcomes.tolist() == [LOSS, WIN]
    assert games.ratings.tolist() == [[2450, 2391], [0, 0]]


def test_every_kind_of_source(write, read, tmp_path, random):
    """Files named in capital letters, archives, folders in folders; in the order of their names."""
    write("1/b.PGN", OPENINGS[1])
    write("1/a.pgn", OPENINGS[0])
    write("notes.txt", "nothing of ours")
    data = write("2.zip", "")
    with zipfile.ZipFile(data / "2.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/c.pgn", OPENINGS[2] + OPENINGS[3])
        archive.writestr("readme.md", "1. e4")
    found, (games,) = read([data, data / "1" / "a.pgn"])
    assert (found.games, found.skipped) == (4, 0)
    firsts = [position_of(CHESS, f"{move} e5 Nf3 Nc6").actions for move in ("e4", "d4", "c4", "b3")]
    assert games.actions.reshape(-1, 4).tolist() == firsts


def test_go_of_any_komi(write, read):
    found, (games,) = read(write("a.sgf", SGF + SGF.replace("KM[6.5]", "KM[0]RU[Japanese]").replace("B[cc]", "B[dd]")), GO)
    assert (found.games, found.skipped) == (2, 0)
    assert games.outcomes.tolist() == [LOSS, LOSS]
    assert games.ratings.tolist() == [[1900, 2100]] * 2
    assert games.actions.tolist() == [12, 6, 7, 25, 18, 6, 7, 25]


def test_recorded_games(tmp_path, read, random):
    """A run folder stands for its records; moves that nobody chose have no label; a collection can be read again."""
    run = tmp_path / "run"
    positions = write_records(run / "records" / "000001.safetensors", TIC_TAC_TOE, random, 6, unlabelled=2)
    (run / "settings.json").write_text("{}")
    write_checkpoint(run / "checkpoints" / "000001.safetensors")
    found, (games,) = read(run, TIC_TAC_TOE)
    assert (found.games, found.skipped) == (6, 0)
    assert games.actions.tolist() == [action for position in positions for action in position.actions]
    for first, last in zip(games.starts[:-1], games.starts[1:], strict=True):
        assert games.labels[first : first + 2].tolist() == [NOTHING, NOTHING]
        assert games.labels[first + 2 : last].tolist() == games.actions[first + 2 : last].tolist()
    shutil.copytree(tmp_path / "collection", tmp_path / "again")
    other, (copy,) = read(tmp_path / "again", TIC_TAC_TOE)
    assert other.games == 6
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(copy, games, strict=True))


BROKEN = {
    ILLEGAL: '[Event "x"]\n\n1. e4 e5 2. Ke3\n\n',
    VARIANT: '[Event "x"]\n[Variant "Crazyhouse"]\n\n1. e4 e5\n\n',
    "set-up position": '[Event "x"]\n[FEN "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1"]\n\n1. e4 1-0\n\n',
    TORN: '[Event "x"]\n\n1. e4 {no end\n\n',
    NO_MOVES: '[Event "x"]\n[Result "1-0"]\n\n1-0\n\n',
}


def test_broken_games_are_counted_and_named(write, read, tmp_path):
    """Each kind once, good games between them; the list has all of them."""
    text = "".join(OPENINGS[i] + broken for i, broken in enumerate(BROKEN.values())) + MATE
    data = write("a.pgn", text)
    found, (games,) = read(data)
    assert (found.games, len(games.outcomes), found.skipped) == (6, 6, 5)
    assert found.by_kind == dict.fromkeys(BROKEN, 1)
    assert [skipped.kind for skipped in found.reasons] == list(BROKEN)
    for skipped in found.reasons:
        line = int(skipped.place.removeprefix(f"{data}/a.pgn line "))
        assert text.splitlines()[line - 1] == '[Event "x"]'
    listed = (tmp_path / "collection" / "skipped.txt").read_text().splitlines()
    assert listed == [f"{skipped.place}: {skipped.reason}" for skipped in found.reasons]
    assert "skipped 5: 1 " in str(found)


def test_unknown_results_and_games_played_on_are_kept(write, read):
    """The policy learns from them; the outcome is not known, or that of our rules."""
    shuffle = "1. Nf3 Nf6 2. Ng1 Ng8 3. Nf3 Nf6 4. Ng1 Ng8"
    found, (games,) = read(write("a.pgn", f'[Event "x"]\n\n1. e4 e5 *\n\n[Event "y"]\n[Result "1-0"]\n\n{shuffle} 5. e4 1-0\n\n'))
    assert (found.games, found.plies, found.skipped) == (2, 10, 0)
    assert found.kept == {NO_RESULT: 1, AFTER_THE_END: 1}
    assert games.outcomes.tolist() == [ONGOING, 0]
    assert "1 of unknown result, 1 up to where they are over by our rules" in str(found)


GO_BROKEN = {
    OTHER_BOARD: "(;GM[1]SZ[9];B[cc])",
    OTHER_GAME: "(;GM[2]SZ[8];B[cc])",
    ILLEGAL: "(;GM[1]SZ[5];B[cc];W[cc])",
    "set-up position": "(;GM[1]SZ[5]HA[2]AB[bb][dd];W[cc])",
    NO_MOVES: "(;GM[1]SZ[5])",
}


@pytest.mark.parametrize("torn", [False, True])
def test_broken_games_of_go(write, read, torn):
    """Also in a text that no reader of SGF would take as a whole, since one of its games has no end."""
    parts = [part for broken in GO_BROKEN.values() for part in (SGF, broken)]
    parts = [*parts, "(;GM[1]SZ[5];B[cc];W[b", SGF] if torn else [*parts, SGF]
    found, (games,) = read(write("a.sgf", "a collection\n" + "\n".join(parts)), GO)
    assert (found.games, len(games.outcomes)) == (6, 6)
    assert found.by_kind == {**dict.fromkeys(GO_BROKEN, 1), **({TORN: 1} if torn else {})}


FILES = {
    "empty.pgn": (b"", NO_GAME),
    "blank.pgn": (b" \n\n\r\n", NO_GAME),
    "noise.pgn": (bytes(range(256)) * 400, TORN),
    "empty.sgf": (b"", TORN),
    "noise.sgf": (bytes(range(256)) * 400, TORN),
    "torn.zip": (b"PK\x03\x04 and so on, but no archive", UNREADABLE),
    "empty.safetensors": (b"", UNREADABLE),
    "noise.safetensors": (bytes(range(256)) * 400, UNREADABLE),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_hold_no_games_are_named(name, write, read):
    content, kind = FILES[name]
    game, good = (GO, SGF) if name.endswith(".sgf") else (CHESS, MATE)
    write(f"z.{'sgf' if game is GO else 'pgn'}", good)
    found, _ = read(write(name, content), game)
    assert (found.games, found.skipped, found.by_kind) == (1, 1, {kind: 1})
    assert name in found.reasons[0].place


@pytest.mark.parametrize("name", FILES)
def test_where_nothing_is_left_one_line_says_so(name, write, tmp_path):
    content, _ = FILES[name]
    game = GO if name.endswith(".sgf") else CHESS
    with pytest.raises(RunError, match=r"there is no game of .* to learn from; .* skipped 1: 1 .*") as error:
        read_collection([write(name, content)], game, tmp_path / "collection", 1)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_paths_that_hold_nothing(tmp_path, write):
    with pytest.raises(RunError, match="nowhere: there is no such file or folder"):
        read_collection([tmp_path / "nowhere"], CHESS, tmp_path / "collection")
    (tmp_path / "empty").mkdir()
    for data in ([tmp_path / "empty"], [write("a.txt", MATE) / "a.txt"], []):
        with pytest.raises(RunError, match="there is no game of chess to learn from; read 0 games"):
            read_collection(data, CHESS, tmp_path / "collection")
    assert finished_reading(tmp_path / "collection") is None


def test_damaged_archives(tmp_path, write, read, random):
    """A member that cannot be unpacked is named; those beside it are read."""
    data = write("a.zip", "")
    with zipfile.ZipFile(data / "a.zip", "w") as archive:
        archive.writestr("a.pgn", OPENINGS[0])
        archive.writestr("b.pgn", MATE)
        archive.writestr("c.pgn", OPENINGS[1])
    content = (data / "a.zip").read_bytes().replace(b"Qh4#", b"Qh5#", 1)  # its checksum is wrong now
    (data / "a.zip").write_bytes(content)
    found, _ = read(data)
    assert (found.games, found.by_kind) == (2, {UNREADABLE: 1})
    assert found.reasons[0].place.endswith("a.zip/b.pgn")


def test_recorded_games_that_cannot_be(tmp_path, read, random):
    """Records of another game, moves that are not legal, labels that are not, files of another kind."""
    data = tmp_path / "data"
    write_records(data / "1.safetensors", find("connect_four:rows=4,columns=4"), random, 2)
    records = records_of(TIC_TAC_TOE, [random_game(TIC_TAC_TOE, random) for _ in range(4)])
    records.actions[records.starts[1] + 1] = records.actions[records.starts[1]]
    records.actions[records.starts[2]] = 9
    write_shard(data / "2.safetensors", TIC_TAC_TOE, 1, records)
    write_checkpoint(data / "3.safetensors")
    found, (games,) = read(data, TIC_TAC_TOE)
    assert (found.games, found.by_kind) == (2, {UNREADABLE: 2, ILLEGAL: 2})
    assert [skipped.place.removeprefix(f"{data}/") for skipped in found.reasons] == [
        "1.safetensors",
        "2.safetensors game 2",
        "2.safetensors game 3",
        "3.safetensors",
    ]
    assert "expected records of tic_tac_toe" in found.reasons[0].reason
    assert found.reasons[1].reason == "move 2 is not legal"
    kept = [records.actions[records.starts[i] : records.starts[i + 1]].tolist() for i in (0, 3)]
    assert games.actions.tolist() == kept[0] + kept[1]


@pytest.mark.parametrize("piece", [1, 60, 150, 1000])
def test_pieces_of_any_size_hold_the_same_games(piece, write, read, monkeypatch):
    text = "\n\n".join(OPENINGS) + BROKEN[ILLEGAL] + MATE
    monkeypatch.setattr(sources, "PIECE", piece)
    found, (games,) = read(write("a.pgn", text))
    assert (found.games, found.by_kind) == (7, {ILLEGAL: 1})
    assert games.outcomes.tolist() == [WIN] * 6 + [LOSS]
    line = text[: text.index('[Event "x"]')].count("\n") + 1
    assert found.reasons[0].place.endswith(f"a.pgn line {line}")


def test_a_text_without_beginnings_is_cut_anyway(write, read, monkeypatch):
    """Games without tags, more than fit into a piece."""
    monkeypatch.setattr(sources, "PIECE", 64)
    monkeypatch.setattr(sources, "LARGEST_PIECE", 256)
    found, _ = read(write("a.pgn", "1. e4 e5 2. Nf3 Nc6 1-0\n\n" * 50))
    assert (found.games, found.skipped) == (50, 0)


def test_shards_are_those_of_a_number_of_games(write, read, monkeypatch, tmp_path):
    monkeypatch.setattr(reading, "SHARD", 4)
    found, shards = read(write("a.pgn", "".join(OPENINGS) + MATE * 3))
    assert [len(games.outcomes) for games in shards] == [4, 4, 1]
    assert found.games == 9


def test_several_processes_read_the_same(write, tmp_path, monkeypatch):
    """The shards are the same, byte for byte; what is left out is told in the same order."""
    monkeypatch.setattr(sources, "PIECE", 2000)
    monkeypatch.setattr(reading, "WORTH_PROCESSES", 0)
    write("b.pgn", (BROKEN[ILLEGAL] + MATE) * 5)
    data = write("a.pgn", ("".join(OPENINGS) + BROKEN[TORN]) * 40)
    found = [read_collection([data], CHESS, tmp_path / str(workers), workers) for workers in (1, 2)]
    assert found[0] == found[1]
    assert (found[0].games, found[0].by_kind) == (245, {TORN: 40, ILLEGAL: 5})
    for name in ("000000.safetensors", "skipped.txt", INDEX):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_a_finished_reading_is_used_again(write, read, tmp_path, monkeypatch):
    data = write("a.pgn", MATE)
    first, _ = read(data)
    monkeypatch.setattr(reading, "_read", None)
    again, _ = read(data)
    assert again == first
    assert finished_reading(tmp_path / "collection") == (origin_of([data], CHESS), first)
    assert origin_of([data], find("chess:history=2")) != origin_of([data], CHESS)
    monkeypatch.undo()
    changed, _ = read(write("a.pgn", MATE * 2))
    assert changed.games == 2


class Ended(BaseException):
    pass


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_reading_is_done_anew(workers, write, read, tmp_path, monkeypatch):
    """Nothing is taken for whole; processes that read are gone."""
    monkeypatch.setattr(sources, "PIECE", 100)
    monkeypatch.setattr(reading, "SHARD", 2)
    monkeypatch.setattr(reading, "WORTH_PROCESSES", 0)
    calls = []

    def watch(phase, share):
        calls.append((phase, share))
        if len(calls) == 4:
            raise Ended

    data = write("a.pgn", "".join(OPENINGS) + MATE)
    with pytest.raises(Ended):
        read_collection([data], CHESS, tmp_path / "collection", workers, watch)
    assert numbered(tmp_path / "collection")
    assert finished_reading(tmp_path / "collection") is None
    found, shards = read(data)
    assert (found.games, [len(games.outcomes) for games in shards]) == (7, [2, 2, 2, 1])
    assert [share for _, share in calls] == sorted(share for _, share in calls)


def test_ten_megabytes_of_noise(write, read, random):
    """Letters of chess moves without a game: one file that is named, in seconds."""
    letters = np.frombuffer(b'abcdefgh12345678NBRQKx=+O-. \n\n{}();[]"', np.uint8)
    write("noise.pgn", random.choice(letters, 10_000_000).tobytes())
    found, _ = read(write("z.pgn", MATE))
    assert found.games == 1
    assert set(found.by_kind) <= {TORN, ILLEGAL}
    assert found.skipped >= 1


@needs(DATA / "chess")
@pytest.mark.slow
def test_a_real_collection(read, tmp_path):
    found, shards = read(DATA / "chess" / "games.pgn", workers=2)
    assert found.games + found.skipped == 26_000
    assert sum(len(games.outcomes) for games in shards) == found.games
    assert min(int(games.ratings.min()) for games in shards) >= 2400


def test_a_comment_may_look_like_a_game(write, read):
    found, _ = read(write("a.sgf", SGF.replace(";B[cc]", "C[as in\n(;GM[1\\]SZ[5\\] and\n(;so on];B[cc]") + "\n" + SGF), GO)
    assert (found.games, found.skipped) == (2, 0)
