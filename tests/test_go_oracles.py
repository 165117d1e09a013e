"""Random and real games of Go against other implementations: a slow board, OpenSpiel, sgfmill, and people."""

import re
import sys
import zipfile
from collections import Counter

import numpy as np
import pytest
from outside import DATA, needs
from slow_go import BLACK, EMPTY, WHITE, SlowGo

from games.go import Go
from games.go.text import stones
from games.position import Position
from games.rules import DRAW, LOSS, ONGOING, WIN, key

REAL_GAMES = DATA / "go9" / "games.zip"
RULES = [  # size, komi, limit of plies (0 as always), random plies to compare
    (5, 7.0, 0, 14_000),
    (5, 24.5, 300, 16_000),
    (6, -0.5, 500, 7_000),
    (7, 4.0, 0, 7_000),
    (8, 0.0, 0, 2_000),
    (9, 7.0, 0, 3_500),
    (19, 7.5, 0, 500),
]


def board_of(position):
    return "".join(stones(position.game.size, position.state))


def random_game(game, random, passes=1.0):
    """Yield a position and its legal actions before each move of a random game, and after the last.

    passes: how likely a pass is, beside a stone at any one point.
    """
    position = Position(game)
    while position.outcome() == ONGOING:
        legal = position.legal_actions()
        yield position, legal
        weights = np.ones(len(legal))
        weights[-1] = passes
        action = int(random.choice(legal, p=weights / weights.sum())) if passes != 1.0 else legal[random.integers(len(legal))]
        position.play(action)
    yield position, []


def outcome_of(points, position):
    """Return the outcome for the player to move of a game that Black has won by some points."""
    points = points if position.to_play == 0 else -points
    return WIN if points > 0 else LOSS if points < 0 else DRAW


def compare_with_slow(game, plies, random):
    """Play random games beside a slow board, for some plies; return what was seen."""
    seen = Counter()
    while seen["plies"] < plies:
        slow, keys = SlowGo(game.size, game.komi, game.max_plies), {}
        for position, legal in random_game(game, random, passes=random.choice([0.01, 1.0, 1.0, 4.0])):
            if position.ply > slow.ply:
                seen["captured"] += slow.play(position.actions[-1])
                seen["plies"] += 1
            assert board_of(position) == "".join(slow.board)
            assert position.to_play == slow.ply % 2
            assert keys.setdefault("".join(slow.board), key(game, position.state)) == key(game, position.state)
            assert (position.outcome() != ONGOING) == slow.over()
            if slow.over():
                assert position.outcome() == outcome_of(slow.score(), position)
                seen["passed out"] += slow.passes == 2
                seen[position.winner()] += 1
            else:
                options = slow.options()
                banned = slow.banned(options)
                assert legal == [*sorted({*options} - banned), game.num_actions - 1]
                seen["banned"] += len(banned)
                seen["suicide"] += slow.board.count(EMPTY) - len(options)
                seen["no stone"] += len(legal) == 1
        assert len({*keys.values()}) == len(keys), "boards of one game that share a key"
        seen["games"] += 1
    return seen


@pytest.mark.parametrize(("size", "komi", "limit", "plies"), RULES)
def test_like_a_slow_board(size, komi, limit, plies, random):
    seen = compare_with_slow(Go(size, komi, ply_limit=limit), plies, random)
    assert min(seen["captured"], seen["suicide"]) > 0
    assert plies < 5000 or min(seen["banned"], seen["no stone"], seen["passed out"], seen[0], seen[1]) > 0, seen


