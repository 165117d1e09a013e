"""`zero ladder` and `zero scaling`: planted strengths found again, results kept, only what is missing played."""

import json
import math
import shutil

import numpy as np
import pytest
import small_checkpoints
from simulated_tournaments import chances

from arena.matches.match import MatchResult
from arena.ratings import ladder, scaling
from arena.ratings.davidson import Likelihood
from arena.ratings.kept import KeptMatch, KeptMatches, outcomes
from arena.ratings.pairing import chosen, expected_gain, next_pair
from arena.ratings.table import ELO, Outcome, rate
from zero.cli import main
from zero.errors import RunError

PNG = b"\x89PNG\r\n\x1a\n"


def results(random, elo, games, draw=0.2):
    """Return the results of a match for a player who is so much stronger, as a MatchResult has them."""
    win, drawn, _ = chances(np.float64(elo), draw)
    return [1 if share < win else 0 if share < win + drawn else -1 for share in random.random(games)]


@pytest.fixture
def planted(monkeypatch, random):
    """Matches whose results are drawn, not played: a player is a number, its strength that function of it."""

    def plant(module, strength):
        played = []

        def play_match(a, b, game, games, opening_plies, seed, progress):
            assert 0 <= seed < 2**63
            played.append((a, b, games))
            progress(games, games)
            return MatchResult(results(random, strength(a) - strength(b), games), games // 2)

        monkeypatch.setattr(module, "play_match", play_match)
        return played

    return plant


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run folder of 65 generations, whose players are their numbers."""
    folder = tmp_path / "run"
    small_checkpoints.write(folder / "checkpoints" / "000000.safetensors")
    for generation in range(1, 65):
        shutil.copy(folder / "checkpoints" / "000000.safetensors", folder / "checkpoints" / f"{generation:06}.safetensors")
    monkeypatch.setattr(ladder.Ladder, "_make", lambda self, name: float(name) if name.isdecimal() else -1.0)
    return folder


@pytest.mark.parametrize("most", [2, 3, 5, 16, 400])
def test_chosen_generations(most, random):
    for last in [1, 2, 7, 64, 100, 184, *random.integers(1, 3000, 20).tolist()]:
        generations = list(range(last + 1))
        found = chosen(generations, most, None)
        assert found == sorted(set(found))
        assert (found[0], found[-1]) == (0, last)
        assert len(found) <= most
        assert len(found) >= min(last + 1, most / 2)
        steps = np.diff(found)[:-1]
        assert len(set(steps.tolist())) <= 1  # evenly
        later = chosen(list(range(last + 2)), most, None)
        assert len(found) < 3 or set(later[:-1]) <= {*found, last} or len(set(later) - set(found)) <= 1
    assert chosen([3, 4, 8, 10, 12, 13], most, 4) == [3, 4, 8, 12, 13]


def test_neighbours_meet_first_and_then_who_tells_most(random):
    true = np.array([0, 300, 500, 600, 650, 680, 700, 710])
    names = [str(i) for i in range(8)]
    places = {name: i for i, name in enumerate(names)}

    def match(i, j):
        return KeptMatch(names[i], names[j], results(random, true[i] - true[j], 40))

    matches, met = [], []
    while (pair := next_pair(8, 8, outcomes(matches, places), 800)) is not None:
        met.append(pair)
        matches.append(match(*pair))
    games = outcomes(matches, places)
    assert met[:7] == [(i, i + 1) for i in range(7)]
    assert len(games) == 800
    assert any(j - i > 2 for i, j in met)  # not neighbours alone
    assert max(true[j] - true[i] for i, j in met[7:]) < 500  # nor those who tell nothing
    # neighbours alone, as many games: wider intervals
    chain = outcomes([match(k % 7, k % 7 + 1) for k in range(20)], places)
    mine, theirs = (
        np.mean([rating.high - rating.low for rating in rate(names, played, "3").ratings if math.isfinite(rating.elo)])
        for played in (games, chain)
    )
    assert mine < 0.9 * theirs


def test_the_expected_gain_is_what_the_information_gains(random):
    """log det of the information matrix with another game is log(1 + gain) more (the matrix determinant lemma)."""
    games = [Outcome(*random.choice(4, 2, replace=False).tolist(), float(random.choice([0, 0.5, 1]))) for _ in range(60)]
    gain = expected_gain(4, 4, games)
    best = best_information(games)
    for i in range(4):
        for j in range(i + 1, 4):
            contrast = np.zeros(6)
            contrast[[i, j]] = 1, -1
            point, information = best
            win, _, loss = chances(np.float64(ELO * (point[i] - point[j])), math.exp(point[-1]))
            more = information + (win + loss - (win - loss) ** 2) / 4 * np.outer(contrast, contrast)
            gained = np.linalg.slogdet(more)[1] - np.linalg.slogdet(information)[1]
            assert gained == pytest.approx(math.log1p(gain[i, j]), rel=1e-6)


def best_information(games):
    """Return the point of the highest likelihood and the information there, neighbours having half a win and a loss more."""
    from arena.ratings.davidson import Counts, count

    first, second, drawn, _ = zip(*games, strict=True)
    seen = count(first, second, drawn, 4)
    half = np.full(3, 0.5)
    more = Counts(np.arange(3), np.arange(1, 4), half, 0 * half, half)
    likelihood = Likelihood(Counts(*map(np.concatenate, zip(seen, more, strict=True))), 4)
    point = likelihood.maximise(np.zeros((1, 6)))[0]
    return point[0], likelihood.slope(point)[1][0]


def test_planted_strengths_are_found(run, planted, capsys):
    """Strength grows fast at first: so fast that games between the first chosen neighbours are one-sided."""

    def strength(generation):
        return 1600 * (1 - math.exp(-generation / 12))

    played = planted(ladder, strength)
    assert main(["ladder", str(run), "--most", "5", "--games", "400", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rated = {int(player["name"]): player for player in told["players"]}
    assert {0, 16, 32, 48, 64} < set(rated)
    assert {8, 4} <= set(rated)  # those midway have joined
    assert told["anchor"] == "0"
    # of some ten 95 % intervals at most three fail with a chance of 99 %
    missed = [g for g, player in rated.items() if g and not player["low"] <= strength(g) <= player["high"]]
    assert len(missed) <= 3, missed
    assert len(played) * 40 >= 400 * len(rated) // 2
    assert (run / "ladder" / "ladder.png").read_bytes().startswith(PNG)


def test_only_what_is_missing_is_played(run, planted, capsys):
    played = planted(ladder, lambda generation: 10 * generation)
    command = ["ladder", str(run), "--most", "4", "--games", "80"]
    assert main(command) == 0
    first, text = len(played), capsys.readouterr().out
    assert text.startswith("tic_tac_toe, 12 simulations a move: 3 checkpoints of")
    assert main(command) == 0
    assert len(played) == first
    assert capsys.readouterr().out == text
    # a new checkpoint brings its games only
    shutil.copy(run / "checkpoints" / "000000.safetensors", run / "checkpoints" / "000096.safetensors")
    assert main(command) == 0
    assert {generation for match in played[first:] for generation in match[:2]} & {96.0}
    assert len(played) - first <= 3
    # one that has changed is another player
    small_checkpoints.write(run / "checkpoints" / "000032.safetensors", seed=2)
    before = len(played)
    assert main(command) == 0
    assert all(32.0 in match[:2] for match in played[before:][:2])
    assert len(played) > before


def test_a_player_as_anchor(run, planted, capsys):
    planted(ladder, lambda generation: 10 * generation)
    assert main(["ladder", str(run), "--most", "4", "--games", "160", "--anchor", "random"]) == 0
    text = capsys.readouterr().out
    assert [line.split()[1] for line in text.splitlines() if line.startswith("random")] == ["+0"]


def test_a_kill_loses_at_most_the_match_in_progress(run, planted, monkeypatch, capsys):
    planted(ladder, lambda generation: 10 * generation)
    play = ladder.play_match
    left = [3]

    def dies(*arguments):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return play(*arguments)

    monkeypatch.setattr(ladder, "play_match", dies)
    command = ["ladder", str(run), "--most", "4", "--games", "160"]
    assert main(command) == 130
    assert "keeps what was played; the same command goes on" in capsys.readouterr().err
    kept = (run / "ladder" / "matches.jsonl").read_bytes()
    assert kept.count(b"\n") == 4
    (run / "ladder" / "matches.jsonl").write_bytes(kept[:-10])  # torn: that match is played again
    left[0] = 1000
    assert main(command) == 0
    lines = (run / "ladder" / "matches.jsonl").read_bytes().splitlines(keepends=True)
    assert lines[:3] == kept.splitlines(keepends=True)[:3]
    assert all(json.loads(line) for line in lines)
    assert len(lines) == 1 + 3 * 160 // 2 // 40


def test_growth(tmp_path):
    lines = [{"generation": 1, "games": 10, "play_seconds": 1800, "learn_seconds": 1800}, {"generation": 2, "games": 30}]
    assert ladder.growth(tmp_path) == {}
    (tmp_path / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n{torn")
    assert ladder.growth(tmp_path) == {0: (0, 0.0), 1: (10, 1.0)}


def test_kept_matches(tmp_path):
    path = tmp_path / "folder" / "matches.jsonl"
    about = {"game": "tic_tac_toe", "simulations": 8}
    matches = [KeptMatch("a", "b", [1, 0]), KeptMatch("b", "c", [-1, 1])]
    for match in matches:
        KeptMatches(path, about).add(match)
    assert KeptMatches(path, about).matches == matches
    whole = path.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[-1])):
        path.write_bytes(whole[:-cut])
        kept = KeptMatches(path, about)
        assert kept.matches == matches[:1]
        kept.add(matches[1])
        assert path.read_bytes() == whole
    with pytest.raises(RunError, match=r"other settings: simulations is 8 there, 9 here; take another --out"):
        KeptMatches(path, {**about, "simulations": 9})
    for content in (b"", b"{", b"[1]\n", whole + b"{}\n", whole + b"nonsense\n", b"\x00\n"):
        path.write_bytes(content)
        with pytest.raises(RunError, match=r"matches\.jsonl"):
            KeptMatches(path, about)


def test_outcomes_of_matches():
    matches = [KeptMatch("a", "b", [1, 0, -1, 1]), KeptMatch("a", "gone", [1, 1]), KeptMatch("b", "a", [0, 1])]
    assert outcomes(matches, {"b": 0, "a": 1}) == [
        Outcome(1, 0, 1.0, 0),
        Outcome(0, 1, 0.5, 0),
        Outcome(1, 0, 0.0, 1),
        Outcome(0, 1, 0.0, 1),
        Outcome(0, 1, 0.5, 2),
        Outcome(1, 0, 0.0, 2),
    ]


def test_a_ladder_of_a_real_run(trained, tmp_path, capsys):
    command = ["ladder", str(trained), "--simulations", "2", "--games", "40", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"tic_tac_toe, 2 simulations a move: 3 checkpoints of {trained}, 80 games")
    assert [line.split()[0] for line in lines[2:5]] == ["0", "1", "2"]
    assert lines[-1] == str(tmp_path / "out" / "ladder.png")
    assert (tmp_path / "out" / "ladder.png").stat().st_size > 10_000


def test_planted_scaling_is_found(planted, here, monkeypatch, capsys):
    small_checkpoints.write(here / "file")
    monkeypatch.setattr("arena.players.recipes.Recipe.make", lambda self, game, seed, simulations, device: simulations)
    played = planted(scaling, lambda simulations: 70 * math.log2(simulations))
    command = ["scaling", "file", "--simulations", "4", "--doublings", "4", "--games", "300"]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["elo_per_doubling"]["low"] < 70 < told["elo_per_doubling"]["high"]
    assert told["elo_per_doubling"]["high"] - told["elo_per_doubling"]["low"] < 60
    assert {match[:2] for match in played} == {(2 * n, n) for n in (4, 8, 16, 32)}
    assert sum(match[2] for match in played) == 1200
    assert (here / "scaling.png").read_bytes().startswith(PNG)
    assert not (here / "matches.jsonl").exists()
    # kept in a folder, it goes on with what is missing
    assert main([*command, "--out", "kept"]) == 0
    before, text = len(played), capsys.readouterr().out
    assert "Elo per doubling, 95 % interval" in text
    assert main([*command, "--out", "kept"]) == 0
    assert (len(played), capsys.readouterr().out) == (before, text)
    assert main([*command[:-1], "340", "--out", "kept"]) == 0
    assert [match[2] for match in played[before:]] == [40] * 4


def test_scaling_of_a_real_checkpoint(here, capsys):
    small_checkpoints.write(here / "file")
    assert main(["scaling", "file", "--simulations", "1", "--doublings", "2", "--games", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "file, tic_tac_toe: 40 games"
    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "4"]


BAD = {
    "ladder nowhere": "nowhere: expected a run folder with two or more checkpoints/*.safetensors, got 0",
    "ladder file": "file: expected a run folder with two or more",
    "ladder torn": "000002.safetensors: expected a checkpoint",
    "ladder two --most 1": "expected most >= 2, got 1",
    "ladder two --every 0": "expected every >= 1, got 0",
    "ladder two --games 1": "expected games >= 2, got 1",
    "ladder two --simulations 0": "expected simulations >= 1, got 0",
    "ladder two --seed -1": "expected a seed from 0",
    "ladder two --anchor rndom": "unknown player 'rndom'",
    "ladder two --anchor solver": "knows connect_four:rows=6,columns=7 only",
    "ladder two --device cuda:99": "cuda:99",
    "ladder two --out file": "file",
    "ladder": "run",
    "scaling nowhere": "unknown player 'nowhere'",
    "scaling random": "player 'random': expected a checkpoint file or run folder",
    "scaling file@8": "player 'file@8': expected a checkpoint file or run folder, without simulations or time",
    "scaling file@1s": "player 'file@1s': expected a checkpoint file or run folder, without simulations or time",
    "scaling shipped": "which game?",
    "scaling shipped --game go": "no network ships for go",
    "scaling file --game go": "expected one game",
    "scaling file --games 7": "expected an even number of games",
    "scaling file --doublings 0": "expected doublings >= 1, got 0",
    "scaling file --doublings 21": "expected at most 20 doublings",
    "scaling file --opening-plies 9": "every game is over by then",
    "scaling two/settings.json": "settings.json",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused(words, here, refused):
    small_checkpoints.write(here / "file")
    for generation in range(3):
        small_checkpoints.write(here / "two" / "checkpoints" / f"{generation:06}.safetensors")
    (here / "two" / "settings.json").write_text("{}")
    shutil.copytree(here / "two", here / "torn")
    (here / "torn" / "checkpoints" / "000002.safetensors").write_bytes(b"torn")
    assert BAD[words] in refused(*words.split())
