"""The run folder: everything a training run is, so that it can be stopped at any moment and gone on with.

    RUN/settings.json              the game, the seed and all settings
    RUN/records/000007.safetensors games that generation 7 finished
    RUN/checkpoints/000007.safetensors the network that plays after generation 7 (000000: before any learning)
    RUN/state/000007.safetensors   what is needed to begin generation 8; only the newest two are kept
    RUN/metrics.jsonl              a line for each generation
    RUN/tensorboard/               the same for TensorBoard

A generation's files are written in the order records, state, checkpoint; it counts once its checkpoint is there.
"""

import contextlib
import json
import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from games import spec_of
from games.game import Game
from zero.checkpoint_files import checkpoints_of
from zero.errors import CheckpointError, RunError
from zero.files import hold, read_arrays, write_bytes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind", bound="DataclassInstance")
TRAIN = "train"
FOLDERS = ("records", "checkpoints", "state")
KEPT_STATES = 2
# What runs did before there was a setting, where that is not its default: (commands, None for all; part; setting; value).
BEFORE = ((None, "network", "squeeze", False), (TRAIN, "learning", "ending_weight", 0.0))


class Run(Generic[Kind]):
    """A run folder that this process has to itself.

    settings: all that makes two runs the same beside game and seed, a frozen dataclass whose fields have defaults.
    start:    the checkpoint that a new run begins from; its content counts as a setting, its place does not.
    command:  what learns in the folder: another command's run is refused.
    """

    def __init__(
        self, folder: Path, game: Game, seed: int, settings: Kind, start: Path | None = None, command: str = TRAIN
    ) -> None:
        """Open a folder, making it where it is not there.

        Raises RunError where it belongs to other settings, cannot be written to, or is in use.
        """
        self.folder, self.game, self.seed, self.settings, self.command = folder, game, seed, settings, command
        self._lock = hold(folder, RunError, *FOLDERS)
        try:
            self._settle(start)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.close()

    def _settle(self, start: Path | None) -> None:
        """Write the settings of a new run, or check that an old one has the same."""
        origin = _digest(start) if start else None
        mine = {
            "command": self.command,
            "game": spec_of(self.game),
            "seed": self.seed,
            "start": origin,
            "settings": asdict(self.settings),
        }
        path = self.folder / "settings.json"
        learned = _has_learned(self.folder)
        if path.exists():
            theirs = read_settings(self.folder)
            if theirs["command"] != self.command and learned:
                raise RunError(f"run folder {self.folder} is one of zero {theirs['command']}: take another --run")
            theirs["settings"] = filled(theirs["settings"], asdict(type(self.settings)()))
            if learned and start is None:
                mine["start"] = theirs.get("start")  # it has been begun; where from needs no repeating
            odd = differences(theirs, mine)
            if not odd:
                return
            if learned:
                raise RunError(f"run folder {self.folder} belongs to other settings: {'; '.join(odd)}; take another --run")
        elif learned:
            raise RunError(f"run folder {self.folder} has checkpoints but no settings.json: take another --run")
        self.forget_after(-1)  # what a call left that did not come to learn
        write_bytes(path, (json.dumps(mine, indent=2, sort_keys=True) + "\n").encode())

    def checkpoint(self, generation: int) -> Path:
        """Return where the network after a generation lies."""
        return self.folder / "checkpoints" / f"{generation:06}.safetensors"

    def records(self, generation: int) -> Path:
        """Return where the games of a generation lie."""
        return self.folder / "records" / f"{generation:06}.safetensors"

    def state(self, generation: int) -> Path:
        """Return where what is needed to begin the next generation lies."""
        return self.folder / "state" / f"{generation:06}.safetensors"

    def last_generation(self) -> tuple[int | None, list[str]]:
        """Return the newest generation that is whole, None where there is none, and a line about each file passed over.

        Raises RunError where the run has checkpoints but no generation can be gone on from.
        """
        passed: list[str] = []
        found = [int(path.stem) for path in checkpoints_of(self.folder)]
        for generation in reversed(found):
            try:
                read_arrays(self.checkpoint(generation), "checkpoint")
                read_arrays(self.state(generation), "state")
                return generation, passed
            except CheckpointError as error:
                passed.append(f"passed over: {error}")
        if found:
            raise RunError(f"run folder {self.folder}: no generation can be gone on from; {passed[0]}")
        return None, passed

    def forget_after(self, generation: int) -> None:
        """Remove what lies behind a generation, and pieces of interrupted writes."""
        for folder in (self.folder, *(self.folder / name for name in FOLDERS)):
            for path in folder.iterdir():
                later = path.stem.isdecimal() and int(path.stem) > generation
                piece = path.name.startswith(".") and path.suffix == ".part"
                if piece or (later and path.suffix == ".safetensors"):
                    path.unlink()
        self.forget_states(generation)
        metrics = [line for line in read_metrics(self.folder) if line["generation"] <= generation]
        self._write_metrics(metrics)

    def forget_states(self, generation: int) -> None:
        """Remove the states that are no longer needed after a generation."""
        for path in (self.folder / "state").glob("*.safetensors"):
            if path.stem.isdecimal() and int(path.stem) <= generation - KEPT_STATES:
                path.unlink()

    def add_metrics(self, line: dict[str, Any]) -> None:
        """Append a generation's line to metrics.jsonl; what is not a number becomes null, which JSON knows."""
        line = {name: value if math.isfinite(value) else None for name, value in line.items()}
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _write_metrics(self, lines: list[dict[str, Any]]) -> None:
        write_bytes(self.folder / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode())


