"""Openings from books: EPD, PGN, SGF, lines of text; what is no book is one line."""

import zipfile

import chess
import pytest
from outside import DATA, needs

from arena.matches.book import book_openings, random_openings, read_book
from arena.matches.lines import openings, position_after
from games import find
from games.errors import InputError
from games.rules import ONGOING

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")
CHESS = find("chess")
BOOKS = DATA / "books"


def test_lines_of_text(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("# columns\n444\n4 5\n\n  17  \n444\n", encoding="utf-8")
    found = read_book(book, CONNECT_FOUR)
    assert [position.actions for position in found] == [[3, 3, 3], [3, 4], [0, 6]]  # the same position comes once
    assert [position.actions for position in read_book(book, CONNECT_FOUR, 1)] == [[3], [0]]


def test_epd_with_and_without_counters(tmp_path):
    board = chess.Board()
    for move in ("e4", "c5", "Nf3"):
        board.push_san(move)
    lines = [board.epd(), board.epd(hmvc=1, fmvn=2, id="Sicilian"), board.fen(), chess.STARTING_FEN]
    (tmp_path / "book.epd").write_text("\n".join(lines), encoding="utf-8")
    found = read_book(tmp_path / "book.epd", CHESS)
    assert [CHESS.state_text(position.state) for position in found][1:] == [board.fen(), chess.STARTING_FEN]
    assert CHESS.state_text(found[0].state).split()[:4] == board.fen().split()[:4]
    assert [position.ply for position in found] == [0] * 3


def test_the_order_comes_from_the_seed_and_openings_come_again(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("\n".join("1234567"), encoding="utf-8")
    found, distinct = book_openings(book, CONNECT_FOUR, None, 20, seed=1)
    lines = [position.actions for position in found]
    assert distinct == 7
    assert lines[:7] == lines[7:14] == book_lines(book, 20, 1)[:7]
    assert sorted(lines[:7]) == [[column] for column in range(7)]
    assert lines != book_lines(book, 20, 2)
    assert lines[:5] == book_lines(book, 5, 1)  # a longer match begins like a shorter one


def book_lines(book, count, seed):
    return [position.actions for position in book_openings(book, CONNECT_FOUR, None, count, seed)[0]]


def test_random_openings_are_those_of_arena_lines():
    found, distinct = random_openings(CONNECT_FOUR, None, 30, seed=3)
    lines, expected = openings(CONNECT_FOUR, 4, 30, seed=3)
    assert ([position.actions for position in found], distinct) == (lines, expected)
    assert position_after(CONNECT_FOUR, lines[0]).state == found[0].state


@pytest.mark.parametrize(
    ("name", "content", "game", "expected"),
    [
        ("book.txt", "", CONNECT_FOUR, "found none"),
        ("book.txt", "# nothing\n", CONNECT_FOUR, "found none"),
        ("book.txt", "444\n449\n", CONNECT_FOUR, "book.txt line 2: move 3 of '449'"),
        ("book.txt", "4444444\n", CONNECT_FOUR, "book.txt line 1: move 7"),
        ("book.txt", "1212121\n", CONNECT_FOUR, "the game is over at the end of opening 1"),
        ("book.txt", "a1\nb2", CONNECT_FOUR, "book.txt line 1: "),
        ("book.epd", chess.STARTING_FEN, TIC_TAC_TOE, "an EPD file, which is of chess"),
        ("book.epd", "rnbqkbnr w KQkq -\n", CHESS, "book.epd line 1: "),
        ("book.epd", "8/8/8/8/8/8/8/8 w - -\n", CHESS, "book.epd line 1: "),
        ("book.epd", "7k/5Q2/6K1/8/8/8/8/8 b - -", CHESS, "the game is over at the end of opening 1"),
        ("book.pgn", "1. e4 e5 2. Ke3 *\n", CHESS, "book.pgn"),
        ("book.pgn", "", CHESS, "book.pgn"),
        ("book.sgf", "(;GM[1]SZ[9];B[ee];W[ee])", find("go"), "book.sgf"),
        ("book.sgf", "(;GM[2]SZ[8];B[dc])", find("go"), "book.sgf"),
        ("book.sgf", "no SGF", find("go"), "book.sgf"),
        ("book.bin", "\0\1\2", CONNECT_FOUR, "book.bin line 1"),
    ],
)
def test_what_is_no_book_is_told_in_one_line(tmp_path, name, content, game, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_book(tmp_path / name, game)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "binary.txt").write_bytes(bytes(range(128, 256)))
    for path in (tmp_path / "nowhere.txt", tmp_path, tmp_path / "binary.txt", tmp_path / "nowhere.pgn", tmp_path / "nowhere.sgf"):
        with pytest.raises(InputError, match=path.name):
            read_book(path, find("go") if path.suffix == ".sgf" else CHESS)


def test_openings_of_games_in_pgn_and_sgf(tmp_path):
    (tmp_path / "book.pgn").write_text('[Event "x"]\n\n1. e4 e5 2. Nf3 *\n\n[Event "y"]\n\n1. d4 *\n', encoding="utf-8")
    assert [position.ply for position in read_book(tmp_path / "book.pgn", CHESS)] == [3, 1]
    assert [position.ply for position in read_book(tmp_path / "book.pgn", CHESS, 2)] == [2, 1]
    (tmp_path / "book.sgf").write_text("(;GM[1]SZ[9];B[ee];W[cc])(;GM[1]SZ[9];B[gg])", encoding="utf-8")
    assert [position.ply for position in read_book(tmp_path / "book.sgf", find("go"))] == [2, 1]


@pytest.mark.slow
@needs(BOOKS)
def test_books_from_the_world(tmp_path):
    for name, count in (("noob_2moves.epd", 50), ("8moves_v3.pgn", 300)):
        with zipfile.ZipFile(BOOKS / f"{name}.zip") as archive:
            text = archive.read(archive.namelist()[0]).decode()
        if name.endswith(".pgn"):
            games = text.split("\n\n[Event")
            text = "\n\n[Event".join(games[:count]) + "\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = read_book(tmp_path / name, CHESS)
        assert len(found) >= count
        assert all(position.outcome() == ONGOING for position in found)
