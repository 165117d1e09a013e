"""PGN: games come back as they were written, python-chess reads the same, and what is broken is named with its place."""

import io
import zipfile

import chess.pgn
import pytest
from outside import DATA, needs

from arena.files.games import FinishedGame, finished_game
from arena.files.pgn import eval_comment, read_pgn, write_pgn
from arena.files.text import SavedGameError
from arena.players.player import Thought
from games import find
from games.chess import Chess
from games.position import Position, position_of

CHESS = Chess()
KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
BOOK = DATA / "books" / "8moves_v3.pgn.zip"


def random_game(random, start=None, plies=200):
    position = Position(CHESS) if start is None else position_of(CHESS, start)
    while position.legal_actions() and position.ply < plies:
        position.play(int(random.choice(position.legal_actions())))
    return position


def written(*games):
    stream = io.StringIO()
    for game in games:
        write_pgn(stream, game)
    return stream.getvalue()


@pytest.fixture
def file(tmp_path):
    """Write a text to a file and return its path."""

    def write(text):
        path = tmp_path / "games.pgn"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_random_games_come_back(random, file):
    games = []
    for i, start in enumerate([None, None, KIWIPETE, "4k3/8/8/8/8/8/4P3/4K3 b - - 5 39"]):
        position = random_game(random, start, 30 * i + 1)
        comments = [None if ply % 3 else f"[%eval {ply / 100:.2f}] ply {ply}" for ply in range(position.ply)]
        game = finished_game(position, (f"player {i}", "other"), comments)
        games.append(game._replace(tags={"Event": "a test", "Round": str(i)}))
    path = file(written(*games))
    for game, read in zip(games, read_pgn(path, CHESS), strict=True):
        assert read.position.actions == game.actions
        assert (read.names, read.result, read.comments, read.tags) == (game.names, game.result, game.comments, game.tags)
        assert finished_game(read.position, read.names, read.comments).start == game.start
    with path.open() as stream:  # and python-chess agrees
        for game in games:
            board = chess.pgn.read_game(stream).end().board()
            assert board.ply() - (chess.Board(game.start).ply() if game.start else 0) == len(game.actions)
        assert chess.pgn.read_game(stream) is None


def test_a_game_is_written_as_other_programs_write_it():
    position = position_of(CHESS, "f3 e5 g4 Qh4")
    thoughts = [Thought(0, -0.1), Thought(0), Thought(0, -1.0, None, 2), Thought(0, 1.0, None, 1)]
    comments = [eval_comment(thought, ply % 2) for ply, thought in enumerate(thoughts)]
    game = finished_game(position, ('a "quoted" name', ""), comments)._replace(tags={"Event": "two\nlines", "Date": "2026.11.20"})
    text = written(game)
    assert '[White "a \'quoted\' name"]\n[Black "?"]\n[Result "0-1"]' in text
    assert '[Event "two lines"]' in text
    moves = " ".join(text.split("\n\n")[1].split())
    assert moves == "1. f3 { [%eval -0.14] } 1... e5 2. g4 { [%eval #-1] } 2... Qh4# { [%eval #-1] } 0-1"
    assert text.endswith("\n\n")


def test_evaluations_are_from_white_s_point_of_view():
    for value in (0.3, -0.7):
        node = chess.pgn.Game()
        for side in (0, 1):
            node.comment = eval_comment(Thought(0, value), side)
            assert (node.eval().white().score() > 0) == ((value > 0) == (side == 0))
    assert eval_comment(Thought(0), 0) is None
    assert eval_comment(Thought(0, 0.0, None, 6), 0) == "[%eval 0.00]"


MATE = '[Event "mate"]\n[White "A"]\n[Black "B"]\n[Result "0-1"]\n\n1. f3 e5 2. g4 Qh4# 0-1\n\n'
BROKEN = {
    "illegal move": (MATE + "\n" + MATE.replace("Qh4#", "Qh5"), "line 8, game 2: move 2...: illegal san: 'Qh5'"),
    "ambiguous": ("1. Nf3 d5 2. d3 d4 3. Nd2 *\n\n", "line 1, game 1: move 3.: ambiguous san: 'Nd2'"),
    "bad start": ('[FEN "8/8/8/8/8/8/8/8 w - - 0 1"]\n\n*\n', "line 1, game 1: chess: White has no king"),
    "no start": ('[FEN "what"]\n\n*\n', "game 1: "),
    "variant": ('[Variant "Atomic"]\n\n1. e4 *\n', "expected standard chess, got variant 'Atomic'"),
    "other chess": ('[Variant "Chess960"]\n\n1. e4 *\n', "expected standard chess, got variant 'Chess960'"),
    "null move": ("1. e4 -- 2. d4 *\n", "move 1...: 0000 is no move"),
    "goes on": ("1. Nf3 Nf6 2. Ng1 Ng8 3. Nf3 Nf6 4. Ng1 Ng8 5. e4 *\n", "move 5.: the game was over before e2e4, by the"),
    "nothing": ("", "expected games in PGN, found none"),
    "text": ("Dear Sir or Madam,\n\nthank you.\n", "expected games in PGN, found none"),
    "bytes": (bytes(range(256)) * 20, "expected games in PGN, found none"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_game_is_named_with_its_place(name, file):
    text, reason = BROKEN[name]
    path = file(text)
    with pytest.raises(SavedGameError) as caught:
        list(read_pgn(path, CHESS))
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_games_can_be_left_out_and_counted(file):
    skipped = []
    path = file("\n".join([MATE, *(text for text, _ in BROKEN.values() if isinstance(text, str) and "1. " in text), MATE]))
    games = list(read_pgn(path, CHESS, strict=False, skipped=skipped))
    assert len(games) == 3  # the two, and the good one before the illegal move
    assert all(game.result == "0-1" and game.position.ply == 4 for game in games)
    assert len(skipped) == 6


def test_files_that_cannot_be_read(tmp_path):
    for path, reason in ((tmp_path / "nowhere.pgn", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SavedGameError, match=reason):
            list(read_pgn(path, CHESS))
    with pytest.raises(SavedGameError, match="the game is hex"):
        list(read_pgn(tmp_path / "x.pgn", find("hex:size=5")))


def test_what_others_write_is_read(file):
    """Variations, comments of all kinds, signs, missing results, no tags, a byte order mark, Windows lines."""
    text = "\ufeff1. e4 {the best} (1. d4 d5 (1... Nf6)) 1... e5!? $14 ; a comment\r\n2. Nf3 Nc6 {two\r\nlines} 3. Bb5\r\n\r\n"
    first, second = read_pgn(file(text + "% escape\r\n" + MATE), CHESS)
    assert first.position.ply == 5
    assert first.comments == ["the best", None, None, "two\nlines", None]
    assert (first.names, first.result, first.tags) == (("", ""), "*", {})
    assert second.names == ("A", "B")


def test_games_are_read_as_they_are_taken(file):
    games = read_pgn(file(MATE * 3 + MATE.replace("f3", "f9")), CHESS)
    assert [next(games).position.ply for _ in range(3)] == [4, 4, 4]
    with pytest.raises(SavedGameError, match="game 4"):
        next(games)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="zip"):
        written(FinishedGame(CHESS, None, [0], [], ("", ""), "*", {}))


@needs(BOOK)
def test_a_real_book(tmp_path):
    with zipfile.ZipFile(BOOK) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".pgn"))
        archive.extract(name, tmp_path)
    games = [game for _, game in zip(range(200), read_pgn(tmp_path / name, CHESS), strict=False)]
    assert len(games) == 200
    assert all(game.position.ply > 0 for game in games)
