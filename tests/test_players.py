"""Players from strings, and the laws that every player obeys."""

import shlex

import numpy as np
import pytest
import torch
from small_checkpoints import write

from arena.matches.match import play_match
from arena.players import player as player_module
from arena.players.player import PolicyPlayer, RandomPlayer, SearchPlayer, TimeLeft
from arena.players.recipes import KINDS, game_of, read_player, read_players
from arena.players.timed import TimedPlayer
from games import find
from games.position import Position
from games.rules import ONGOING
from zero.checkpoint import write_checkpoint
from zero.checkpoint_files import shipped
from zero.cli import main
from zero.errors import CheckpointError, PlayerError, SettingsError
from zero.evaluators import Uniform
from zero.search.settings import SearchSettings

TIC_TAC_TOE = find("tic_tac_toe")
CONNECT_FOUR = find("connect_four")


def positions_of(game, random, count):
    """Return random positions in which the game goes on."""
    found = []
    while len(found) < count:
        position = Position(game)
        for _ in range(int(random.integers(0, game.max_plies))):
            position.play(int(random.choice(position.legal_actions())))
            if position.outcome() != ONGOING:
                position.undo()
                break
        found.append(position)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there is no such file"),
        ("randm", "did you mean random?"),
        ("minimac:3", "did you mean minimax?"),
        ("nowhere/file.safetensors", "there is no such file or folder; expected one of FILE, RUN; FILE@SIMULATIONS"),
        ("shiped", "did you mean shipped?"),
        ("gpt:gnugo", "did you mean gtp?"),
        ("nowhere@12", "there is no such file"),
        ("net:nowhere", "there is no such file"),
        ("net:", "there is no such file"),
        ("a\0b", "there is no such file"),
        ("x" * 5000, "there is no such file"),
        ("random:3", "expected random alone, got ':3'"),
        ("solver:3", "expected solver alone"),
        ("minimax", "expected minimax:DEPTH with a whole number from 1"),
        ("minimax:", "expected minimax:DEPTH with a whole number from 1"),
        ("minimax:0", "got '0'"),
        ("minimax:-3", "got '-3'"),
        ("minimax:2.5", "got '2.5'"),
        ("minimax:²", "got '²'"),
        ("mcts:many", "expected mcts:SIMULATIONS with a whole number"),
        ("mcts:1_000", "got '1_000'"),
        ("mcts:" + "9" * 5000, "a whole number from 1 to 100000000"),
        ("file@", "expected FILE@SIMULATIONS (or a time, as in FILE@0.5s) with a whole number"),
        ("file@0s", "expected a time above 0"),
        ("file@999999s", "expected a time above 0 and up to 100000 s"),
        ("file@s", "got 's'"),
        ("file@-1s", "got '-1s'"),
        ("file@0", "got '0'"),
        ("file@1e3", "got '1e3'"),
    ],
)
def test_a_text_that_is_no_player_is_refused_in_one_line(text, expected):
    with pytest.raises(PlayerError) as caught:
        read_player(text)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_files_that_are_no_checkpoints_are_refused(tmp_path):
    for name, content in (("empty", b""), ("pickle", b"\x80\x04N."), ("noise", bytes(range(256)) * 9)):
        (tmp_path / name).write_bytes(content)
        for text in (str(tmp_path / name), f"net:{tmp_path / name}", f"{tmp_path / name}@5"):
            with pytest.raises(CheckpointError):
                read_player(text)
    with pytest.raises(CheckpointError, match="expected a run folder"):
        read_player(str(tmp_path))


