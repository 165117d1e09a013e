"""AlphaGo's pipeline: its stages leave what the next ones need, what is done is not done again, and matches decide on claims."""

import json
import shutil

import pytest

import benchmarks.games  # noqa: F401  (it defines kernels: imported later, it would have all others compiled anew)
from games import find
from selfplay.alphago.claims import CLAIMS, Claim, Verdict
from selfplay.alphago.matches import Meetings, players
from selfplay.alphago.report import claims_text, write_report
from zero.errors import RunError

GAME = find("tic_tac_toe")
NAMES = {"search": "minimax:9", "imitation": "minimax:1", "random": "random"}
FEW = ["--games", "2", "--claim-games", "2"]
TINY = ["--expert", "minimax:9", "--positions", "150", "--time", "0.1s", "--simulations", "8", "--threads", "1", *FEW]
TINY += ["--imitation.steps", "4", "--imitation.network.size", "8x1", "--imitation.learning.batch-size", "32"]
TINY += ["--reinforce.estimator", "none", "--reinforce.games", "32", "--reinforce.interval-steps", "1"]
TINY += ["--reinforce.evaluation-games", "32", "--value.games", "64", "--value.sampling", "one"]


def count(done, total, note):
    assert 0 <= done <= total


def lines(path):
    return path.read_text().splitlines()


def test_a_verdict_needs_the_whole_interval():
    claim = Claim("", "a", "b", 0.8)
    assert Verdict(claim, 0.9, 0.81, 0.95, 100).text == "holds"
    assert Verdict(claim, 0.9, 0.79, 0.95, 100).text == "undecided"
    assert Verdict(claim, 0.6, 0.5, 0.79, 100).text == "does not hold"


def test_every_claim_is_about_players_that_there_can_be(tmp_path):
    for name in ("from-random", "shared", "plain", "expert-iteration"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "finished.json").touch()
    everybody = players(tmp_path, 10, "mcts:5")
    assert {name for claim in CLAIMS for name in (claim.player, claim.against)} <= set(everybody)
    shutil.rmtree(tmp_path / "plain")
    assert set(everybody) - set(players(tmp_path, 10, None)) == {"expert", "search, two plain networks"}


def test_matches_are_played_once(tmp_path):
    """Two that are on every claim's list play more games; a newcomer plays with the others; the rest is kept."""
    path = tmp_path / "matches.jsonl"
    two = {name: NAMES[name] for name in ("imitation", "random")}
    Meetings(GAME, path, two, {"imitation": 1}, 0).play(4, 10, count)
    assert len(lines(path)) == 2  # what the matches were played with, and one of them
    for _ in range(2):
        meetings = Meetings(GAME, path, NAMES, {"imitation": 1}, 0)
        meetings.play(4, 10, count)
        assert len(meetings.results("imitation", "random")) == 4
        assert len(meetings.results("search", "imitation")) == 10
        assert meetings.results("imitation", "search") == [-result for result in meetings.results("search", "imitation")]
        assert len(lines(path)) == 4
    with pytest.raises(RunError, match="keeps matches that were played with other settings"):
        Meetings(GAME, path, NAMES, {"imitation": 2}, 0)


