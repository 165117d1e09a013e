"""Tables of ratings: the same numbers for terminals, as text and for JSON; bounds and unknown ratings said plainly."""

import io
import json

import pytest
from rich.console import Console
from simulated_tournaments import World, tournament

from arena.ratings.crosstable import as_json, as_text, crosstable, ranking
from arena.ratings.table import Outcome, rate


@pytest.fixture
def small():
    """Three players: solver beats mcts:100 by 3 to 1 and draws two; random loses to both but for one game."""
    random, solver, mcts = 1, 2, 0
    games = [Outcome(solver, mcts, 1.0), Outcome(mcts, solver, 0.0), Outcome(solver, mcts, 1.0), Outcome(mcts, solver, 1.0)]
    games += [Outcome(solver, mcts, 0.5), Outcome(mcts, solver, 0.5)]
    games += [Outcome(solver, random, 1.0), Outcome(random, solver, 0.0)] * 2
    games += [Outcome(mcts, random, 1.0), Outcome(random, mcts, 0.0), Outcome(mcts, random, 0.0), Outcome(random, mcts, 0.0)]
    return rate(["mcts:100", "random", "solver"], games, "random"), games


def test_the_text(small):
    text = as_text(*small)
    lines = text.splitlines()
    assert lines[0].split() == ["player", "Elo", "95", "%", "interval", "games", "score", "draws", "LOS", "1", "2", "3"]
    assert [line.split()[1] for line in lines[1:4]] == ["solver", "mcts:100", "random"]
    assert lines[1].split()[-3:] == ["-", "4/6", "4/4"]
    assert lines[2].split()[-3:] == ["2/6", "-", "3/4"]
    assert lines[3].split()[-3:] == ["0/4", "1/4", "-"]
    assert lines[3].split()[2] == "+0"
    assert "80.0 %" in lines[1]
    table = small[0]
    shares = [round(100 * table.superiority[2, 0]), round(100 * table.superiority[0, 1])]
    assert [int(line.split(" %")[-2].split()[-1]) for line in lines[1:3]] == shares
    assert max(map(len, lines[:4])) <= 80


def test_the_terminal_shows_what_the_text_says(small):
    written = io.StringIO()
    Console(file=written, width=80).print(crosstable(*small))
    drawn = [line.split() for line in written.getvalue().splitlines()]
    assert drawn == [line.split() for line in as_text(*small).splitlines()[:4]]


def test_names_are_no_markup():
    table = rate(["[red]a", "b"], [Outcome(0, 1, 1.0), Outcome(1, 0, 1.0)])
    written = io.StringIO()
    Console(file=written, width=80).print(crosstable(table, []))
    assert "[red]a" in written.getvalue()


def test_many_players_are_told_in_blocks_of_80_columns(random):
    names = [f"runs/connect_four/checkpoints/{i:06}.safetensors@400" for i in range(12)]
    games = tournament(random, World(random.normal(0, 100, 12), 30.0, 0.5), 20)
    table = rate(names, games)
    text = as_text(table, games)
    blocks = text.split("\n\n")
    assert all(max(map(len, block.splitlines())) <= 80 for block in blocks[:-1])
    assert len(blocks) >= 3
    titles = " ".join(block.splitlines()[0] for block in blocks[1:-1]).split()
    assert [title for title in titles if title.isdecimal()] == [str(i + 1) for i in range(12)]
    # each row's points over all blocks are the player's score
    for place, player in enumerate(ranking(table)):
        cells = " ".join(block.splitlines()[place + 1] for block in blocks[1:-1]).split()
        points = sum(float(cell.split("/")[0].replace("½", ".5")) for cell in cells if "/" in cell and "safetensors" not in cell)
        assert points == pytest.approx(table.ratings[player].score * table.ratings[player].games)
    assert crosstable(table, games).columns[-1].header == "LOS"
    assert len(crosstable(table, games, 300).columns) == 8 + 12


def test_bounds_and_the_unknown_are_said():
    games = [Outcome(0, 1, 1.0), Outcome(1, 0, 0.0)] * 10
    games += [Outcome(*pair, result) for pair in ((1, 3), (3, 1)) for result in (1.0, 0.0)]
    table = rate(["strong", "anchor", "apart", "equal"], games, "anchor")
    lines = as_text(table, games).splitlines()
    assert lines[1].split()[1:3] == ["strong", ">+317"]  # of 20 games, 0.05^(1/20) = 0.861 of a point
    assert lines[4].split()[1:] == ["apart", "?", "0"]
    assert lines[-1] == "Nothing compares apart with anchor: no games connect them, or only ones that one side won all."
    assert "inf" not in as_text(table, games)
    assert "nan" not in as_text(table, games)


def test_json(small):
    table, games = small
    told = json.loads(json.dumps(as_json(table, games), allow_nan=False))
    assert told["anchor"] == "random"
    assert [player["name"] for player in told["players"]] == ["solver", "mcts:100", "random"]
    best = told["players"][0]
    assert best["low"] < best["elo"] < best["high"]
    assert (best["games"], best["score"], best["draws"]) == (10, 0.8, 0.2)
    assert best["points"] == {"mcts:100": 4.0, "random": 4.0}
    assert best["games_against"] == {"mcts:100": 6, "random": 4}
    assert best["superiority"]["random"] > best["superiority"]["mcts:100"] > 0.5
    unknown = rate(["a", "b", "c"], [Outcome(0, 1, 1.0), Outcome(1, 0, 0.0)], "a")
    told = json.loads(json.dumps(as_json(unknown, []), allow_nan=False))
    assert told["players"][1]["elo"] is None
    assert told["players"][1]["high"] is not None
    assert told["players"][2]["high"] is None
