"""alphago:RUN — the parts that a pipeline's folder holds (zero alphago writes it), and the evaluator that they make.

    RUN/imitation, RUN/reinforce   run folders of the policies that priors can come from
    RUN/value                      run folder of the value network
    RUN/rollout/policy.safetensors the fast policy of the rollouts
    RUN/alphago.json               what is taken where a player's text does not say: simulations, mix, prior
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from arena.players.texts import exists, limited, number_in, options_in, real_in
from games.catalogue import find
from games.errors import InputError
from games.game import Game
from zero.checkpoint_files import checkpoints_of, game_in
from zero.errors import PlayerError
from zero.files import read_arrays

if TYPE_CHECKING:
    from zero.checkpoint import Checkpoint
    from zero.mixture import Make
    from zero.rollout_policy import RolloutPolicy

MIX = 0.5  # weight of the rollouts (Silver et al. 2016: λ)
IMITATION, REINFORCE, UNIFORM = "imitation", "reinforce", "uniform"
PRIORS = (IMITATION, REINFORCE, UNIFORM)
VALUE, ROLLOUT = "value", Path("rollout", "policy.safetensors")
MOST_ROLLOUTS = 10_000
# How each part is made by itself.
MADE_BY = {
    IMITATION: "zero imitate GAME DATA --run {run}/imitation",
    REINFORCE: "zero reinforce {run}/imitation --run {run}/reinforce",
    VALUE: "zero value {run}/reinforce --run {run}/value",
}
ROLLOUT_MADE_BY = "zero rollout-policy GAME DATA --run {run}/rollout"


def split(text: str, rest: str) -> tuple[Path, int | None, float | None, dict[str, str]]:
    """Return what RUN[@LIMIT][?OPTION=VALUE&…] says: folder, simulations, seconds, options. Raises PlayerError."""
    place, options = options_in(text, rest, Wish._fields)
    run, number, seconds = limited(text, place)
    if not run or not exists(run) or not Path(run).is_dir():
        raise PlayerError(f"player {text[:200]!r}: expected alphago:RUN with a folder of zero alphago, got {run[:200]!r}")
    return Path(run), number, seconds, options


class Wish(NamedTuple):
    """What a player's text asks of the parts; None where it does not say."""

    mix: float | None = None  # weight of the rollouts
    prior: str | None = None  # one of PRIORS
    rollouts: int = 1  # games from each leaf


def wish_of(text: str, options: dict[str, str]) -> Wish:
    """Return what the options of a player's text ask for. Raises PlayerError."""
    count, prior = number_in(text, options.get("rollouts", "1"), "rollouts=GAMES"), options.get("prior")
    if count > MOST_ROLLOUTS:
        raise PlayerError(f"player {text[:200]!r}: expected rollouts from 1 to {MOST_ROLLOUTS}, got {count}")
    if prior is not None and prior not in PRIORS:
        raise PlayerError(f"player {text[:200]!r}: expected prior={' or '.join(PRIORS)}, got {prior[:40]!r}")
    return Wish(real_in(text, options, "mix", 1.0), prior, count)


class Parts(NamedTuple):
    """What such a player thinks with."""

    game: Game
    prior: "Checkpoint | None"  # None: even priors
    value: "Checkpoint | None"  # None: rollouts alone; the same object as `prior` where both are one network
    policy: "RolloutPolicy | None"  # None: no rollouts
    mix: float
    rollouts: int
    simulations: int | None  # a move, where RUN/alphago.json says

    def evaluator(self, device: str, seed: int) -> "Make":
        """Return what a Searcher makes its evaluator with. Raises SettingsError for a device that is not there."""
        from zero.evaluators import Uniform
        from zero.mixture import mixture_of

        networks: dict[int, Make] = {}
        for checkpoint in (self.prior, self.value):
            if checkpoint is not None and id(checkpoint) not in networks:
                from zero.inference import device_of, evaluator_of

                device_of(device)
                networks[id(checkpoint)] = evaluator_of(checkpoint.network, device)
        rollouts: Make | None = None
        if self.policy is not None:
            from zero.rollout_policy import rollouts_of

            rollouts = rollouts_of(self.policy, self.rollouts, seed)
        priors = Uniform if self.prior is None else networks[id(self.prior)]
        return mixture_of(priors, None if self.value is None else networks[id(self.value)], rollouts, self.mix)