@pytest.mark.slow
@pytest.mark.parametrize("size", range(5, 20))
def test_every_size_like_a_slow_board(size, random):
    compare_with_slow(Go(size, size / 2), 4_000_000 // size**2, random)


def compare_with_open_spiel(game, plies, random):
    """Play random games beside OpenSpiel, for some plies; return what was seen.

    OpenSpiel knows no superko but bans what takes a ko back at once; a board that repeats ends its game. So each move
    that is legal there and not here has to be one that repeats, and those alone.
    """
    pyspiel = pytest.importorskip("pyspiel")
    theirs = pyspiel.load_game("go", {"board_size": game.size, "komi": float(game.komi), "max_game_length": game.max_plies})
    seen, names = Counter(), {}
    while seen["plies"] < plies:
        state = theirs.new_initial_state()
        if not names:  # their number of each action of ours
            words = {state.action_to_string(0, action).split()[-1].upper(): action for action in state.legal_actions()}
            names = {action: words[game.move_name(None, action).upper()] for action in range(game.num_actions)}
            back = {number: action for action, number in names.items()}
        for position, legal in random_game(game, random):
            if position.ply > state.move_number():
                state.apply_action(names[position.actions[-1]])
                seen["plies"] += 1
            assert state.is_terminal() == (position.outcome() != ONGOING)
            if state.is_terminal():
                assert [WIN, DRAW, LOSS][1 - int(state.returns()[position.to_play])] == position.outcome()
                continue
            others = {back[number] for number in state.legal_actions()}
            assert others >= {*legal}
            for action in others - {*legal}:
                child = state.child(names[action])
                assert child.is_terminal(), "they allow what does not repeat"
                seen["superko"] += 1
        seen["games"] += 1
    return seen


@pytest.mark.parametrize(("size", "komi", "plies"), [(5, 0.5, 10_000), (7, 9.0, 10_000), (9, 7.0, 25_000), (19, 7.5, 5_000)])
def test_like_open_spiel(size, komi, plies, random):
    seen = compare_with_open_spiel(Go(size, komi), plies, random)
    assert size != 5 or seen["superko"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("size", "plies"), [(5, 1_000_000), (9, 1_000_000), (13, 200_000), (19, 100_000)])
def test_like_open_spiel_for_long(size, plies, random):
    compare_with_open_spiel(Go(size), plies, random)


@pytest.mark.parametrize(("size", "games"), [(5, 100), (9, 60), (19, 4)])
def test_boards_and_scores_like_sgfmill(size, games, random):
    boards = pytest.importorskip("sgfmill.boards")
    game = Go(size, 0.5)
    for _ in range(games):
        theirs = boards.Board(size)
        for position, _ in random_game(game, random):
            if position.ply > 0 and position.actions[-1] < size * size:
                row, column = divmod(position.actions[-1], size)
                theirs.play(size - 1 - row, column, "bw"[1 - position.to_play])
            letters = {None: EMPTY, "b": BLACK, "w": WHITE}
            points = [(row, column) for row in reversed(range(size)) for column in range(size)]
            assert board_of(position) == "".join(letters[theirs.get(*point)] for point in points)
        assert position.outcome() == outcome_of(theirs.area_score() - 0.5, position)


def read_sgf(text):
    """Return the properties of a game record, and its moves as (colour, letters)."""
    properties = dict(re.findall(r"([A-Z]{2})\[([^\]]*)\]", text))
    return properties, re.findall(r";\s*([BW])\[([a-z]{0,2})\]", text)


def replay(position, moves):
    """Play the moves of a record; return why it ended early, or None."""
    size = position.game.size
    for colour, letters in moves:
        if colour != "BW"[position.to_play]:
            return "colours do not alternate"
        if position.outcome() != ONGOING:
            return "moves after the end"
        is_pass = letters in ("", "tt")
        action = size * size if is_pass else (ord(letters[1]) - 97) * size + ord(letters[0]) - 97
        if action not in position.legal_actions():
            return "superko" if action in Position(position.game, position.state).legal_actions() else "not legal"
        position.play(action)
    return None


def replay_real_games(count):
    """Replay real games; return what was seen of how they ended."""
    seen = Counter()
    with zipfile.ZipFile(REAL_GAMES) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".sgf"))
        for name in names[:: max(1, len(names) // count)]:
            properties, moves = read_sgf(archive.read(name).decode("utf-8", "replace"))
            if properties.get("SZ") != "9" or "AB" in properties or "AW" in properties:
                seen["other boards"] += 1
                continue
            position = Position(Go(9, float(properties.get("KM", "7")), ply_limit=1000))
            seen[replay(position, moves)] += 1
            seen["plies"] += position.ply
            result = re.fullmatch(r"([BW])\+([0-9.]+)", properties.get("RE", ""))
            if result and position.outcome() != ONGOING:
                won = {None: None, 0: "B", 1: "W"}[position.winner()]
                source = "CGOS" if "CGOS" in properties.get("PC", "") else "others"
                seen[f"{source} scored {'as here' if won == result[1] else 'otherwise'}"] += 1
    return seen


def check_real_games(count):
    """Replay real games. Some servers ban only what takes a ko back at once, and count dead stones as captured."""
    seen = replay_real_games(count)
    print(dict(seen))
    assert seen["not legal"] == seen["colours do not alternate"] == seen["moves after the end"] == 0
    assert seen["superko"] <= 0.01 * seen[None]
    assert seen["CGOS scored as here"] > 0 == seen["CGOS scored otherwise"]  # that server scores the board as it lies
    assert seen["others scored as here"] > seen["others scored otherwise"]


@needs(REAL_GAMES)
def test_real_games():
    check_real_games(400)


@pytest.mark.slow
@needs(REAL_GAMES)
def test_all_real_games():
    check_real_games(9000)


if __name__ == "__main__":  # python tests/test_go_oracles.py PLIES: that many random plies of 9×9 beside both implementations
    generator, plies = np.random.default_rng(0), int(sys.argv[1])
    print(dict(compare_with_open_spiel(Go(9), plies, generator)))
    print(dict(compare_with_slow(Go(9), plies, generator)))
