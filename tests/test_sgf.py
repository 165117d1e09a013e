"""Games on disk: SGF and plain text, one way to all of them (arena/files/games.py)."""

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outside import DATA, needs
from sgfmill import boards, sgf, sgf_moves

from arena.files.area import area_lead
from arena.files.games import FinishedGame, begin, finished_game, read_games, result_of, start_of, suffix_of, write_game
from arena.files.sgf import game_in, read_sgf, write_sgf
from arena.files.stones import rows_of
from arena.files.text import SavedGameError, load_game, save_game
from games import find
from games.position import Position
from games.rules import ONGOING

GAMES = ["go:size=5", "go:size=9,komi=-3.5", "go:size=19", "othello:size=6", "gomoku", "gomoku:rows=5,columns=7,length=4"]
GAMES += ["hex:size=4", "hex:size=11,swap=True", "connect_four", "tic_tac_toe"]
REAL_GAMES = DATA / "go9" / "games.zip"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(lambda text: " ".join(text.split()))


def random_game(game, random, plies, position=None):
    position = position or Position(game)
    while position.outcome() == ONGOING and position.ply < plies:
        position.play(int(random.choice(position.legal_actions())))
    return position


def written(*games):
    stream = io.StringIO()
    for game in games:
        write_game(stream, game)
    return stream.getvalue()


def read_back(text, game, folder):
    path = folder / f"game{suffix_of(game)}"
    path.write_text(text, encoding="utf-8")
    return list(read_games(path, game))


@pytest.mark.parametrize("spec", GAMES)
def test_random_games_come_back(spec, random, tmp_path):
    """What is written is read as it was: moves, start, names, result, comments, tags; several games to a file."""
    game = find(spec)
    games = []
    for i in range(8):
        position = random_game(game, random, int(random.integers(game.max_plies + 1)))
        if i % 2 and hasattr(game, "read_state") and position.outcome() == ONGOING and position.ply > 4:
            position = random_game(game, random, 6, begin(game, game.state_text(position.state)))
        comments = [f"win {i}: a \\ and a ] and a ü" if ply % 3 == 0 else None for ply in range(position.ply)]
        tags = {"Event": "a [cup]", "Date": "2026.11.20", "Round": str(i), "Termination": "resigned", "side": "first"}
        result = ("1-0", "0-1", "1/2-1/2", "*")[i % 4] if position.outcome() == ONGOING else result_of(position)
        games.append(finished_game(position, (f"mcts:{i}", "a; b"), comments, result)._replace(tags=tags))
    for finished, found in zip(games, read_back(written(*games), game, tmp_path), strict=True):
        start, other = begin(game, finished.start), begin(game, start_of(found.position))
        assert rows_like(start) == rows_like(other)
        assert found.position.actions == finished.actions
        assert start.to_play == other.to_play
        assert (found.names, found.result, found.comments) == (finished.names, finished.result, finished.comments)
        assert found.tags == finished.tags


def rows_like(position):
    """Return a position's board; in Go its text has the number of plies, too, which SGF doesn't know."""
    return position.draw().splitlines()[: position.game.plane_shape[1] + 1]


@given(TEXT, TEXT, TEXT)
@settings(max_examples=40)
def test_any_text_comes_back(name, comment, tag):
    for spec in ("go:size=5", "tic_tac_toe"):
        game = find(spec)
        position = Position(game)
        position.play(0)
        finished = finished_game(position, (name, "b"), [comment or None])._replace(tags={"Event": tag} if tag else {})
        text = written(finished, finished)
        assert text.count("\n\n") >= 1
        path = Path(f"unused{suffix_of(game)}")
        found = list(_parse(path, text, game))
        assert [(game.names, game.comments, game.tags) for game in found] == [
            ((name, "b"), [comment or None], {"Event": tag} if tag else {})
        ] * 2


def _parse(path, text, game):
    """Read a text as if it were a file."""
    from unittest.mock import patch

    where = "arena.files.sgf.read_bytes" if path.suffix == ".sgf" else "arena.files.text.read_bytes"
    with patch(where, lambda path: text.encode()):
        return list(read_games(path, game))


@pytest.mark.parametrize("spec", ["go:size=9,komi=0.5", "go:size=13"])
def test_sgfmill_reads_the_same_board(spec, random):
    """An SGF reader written by others finds the same stones after our games of Go."""
    game = find(spec)
    for _ in range(5):
        position = random_game(game, random, int(random.integers(game.max_plies)))
        theirs = sgf.Sgf_game.from_string(written(finished_game(position)))
        board, plays = sgf_moves.get_setup_and_moves(theirs, boards.Board(game.size))
        for colour, move in plays:
            if move is not None:
                board.play(*move, colour)
        letters = {None: ".", "b": "X", "w": "O"}
        points = range(game.size)
        rows = ["".join(letters[board.get(row, column)] for column in points) for row in reversed(points)]
        assert rows == rows_of(position)
        assert theirs.get_komi() == game.komi
        lead = board.area_score()
        assert lead == area_lead(rows_of(position))


