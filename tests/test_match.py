"""Matches: colours, openings and results by laws and planted worlds; `zero match` from the outside."""

import json
import math
import time
from functools import partial

import pytest
from small_checkpoints import write
from toy_games import Misere, Planted, Ring

from arena.files.games import read_games
from arena.matches.contest import Conditions, PlayedGame
from arena.matches.lines import RandomLines, openings, position_after
from arena.matches.match import Match, default_opening_plies, play_match
from arena.players.minimax import Minimax
from arena.players.player import Player, RandomPlayer, Thought
from arena.ratings.sprt import Sprt
from games import find
from games.rules import ONGOING
from zero.errors import SettingsError

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


class FirstMove(Player):
    """Plays the lowest legal action, the highest where `last`; remembers what it was asked."""

    def __init__(self, game, last=False):
        super().__init__(game, "first move")
        self.index = -1 if last else 0
        self.asked = []

    def consider(self, positions):
        self.asked.append([list(position.actions) for position in positions])
        return [Thought(position.legal_actions()[self.index]) for position in positions]


@pytest.fixture
def zero(command):
    return partial(command, "match")


@pytest.mark.parametrize("result", [1, 0, -1])
def test_where_the_beginner_wins_or_loses_anyway_the_colours_show_it(result):
    game = Planted(5, 3, result)
    match = play_match(RandomPlayer(game, 1), RandomPlayer(game, 2), game, 20, opening_plies=1)
    first, second = match.tally(began=True), match.tally(began=False)
    expected = {1: (10, 0, 0), 0: (0, 10, 0), -1: (0, 0, 10)}
    assert (first, second) == (expected[result], expected[-result])
    assert match.elo.difference == 0.0


def test_who_knows_the_way_wins_from_every_opening_that_can_be_won():
    game = Misere(13)  # to move at 13 is to lose; one of three first moves keeps it so
    match = play_match(Minimax(game, 13, 1), Minimax(game, 13, 2), game, 100, opening_plies=0)
    assert match.tally(began=True) == (0, 0, 50)
    assert match.tally(began=False) == (50, 0, 0)
    assert match.distinct_openings == 1


def test_swapping_the_players_swaps_the_results():
    game = CONNECT_FOUR
    one = play_match(FirstMove(game), FirstMove(game, last=True), game, 100, seed=5)
    other = play_match(FirstMove(game, last=True), FirstMove(game), game, 100, seed=5)
    assert len(set(one.results)) > 1
    assert other.results[::2] == [-result for result in one.results[1::2]]
    assert other.results[1::2] == [-result for result in one.results[::2]]
    assert other.elo.difference == pytest.approx(-one.elo.difference)


@pytest.mark.parametrize("plies", [0, 1, 4, 7])
def test_a_pair_shares_its_opening_and_all_games_run_at_once(plies):
    game = CONNECT_FOUR
    a, b = FirstMove(game), FirstMove(game, last=True)
    play_match(a, b, game, 60, opening_plies=plies, seed=2)
    first_of_a = a.asked[0]  # games where A is to move after the opening: half of them
    assert len(first_of_a) == 30
    assert all(len(line) == plies for line in first_of_a)
    asked_b = [line for line in b.asked[0] if len(line) == plies]
    assert sorted(asked_b) == sorted(first_of_a)  # B meets the same openings on the same side of the board
    assert max(len(a.asked), len(b.asked)) <= (game.max_plies - plies) // 2 + 1


@pytest.mark.parametrize("game", [TIC_TAC_TOE, CONNECT_FOUR, Ring(8), Misere(12)], ids=lambda game: game.name)
@pytest.mark.parametrize("plies", [0, 1, 2, 3])
def test_openings_are_legal_unfinished_and_as_distinct_as_can_be(game, plies):
    def boards(plies):
        """Return the boards after that many plies, by trying everything."""
        lines = [[]]
        for _ in range(plies):
            lines = [[*line, action] for line in lines for action in position_after(game, line).legal_actions()]
        going = [position for position in (position_after(game, line) for line in lines) if position.outcome() == ONGOING]
        return {position.state.tobytes() for position in going}

    lines, distinct = openings(game, plies, 300, seed=1)
    positions = [position_after(game, line) for line in lines]  # raises where a move is not legal
    assert len(lines) == 300
    assert all(position.ply == plies and position.outcome() == ONGOING for position in positions)
    seen = {position.state.tobytes() for position in positions}
    assert len(seen) == distinct == min(300, len(boards(plies)))
    assert openings(game, plies, 300, seed=1) == (lines, distinct)