def test_a_checkpoint_is_read_from_a_file_or_a_run_folder(tmp_path):
    write(tmp_path / "run" / "checkpoints" / "000001.safetensors", seed=1)
    newest = write(tmp_path / "run" / "checkpoints" / "000002.safetensors", seed=2)
    write(tmp_path / "odd@name", seed=2)
    expected = newest.network.state_dict()
    for text in ("run", "run/checkpoints/000002.safetensors", "run@7", "net:run", "odd@name", "odd@name@7"):
        recipe = read_player(f"net:{tmp_path / text[4:]}" if text.startswith("net:") else str(tmp_path / text))
        assert recipe.game == TIC_TAC_TOE
        state = recipe.checkpoint.network.state_dict()
        assert all(torch.equal(state[name], tensor) for name, tensor in expected.items()), text


def test_simulations_come_from_the_text_or_the_argument_or_the_checkpoint(tmp_path):
    write(tmp_path / "file")
    for text, argument, expected in (("file", None, 12), ("file", 30, 30), ("file@7", None, 7), ("file@7", 30, 7)):
        made = read_player(str(tmp_path / text)).make(TIC_TAC_TOE, 0, argument)
        assert made.settings.simulations == expected
        found = made._searcher(1).search([Position(TIC_TAC_TOE)])
        assert found.visits.sum() == expected


def test_the_game_comes_from_the_checkpoints(tmp_path):
    write(tmp_path / "ttt")
    write(tmp_path / "c4", CONNECT_FOUR)
    write(tmp_path / "small", find("connect_four:rows=5,columns=6"))
    ttt, c4, small = (read_player(str(tmp_path / name)) for name in ("ttt", "c4", "small"))
    random = read_player("random")
    assert game_of([random, c4], None) == CONNECT_FOUR
    assert game_of([c4, random], "connect_four") == CONNECT_FOUR
    assert game_of([random, random], "tic_tac_toe") == TIC_TAC_TOE
    with pytest.raises(PlayerError, match="name one, as in --game"):
        game_of([random, random], None)
    for players, spec in (([ttt, c4], None), ([c4, small], None), ([c4, random], "tic_tac_toe"), ([small, c4], "connect_four")):
        with pytest.raises(PlayerError, match=r"expected one game, but .* is for .*, .* for "):
            game_of(players, spec)
    with pytest.raises(PlayerError, match="plays connect_four:rows=6,columns=7, but the game is tic_tac_toe"):
        c4.make(TIC_TAC_TOE)


def test_a_device_that_is_not_there_is_refused(tmp_path):
    write(tmp_path / "file")
    for device in ("gpu", "cuda:99"):
        with pytest.raises(SettingsError, match="device"):
            read_player(str(tmp_path / "file")).make(TIC_TAC_TOE, device=device)


@pytest.mark.parametrize("text", ["random", "minimax:3", "mcts:20", "FILE", "FILE@5", "net:FILE"])
@pytest.mark.parametrize("game", [TIC_TAC_TOE, CONNECT_FOUR], ids=lambda game: game.name)
def test_every_player_makes_legal_moves_and_says_sensible_things(text, game, tmp_path, random):
    write(tmp_path / "file", game)
    recipe = read_player(text.replace("FILE", str(tmp_path / "file")))
    positions = positions_of(game, random, 30)
    states = [position.state.tobytes() for position in positions]
    one, same = recipe.make(game, 4), recipe.make(game, 4)
    actions = one.choose(positions)
    assert all(action in position.legal_actions() for action, position in zip(actions, positions, strict=True))
    thoughts = same.consider(positions)
    assert [thought.action for thought in thoughts] == actions  # the same seed, the same moves
    assert [position.state.tobytes() for position in positions] == states
    assert one.choose([]) == []
    assert one.think(positions[0]).action in positions[0].legal_actions()
    for thought in thoughts:
        if thought.wdl is not None:
            win, draw, loss = thought.wdl
            assert min(thought.wdl) >= 0
            assert win + draw + loss == pytest.approx(1, abs=1e-6)
            assert thought.value == pytest.approx(win - loss, abs=1e-6)
        assert thought.value is None or -1 <= thought.value <= 1