def read_parts(text: str, run: Path, wish: Wish) -> Parts:
    """Read the parts that a player needs. text: the player's, for messages.

    Raises PlayerError where one is missing (and says how to make it), CheckpointError where one is damaged or of another
    game than the others.
    """
    about = _about(text, run)
    mix = float(about.get("mix", MIX)) if wish.mix is None else wish.mix
    prior = str(about.get("prior", IMITATION)) if wish.prior is None else wish.prior
    game = find(about["game"]) if "game" in about else None
    found: dict[str, Checkpoint] = {}
    for name in [*([prior] if prior != UNIFORM else []), *([VALUE] if mix < 1 else [])]:
        from zero.checkpoint import read_checkpoint

        found[name] = read_checkpoint(_newest(text, run, name), game)
        game = found[name].game
    policy: RolloutPolicy | None = None
    if mix > 0:
        from zero.rollout_policy import read_rollout_policy

        path = run / ROLLOUT
        if not path.exists():
            raise _missing(text, path, ROLLOUT_MADE_BY, run, "or mix=0 for a search without rollouts")
        policy = read_rollout_policy(path, game)
        game = policy.game
    assert game is not None
    one, other = found.get(prior), found.get(VALUE)
    value = one if one is not None and other is not None and _same(one, other) else other
    return Parts(game, one, value, policy, mix, wish.rollouts, about.get("simulations"))


def spec_of_player(text: str) -> str:
    """Return which game the player alphago:RUN plays, as typed, from the first part that is there; without torch.

    Raises PlayerError where there is none.
    """
    run = split(text, text.partition(":")[2])[0]
    about = _about(text, run)
    if "game" in about:
        return str(about["game"])
    for name in MADE_BY:
        if checkpoints := checkpoints_of(run / name):
            return game_in(checkpoints[-1])
    if (run / ROLLOUT).exists():
        return str(read_arrays(run / ROLLOUT, "rollout-policy")[0].get("game", ""))
    raise _missing(text, run / IMITATION, MADE_BY[IMITATION], run)


def _about(text: str, run: Path) -> dict[str, Any]:
    """Return what RUN/alphago.json says, nothing where there is none. Raises PlayerError where it makes no sense."""
    path = run / "alphago.json"
    if not path.exists():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        mix, prior, simulations = about.get("mix", MIX), about.get("prior", IMITATION), about.get("simulations")
        if not 0 <= mix <= 1 or prior not in PRIORS or (simulations is not None and int(simulations) < 1):
            raise ValueError(f"got mix {mix}, prior {prior}, simulations {simulations}")
        if "game" in about:
            find(about["game"])
    except (OSError, ValueError, TypeError, AttributeError, InputError) as error:
        raise PlayerError(f"player {text[:200]!r}: {path} makes no sense: {str(error)[:100]}") from None
    return dict(about)


def _newest(text: str, run: Path, name: str) -> Path:
    found = checkpoints_of(run / name)
    if not found:
        hint = {VALUE: "or mix=1 for a search without a value network", IMITATION: "or prior=uniform", REINFORCE: ""}[name]
        raise _missing(text, run / name, MADE_BY[name], run, hint)
    return found[-1]


def _missing(text: str, path: Path, command: str, run: Path, hint: str = "") -> PlayerError:
    how = f"make it: {command.format(run=run)} (or all parts: zero alphago GAME --run {run})"
    return PlayerError(f"player {text[:200]!r}: {path} is missing; {how}" + (f"; {hint}" if hint else ""))


def _same(one: "Checkpoint", other: "Checkpoint") -> bool:
    """Return whether two checkpoints hold the same network."""
    from zero.checkpoint import arrays_of

    if one.network_settings != other.network_settings:
        return False
    mine, theirs = arrays_of(one.network), arrays_of(other.network)
    return all((mine[name] == theirs[name]).all() for name in mine)