def test_openings_that_leave_no_game_are_refused():
    assert openings(TIC_TAC_TOE, 9, 3, 0) == ([], 0)
    players = RandomPlayer(TIC_TAC_TOE, 1), RandomPlayer(TIC_TAC_TOE, 2)
    for plies in (9, 10, 1000):
        with pytest.raises(SettingsError, match=f"opening_plies {plies}: .* expected fewer"):
            play_match(*players, TIC_TAC_TOE, 10, opening_plies=plies)


def test_random_lines_find_every_board_of_tic_tac_toe():
    """5478 boards can come up in play, 958 of them end the game (the count is well known)."""
    found = 0
    for ply in range(9):
        lines = RandomLines(TIC_TAC_TOE, ply, 7)
        while lines.next() is not None:
            found += 1
    assert found == 5478 - 958


def test_default_openings():
    assert [default_opening_plies(game) for game in (TIC_TAC_TOE, CONNECT_FOUR)] == [2, 4]


def test_it_tells_its_progress():
    told = []
    players = RandomPlayer(TIC_TAC_TOE, 1), RandomPlayer(TIC_TAC_TOE, 2)
    play_match(*players, TIC_TAC_TOE, 30, progress=lambda *numbers: told.append(numbers))
    assert told == sorted(told)
    assert told[-1] == (30, 30)


def test_json_says_what_the_text_says(zero):
    words = ("minimax:4", "random", "--game", "tic_tac_toe", "--games", "100", "--seed", "3")
    status, text, err = zero(*words)
    assert (status, err) == (0, "")
    status, out, err = zero(*words, "--json")
    assert (status, err) == (0, "")
    match = json.loads(out)
    assert match["wins"] + match["draws"] + match["losses"] == match["games"] == 100
    assert match["elo_low"] < match["elo"] < match["elo_high"]
    score = (match["wins"] + match["draws"] / 2) / 100
    assert match["elo"] == pytest.approx(400 * math.log10(score / (1 - score)))
    assert [match["first"][name] + match["second"][name] for name in ("wins", "draws", "losses")] == [
        match[name] for name in ("wins", "draws", "losses")
    ]
    assert f"Elo difference {match['elo']:+.0f}, 95 % interval {match['elo_low']:+.0f} to {match['elo_high']:+.0f}" in text
    assert [line.split()[1:] for line in text.splitlines() if line.startswith("A ")] == [
        [str(match[name]) for name in ("wins", "draws", "losses")]
    ]


def test_the_same_seed_gives_the_same_match(zero, tmp_path):
    write(tmp_path / "file")
    for player in ("mcts:20", "file"):
        words = (player, "random", "--game", "tic_tac_toe", "--games", "40", "--json")
        outputs = [zero(*words, "--seed", seed)[1] for seed in (1, 1, 2)]
        assert outputs[0] == outputs[1]
        assert json.loads(outputs[0])["wins"] != json.loads(outputs[2])["wins"] or outputs[0] != outputs[2]


def test_who_wins_everything_gets_a_bound_on_one_side(zero):
    words = ("minimax:4", "random", "--game", "connect_four", "--games", "10")
    match = json.loads(zero(*words, "--json")[1])
    assert (match["wins"], match["elo"], match["elo_high"]) == (10, None, None)
    assert match["elo_low"] == pytest.approx(400 * math.log10(0.05**0.2 / (1 - 0.05**0.2)))
    assert f"at least {match['elo_low']:+.0f} with 95 % confidence" in zero(*words)[1]
    lost = json.loads(zero("random", "minimax:4", *words[2:], "--json")[1])
    assert (lost["losses"], lost["elo"], lost["elo_low"]) == (10, None, None)


