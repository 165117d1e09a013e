"""Training in intervals: whatever interrupts it, a run goes on from its last whole interval to the same checkpoints."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from small_runs import contents, generations

from games import find
from selfplay.display import display_for
from selfplay.runs import Run, read_metrics
from selfplay.stages import Limit, Stage, train_stage
from selfplay.stopping import Stop, StopTraining
from zero.checkpoint import Checkpoint
from zero.cli import main
from zero.errors import RunError
from zero.network import NetworkSettings, new_network
from zero.search.settings import SearchSettings

GAME = find("tic_tac_toe")
NETWORK = NetworkSettings(size="4x1")
STEPS = 5  # of an interval


@dataclass(frozen=True)
class WalkSettings:
    """Of the stage below."""

    size: float = 1.0


class Walk(Stage):
    """Adds random numbers to a weight; `fails` is called before every step."""

    columns = (("interval", lambda line: f"{line['generation']}"), ("place", lambda line: f"{line['place']:.3f}"))

    def __init__(self, run, fails=lambda interval, step: None):
        self.run, self.fails = run, fails
        self.network = new_network(GAME, NETWORK, run.seed)

    def interval(self, number, watch):
        random = np.random.default_rng([self.run.seed, number])
        for step in range(STEPS):
            self.fails(number, step)
            watch("walking", step / STEPS)
            with torch.no_grad():
                self.network.value.bias += float(random.normal()) * self.run.settings.size
        return {"place": float(self.network.value.bias.detach()[0])}

    def checkpoint(self, number):
        return Checkpoint(GAME, self.network, NETWORK, SearchSettings(), number)

    def state(self):
        return {"steps": 1}, {"bias": self.network.value.bias.detach().numpy()}

    def load(self, header, arrays, path):
        assert header == {"steps": 1}
        with torch.no_grad():
            self.network.value.bias.copy_(torch.from_numpy(arrays["bias"]))


class Lines:
    """A stream that is no terminal."""

    def __init__(self):
        self.text = ""

    def isatty(self):
        return False


def walk(folder, limit, fails=lambda interval, step: None, stop=None, settings=WalkSettings()):
    """Go on with a run; return the number of its last interval."""
    run = Run(folder, GAME, 3, settings, command="walk")
    try:
        stage = Walk(run, fails)
        return train_stage(run, stage, limit, stop or Stop(), display_for(Lines(), stage.columns))
    finally:
        run.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Six intervals that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert walk(folder, Limit(intervals=6)) == 6
    return folder


def test_every_interval_leaves_a_checkpoint_and_a_line(whole):
    assert [*contents(whole)] == generations(6)
    assert [*contents(whole, "state")] == generations(6)[-2:]
    lines = read_metrics(whole)
    assert [line["generation"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert len({line["place"] for line in lines}) == 6


class Killed(BaseException):
    """As little to be caught as a kill."""


def test_interrupted_at_every_step_it_comes_to_the_same(whole, tmp_path):
    """Each step of each interval is interrupted once, by an error, by Ctrl-C twice or by what nobody catches."""
    once, kinds = set(), (RunError, KeyboardInterrupt, Killed, StopTraining)

    def fails(interval, step):
        if (interval, step) not in once:
            once.add((interval, step))
            raise kinds[len(once) % len(kinds)]("planted")

    while True:
        try:
            last = walk(tmp_path, Limit(intervals=6), fails)
            break
        except kinds:
            assert len(contents(tmp_path)) == max(interval for interval, _ in once)
    assert last == 6
    assert len(once) == 6 * STEPS
    assert contents(tmp_path) == contents(whole)
    assert [line["place"] for line in read_metrics(tmp_path)] == [line["place"] for line in read_metrics(whole)]


def test_ctrl_c_ends_after_the_interval(tmp_path):
    stop = Stop()
    assert walk(tmp_path, Limit(intervals=6), lambda interval, step: (interval, step) == (2, 1) and stop(2, None), stop) == 2
    assert walk(tmp_path, Limit(intervals=4)) == 4


def test_a_torn_state_costs_one_interval(whole, tmp_path, capsys):
    walk(tmp_path, Limit(intervals=3))
    (tmp_path / "state" / "000003.safetensors").write_bytes(b"torn")
    assert walk(tmp_path, Limit(intervals=6)) == 6
    assert "passed over" in capsys.readouterr().out
    assert contents(tmp_path) == contents(whole)


def test_time_alone_allows_at_least_one_interval(tmp_path):
    assert walk(tmp_path, Limit(seconds=1e-9)) == 1
    assert walk(tmp_path, Limit(seconds=1e-9)) == 2
    assert walk(tmp_path, Limit(intervals=2, seconds=1e-9)) == 2


def test_a_folder_belongs_to_one_command_and_its_settings(whole, tmp_path, capsys):
    with pytest.raises(RunError, match="is one of zero walk: take another --run"):
        Run(whole, GAME, 3, WalkSettings(), command="imitate")
    with pytest.raises(RunError, match=r"belongs to other settings: size is 1\.0 there, 2\.0 here"):
        walk(whole, Limit(intervals=7), settings=WalkSettings(2.0))
    assert main(["train", "tic_tac_toe", "--run", str(whole), "--generations", "1"]) == 2
    assert f"run folder {whole} is one of zero walk" in capsys.readouterr().err


def test_a_setting_that_is_newer_than_the_run_has_its_default_there(tmp_path):
    walk(tmp_path, Limit(intervals=1))
    path = tmp_path / "settings.json"
    stored = json.loads(path.read_text())
    del stored["settings"]["size"]
    path.write_text(json.dumps(stored))
    assert walk(tmp_path, Limit(intervals=2)) == 2
    with pytest.raises(RunError, match="size is 1"):
        walk(tmp_path, Limit(intervals=3), settings=WalkSettings(2.0))


def test_a_picture_of_any_training(whole, tmp_path, command):
    status, out, err = command("plot", str(whole), "--output", str(tmp_path / "plot.png"))
    assert (status, out, err) == (0, f"{tmp_path / 'plot.png'}\n", "")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