def test_random_choices_come_from_the_seed(random):
    positions = positions_of(CONNECT_FOUR, random, 50)
    for text in ("random", "mcts:3"):
        chosen = {seed: read_player(text).make(CONNECT_FOUR, seed).choose(positions) for seed in (1, 2)}
        assert chosen[1] != chosen[2]


def test_a_random_player_plays_all_moves_alike():
    """Within four standard deviations of a binomial with p = 1/7: wrong in less than one of 2000 cases."""
    chosen = RandomPlayer(CONNECT_FOUR, 1).choose([Position(CONNECT_FOUR)] * 7000)
    counts = np.bincount(chosen, minlength=7)
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(7000 / 7 * 6 / 7)


def test_the_policy_head_alone_plays_its_highest_legal_logit(tmp_path, random):
    checkpoint = write(tmp_path / "file", CONNECT_FOUR)
    made = read_player(f"net:{tmp_path / 'file'}").make(CONNECT_FOUR)
    positions = positions_of(CONNECT_FOUR, random, 600)  # more than one batch
    planes = torch.from_numpy(np.stack([position.planes() for position in positions]))
    with torch.inference_mode():
        logits, wdl = checkpoint.network(planes)
    logits = logits.numpy()
    agreed = 0
    for position, row, action in zip(positions, logits, made.choose(positions), strict=True):
        legal = position.legal_actions()
        assert row[action] >= row[legal].max() - 0.05 * np.ptp(row)  # it may compute in bfloat16
        agreed += action == legal[int(np.argmax(row[legal]))]
    assert agreed > 0.95 * len(positions)
    thought, probabilities = made.think(positions[0]), torch.softmax(wdl[0], 0)
    assert thought.wdl == pytest.approx(probabilities.tolist(), abs=0.05)


def test_the_policy_head_alone_takes_the_lowest_of_equal_moves(tmp_path, random):
    checkpoint = write(tmp_path / "file", CONNECT_FOUR, sharp=False)
    with torch.no_grad():
        checkpoint.network.policy.weight.zero_()
    write_checkpoint(tmp_path / "even", checkpoint)
    positions = positions_of(CONNECT_FOUR, random, 20)
    made = read_player(f"net:{tmp_path / 'even'}").make(CONNECT_FOUR)
    assert made.choose(positions) == [position.legal_actions()[0] for position in positions]


def test_more_positions_than_trees_are_searched_in_several_goes(monkeypatch, random):
    positions = positions_of(CONNECT_FOUR, random, 30)
    settings = SearchSettings(policy="puct", simulations=40)
    at_once = SearchPlayer(CONNECT_FOUR, "uniform", settings, Uniform).consider(positions)
    monkeypatch.setattr(player_module, "MOST_TREES", 7)
    assert SearchPlayer(CONNECT_FOUR, "uniform", settings, Uniform).consider(positions) == at_once
    monkeypatch.setattr(player_module, "MOST_BYTES", 1)
    assert SearchPlayer(CONNECT_FOUR, "uniform", settings, Uniform).consider(positions[:5]) == at_once[:5]


def test_a_search_with_rollouts_sees_what_is_near():
    made = read_player("mcts:300").make(CONNECT_FOUR, 1)
    win, threat = Position(CONNECT_FOUR), Position(CONNECT_FOUR)
    for column in "112233":
        win.play(int(column) - 1)
    for column in "11223":
        threat.play(int(column) - 1)
    assert made.choose([win, threat]) == [3, 3]  # four in a row, and against it
    thought = made.think(win)
    assert (thought.value, thought.wdl) == (1.0, (1.0, 0.0, 0.0))


