"""A folder of recorded games: what `zero record` writes, and what it says of them."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from games.catalogue import spec_of
from games.game import Game
from selfplay.expert.fingerprints import fingerprints
from selfplay.records import Records, records_from
from selfplay.slots import OPENING
from zero.checkpoint_files import numbered
from zero.errors import RunError
from zero.files import hold, read_arrays, write_arrays, write_bytes

SETTINGS = "recording.json"


class Summary(NamedTuple):
    """What a folder of records holds."""

    folder: Path
    games: int  # that ended; failures are not among them
    wins: int  # of the first player, whoever began
    draws: int
    losses: int
    first_wins: int  # of whoever began
    labelled: int  # positions where a player moved
    distinct: int  # of these, different ones
    opening_plies: int  # random ones
    failures: list[str]  # a line for each game that a player failed in


class RecordFolder:
    """A folder of records that this process has to itself."""

    def __init__(self, path: Path, game: Game, settings: dict[str, Any]) -> None:
        self.path, self.game, self.settings = path, game, settings
        self.played = self.labelled = 0  # games that were begun, positions with a label
        self.games: list[tuple[Records, list[str]]] = []
        self._lock = hold(path, RunError)
        try:
            self._settle()
            for number, file in enumerate(numbered(path), 1):
                if int(file.stem) != number:
                    raise RunError(f"{path}: expected {number:06}.safetensors, got {file.name}: take another folder with --out")
                header, arrays = read_arrays(file, "records")
                self._count(records_from(arrays, file), header["failures"], header["played"])
        except BaseException:
            self.close()
            raise

    def _settle(self) -> None:
        """Write the settings of a new recording, or check that an old one has the same."""
        file = self.path / SETTINGS
        if not numbered(self.path):
            write_bytes(file, (json.dumps(self.settings, indent=2) + "\n").encode())
            return
        try:
            old = json.loads(file.read_text(encoding="utf-8"))
            odd = next((name for name, value in self.settings.items() if old[name] != value), None)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{file}: expected the settings of a recording: {error}") from None
        if odd:
            was, now = (json.dumps(table[odd], ensure_ascii=False)[:100] for table in (old, self.settings))
            raise RunError(f"folder {self.path}: its {odd} was {was}, now it is {now}; take another folder with --out")

    def _count(self, records: Records, failures: list[str], played: int) -> None:
        self.games.append((records, failures))
        self.played += played
        self.labelled += int((records.kinds != OPENING).sum())

    def add(self, records: Records, failures: list[str], played: int) -> None:
        """Write another file. played: games that were begun for it."""
        number = len(self.games) + 1
        header = {"game": spec_of(self.game), "generation": number, "players": self.settings["players"]}
        header |= {"failures": failures, "played": played}
        write_arrays(self.path / f"{number:06}.safetensors", "records", header, records._asdict())
        self._count(records, failures, played)

    def summary(self) -> Summary:
        """Return what all files hold."""
        all_records = [records for records, _ in self.games]
        outcomes = np.concatenate([records.outcomes for records in all_records])
        numbers = np.concatenate([records.games for records in all_records])
        one = len(self.settings["players"]) == 1
        mine = outcomes if one else np.where(numbers % 2 == 0, outcomes, -outcomes)
        seen = [fingerprints(self.game, records.starts, records.actions)[records.kinds != OPENING] for records in all_records]
        return Summary(
            folder=self.path,
            games=len(outcomes),
            wins=int((mine == 1).sum()),
            draws=int((mine == 0).sum()),
            losses=int((mine == -1).sum()),
            first_wins=int((outcomes == 1).sum()),
            labelled=self.labelled,
            distinct=len(np.unique(np.concatenate(seen))),
            opening_plies=sum(int((records.kinds == OPENING).sum()) for records in all_records),
            failures=[line for _, failures in self.games for line in failures],
        )

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.close()
