"""Collections of games of chess, read fast: python-chess reads the same moves, and what is broken is named and passed over."""

import io
import itertools

import chess
import numpy as np
import pytest
from outside import DATA, needs

from arena.files.games import finished_game
from arena.files.main_lines import MainLine, line_of
from arena.files.movetext import DOUBTFUL, PLAYED_ON, TORN, WHOLE, read_moves
from arena.files.pgn import games_in, write_pgn
from arena.files.pgn_lines import lines_of_pgn
from arena.files.text import AFTER_THE_END, ILLEGAL, OTHER_GAME, VARIANT
from arena.files.text import TORN as TORN_TEXT
from games import find
from games.chess import Chess
from games.chess.notation import action_of, board_of
from games.position import Position, position_of
from games.rules import DRAW, LOSS, ONGOING, WIN

CHESS = Chess()
GAMES = DATA / "chess" / "games.pgn"


class Kernel:
    """The kernel by itself."""

    def __init__(self):
        self.scratch = np.zeros(1, CHESS.state_dtype), np.zeros(512, np.int64), np.zeros(218, np.int32)
        self.actions = np.zeros(512, np.int32)

    def __call__(self, text):
        """Return how a text was read, and the actions."""
        plies, how, *_ = read_moves(CHESS, np.frombuffer(text.encode().rstrip(), np.uint8), *self.scratch, self.actions)
        return how, self.actions[:plies].tolist()


KERNEL = Kernel()


def random_position(random, plies):
    position = Position(CHESS)
    while position.ply < plies and position.legal_actions():
        position.play(int(random.choice(position.legal_actions())))
    return position


def through_python_chess(text):
    """Return what python-chess makes of a text, as lines_of_pgn does."""
    return [line_of(read) for _, read in games_in(io.StringIO(text, newline=None), CHESS, "")]


def assert_same(one, other):
    """Two readings of a game say the same."""
    assert one.actions.tolist() == other.actions.tolist()
    assert (one.result, one.outcome, one.ratings) == (other.result, other.outcome, other.ratings)
    assert bool(one.played_on) == bool(other.played_on)


def movetext(actions):
    """Return moves in PGN."""
    board, words = chess.Board(), []
    for action in actions:
        legal = {action_of({"ply": board.ply()}, move): move for move in board.legal_moves}
        words.append(board.san(legal[action]))
        board.push(legal[action])
    return " ".join(words)


def test_random_games_come_back(random):
    """Castling, promotions, captures en passant, all kinds of ambiguity: nothing is left to python-chess."""
    for plies in (20, 60, 120, 300, 400):
        position = random_position(random, plies)
        stream = io.StringIO()
        write_pgn(stream, finished_game(position))
        (place, line), *rest = lines_of_pgn(stream.getvalue().encode(), CHESS, "x")
        assert (place, rest) == ("x line 1", [])
        assert line.actions.tolist() == position.actions
        assert KERNEL(stream.getvalue().split("\n\n", 1)[1]) == (WHOLE, position.actions)


def spellings(board, move):
    """Return ways to write a legal move that all mean this one alone; the first is the standard's."""
    san = board.san(move)
    found = [san, san.rstrip("+#"), f"{san}!?", f"{san}$1", f"1.{san}"]
    piece = board.piece_type_at(move.from_square)
    if board.is_castling(move):
        return [*found, san.replace("O", "0")]
    letter = "" if piece == chess.PAWN else chess.piece_symbol(piece).upper()
    start, end = chess.square_name(move.from_square), chess.square_name(move.to_square)
    becomes = f"={chess.piece_symbol(move.promotion).upper()}" if move.promotion else ""
    found += [f"{letter}{start}{sign}{end}{becomes}" for sign in ("", "-", "x")]
    return [*found, *(word.replace("=", "") for word in found if "=" in word)]


CASTLING = "d4 d5 Nc3 Nc6 Bf4 Bf5 Qd2 Qd7 e3 e6 Bd3 Bd6 Nf3 Nf6"
PROMOTION = "e4 a6 e5 d5 exd6 Nc6 dxc7 Nb8"
RARE = (CASTLING, f"{CASTLING} a3", "e4 a6 e5 d5", "a3 e5 a4 e4 d4", PROMOTION)  # to both sides, en passant, to all pieces


