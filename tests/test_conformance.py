"""The conformance kit passes the games that obey the laws, and names the law that a faulty game breaks."""

import re

import pytest
from faulty_game import Fault, Row
from toy_games import Misere, Planted, Ring

from games import GameError, find
from games.conformance import check
from games.rules import outcome, play

LAWS = {
    Fault.INITIAL_LEAVES_A_FIELD: "initial writes all of the first position",
    Fault.UNKNOWN_OUTCOME: "outcome is WIN, DRAW, LOSS or ONGOING",
    Fault.NO_MOVES: "1 to max_legal legal actions",
    Fault.DESCENDING: "legal actions ascend",
    Fault.ACTION_TOO_HIGH: "legal actions lie in [0, num_actions)",
    Fault.TOO_MANY_MOVES: "1 to max_legal legal actions",
    Fault.WRITES_BEYOND_MOVES: "rules write only what is theirs",
    Fault.WRITES_BEYOND_PLANES: "rules write only what is theirs",
    Fault.READS_BEYOND_STATES: "the same question gets the same answer",
    Fault.LOOKS_BACK_SECRETLY: "a game that doesn't look back ignores past",
    Fault.LOOKING_MOVES_STONES: "rules write only what is theirs",
    Fault.PLAY_HITS_A_NEIGHBOUR: "rules write only what is theirs",
    Fault.SECOND_PLAYER_BEGINS: "players alternate, player 0 begins",
    Fault.GAME_TOO_LONG: "a game is over after max_plies",
    Fault.PLANE_WITHOUT_A_NAME: "every plane has a name",
    Fault.SAME_NAME_TWICE: "every legal action has a notation of its own",
    Fault.NAME_OF_TWO_WORDS: "a move is one word",
    Fault.MOVE_MISREAD: "notation comes back as its action",
    Fault.RUBBISH_READ: "parse_move refuses what it cannot read with MoveError",
    Fault.RUBBISH_CRASHES: "parse_move refuses what it cannot read with MoveError",
    Fault.BLANK_BOARD: "draw returns the board as text",
    Fault.NOT_A_PERMUTATION: "symmetries are permutations, the first the identity",
    Fault.IDENTITY_MISSING: "symmetries are permutations, the first the identity",
    Fault.TABLES_DIFFER_IN_LENGTH: "symmetries are permutations, the first the identity",
    Fault.SYMMETRY_OF_ACTIONS_ONLY: "symmetry 1 commutes with the rules",
    Fault.LEFT_IS_BETTER: "symmetry 1 commutes with the rules",
    Fault.RIGHT_EDGE_IS_BARRED: "symmetry 1 commutes with the rules",
    Fault.COLOURS_LOOK_ALIKE: "equal planes and legal actions mean equal boards",
    Fault.PLAIN_DTYPE: "state_dtype is a record of numbers",
    Fault.SIZE_IS_A_FLOAT: "max_plies is a size",
}


OURS = ["tic_tac_toe", "connect_four", "connect_four:rows=4,columns=8", "connect_four:rows=8,columns=8"]
TOYS = [Planted(), Planted(5, 2, -1), Planted(3, 4, 0), Misere(9), Ring(6), Ring(9), Row(6), Row(8)]


@pytest.mark.parametrize("spec", OURS)
def test_our_games_obey_the_laws(spec):
    report = check(find(spec), games=20)
    assert report.games == report.first_wins + report.draws + report.second_wins == 20


@pytest.mark.parametrize("game", TOYS, ids=repr)
def test_toys_obey_the_laws(game):
    check(game, games=20)


def test_report_counts_what_was_played():
    report = check(Planted(length=5, width=2, result=-1), games=30)
    assert report[1:] == (30, 30 * 6, 5, 5, 0, 0, 30, 2, 1)


def test_seeds_play_other_games():
    reports = {check(find("connect_four"), games=5, seed=seed).positions for seed in range(4)}
    assert len(reports) > 1
    assert check(find("connect_four"), games=5, seed=1) == check(find("connect_four"), games=5, seed=1)


def test_every_fault_has_a_law():
    assert set(LAWS) == set(Fault) - {Fault.NONE}


@pytest.mark.parametrize("fault", LAWS, ids=lambda fault: fault.name.lower())
def test_broken_law_is_named(fault):
    with pytest.raises(GameError, match=re.escape(LAWS[fault])) as raised:
        check(Row(fault=int(fault)))
    assert re.search(r"(after \d( \d)*|at the start): expected .+, got .+", str(raised.value))


def test_error_tells_the_moves_that_lead_there():
    with pytest.raises(GameError) as raised:
        check(Row(fault=int(Fault.UNKNOWN_OUTCOME)))
    where = re.search(r"after ([\d ]+): expected \[-1, 0, 1, 2\], got 3", str(raised.value))
    assert where is not None
    assert len(set(where[1].split())) == 3  # three stones lie where the outcome is wrong


@pytest.mark.parametrize(
    ("rule", "other", "law"),
    [
        (outcome, lambda game, state, past: 0, "rules say the same inside a kernel as from Python"),
        (play, lambda game, state, action: None, "play does the same inside a kernel as from Python"),
    ],
)
def test_kernel_and_python_are_compared(monkeypatch, rule, other, law):
    check(Row(), games=1)  # now the kernels are compiled, with the true rules inside
    monkeypatch.setitem(rule.kernels, Row, other)
    with pytest.raises(GameError, match=law):
        check(Row(), games=1)
