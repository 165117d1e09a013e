"""The README shows what it says: its game is the one that other tests check and train."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_readmes_own_game_is_the_tested_one():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```python\n")[1].split("```\n")[0]
    assert shown == (ROOT / "tests" / "own_game.py").read_text(encoding="utf-8")