def test_openings_that_come_again_are_owned_up_to(zero):
    assert "only 72 distinct openings for 100 pairs" in zero("random", "random", "--game", "tic_tac_toe", "--games", "200")[1]
    assert "distinct openings" not in zero("random", "random", "--game", "tic_tac_toe", "--games", "100")[1]


def test_checkpoints_meet_with_search_and_without(zero, tmp_path):
    write(tmp_path / "one", CONNECT_FOUR, seed=1)
    write(tmp_path / "two", CONNECT_FOUR, seed=2)
    for a, b in (("one", "net:two"), ("one@20", "two@5"), ("net:one", "random")):
        status, out, err = zero(a, b, "--games", "8", "--simulations", "6", "--json")
        assert (status, err) == (0, "")
        assert json.loads(out)["game"] == "connect_four:rows=6,columns=7"


BAD = {
    "random random": "name one, as in --game",
    "random": "Missing",
    "random random --game tictactoe": "unknown game 'tictactoe' (did you mean tic_tac_toe?)",
    "random rndom --game tic_tac_toe": "unknown player 'rndom'",
    "random random --game tic_tac_toe --games 7": "expected an even number of games from 2 on",
    "random random --game tic_tac_toe --games 0": "expected an even number of games",
    "random random --game tic_tac_toe --games many": "--games",
    "random random --game tic_tac_toe --gmes 8": "--gmes",
    "random random --game tic_tac_toe --opening-plies -1": "expected opening_plies >= 0",
    "random random --game tic_tac_toe --opening-plies 9": "every game is over by then",
    "random random --game tic_tac_toe --seed -1": "expected a seed from 0",
    "random random --game tic_tac_toe --simulations 0": "expected simulations >= 1",
    "ttt c4": "expected one game, but player 'ttt' is for tic_tac_toe, player 'c4' for connect_four",
    "c4 random --game connect_four:rows=5": "expected one game",
    "c4 random --device cuda:99": "cuda:99",
    "broken random": "broken",
    "solver random --game tic_tac_toe": "connect_four:rows=6,columns=7 only",
    "random random --game tic_tac_toe --sprt 3": "expected sprt as ELO0,ELO1",
    "random random --game tic_tac_toe --sprt 5,0": "expected elo0 < elo1",
    "random random --game tic_tac_toe --sprt 0,5 --alpha 0": "expected alpha above 0",
    "random random --game tic_tac_toe --book nowhere.txt": "nowhere.txt: No such file",
    "random random --game tic_tac_toe --book c4": "c4: expected a book",
    "random random --game tic_tac_toe --save games.pgn": "expected a file ending in .txt",
    "random random --game tic_tac_toe --save nowhere/games.txt": "No such file or directory",
    "random random --game tic_tac_toe --time-control soon": "expected a time per move (1s), a clock",
    "random random --game tic_tac_toe --resign-value 2": "expected resign_value above 0 and up to 1",
    "random random --game tic_tac_toe --on-failure weep": "--on-failure",
    "c4@soon random": "expected FILE@SIMULATIONS (or a time, as in FILE@0.5s)",
    "uci:stockfish random --game tic_tac_toe": "plays chess, but the game is tic_tac_toe",
    "shipped random --game hex": "no network ships for hex",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused(words, refused, here):
    write(here / "ttt")
    write(here / "c4", CONNECT_FOUR)
    (here / "broken").write_bytes((here / "c4").read_bytes()[:1000])
    assert BAD[words] in refused("match", *words.split())


def test_a_sequential_test_ends_the_match_early_and_says_so(zero):
    words = ("minimax:4", "random", "--game", "connect_four", "--games", "2000", "--sprt", "0,30", "--at-once", "64")
    status, out, err = zero(*words, "--json")
    found = json.loads(out)
    assert (status, err, found["sprt"]["state"]) == (0, "", "accept H1")
    assert found["sprt"]["llr"] >= found["sprt"]["upper"] == pytest.approx(math.log(0.95 / 0.05))
    assert found["games"] == 2 * sum(found["pairs"]) < 400
    assert "it is decided for ELO1: A is stronger by more than 0" in zero(*words)[1]
    lost = json.loads(zero("random", "minimax:4", *words[2:], "--json")[1])
    assert lost["sprt"]["state"] == "accept H0"
    undecided = zero("random", "random", *words[2:5], "10", "--sprt", "0,5")[1]
    assert "it is not decided: more games are needed" in undecided


def test_pairs_count_in_the_order_of_their_launch_not_of_their_end(monkeypatch):
    """A wins every even pair and loses every odd one, and those that it wins are over first."""

    class Fake:
        def __init__(self, players, conditions):
            pass

        def play(self, pairings):
            for number in sorted(range(len(pairings)), key=lambda number: (number // 2 % 2, number)):
                winner = pairings[number].first if number // 2 % 2 == 0 else 1 - pairings[number].first
                yield PlayedGame(number, pairings[number], pairings[number].opening, [], winner, "rules", "", 0.0)

    monkeypatch.setattr("arena.matches.match.Contest", Fake)
    opening = position_after(TIC_TAC_TOE, [])
    players = RandomPlayer(TIC_TAC_TOE, 1), RandomPlayer(TIC_TAC_TOE, 2)
    match = Match(*players, ([opening] * 40, 1), Conditions(), Sprt(-100.0, 100.0))
    assert len(list(match.play())) == 80
    assert match.sprt.state == "going on"
    assert match.sprt.counts == [20, 0, 0, 0, 20]
    assert match.result().pairs == [1.0, 0.0] * 20


def test_every_game_is_on_disk_as_soon_as_it_is_over(zero, here):
    words = ("random", "minimax:2", "--game", "tic_tac_toe", "--save", "games.txt", "--json", "--list-games", "--games")
    status, out, _ = zero(*words, 20)
    assert status == 0
    played = json.loads(out)["played"]
    read = list(read_games(here / "games.txt", TIC_TAC_TOE))
    assert sorted(game.position.actions for game in read) == sorted(game["actions"] for game in played)
    assert [game["number"] for game in played] == list(range(20))
    assert {game["first"] for game in played} == {"random", "minimax:2"}
    zero(*words, 4)
    assert len(list(read_games(here / "games.txt", TIC_TAC_TOE))) == 24  # a file is added to


def test_openings_from_a_book(zero, here):
    (here / "book.txt").write_text("444\n1234\n7\n", encoding="utf-8")
    words = ("random", "random", "--game", "connect_four", "--games", 6, "--book", "book.txt", "--json", "--list-games")
    found = json.loads(zero(*words)[1])
    lines = [game["actions"][: game["opening_plies"]] for game in found["played"]]
    assert sorted(lines) == sorted(2 * [[3, 3, 3], [0, 1, 2, 3], [6]])
    assert found["distinct_openings"] == 3


def test_an_interrupted_match_tells_what_has_been_played(zero, monkeypatch, capsys):
    games = []

    def interrupted(file, record):
        games.append(record)
        if len(games) == 30:
            raise KeyboardInterrupt

    monkeypatch.setattr("arena.matches.record.GameFile.add", interrupted)
    status, out, _ = zero("random", "random", "--game", "tic_tac_toe", "--games", 100, "--at-once", 10, "--save", "games.txt")
    assert status == 130
    assert "Elo difference" in out


def test_players_with_a_time_per_move(zero, tmp_path):
    write(tmp_path / "file")
    began = time.monotonic()
    found = json.loads(zero("file@50ms", "random", "--games", 2, "--json")[1])
    assert found["games"] == 2
    assert time.monotonic() - began > 0.1
    status, out, err = zero("file", "minimax:1", "--games", 2, "--time-control", "5s+0.1s", "--json")
    assert (status, err, json.loads(out)["endings"]) == (0, "", {"rules": 2})
