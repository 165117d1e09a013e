"""DAgger: the positions are those that the learner visits, each is asked about once, and a round that was cut off goes on."""

import numpy as np
import pytest
import small_checkpoints
import torch
from scripted_players import Scripted
from test_policy_games import Preferring

from arena.players.minimax import Minimax
from games import find
from games.position import Position
from games.rules import ONGOING
from selfplay.display import Plain
from selfplay.expert.games import NOTHING, read_games
from selfplay.expert.reading import read_collection
from selfplay.expert.record import Recording, record
from selfplay.imitation import dagger as dagger_module
from selfplay.imitation.dagger import DaggerSettings, dagger, imitate_in_rounds, shard_of
from selfplay.imitation.settings import CloningSettings, ImitationSettings
from selfplay.imitation.visited import disagreement, label_visits, learner_games
from selfplay.stopping import Stop, StopTraining
from zero.checkpoint_files import numbered
from zero.errors import CheckpointError, PlayerError, SettingsError
from zero.network import NetworkSettings

TIC_TAC_TOE, CONNECT_FOUR = find("tic_tac_toe"), find("connect_four")


def quiet(*anything):
    pass


def visits(game, expert, wanted, learner=None):
    return label_visits(game, learner or Preferring(game), expert, wanted, 3, quiet)


def boards_at(game, games, plies):
    """Return the position at each ply, as it is drawn."""
    found = []
    for ply, owner in zip(plies, games.owners(plies), strict=True):
        position = Position(game)
        for action in games.actions[games.starts[owner] : ply]:
            position.play(int(action))
        found.append(position)
    return found


def test_labels_are_the_experts_and_each_position_is_asked_about_once():
    """The visits are the first plies of the learner's games, all of them, in their order."""
    expert = Scripted(TIC_TAC_TOE)  # whose answers are known: the lowest legal action
    found = visits(TIC_TAC_TOE, expert, 1500)
    games = learner_games(TIC_TAC_TOE, Preferring(TIC_TAC_TOE), 3, 0, 512)
    assert (found.labels, found.failures) == (1500, 0)
    assert np.array_equal(found.games.labelled(), np.arange(1500))
    assert np.array_equal(found.games.actions[:1500], games.actions[:1500])
    assert (found.games.outcomes == ONGOING).all()
    positions = boards_at(TIC_TAC_TOE, found.games, np.arange(1500))
    agreed = 0
    for position, label in zip(positions, found.games.labels, strict=False):
        legal = np.array(position.legal_actions())
        preferred = (legal + position.planes().astype(np.int64).sum()) % 5
        assert label == legal[0]
        agreed += int(label == legal[np.argmax(preferred)])
    assert found.agreed == agreed
    asked = [tuple(actions) for call in expert.calls for actions in call]
    distinct = {position.draw() for position in positions}
    assert found.asked == len(asked) == len(distinct) < 1000
    assert max(map(len, expert.calls)) > 100  # in large batches


def test_a_stronger_expert():
    """Minimax sees wins and threats: its labels take and prevent them."""
    found = visits(CONNECT_FOUR, Minimax(CONNECT_FOUR, 2, 0), 400)
    wins = 0
    for position, label in zip(boards_at(CONNECT_FOUR, found.games, np.arange(400)), found.games.labels, strict=False):
        ends = []
        for action in position.legal_actions():
            after = position.copy()
            after.play(action)
            ends += [action] * (after.winner() == position.to_play)
        wins += bool(ends)
        assert not ends or label in ends
    assert wins > 10


def test_failures_are_counted():
    found = visits(TIC_TAC_TOE, Scripted(TIC_TAC_TOE, failing=(2, 5)), 50)
    assert found.labels + found.failures == 50
    assert found.failures >= 2
    assert (found.games.labels != NOTHING).sum() == found.labels
    with pytest.raises(PlayerError, match=r"answered for none of \d+ positions: has ended"):
        visits(TIC_TAC_TOE, Scripted(TIC_TAC_TOE, failing=range(1, 1000)), 50)


def test_disagreement_is_that_on_fresh_games():
    """With an expert that plays the lowest legal action: counted here, on all positions of such games, within 99.9 %."""
    learner = Preferring(CONNECT_FOUR)
    found = disagreement(CONNECT_FOUR, learner, Scripted(CONNECT_FOUR), 1500, 3, quiet)
    games = learner_games(CONNECT_FOUR, learner, 77, 0, 500)
    shares = []
    for first, last in zip(games.starts, games.starts[1:], strict=False):
        position, wrong = Position(CONNECT_FOUR), 0
        for action in games.actions[first:last]:
            legal = np.array(position.legal_actions())
            wrong += int(np.argmax((legal + position.planes().astype(np.int64).sum()) % 5) != 0)
            position.play(int(action))
        shares.append(wrong / (last - first))
    spread = 3.3 * np.sqrt(np.var(shares) / 500 + found.rate * (1 - found.rate) / 1500)
    assert found.positions == 1500
    assert abs(found.rate - np.mean(shares)) < spread
    low, high = found.interval
    assert low < found.rate < high < low + 0.06
    assert found.cross_entropy > 0