def test_the_score_of_a_finished_game_stands_in_the_file(random):
    game = find("go:size=5,komi=2.5")
    for _ in range(20):
        position = random_game(game, random, game.max_plies)
        text = sgf.Sgf_game.from_string(written(finished_game(position))).get_root().get("RE")
        lead = area_lead(rows_of(position)) - game.komi
        assert text == f"{'B' if lead > 0 else 'W'}+{abs(lead)}"
        assert position.winner() == int(lead < 0)


GO = {
    "(;SZ[9]AB[cc][gg]HA[2];W[ee])": ("X", "ee is White's, after a handicap"),
    "(;SZ[9]AB[aa:bb]AW[cc];B[ee])": ("O", "a rectangle of stones"),
    "(;SZ[9]AB[cc]PL[W])": ("O", "White to move"),
    "(;SZ[9];B[ee];B[dd])": ("O", "White passes in between"),
    "(;SZ[9];B[ee](;W[dd];B[cc])(;W[aa]))": ("O", "the main line is read"),
    "junk (;SZ[9];B[tt];W[];B[]) more junk": ("X", "passes, one more than it takes"),
    "(;SZ[9];B[ee];AE[ee]AW[ee]PL[B];B[aa])": ("O", "stones set up later begin the game anew"),
    "(;\nFF[3]SiZe[9]\n;Black[ee]\n;White[ed])": ("X", "lower case letters in names of properties are left out")
}


@pytest.mark.parametrize("text", GO)
def test_what_files_of_go_look_like(text, tmp_path):
    path = tmp_path / "game.sgf"
    path.write_text(text)
    (found,) = read_games(path, find("go"))
    assert "XO"[found.position.to_play] == GO[text][0]


def test_what_is_no_move_leaves_the_game_as_it_is(tmp_path):
    """Resignations, passes after the end, PL of whose turn it is, and comments on them."""
    path = tmp_path / "game.sgf"
    path.write_text("(;GM[11]SZ[5]RE[W+R];B[a1]C[one];PL[W];W[b2]C[two];B[resign]C[three])")
    (found,) = read_games(path, find("hex:size=5"))
    assert (found.position.ply, found.comments, found.result) == (2, ["one", "two"], "0-1")
    path.write_text("(;SZ[9]PL[B];B[]C[one];W[]C[two];B[]C[three])")
    (found,) = read_games(path, find("go"))
    assert (found.position.ply, found.comments, found.result) == (2, ["one", "two"], "0-1")


BROKEN = {
    "": "game.sgf: expected games in SGF: no SGF data found",
    "(": "game.sgf: expected games in SGF: no SGF data found",
    "(;SZ[9];B[ee]": "expected games in SGF: error parsing game 0: unexpected end of SGF data",
    "(;SZ[9];B[ee];W[ee])": "game.sgf move 2: W[ee] is not legal here",
    "(;SZ[9];B[ee];W[zz])": "game.sgf move 2: expected a point of a board of 9×9, got 'zz'",
    "(;SZ[9];B[e])": "game.sgf move 1: expected a point",
    "(;SZ[19];B[ee])": "game.sgf: expected a board of 9×9, got one of 19×19",
    "(;B[ee])": "game.sgf: expected a board of 9×9, got one of 19×19",
    "(;SZ[nine];B[ee])": "game.sgf: expected a size such as 9, got 'nine'",
    "(;SZ[9]KM[6.5];B[ee])": "game.sgf: expected a komi of 7, got 6.5 (the game go:komi=6.5 has that)",
    "(;SZ[9]KM[six];B[ee])": "game.sgf: expected a komi such as 7.5, got 'six'",
    "(;GM[11]SZ[9];B[e5])": "game.sgf: expected a game of go, got one of hex",
    "(;GM[3]SZ[9])": "game.sgf: expected a game of go, got one of game number '3'",
    "(;SZ[9]AB[aa][ab][ba][bb]AW[ca][cb][ac][bc][cc])": "expected every group to have a liberty",
    "(;SZ[9];B[];W[];B[ee])": "game.sgf move 3: the game is over before 'ee'",
    "(;SZ[9];B[aa])(;SZ[9];B[aa];W[aa])": "game.sgf game 2 move 2: W[aa] is not legal here",
}


