"""net:FILE?temperature=T, value:FILE, mcts:N?policy=FILE and alphago:RUN: reading their texts, and how they play."""

import json

import numpy as np
import pytest
from scipy.stats import chi2
from small_checkpoints import write
from test_players import positions_of

from arena.analysis.analyst import analyst_of
from arena.gtp.loading import GtpSettings, Loader
from arena.players.player import PolicyPlayer, SearchPlayer
from arena.players.recipes import read_player, read_players
from arena.players.timed import TimedPlayer
from arena.players.value import ValuePlayer
from arena.uci.identity import check_file
from games import find
from games.position import Position
from zero.cli import main
from zero.errors import CheckpointError, PlayerError
from zero.evaluators import Evaluations
from zero.rollout_policy import new_rollout_policy, write_rollout_policy

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")
RUN = "checkpoints/000001.safetensors"


@pytest.fixture
def run(tmp_path):
    """A folder with all parts of a pipeline, for tic-tac-toe."""
    for seed, name in enumerate(("imitation", "reinforce", "value")):
        write(tmp_path / "run" / name / RUN, seed=seed)
    write_policy(tmp_path / "run" / "rollout" / "policy.safetensors", TIC_TAC_TOE)
    return tmp_path / "run"


def write_policy(path, game, weight=0.5):
    policy = new_rollout_policy(game, 1)
    policy.weights[1] = weight
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rollout_policy(path, policy)


