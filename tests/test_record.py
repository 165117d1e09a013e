"""`zero record`: what was played is what stands in the files, whatever interrupted it; failures are told."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scripted_players import Scripted
from small_runs import one_line

from arena.tui.recorded import read_records
from games import find
from games.position import Position
from games.rules import ONGOING
from selfplay.expert import record_folder
from selfplay.expert.fingerprints import fingerprints
from selfplay.expert.games import NOTHING, from_records
from selfplay.expert.record import Recording, record
from selfplay.expert.recording import play_batch, random_opening
from selfplay.records import read_shard
from selfplay.slots import OPENING, default_plies
from zero.checkpoint_files import numbered
from zero.cli import main

TIC_TAC_TOE, CONNECT_FOUR = find("tic_tac_toe"), find("connect_four")
FAKE = Path(__file__).resolve().parent / "fake_engine.py"


def shards(folder, game=TIC_TAC_TOE):
    return [read_shard(path, game) for path in numbered(folder)]


def contents(folder):
    return {path.name: path.read_bytes() for path in numbered(folder)}


def test_records_are_whole_games(tmp_path):
    """By the rules, with the outcome of the last position; labels are the players' moves."""
    found = record(TIC_TAC_TOE, ["mcts:20", "minimax:2"], tmp_path, Recording(games=50, file_games=20, seed=5))
    outcomes, lines, labelled, numbers = [], set(), 0, []
    for records in shards(tmp_path):
        games = from_records(records)
        for i, number in enumerate(records.games):
            position = Position(TIC_TAC_TOE)
            for ply in range(records.starts[i], records.starts[i + 1]):
                opening = records.kinds[ply] == OPENING
                assert games.labels[ply] == (NOTHING if opening else records.actions[ply])
                assert np.isnan(records.values[ply]) == opening
                labelled += not opening
                position.play(int(records.actions[ply]))
            assert position.outcome() != ONGOING
            winner = position.winner()
            assert records.outcomes[i] == (0 if winner is None else 1 - 2 * winner)
            outcomes.append(records.outcomes[i] * (1 if number % 2 == 0 else -1))
            numbers.append(int(number))
            lines.add(tuple(position.actions))
    assert numbers == list(range(50))
    assert (found.games, found.wins, found.draws, found.losses) == (50, *(outcomes.count(result) for result in (1, 0, -1)))
    assert (found.labelled, found.failures) == (labelled, [])
    assert found.distinct < labelled
    assert len(lines) > 40  # the players' chances are others in each file
    assert [len(records.games) for records in shards(tmp_path)] == [20, 20, 10]


def test_distinct_positions_are_counted_right(tmp_path):
    """Against the boards as they are drawn, for games whose records hold more than stones, too."""
    for spec in ("tic_tac_toe", "othello:size=4", "go:size=5", "chess"):
        game = find(spec)
        found = record(game, ["random"], tmp_path / game.name, Recording(games=30, opening_plies=2, file_games=16))
        every = set()
        for records in shards(tmp_path / game.name, game):
            numbers = fingerprints(game, records.starts, records.actions)
            for i in range(len(records.games)):
                position = Position(game)
                for ply in range(records.starts[i], records.starts[i + 1]):
                    if records.kinds[ply] != OPENING:
                        fields = tuple(position.state[name].tobytes() for name in game.state_dtype.names)
                        every.add((fields, int(numbers[ply])))
                    position.play(int(records.actions[ply]))
        assert len(every) == len({fields for fields, _ in every}) == len({number for _, number in every}) == found.distinct


def test_two_players_swap_colours_and_share_openings():
    one, other = Scripted(CONNECT_FOUR, "one"), Scripted(CONNECT_FOUR, "other")
    batch = play_batch(CONNECT_FOUR, lambda stack, seed: [one, other], range(6, 26), 3, 8, lambda over: None)
    records = batch.records
    assert records.games.tolist() == list(range(6, 26))
    lengths = [int((records.kinds[a:b] == OPENING).sum()) for a, b in zip(records.starts, records.starts[1:], strict=False)]
    for i in range(0, 20, 2):  # both play the lowest legal action, so the games of a pair are the same
        a, b, c = records.starts[i : i + 3]
        assert records.actions[a:b].tolist() == records.actions[b:c].tolist()
        assert lengths[i] == lengths[i + 1]
    assert len(set(lengths)) > 3
    asked = [{tuple(actions) for call in player.calls for actions in call} for player in (one, other)]
    for i, number in enumerate(records.games):
        start = int(records.starts[i])
        for ply in range(lengths[i], int(records.starts[i + 1]) - start):
            mover = (ply + number) % 2
            assert tuple(records.actions[start : start + ply].tolist()) in asked[mover]


def test_openings_have_all_lengths_alike():
    """Of 3,000, against the uniform distribution on 0 … 14: chi-squared with 14 degrees of freedom is below 36.1 with 99.9 %."""
    plies = [random_opening(CONNECT_FOUR, 14, 9, number).ply for number in range(3000)]
    counts = np.bincount(plies, minlength=15)
    assert len(counts) == 15
    assert ((counts - 200) ** 2 / 200).sum() < 36.1
    assert default_plies(CONNECT_FOUR) == 14
    assert all(random_opening(TIC_TAC_TOE, 7, 1, number).outcome() == ONGOING for number in range(100))