def test_moves_are_read_as_python_chess_reads_them(random):
    """Each legal move in each spelling is that move; a word from elsewhere is what python-chess says, or left to it."""
    words = set()
    read, left = 0, 0
    positions = [random_position(random, plies) for plies in (0, 3, 9, 17, 30, 45, 60, 90, 140, 200)]
    for position in (*positions, *(position_of(CHESS, line) for line in RARE)):
        if position.outcome() != ONGOING:
            continue
        board, before = board_of(position.state), movetext(position.actions)
        for move in board.legal_moves:
            action = action_of(position.state, move)
            for word in spellings(board, move):
                assert KERNEL(f"{before} {word}") == (WHOLE, [*position.actions, action]), (board.fen(), word)
            words.add(board.san(move))
        for word in random.choice(sorted(words), 60):
            how, actions = KERNEL(f"{before} {word}")
            try:
                expected = action_of(position.state, board.parse_san(word))
            except ValueError:
                expected = None
            if how == WHOLE:
                assert actions[-1] == expected
            assert how == (DOUBTFUL if expected is None else WHOLE)
            read, left = read + (how == WHOLE), left + (how == DOUBTFUL)
    assert read > 50
    assert left > 50


NASTY = (
    b'\xef\xbb\xbf[Event "Kr\xe4henwinkel"]\r\n[White "M\xfcller; (x) {y}"]\r\n[WhiteElo "2431"]\r\n'
    b'[BlackElo "?"]\r\n[Result "1-0"]\r\n\r\n'
    b"1. e4 {a } e5 2.Nf3 (2. f4 exf4 (2... d5 3. exd5 {) ( not moves: Ke8} (3. d4)) 3. Nf3 g5) 2... Nc6\r\n"
    b"$2 $139 3.Bb5!? a6?! ; 4. Qh5\r\n"
    b"% 4. d4 is escaped {\r\n4. Ba4 Nf6 5. 0-0 {two\r\n\r\n[lines] } Be7 6.Re1 b5 7. Bb3 d6 8. c3 O-O 9. h3 1-0 {over}\r\n\r\n"
    b'[Event "en passant"]\n[Result "*"]\n\n1. e4 a6 2. e5 d5 3. exd6 Nc6 4. dxc7 Nb8\n5. cxb8=R Rxb8 6. Qf3 Ra8 7. Qxf7+ 1-0\n\n'
    b'[Event "told twice, no check marks"]\n[BlackElo "2500"]\n\n'
    b"1. e2-e4 e7e5 2. Ng1f3 Qd8-e7 3. Nb1c3 Qe7e6 4. Bf1e2 Qe6a6\n5. Be2xa6 1/2-1/2\n\n"
    b'[Event "run together"]\n[Result "0-1"]\n1.f3 e5 2.g4(2.e4)Qh4#{mate}0-1'
)


def test_a_nasty_file():
    """Both ways of reading agree on nested variations, comments in all forms, signs, escapes, Windows lines, old encodings."""
    found = [line for _, line in lines_of_pgn(NASTY, CHESS, "nasty")]
    expected = through_python_chess(NASTY.decode("utf-8-sig", "replace"))
    assert len(found) == len(expected) == 4
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)
    assert [len(line.actions) for line in found] == [17, 13, 9, 4]
    assert [line.result for line in found] == ["1-0", "1-0", "1/2-1/2", "0-1"]
    assert [line.ratings for line in found] == [(2431, 0), (0, 0), (0, 2500), (0, 0)]
    assert found[3].outcome == LOSS
    assert [place for place, _ in lines_of_pgn(NASTY, CHESS, "nasty")] == [f"nasty line {n}" for n in (1, 14, 20, 26)]


def test_outcomes_are_those_of_the_player_who_began():
    for text, outcome in (("f3 e5 g4 Qh4", LOSS), ("e4 e5 Qh5 Nc6 Bc4 Nf6 Qxf7", WIN), ("e4", ONGOING)):
        ((_, line),) = lines_of_pgn(text.encode(), CHESS, "x")
        assert_same(line, *through_python_chess(text))
        assert line.outcome == outcome


@pytest.mark.parametrize("text", ["1. e4 {a", "1. e4 (1. d4", "1. e4 ( {)} "])
def test_what_has_no_end_is_torn(text):
    assert KERNEL(text)[0] == TORN


@pytest.mark.parametrize(
    "text",
    [
        "1. e5",
        "Ke2",
        "1. Nf6",
        "1. e4 e5 2. Ke3",
        "1. e4\n\n1. d4",
        "1. -- e5",
        "e4 1-0 e5",
        "(e4) e5",
        "1. e4 ) e5",
        "0000",
        "P",
        "=",
    ],
)
def test_what_is_doubtful_is_left_to_python_chess(text):
    assert KERNEL(text)[0] == DOUBTFUL


