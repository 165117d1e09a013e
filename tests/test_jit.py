"""Compiled code is kept in a private folder, never outlives an edit, and says what Python without the jit says."""

import ast
import json
import os
import stat
import time
from pathlib import Path

import pytest
import toy_games

from games import jit

CHECK = """
import os, sys
os.chdir(sys.argv[1])
from games import find
from games.conformance import check
from games.probe import look
for spec in sys.argv[2:]:
    report = check(find(spec), games=10)
    print(report.first_wins, report.second_wins, sum(look.stats.cache_hits.values()))
"""
FOLDER = "import games.jit; print(games.jit._folder)"


def check(python, folder, *specs, cache):
    """Check games in a process of its own; return a line of numbers for each."""
    done = python("-c", CHECK, str(folder), *specs, XDG_CACHE_HOME=str(cache))
    assert done.returncode == 0, done.stderr
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


def own_game(folder):
    """Write a game into a file of somebody's own."""
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text(Path(toy_games.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    return file


@pytest.mark.parametrize("before", [[], ["tic_tac_toe"]], ids=["alone", "after another game"])
def test_edited_rules_are_compiled_anew(python, tmp_path, before):
    file, cache = own_game(tmp_path / "own"), tmp_path / "cache"
    specs = [*before, "mine:Planted"]
    assert check(python, file.parent, *specs, cache=cache)[-1][:2] == [10, 0]
    text = file.read_text(encoding="utf-8")
    turned = text.replace("return game.result if", "return -game.result if").replace("else -game", "else game")
    file.write_text(turned, encoding="utf-8")
    assert check(python, file.parent, *specs, cache=cache)[-1][:2] == [0, 10]
    again = check(python, file.parent, *specs, cache=cache)
    assert again[-1][:2] == [0, 10]
    assert again[-1][2] == len(specs)  # nothing has changed: every specialisation comes from the disk


def test_own_game_leaves_nothing_that_others_stumble_over(python, tmp_path):
    """Numba's index names the classes that a kernel was compiled for, and imports their modules."""
    file, cache = own_game(tmp_path / "own"), tmp_path / "cache"
    check(python, file.parent, "tic_tac_toe", "mine:Planted", cache=cache)
    (tmp_path / "elsewhere").mkdir()
    assert check(python, tmp_path / "elsewhere", "tic_tac_toe", cache=cache)[0][2] == 1


def test_processes_that_compile_at_once_do_not_take_each_others_code(python, tmp_path):
    """Two processes that began with the same empty index, and the files of the second that came later."""
    one, other = tmp_path / "one", tmp_path / "other"
    seen = check(python, tmp_path, "tic_tac_toe", cache=one)
    check(python, tmp_path, "connect_four", cache=other)
    for file in other.rglob("*.nbc"):
        there = one / file.relative_to(other)
        there.write_bytes(file.read_bytes())
    again = check(python, tmp_path, "tic_tac_toe", cache=one)
    assert again[0][:2] == seen[0][:2]
    assert again[0][2] > 0


def test_edited_helper_file_is_compiled_anew(python, tmp_path):
    cache = tmp_path / "cache"
    (tmp_path / "rule.py").write_text(
        "from typing import NamedTuple\nfrom games.rules import key\nfrom helper import told\n"
        "class Teller(NamedTuple):\n    'Tells.'\n"
        "@key.of(Teller)\ndef _key(game, state):\n    return told(state)\n",
        encoding="utf-8",
    )
    for word in (1, 2):
        (tmp_path / "helper.py").write_text(
            f"from games.jit import kernel\n@kernel\ndef told(state):\n    return state + {word}\n", encoding="utf-8"
        )
        done = python("-c", "from rule import *; print(key(Teller(), 10))", XDG_CACHE_HOME=str(cache))
        assert done.stdout == f"{10 + word}\n", done.stderr


def folder(python, code=FOLDER, **variables):
    done = python("-c", code, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_is_private(python, tmp_path):
    used = Path(folder(python, XDG_CACHE_HOME=str(tmp_path / "cache")))
    assert used.parent == tmp_path / "cache" / "zero" / "kernels"
    assert (mode(used), mode(used.parent)) == (0o700, 0o700)
    assert Path(folder(python, XDG_CACHE_HOME=None, HOME=str(tmp_path))).parent == tmp_path / ".cache" / "zero" / "kernels"


def test_folder_that_others_can_enter_is_not_used(python, tmp_path):
    (tmp_path / "cache" / "zero" / "kernels").mkdir(parents=True)
    (tmp_path / "cache" / "zero" / "kernels").chmod(0o755)
    (tmp_path / "temporary").mkdir()
    used = Path(folder(python, XDG_CACHE_HOME=str(tmp_path / "cache"), TMPDIR=str(tmp_path / "temporary")))
    assert used.parent == tmp_path / "temporary" / f"zero-kernels-{os.getuid()}"
    assert mode(used.parent) == 0o700


def test_home_that_cannot_be_written_to(python, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    nowhere = str(tmp_path / "file" / "below")
    used = folder(python, HOME=nowhere, XDG_CACHE_HOME=None, TMPDIR=str(tmp_path / "temporary"))
    assert Path(used).parent.parent == tmp_path / "temporary"


def test_machine_without_any_place_to_write(python, tmp_path):
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "below")
    code = f"""
import tempfile
tempfile._candidate_tempdir_list = lambda: [{nowhere!r}]
from games import find
from games.position import Position
import games.jit
position = Position(find("tic_tac_toe"))
position.play(4)
print(games.jit._folder, position.legal_actions())
"""
    assert folder(python, code, HOME=nowhere, XDG_CACHE_HOME=nowhere, TMPDIR=nowhere) == "None [0, 1, 2, 3, 5, 6, 7, 8]"


def test_folders_that_nobody_used_for_two_weeks_go(python, tmp_path):
    kernels = tmp_path / "cache" / "zero" / "kernels"
    kernels.mkdir(parents=True)
    kernels.chmod(0o700)
    for days in (13, 15):
        (kernels / f"{days}").mkdir()
        (kernels / f"{days}" / "kernel.nbc").touch()
        then = time.time() - days * 24 * 3600
        os.utime(kernels / f"{days}", (then, then))
    used = Path(folder(python, XDG_CACHE_HOME=str(tmp_path / "cache")))
    assert {path.name for path in kernels.iterdir()} == {"13", used.name}


SEARCH = """
import json
from toy_games import Ring
from games import find
from games.conformance import check
from games.position import Position
from zero.evaluators import Rollouts, Uniform
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings
exact, close = [check(find("connect_four:rows=8,columns=8"), games=2)], []
for game in (find("connect_four"), Ring(6)):
    exact.append(check(game, games=2))
    position = Position(game)
    position.play(1)
    for policy in ("puct", "gumbel"):
        for leaves, cache_mb, evaluator in ((1, 0, Uniform), (3, 0.1, Rollouts)):
            searcher = Searcher(game, SearchSettings(policy=policy, simulations=40, leaves=leaves), evaluator, 2, cache_mb)
            found = searcher.search([Position(game), position])
            exact.append([found.visits.tolist(), found.actions.tolist()])
            close.append([*found.policy.reshape(-1).tolist(), *found.values.tolist()])
print(json.dumps([exact, close]))
"""


def test_kernels_say_the_same_without_the_jit(python, capsys):
    exec(SEARCH, {})  # here, with the jit
    with_jit = json.loads(capsys.readouterr().out)
    path = f"{jit.ROOT}{os.pathsep}{Path(__file__).parent}"
    without = python("-W", "ignore:overflow:RuntimeWarning", "-c", SEARCH, PYTHONPATH=path, NUMBA_DISABLE_JIT="1")
    assert (without.returncode, without.stderr) == (0, "")
    exact, close = json.loads(without.stdout)
    assert exact == with_jit[0]
    assert len(exact) == 3 + 8
    for found, expected in zip(close, with_jit[1], strict=True):
        # Without the jit a float32 times a Python float is a float32, inside kernels a float64.
        assert found == pytest.approx(expected, abs=1e-6)


def imported(path):
    """Return the files of the packages that a file imports at its top, read with Python's own parser."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        modules = [f"{node.module}.{name}" for name in names] + [node.module] if isinstance(node, ast.ImportFrom) else names
        for module in modules:
            base = jit.ROOT / module.replace(".", "/")
            found |= {base.with_suffix(".py"), base / "__init__.py"}
    return {file for file in found if file.exists() and file.relative_to(jit.ROOT).parts[0] in jit.PACKAGES}


def test_compiled_code_depends_on_what_kernels_can_reach_and_on_nothing_else():
    sources = {jit.ROOT / (name.replace(".", "/") + ".py") for name in jit.kernel_sources()}
    every = {path for package in jit.PACKAGES for path in (jit.ROOT / package).rglob("*.py")}
    mine = jit.ROOT / "games" / "jit.py"
    assert {path for path in every if mine in imported(path)} <= sources
    for path in sources:
        assert imported(path) <= sources, path
    names = {str(path.relative_to(jit.ROOT)) for path in sources}
    assert {"games/rules.py", "zero/search/forest.py", "selfplay/slots.py"} <= names
    assert not {"zero/cli.py", "arena/tui/play.py", "selfplay/train.py"} & names