def test_torch_is_imported_only_for_checkpoints(python):
    code = (
        "import sys; from zero.cli import main; "
        "status = main(['match', 'random', 'mcts:5', '--game', 'tic_tac_toe', '--games', '4']); "
        "sys.exit(status or 'torch' in sys.modules)"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_network_that_ships_is_a_player_of_its_game():
    for text, kind in (("shipped", SearchPlayer), ("net:shipped", PolicyPlayer), ("shipped@5", SearchPlayer)):
        game, (recipe,) = read_players([text], "tic_tac_toe")
        assert recipe.digest() == read_player(str(shipped(game))).digest()
        player = recipe.make(game)
        assert (type(player), player.name) == (kind, text)
    with pytest.raises(PlayerError, match="no network ships for hex"):
        read_players(["shipped"], "hex")
    with pytest.raises(PlayerError, match="which game"):
        read_players(["shipped", "random"], None)


def test_a_file_of_nearly_that_name_is_suggested(here):
    write(here / "strong.safetensors")
    with pytest.raises(PlayerError, match=r"did you mean strong\.safetensors\?"):
        read_player("strng.safetensors")


def test_a_time_per_move_is_taken_and_not_exceeded(tmp_path, ticks):
    write(tmp_path / "file")
    positions = positions_of(TIC_TAC_TOE, np.random.default_rng(1), 3)
    player = read_player(f"{tmp_path / 'file'}@0.2s").make(TIC_TAC_TOE)
    assert isinstance(player, TimedPlayer)
    begun = ticks()
    thoughts = player.consider([Position(TIC_TAC_TOE)] * 3)
    assert 0.6 <= ticks() - begun < 0.8
    assert all(thought.action in range(9) and abs(thought.value) <= 1 for thought in thoughts)
    player.time_left = TimeLeft(0.01)
    assert player.consider(positions)[0].action in positions[0].legal_actions()
    timed = read_player(str(tmp_path / "file")).make(TIC_TAC_TOE, timed=True)
    assert isinstance(timed, TimedPlayer)
    assert timed.seconds is None  # the clock says
    assert isinstance(read_player(str(tmp_path / "file@9")).make(TIC_TAC_TOE, timed=True), SearchPlayer)


def test_zero_players_lists_what_can_play_a_game(capsys):
    assert main(["players"]) == 0
    everything = capsys.readouterr().out
    assert all(kind.form in everything and kind.meaning in everything for kind in KINDS)
    for game, there, absent in (
        ("hex", ("gtp:", "mcts:"), ("solver", "uci:", "shipped")),
        ("connect_four", ("solver", "shipped"), ("uci:", "gtp:")),
        ("connect_four:rows=5", ("minimax:",), ("solver", "shipped")),
        ("chess", ("uci:",), ("gtp:", "solver")),
    ):
        assert main(["players", game]) == 0
        shown = capsys.readouterr().out
        assert all(f"  {word}" in shown for word in there)
        assert not any(f"  {word}" in shown for word in absent)
    assert main(["players", "nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_examples_of_players_can_be_copied():
    texts = [text for kind in KINDS for text in shlex.split(kind.example.replace(",", ""))]
    assert len(texts) == len(KINDS) + 1
    for text in texts:
        if "runs/" not in text:
            read_player(text)


def test_many_rollouts_beat_random_moves():
    """mcts:1000 against random in Connect Four: 40 games; it would win fewer than 36 with probability < 1e-9."""
    game = CONNECT_FOUR
    result = play_match(read_player("mcts:1000").make(game, 1), read_player("random").make(game, 2), game, 40, seed=1)
    assert result.tally().score > 0.95


@pytest.mark.parametrize("side", [0, 1])
def test_a_deep_minimax_never_loses_tic_tac_toe(side):
    """Against every line of play of the other, whichever of its best moves it takes."""
    player = read_player("minimax:9").make(TIC_TAC_TOE)
    seen = set()

    def follow(position):
        if position.state.tobytes() in seen:
            return
        seen.add(position.state.tobytes())
        if position.outcome() != ONGOING:
            assert position.winner() in (None, side)
            return
        actions = player.best_moves(position)[1] if position.to_play == side else position.legal_actions()
        for action in actions:
            position.play(action)
            follow(position)
            position.undo()

    follow(Position(TIC_TAC_TOE))
    assert len(seen) > 200
