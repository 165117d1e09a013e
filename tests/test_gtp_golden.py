"""Whole conversations with `zero gtp`, held against golden files.

`python tests/test_gtp_golden.py` writes the files anew from their commands; then read what has changed.
"""

from pathlib import Path

import pytest
from gtp_tools import transcript

FOLDER = Path(__file__).parent / "golden" / "gtp"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(path):
    text = path.read_text(encoding="utf-8")
    assert transcript(text) == text


if __name__ == "__main__":
    for golden in sorted(FOLDER.glob("*.txt")):
        golden.write_text(transcript(golden.read_text(encoding="utf-8")), encoding="utf-8")