class Stub:
    """An evaluator that says of a position what a function of its state says: nine logits, and a value."""

    def __init__(self, logits=None, value=None):
        self.logits, self.value = logits, value

    def submit(self, batch, rows):
        logits, wdl = np.zeros((rows, 9), np.float32), np.zeros((rows, 3), np.float32)
        for row in range(rows):
            if self.logits is not None:
                logits[row] = self.logits
            value = self.value(batch.states[row]) if self.value else 0.0
            wdl[row] = ((1 + value) / 2, 0, (1 - value) / 2)
        return lambda: Evaluations(logits, wdl)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_moves_are_drawn_from_the_policy_at_a_temperature(temperature):
    """A chi-square test at 99.99 % for each temperature, with a fixed seed."""
    logits = np.array([0, 1, 2, -1, 9, 0.5, -2, 1, 0])
    position = Position(TIC_TAC_TOE)
    position.play(4)  # the best move is not legal any more
    player = PolicyPlayer(TIC_TAC_TOE, "net", lambda game, places: Stub(logits), temperature, seed=3)
    chosen = np.bincount(player.choose([position] * 5000), minlength=9)
    legal = position.legal_actions()
    shares = np.exp(logits[legal] / temperature)
    expected = 5000 * shares / shares.sum()
    assert chosen[4] == 0
    assert ((chosen[legal] - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, len(legal) - 1)
    again = PolicyPlayer(TIC_TAC_TOE, "net", lambda game, places: Stub(logits), temperature, seed=3)
    assert (np.bincount(again.choose([position] * 5000), minlength=9) == chosen).all()


def value_player(value):
    return ValuePlayer(TIC_TAC_TOE, "value", lambda game, places: Stub(value=value))


def test_a_value_player_goes_where_the_other_stands_worst(random):
    """Planted: a position is worth what a table says, for the player to move there."""
    table = random.uniform(-1, 1, 512)
    player = value_player(lambda state: table[int(state["mine"] | state["theirs"])])
    positions = positions_of(TIC_TAC_TOE, random, 300)
    for position, thought in zip(positions, player.consider(positions), strict=True):
        worth = {}
        for action in position.legal_actions():
            after = position.copy()
            after.play(action)
            outcome = after.outcome()
            state = after.state
            worth[action] = -table[int(state["mine"] | state["theirs"])] if outcome == 2 else float(-outcome)
        assert thought.action == max(worth, key=worth.get)
        assert thought.value == pytest.approx(worth[thought.action], abs=1e-6)
        assert thought.value == pytest.approx(thought.wdl[0] - thought.wdl[2], abs=1e-6)


def test_a_value_player_wins_at_once_and_does_not_lose_at_once():
    """Planted: whoever has two in the upper row with the third cell free stands to win it."""

    def value(state):
        mine, theirs = int(state["mine"]) & 7, int(state["theirs"]) & 7
        return 0.99 if mine.bit_count() == 2 and not theirs else 0.0

    player, win, threat = value_player(value), Position(TIC_TAC_TOE), Position(TIC_TAC_TOE)
    for action in (0, 3, 1, 4):
        win.play(action)
    for action in (0, 4, 1):
        threat.play(action)
    thoughts = player.consider([win, threat])
    assert [thought.action for thought in thoughts] == [2, 2]
    assert thoughts[0].wdl == (1.0, 0.0, 0.0)
    assert thoughts[1].value == 0.0
    assert player.consider([]) == []


def test_texts_are_read_as_they_are_meant(run, tmp_path):
    write(tmp_path / "file")
    write(tmp_path / "odd?name")
    for text, kind, number, temperature in (
        (f"net:{tmp_path}/file", "net", None, 0.0),
        (f"net:{tmp_path}/file?temperature=1", "net", None, 1.0),
        (f"net:{tmp_path}/odd?name", "net", None, 0.0),
        (f"net:{tmp_path}/odd?name?temperature=0.25", "net", None, 0.25),
        (f"value:{tmp_path}/file", "value", None, 0.0),
        (f"mcts:7?policy={run}/rollout/policy.safetensors", "mcts", 7, 0.0),
        (f"alphago:{run}", "alphago", None, 0.0),
        (f"alphago:{run}@30?mix=0.25&prior=reinforce&rollouts=3", "alphago", 30, 0.0),
    ):
        recipe = read_player(text)
        assert (recipe.kind, recipe.number, recipe.temperature, recipe.text) == (kind, number, temperature, text)
        assert recipe.game == TIC_TAC_TOE
        assert recipe.make(TIC_TAC_TOE, 1).name == text
        with pytest.raises(PlayerError, match="but the game is connect_four"):
            recipe.make(CONNECT_FOUR)
    parts = recipe.parts
    assert (parts.mix, parts.rollouts) == (0.25, 3)
    assert read_player("net:shipped?temperature=1").of(TIC_TAC_TOE).checkpoint is not None
    timed = read_player(f"alphago:{run}@0.05s").make(TIC_TAC_TOE)
    assert isinstance(timed, TimedPlayer)
    assert timed.think(Position(TIC_TAC_TOE)).action in range(9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net:FILE?temperature=hot", "expected temperature as a number from 0 to 100, got 'hot'"),
        ("net:FILE?temperature=-1", "got '-1'"),
        ("net:FILE?temperature=1e3", "got '1e3'"),
        ("net:FILE?temperature=101", "from 0 to 100"),
        ("net:FILE?heat=1", "expected temperature=… behind the ?, each at most once, got 'heat=1'"),
        ("net:FILE?temperature=1&temperature=2", "at most once"),
        ("net:FILE?", "behind the ?"),
        ("net:nowhere?temperature=1", "there is no such file"),
        ("value:nowhere", "there is no such file"),
        ("valu:FILE", "did you mean value?"),
        ("alphgo:RUN", "did you mean alphago?"),
        ("mcts:x?policy=POLICY", "expected mcts:SIMULATIONS"),
        ("mcts:5?weights=POLICY", "expected policy=… behind the ?"),
        ("minimax:3?policy=POLICY", "expected minimax:DEPTH"),
        ("alphago:", "expected alphago:RUN with a folder of zero alphago, got ''"),
        ("alphago:nowhere", "expected alphago:RUN with a folder of zero alphago, got 'nowhere'"),
        ("alphago:FILE", "expected alphago:RUN with a folder"),
        ("alphago:a\0b", "expected alphago:RUN with a folder"),
        ("alphago:RUN@0", "got '0'"),
        ("alphago:RUN@9?mix=1.5", "expected mix as a number from 0 to 1, got '1.5'"),
        ("alphago:RUN?mix=half", "got 'half'"),
        ("alphago:RUN?prior=none", "expected prior=imitation or reinforce or uniform, got 'none'"),
        ("alphago:RUN?rollouts=0", "rollouts=GAMES with a whole number from 1"),
        ("alphago:RUN?rollouts=20000", "expected rollouts from 1 to 10000"),
        ("alphago:RUN?depth=3", "expected mix=…&prior=…&rollouts=… behind the ?"),
    ],
)
def test_a_text_that_makes_no_sense_is_one_line(text, expected, run, tmp_path):
    write(tmp_path / "file")
    places = {"FILE": tmp_path / "file", "RUN": run, "POLICY": run / "rollout" / "policy.safetensors"}
    for name, path in places.items():
        text = text.replace(name, str(path))
    with pytest.raises(PlayerError) as caught:
        read_player(text)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_part_is_named_with_the_command_that_makes_it(run):
    for part, options, message in (
        ("imitation", "", "zero imitate GAME DATA --run {run}/imitation"),
        ("reinforce", "?prior=reinforce", "zero reinforce {run}/imitation --run {run}/reinforce"),
        ("value", "", "zero value {run}/reinforce --run {run}/value"),
        ("rollout", "", "zero rollout-policy GAME DATA --run {run}/rollout"),
    ):
        (run / part).rename(run / "aside")
        with pytest.raises(PlayerError) as caught:
            read_player(f"alphago:{run}{options}")
        assert message.format(run=run) in str(caught.value)
        assert "zero alphago GAME --run" in str(caught.value)
        spared = {"imitation": "?prior=uniform", "value": "?mix=1", "rollout": "?mix=0", "reinforce": ""}[part]
        read_player(f"alphago:{run}{spared}")
        (run / "aside").rename(run / part)