def test_a_report_tells_what_was_played(tmp_path):
    meetings = Meetings(GAME, tmp_path / "matches.jsonl", NAMES, {}, 0)
    meetings.play(20, 40, count)
    (verdict,) = meetings.verdicts()
    assert (verdict.claim.player, verdict.claim.against, verdict.games) == ("search", "imitation", 40)
    assert verdict.score == sum(result + 1 for result in meetings.results("search", "imitation")) / 80 > 0.6
    assert verdict.low < verdict.score < verdict.high
    text = write_report(meetings, tmp_path, "three players", {"seed": 5})
    assert "Elo above imitation" in text
    assert text.endswith(claims_text([verdict]))
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["seed"] == 5
    assert told["claims"][0]["score"] == verdict.score
    assert [player["name"] for player in told["ratings"]["players"]] == ["search", "imitation", "random"]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A pipeline from its beginning to its end."""
    from zero.cli import main

    folder = tmp_path_factory.mktemp("pipeline") / "run"
    assert main(["alphago", "tic_tac_toe", "--run", str(folder), *TINY]) == 0
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_pipeline_that_is_done_is_not_done_again(pipeline, command):
    before = contents(pipeline)
    assert {path.parent.name for path in before if path.name == "finished.json"} == {
        "records", "games", "imitation", "reinforce", "value", "rollout"
    }  # fmt: skip
    status, out, _ = command("alphago", "tic_tac_toe", "--run", pipeline, *FEW)  # its other settings stand in its folder
    assert status == 0
    assert "the search beats the policy that guides it" in out
    after = contents(pipeline)
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed <= {"report.json", "report.png"}
    assert json.loads((pipeline / "report.json").read_text())["ratings"]["players"][0]["games"] > 0


def test_its_search_is_a_player(pipeline, command):
    status, out, _ = command("match", f"alphago:{pipeline}", f"alphago:{pipeline}?mix=0", "--games", "2", "--json")
    assert status == 0
    assert sum(json.loads(out)[name] for name in ("wins", "draws", "losses")) == 2


def test_a_stage_that_is_missing_is_done_again(pipeline, tmp_path, command):
    """As after a kill: the value network was not finished; what came before stays as it is."""
    run = shutil.copytree(pipeline, tmp_path / "run")
    shutil.rmtree(run / "value")
    (run / "matches.jsonl").unlink()
    before = contents(run)
    assert command("alphago", "tic_tac_toe", "--run", run, *FEW)[0] == 0
    assert (run / "value" / "finished.json").exists()
    after = contents(run)
    changed = {path.relative_to(run).parts[0] for path in after if after[path] != before.get(path)}
    assert {"value", "matches.jsonl"} <= changed <= {"value", "matches.jsonl", "report.json", "report.png"}


def test_what_else_can_be_trained_comes_to_the_table(pipeline, tmp_path, command):
    run = shutil.copytree(pipeline, tmp_path / "run")
    (run / "matches.jsonl").unlink()  # the folder's place is another
    status, out, err = command("alphago", "tic_tac_toe", "--run", run, *FEW, "--also", "from-random", "plain-networks")
    assert (status, err) == (0, "")
    assert "REINFORCE comes as far from random weights" in out
    assert "a shared residual network beats two plain ones" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nothing"], "unknown game 'nothing'"),
        (["tic_tac_toe", "--time", "0"], "expected a time such as 90s"),
        (["tic_tac_toe", "--mix", "2"], "expected mix from 0 to 1, got 2"),
        (["tic_tac_toe", "--positions", "0"], "expected positions >= 1, got 0"),
        (["tic_tac_toe", "--claim-games", "3"], "expected an even number of claim_games"),
        (["tic_tac_toe", "--also", "luck"], "luck"),
        (["tic_tac_toe", "--device", "tpu"], "expected device cpu, cuda or cuda:N, got 'tpu'"),
        (["tic_tac_toe", "--expert", "nobody"], "unknown player 'nobody'"),
        (["tic_tac_toe", "--data", "nowhere"], "nowhere: there is no such file or folder"),
    ],
)
def test_bad_input_is_refused(words, expected, here, refused):
    assert expected in refused("alphago", *words, "--run", "run")


def test_a_folder_belongs_to_one_pipeline(pipeline, here, refused):
    assert "simulations is 8 there, 9 here" in refused("alphago", "tic_tac_toe", "--run", pipeline, "--simulations", "9")
    assert "game is 'tic_tac_toe' there" in refused("alphago", "connect_four", "--run", pipeline)
    (here / "run").mkdir()
    (here / "run" / "alphago.json").write_text("[]")
    assert "alphago.json: cannot be read" in refused("alphago", "tic_tac_toe", "--run", "run")