OTHER = find("chess:claims=False")
SHUFFLE = "1. Nf3 Nf6 2. Ng1 Ng8 3. Nf3 Nf6 4. Ng1 Ng8"


def test_a_game_is_read_up_to_its_end_by_our_rules():
    """Where draws are claimed at once, the third repetition ends it; python-chess's way says the same."""
    for more, game, plies, outcome in (
        ("", CHESS, 8, DRAW),
        (" 5. Nf3 Nf6 1-0", CHESS, 8, DRAW),
        (" 5. e4 1-0", OTHER, 9, ONGOING),
    ):
        text = f'[Result "1-0"]\n\n{SHUFFLE}{more}'
        ((_, line),) = lines_of_pgn(text.encode(), game, "x")
        ((_, read),) = games_in(io.StringIO(text), game, "x")
        assert_same(line, line_of(read))
        assert (len(line.actions), line.outcome, bool(line.played_on)) == (plies, outcome, bool(more) and game is CHESS)
    assert KERNEL(f"{SHUFFLE} 5. Nf3")[0] == PLAYED_ON
    assert next(iter(games_in(io.StringIO(f"{SHUFFLE} 5. Nf3"), CHESS, "x")))[1].kind == AFTER_THE_END


GOOD = '[Event "good"]\n[Result "0-1"]\n\n1. f3 e5 2. g4 Qh4# 0-1\n\n'
BROKEN = {
    '[Event "illegal"]\n\n1. e4 e5 2. Ke3 Ke7 1-0\n\n': ILLEGAL,
    '[Event "ambiguous"]\n\n1. d4 d5 2. Nf3 Nf6 3. Nd2 Nd7 1-0\n\n': ILLEGAL,
    '[Event "null move"]\n\n1. e4 -- 2. d4 1-0\n\n': ILLEGAL,
    '[Event "no end"]\n\n1. e4 {and so on 1... e5\n\n': TORN_TEXT,
    '[Event "variant"]\n[Variant "Atomic"]\n\n1. e4 e5 1-0\n\n': VARIANT,
    '[Event "set up"]\n[SetUp "1"]\n[FEN "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1"]\n\n1. e4 1-0\n\n': "set-up position",
    '[Event "no position"]\n[SetUp "1"]\n[FEN "no/position w"]\n\n1. e4 1-0\n\n': TORN_TEXT,
    '[Event "prose"]\n\nWhat a game this was, said all who saw it there\n\n': TORN_TEXT,
}


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text.split('"')[1])
def test_a_broken_game_is_named_and_the_next_one_is_read(text):
    found = list(lines_of_pgn(f"{GOOD}{text}{GOOD}".encode(), CHESS, "x"))
    assert [isinstance(line, MainLine) for _, line in found] == [True, False, True]
    assert found[1][0] == "x line 6"
    assert found[1][1].kind == BROKEN[text]
    assert str(found[1][1])


PROSE = b"e4 is a move of some games\n" * 10


def test_noise_is_named_once(random):
    """A text that is no PGN has no games in it by chance, though it may have e4 somewhere."""
    letters = np.frombuffer(b"abcdefgh12345678NBRQKx=+O-. \n\n{}();", np.uint8)
    for content in (
        random.bytes(200_000),
        random.choice(letters, 200_000).tobytes(),
        bytes(200_000),
        b"e4 is a move of some games\n" * 10,
    ):
        ((place, error),) = lines_of_pgn(content, CHESS, "noise")
        assert (place.split()[0], error.kind) == ("noise", TORN_TEXT)
    assert list(lines_of_pgn(b" \r\n\n\t\n", CHESS, "nothing")) == []


def test_pgn_is_of_chess_alone():
    ((_, error),) = lines_of_pgn(GOOD.encode(), find("hex:size=5"), "x")
    assert error.kind == OTHER_GAME


def same_games(count, step):
    content = GAMES.read_bytes()
    pieces = content.split(b"\n\n[Event ")
    text = b"\n\n[Event ".join(pieces[1 : count * step : step])
    text = b"[Event " + text
    found = [line for _, line in lines_of_pgn(text, CHESS, "x")]
    expected = through_python_chess(text.decode())
    assert len(found) == len(expected) == count
    for one, other in itertools.zip_longest(found, expected):
        assert_same(one, other)


@needs(GAMES)
def test_real_games_are_read_as_python_chess_reads_them():
    same_games(30, 860)


@needs(GAMES)
@pytest.mark.slow
def test_thousands_of_real_games_are_read_as_python_chess_reads_them():
    same_games(4000, 6)