def test_parts_of_different_games_or_damaged_ones_are_refused(run):
    policy = run / "rollout" / "policy.safetensors"
    whole = policy.read_bytes()
    policy.write_bytes(whole[:-5])
    with pytest.raises(CheckpointError, match="torn"):
        read_player(f"alphago:{run}")
    write_policy(policy, CONNECT_FOUR)
    with pytest.raises(CheckpointError, match="expected a rollout policy of tic_tac_toe"):
        read_player(f"alphago:{run}")
    policy.write_bytes(whole)
    write(run / "value" / RUN, CONNECT_FOUR)
    with pytest.raises(CheckpointError, match="expected a network for tic_tac_toe, got one for connect_four"):
        read_player(f"alphago:{run}")


def test_what_the_text_does_not_say_stands_in_the_folder(run):
    about = {"game": "tic_tac_toe", "simulations": 17, "mix": 0.75, "prior": "uniform"}
    (run / "alphago.json").write_text(json.dumps(about))
    recipe = read_player(f"alphago:{run}")
    assert (recipe.parts.mix, recipe.parts.prior) == (0.75, None)
    for text, argument, expected in (("", None, 17), ("", 5, 5), ("@9", 5, 9)):
        player = read_player(f"alphago:{run}{text}").make(TIC_TAC_TOE, 0, argument)
        assert isinstance(player, SearchPlayer)
        assert player.settings.simulations == expected
        assert player.settings.policy == "puct"
    assert read_player(f"alphago:{run}?mix=0&prior=imitation").parts.mix == 0
    for wrong in ("{", "[]", '{"mix": 2}', '{"prior": "x"}', '{"simulations": "many"}', '{"game": "nowhere"}', '{"mix": null}'):
        (run / "alphago.json").write_text(wrong)
        with pytest.raises(PlayerError, match=r"alphago\.json makes no sense"):
            read_player(f"alphago:{run}")
    (run / "alphago.json").write_text('{"game": "connect_four"}')
    with pytest.raises(CheckpointError, match="expected a network for connect_four"):
        read_player(f"alphago:{run}")


def test_one_network_for_both_is_one_evaluation(run):
    assert read_player(f"alphago:{run}").parts.value is not read_player(f"alphago:{run}").parts.prior
    (run / "value" / RUN).write_bytes((run / "imitation" / RUN).read_bytes())
    parts = read_player(f"alphago:{run}").parts
    assert parts.value is parts.prior
    assert len(parts.evaluator("cpu", 0)(TIC_TAC_TOE, 3).parts) == 2  # the network, and the rollouts


def test_digests_tell_players_apart(run, tmp_path):
    write_policy(tmp_path / "other", TIC_TAC_TOE, 0.25)
    policy = run / "rollout" / "policy.safetensors"
    texts = [f"alphago:{run}{options}" for options in ("", "?mix=0", "?mix=1", "?prior=uniform", "?prior=reinforce", "?mix=0.25")]
    texts += [f"mcts:5?policy={policy}", f"mcts:5?policy={tmp_path / 'other'}", f"net:{run}/imitation"]
    digests = [read_player(text).digest() for text in texts]
    assert None not in digests
    assert len(set(digests)) == len(texts)
    assert read_player("mcts:5").digest() is None


@pytest.mark.parametrize("options", ["@20", "@20?mix=0", "@20?mix=1", "@20?prior=uniform&rollouts=4"])
def test_the_mixed_search_plays_legal_moves_and_the_same_ones_again(options, run, random):
    positions = positions_of(TIC_TAC_TOE, random, 20)
    game, (recipe,) = read_players([f"alphago:{run}{options}"], None)
    assert game == TIC_TAC_TOE
    one, same = (recipe.make(game, 4).consider(positions) for _ in range(2))
    assert one == same
    for position, thought in zip(positions, one, strict=True):
        assert thought.action in position.legal_actions()
        assert sum(thought.wdl) == pytest.approx(1, abs=1e-6)


def test_it_thinks_wherever_a_network_does(run, capsys):
    player = f"alphago:{run}@20"
    analyst = analyst_of(None, player)
    report = analyst.search(Position(TIC_TAC_TOE), simulations=30)
    assert report.simulations >= 30
    assert analyst.name == player
    assert main(["analyze", "tic_tac_toe", "--player", player, "--simulations", "20"]) == 0
    assert main(["match", player, "random", "--games", "2"]) == 0
    assert main(["analyze", "connect_four", "--player", player]) == 2
    with pytest.raises(PlayerError, match="alphago:RUN to think with"):
        analyst_of(TIC_TAC_TOE, f"value:{run}/value")
    capsys.readouterr()
    with pytest.raises(PlayerError, match=r"GTP has words for .* got tic_tac_toe"):
        Loader(GtpSettings(player), lambda: None)
    with pytest.raises(CheckpointError, match="expected a pipeline for chess, got one for tic_tac_toe"):
        check_file(player)


def test_rollouts_alone_need_no_torch(run, python):
    code = (
        "import sys; from zero.cli import main; "
        f"status = main(['match', 'alphago:{run}@5?mix=1&prior=uniform', "
        f"'mcts:5?policy={run}/rollout/policy.safetensors', '--games', '2']); "
        "sys.exit(status or 'torch' in sys.modules)"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