def _digest(path: Path) -> str:
    """Return what identifies the content of a checkpoint that a run starts from."""
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl, without a torn last one."""
    path = folder / "metrics.jsonl"
    lines: list[dict[str, Any]] = []
    if path.exists():
        for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                line = json.loads(text)
                if isinstance(line, dict) and isinstance(line.get("generation"), int):
                    lines.append(line)
    return lines


def read_settings(folder: Path) -> dict[str, Any]:
    """Return what settings.json says. Raises RunError where it is not there or cannot be read."""
    path = folder / "settings.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not {"game", "seed", "settings"} <= set(content):
            raise ValueError("game, seed and settings are not all there")
    except FileNotFoundError:
        raise RunError(f"{folder}: not a run folder, it has no settings.json") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from None
    content = {"command": TRAIN, **content}  # runs of zero train did not always say so
    stored = content["settings"] if isinstance(content["settings"], dict) else {}
    for command, part, setting, value in BEFORE:
        if command in (None, content["command"]) and isinstance(stored.get(part), dict):
            stored[part].setdefault(setting, value)
    return content


def filled(stored: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return stored settings with the defaults of fields that there were not yet when they were stored."""
    return {
        **stored,
        **{
            name: filled(stored[name], value) if isinstance(value, dict) and isinstance(stored.get(name), dict) else value
            for name, value in defaults.items()
            if isinstance(value, dict) or name not in stored
        },
    }


def begun(folder: Path) -> bool:
    """Return whether something was learned in a folder that says with which settings."""
    return _has_learned(folder) and (folder / "settings.json").exists()


def _has_learned(folder: Path) -> bool:
    return any(int(found.stem) > 0 for found in checkpoints_of(folder))


def without_none(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without what is None, which stands for a default."""
    return {
        name: without_none(value) if isinstance(value, dict) else value for name, value in table.items() if value is not None
    }


def differences(theirs: dict[str, Any], mine: dict[str, Any], prefix: str = "") -> list[str]:
    """Return a text for each setting in which two runs differ."""
    odd: list[str] = []
    for name in sorted({*theirs, *mine}):
        old, new = theirs.get(name), mine.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            odd += differences(old, new, f"{prefix}{name}.".removeprefix("settings."))
        elif old != new:
            odd.append(f"{prefix}{name} is {old!r} there, {new!r} here")
    return odd