@pytest.fixture
def cloned(tmp_path):
    """A collection of 300 labels, and something that trains: each round writes a checkpoint of other weights."""
    record(TIC_TAC_TOE, ["minimax:3"], tmp_path / "records", Recording(positions=300))
    read_collection([tmp_path / "records"], TIC_TAC_TOE, tmp_path / "games")
    calls = []

    def train(number):
        calls.append((number, len(numbered(tmp_path / "games"))))
        path = tmp_path / f"{number}.safetensors"
        if not path.exists():
            small_checkpoints.write(path, TIC_TAC_TOE, seed=number)
        return path

    return tmp_path / "games", train, calls


def test_rounds_aggregate(cloned):
    collection, train, calls = cloned
    told = []
    last = dagger(TIC_TAC_TOE, "minimax:3", 3, collection, train, labels=60, tell=told.append)
    assert calls == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert last.name == "3.safetensors"
    assert [one.labels for one in told] == [60, 60, 60]
    for number in (1, 2, 3):
        assert len(read_games(shard_of(collection, number), TIC_TAC_TOE).labelled()) == 60


def test_a_round_that_was_cut_off_goes_on(cloned, tmp_path):
    """Its labels are taken as they are, whatever was interrupted; the shards are those of a run left alone."""
    collection, train, _ = cloned
    dagger(TIC_TAC_TOE, "mcts:10", 2, collection, train, labels=40)
    whole = {number: shard_of(collection, number).read_bytes() for number in (1, 2)}
    shard_of(collection, 2).unlink()
    (tmp_path / "2.safetensors").unlink()
    dagger(TIC_TAC_TOE, "mcts:10", 2, collection, train, labels=40)
    assert {number: shard_of(collection, number).read_bytes() for number in (1, 2)} == whole
    with pytest.raises(CheckpointError, match="expected labels of mcts:11, got labels of mcts:10"):
        dagger(TIC_TAC_TOE, "mcts:11", 2, collection, train, labels=40)


@pytest.mark.parametrize(
    ("expert", "rounds", "kind", "line"),
    [
        ("nobody", 1, PlayerError, "unknown player 'nobody'"),
        ("solver", 1, Exception, "the exact solver knows"),
        ("net:shipped", 0, SettingsError, "expected rounds and labels >= 1"),
        ("uci:stockfish", 1, Exception, "uci:stockfish"),
    ],
)
def test_bad_experts_are_told_before_anything_is_learned(cloned, expert, rounds, kind, line):
    collection, train, calls = cloned
    with pytest.raises(kind, match=line):
        dagger(TIC_TAC_TOE, expert, rounds, collection, train)
    assert calls == []


SETTINGS = ImitationSettings(
    steps=20, sample=64, network=NetworkSettings(size="8x1"), learning=CloningSettings(batch_size=64, warmup_steps=5)
)


def run(folder, collection, rounds, stop=None, intervals=2):
    asked = DaggerSettings("minimax:9", rounds, labels=50, intervals=intervals)
    display = Plain(())
    return imitate_in_rounds(
        TIC_TAC_TOE, folder, collection, SETTINGS, asked, 1, torch.device("cpu"), stop or Stop(), display
    )


def test_a_run_in_rounds_goes_on_bit_for_bit(cloned, tmp_path, capsys, monkeypatch):
    """Interrupted while it labels; more rounds are asked for later."""
    collection, _, _ = cloned
    other = tmp_path / "other"
    read_collection([tmp_path / "records"], TIC_TAC_TOE, other)
    whole = run(tmp_path / "whole", collection, 2)
    assert whole.name == "000006.safetensors"
    assert "round 2: minimax:9 labelled 50 visits to" in capsys.readouterr().out
    write = dagger_module.write_games

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(dagger_module, "write_games", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", other, 1)
    monkeypatch.setattr(dagger_module, "write_games", write)
    assert run(tmp_path / "parts", other, 1).name == "000004.safetensors"
    stop = Stop()
    stop.asked = True
    with pytest.raises(StopTraining):
        run(tmp_path / "parts", other, 2, stop)
    assert run(tmp_path / "parts", other, 2).read_bytes() == whole.read_bytes()


def test_no_winners_and_no_ratings(cloned, tmp_path):
    collection, _, _ = cloned
    settings = ImitationSettings(learn_from="winner")
    with pytest.raises(SettingsError, match="neither winners to learn from nor ratings"):
        imitate_in_rounds(
            TIC_TAC_TOE,
            tmp_path / "run",
            collection,
            settings,
            DaggerSettings("random", 1),
            0,
            torch.device("cpu"),
            Stop(),
            Plain(()),
        )


@pytest.mark.slow
def test_dagger_errs_less_than_cloning_where_it_goes(tmp_path):
    """From as many labels, with intervals that do not meet; the expert is the network that ships for Connect Four."""
    from benchmarks.dagger import DaggerBenchmark, compare

    cloning, dagger = compare(CONNECT_FOUR, DaggerBenchmark(), tmp_path)
    assert cloning.positions == dagger.positions == 2000
    assert dagger.interval[1] < cloning.interval[0]