@pytest.mark.parametrize("more", [{"games": 50}, {"positions": 260}])
def test_killed_and_gone_on_with(tmp_path, monkeypatch, more):
    """Whichever file it was at: the same bytes as those of a recording left alone."""
    asked = Recording(file_games=12, seed=8, **more)
    whole = record(TIC_TAC_TOE, ["mcts:10"], tmp_path / "whole", asked)
    write, left = record_folder.write_arrays, [2]

    def killed(*arguments):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        write(*arguments)

    monkeypatch.setattr(record_folder, "write_arrays", killed)
    for files in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            record(TIC_TAC_TOE, ["mcts:10"], tmp_path / "killed", asked)
        assert len(numbered(tmp_path / "killed")) == files
        left[0] = 1
    monkeypatch.setattr(record_folder, "write_arrays", write)
    found = record(TIC_TAC_TOE, ["mcts:10"], tmp_path / "killed", asked)
    assert found._replace(folder=whole.folder) == whole
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_each_file_has_chances_of_its_own(tmp_path):
    record(TIC_TAC_TOE, ["mcts:10"], tmp_path, Recording(games=24, file_games=12, opening_plies=0))
    one, two = shards(tmp_path)
    assert one.actions.tolist() != two.actions.tolist()


def test_more_games_are_asked_for_later(tmp_path):
    record(TIC_TAC_TOE, ["random"], tmp_path, Recording(games=10))
    before = contents(tmp_path)
    assert record(TIC_TAC_TOE, ["random"], tmp_path, Recording(games=25)).games == 25
    assert before.items() <= contents(tmp_path).items()
    assert record(TIC_TAC_TOE, ["random"], tmp_path, Recording(games=5)).games == 25


def test_positions_are_reached_by_less_than_a_game(tmp_path):
    found = record(CONNECT_FOUR, ["random", "minimax:1"], tmp_path, Recording(positions=700, file_games=16))
    last = shards(tmp_path, CONNECT_FOUR)[-1]
    played = int((last.kinds[last.starts[-2] :] != OPENING).sum())
    assert 700 <= found.labelled < 700 + played


def test_failures_are_told_and_left_out(tmp_path, capsys):
    """An engine that crashes at its second move, in each of its processes; a wrong outcome would teach what is not so."""
    engine = f"uci:{sys.executable} {FAKE} uci crash"
    words = ["record", engine, "random", "--game", "chess", "--games", "6", "--opening-plies", "2"]
    assert main([*words, "--out", str(tmp_path / "all")]) == 2
    assert "a player failed in every game: game 1: uci:" in one_line(capsys.readouterr().err, "zero record")
    assert numbered(tmp_path / "all") == []
    failing = Scripted(TIC_TAC_TOE, "fails", failing=(4, 9))
    batch = play_batch(TIC_TAC_TOE, lambda stack, seed: [failing, Scripted(TIC_TAC_TOE)], range(8), 0, 2, lambda over: None)
    assert len(batch.failures) == 2
    assert all(line.endswith(": fails has ended") for line in batch.failures)
    told = {int(line.split(":")[0].removeprefix("game ")) - 1 for line in batch.failures}
    assert batch.records.games.tolist() == [number for number in range(8) if number not in told]


def test_command_and_view(tmp_path, capsys):
    words = ["record", "minimax:2", "random", "--game", "tic_tac_toe", "--games", "8", "--out", str(tmp_path / "games")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "tic_tac_toe: 8 games of minimax:2 against random" in out
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["games"], told["players"], told["failures"]) == (8, ["minimax:2", "random"], [])
    assert main(["view", str(tmp_path / "games"), "--plain", "--number", "2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("tic_tac_toe, random - minimax:2, game 2 of 8: ")
    assert "nan" not in out
    records = read_records(numbered(tmp_path / "games")[0])
    assert records.names(0) == ("minimax:2", "random")
    kinds = {ply.kind for number in range(8) for ply in records[number].plies}
    assert kinds == {"opening", "quick"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nobody", "--game", "tic_tac_toe"], "unknown player 'nobody'"),
        (["random", "--game", "nothing"], "unknown game 'nothing'"),
        (["random"], "which game?"),
        (["--game", "tic_tac_toe"], "expected one player or two, got none"),
        (["random", "random", "random", "--game", "tic_tac_toe"], "expected one player or two, got random random random"),
        (["random", "--game", "tic_tac_toe", "--games", "0"], "expected games >= 1, got 0"),
        (["random", "--game", "tic_tac_toe", "--positions", "0"], "expected positions >= 1, got 0"),
        (["random", "--game", "tic_tac_toe", "--positions", "9", "--games", "9"], "expected a number of games or of positions"),
        (["random", "--game", "tic_tac_toe", "--opening-plies", "10"], "opening_plies 10: in tic_tac_toe every game is over"),
        (["solver", "--game", "tic_tac_toe"], "the exact solver knows connect_four"),
        (["net:shipped", "--game", "hex"], "no network ships for hex"),
        (["uci:stockfish", "--game", "tic_tac_toe"], "uci:stockfish"),
    ],
)
def test_bad_input_is_one_line(words, line, capsys, here):
    assert main(["record", *words]) == 2
    assert line in one_line(capsys.readouterr().err, "zero record")


def test_folders_of_others(tmp_path, capsys):
    base = ["record", "random", "--game", "tic_tac_toe", "--games", "4", "--out"]
    assert main([*base, str(tmp_path / "one")]) == 0
    for more, line in ((["--seed", "1"], "its seed was 0, now it is 1"), (["--opening-plies", "1"], "its opening_plies was 3")):
        assert main([*base, str(tmp_path / "one"), *more]) == 2
        assert line in one_line(capsys.readouterr().err, "zero record")
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main([*base, str(place)]) == 2
        assert "cannot be written to" in one_line(capsys.readouterr().err, "zero record")
    (tmp_path / "one" / "recording.json").unlink()
    assert main([*base, str(tmp_path / "one")]) == 2
    assert "recording.json" in one_line(capsys.readouterr().err, "zero record")