@pytest.mark.parametrize("text", BROKEN)
def test_files_that_are_no_games_are_refused(text, tmp_path):
    path = tmp_path / "game.sgf"
    path.write_text(text)
    with pytest.raises(SavedGameError) as error:
        list(read_games(path, find("go")))
    assert BROKEN[text] in str(error.value)
    assert str(path) in str(error.value)


@given(st.binary(max_size=200) | st.text("(;)[]BWABSZGMKM19aek\\:", max_size=60).map(str.encode))
@settings(max_examples=60)
def test_no_bytes_bring_the_reader_down(content):
    from unittest.mock import patch

    with patch("arena.files.sgf.read_bytes", lambda path: content):
        for spec in ("go:size=9", "hex:size=5", "othello", "gomoku"):
            with contextlib.suppress(SavedGameError):
                list(read_sgf(Path("x.sgf"), find(spec)))


def test_unreadable_files(tmp_path):
    for path in (tmp_path / "none.sgf", tmp_path / "none.txt", tmp_path):
        with pytest.raises(SavedGameError, match=r"No such file|directory"):
            list(read_games(path, find("go")))
    (tmp_path / "four.sgf").write_text("(;GM[1]SZ[7])")
    with pytest.raises(SavedGameError, match="SGF has no games of connect_four"):
        list(read_games(tmp_path / "four.sgf", find("connect_four")))


def test_the_game_of_a_file(tmp_path):
    path = tmp_path / "game.sgf"
    path.write_text("(;SZ[13]KM[0.5];B[ee])")
    assert game_in(path, find("go")) == find("go:size=13,komi=0.5")
    path.write_text("(;GM[4]SZ[7:5];B[ee])")
    assert game_in(path, find("gomoku")) == find("gomoku:rows=5,columns=7")
    path.write_text("(;SZ[9]KM[6.5];B[ee])")
    (found,) = read_games(path, find("go"), any_komi=True)
    assert found.position.game == find("go")
    path.write_text("(;SZ[9]KM[1000];B[ee])")
    with pytest.raises(SavedGameError, match="expected a komi of whole or half points"):
        game_in(path, find("go"))


def test_games_of_hex_are_written_as_the_specification_says(tmp_path):
    game = find("hex:size=11,swap=True")
    position = Position(game)
    for move in ("b9", "swap", "k11"):
        position.play(position.read_move(move))
    text = written(finished_game(position))
    assert "GM[11]" in text
    assert ";B[b9];W[swap-pieces];B[k11]" in text


@needs(REAL_GAMES)
@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_real_games(part, tmp_path):
    """Games of strong programs and of professionals are read whole, but for moves that bring an earlier board back.

    (Some were played without superko.) An implementation by others says which these are.
    """
    path = tmp_path / "game.sgf"
    with zipfile.ZipFile(REAL_GAMES) as archive:
        names = archive.namelist()
        for name in names[::300] if part == 0 else names:
            path.write_bytes(archive.read(name))
            theirs = sgf.Sgf_game.from_bytes(path.read_bytes())
            try:
                (found,) = read_games(path, game_in(path, find("go")))
            except SavedGameError as error:
                number = int(str(error).partition(" move ")[2].partition(":")[0])
                assert number == first_repetition(theirs), name
                continue
            moves = sum(node.get_move()[0] is not None for node in theirs.get_main_sequence())
            assert found.position.ply == moves, name


def first_repetition(game):
    """Return the number of the first move that brings an earlier board back, by sgfmill's board."""
    board, plays = sgf_moves.get_setup_and_moves(game, boards.Board(9))
    seen = {tuple(board.list_occupied_points())}
    for number, (colour, move) in enumerate(plays, 1):
        if move is not None:
            board.play(*move, colour)
            points = tuple(board.list_occupied_points())
            if points in seen:
                return number
            seen.add(points)
    return None


def test_saved_games_of_all_kinds_come_back(here, random):
    for spec in ("go:size=5", "othello", "tic_tac_toe"):
        game = find(spec)
        position = random_game(game, random, 3)
        path = save_game(position, 1)
        assert path.suffix == suffix_of(game)
        loaded = load_game(path, game)
        assert (loaded.position.actions, loaded.side) == (position.actions, 1)


def test_an_empty_comment_is_none_and_lengths_must_agree():
    game = find("tic_tac_toe")
    finished = FinishedGame(game, None, [0, 1], [None], ("", ""), "*", {})
    with pytest.raises(ValueError, match="argument"):
        write_game(io.StringIO(), finished)
    with pytest.raises(ValueError, match="argument"):
        write_sgf(io.StringIO(), finished._replace(game=find("go:size=5")))
