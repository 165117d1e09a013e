"""Games by name, with parameters, from installed packages and from one's own files; and what is said of bad names."""

import re
from importlib import metadata

import pytest

import games
from games import GameError, catalogue, find, names, spec_of
from games.connect_four import ConnectFour
from games.tic_tac_toe import TicTacToe


def test_names():
    assert names() == sorted(names())
    assert {"connect_four", "tic_tac_toe"} <= {*names()}
    for name in names():
        assert find(name).name == name


@pytest.mark.parametrize(
    ("spec", "game"),
    [
        ("tic_tac_toe", TicTacToe()),
        ("connect_four", ConnectFour(6, 7)),
        ("connect_four:rows=5,columns=6", ConnectFour(5, 6)),
        ("connect_four:columns=8", ConnectFour(6, 8)),
        ("games.connect_four:ConnectFour", ConnectFour(6, 7)),
        ("games.connect_four:ConnectFour:rows=4", ConnectFour(4, 7)),
    ],
)
def test_found(spec, game):
    assert find(spec) == game
    assert type(find(spec)) is type(game)
    assert find(spec_of(game)) == game


def test_spec_names_all_parameters():
    assert spec_of(ConnectFour(5, 6)) == "connect_four:rows=5,columns=6"
    assert spec_of(TicTacToe()) == "tic_tac_toe"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("conect_four", "unknown game 'conect_four' (did you mean connect_four?): expected one of {names}, or MODULE:CLASS"),
        ("xyzzy", "unknown game 'xyzzy': expected one of {names}, or MODULE:CLASS"),
        ("", "unknown game '': expected one of {names}, or MODULE:CLASS"),
        ("connect_four:rows=9", "connect_four: expected rows from 4 to 8, got 9"),
        ("connect_four:columns=3", "connect_four: expected columns from 4 to 8, got 3"),
        ("connect_four:rows=-6", "connect_four: expected rows from 4 to 8, got -6"),
        ("connect_four:rows=six", "game 'connect_four:rows=six': expected int for rows, got 'six'"),
        ("connect_four:rows=6.0", "game 'connect_four:rows=6.0': expected int for rows, got '6.0'"),
        ("connect_four:rows=", "game 'connect_four:rows=': expected int for rows, got ''"),
        (
            "connect_four:height=6",
            "game 'connect_four:height=6': unknown parameter 'height', expected one of: rows, columns",
        ),
        ("tic_tac_toe:rows=3", "game 'tic_tac_toe:rows=3': unknown parameter 'rows', expected one of: none"),
        ("nowhere:Game", "game 'nowhere:Game': there is no module 'nowhere' here or on the Python path"),
        ("games.rules:Chess", "game 'games.rules:Chess': module 'games.rules' has no 'Chess'"),
        (":Game", "expected a game as NAME or MODULE:CLASS, got ':Game'"),
        (".games:Game", "expected a game as NAME or MODULE:CLASS, got '.games:Game'"),
        ("../games:Game", "expected a game as NAME or MODULE:CLASS, got '../games:Game'"),
    ],
)
def test_refused(spec, message):
    with pytest.raises(GameError, match=f"^{re.escape(message.format(names=', '.join(names())))}$"):
        find(spec)


def test_what_is_not_a_game_is_refused():
    with pytest.raises(GameError, match=r"'games\.rules:Rule' is not a game: it lacks name, looks_back, .*see games/game\.py"):
        find("games.rules:Rule")


def test_class_without_parameters_as_fields_is_refused(tmp_path, monkeypatch):
    (tmp_path / "half_a_game.py").write_text(
        "class Half:\n" + "".join(f"    {member} = None\n" for member in catalogue.MEMBERS), encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(GameError, match="'half_a_game:Half' is not a game: it is not a NamedTuple"):
        find("half_a_game:Half")


def test_errors_are_input_errors():
    assert issubclass(GameError, games.InputError)
    assert issubclass(games.MoveError, games.InputError)


def test_entry_points_are_offered(monkeypatch):
    offered = metadata.EntryPoint(name="four_by_four", value="games.connect_four:ConnectFour", group="zero.games")
    monkeypatch.setattr(catalogue.metadata, "entry_points", lambda group: [offered] if group == "zero.games" else [])
    assert "four_by_four" in names()
    assert find("four_by_four:rows=4,columns=4") == ConnectFour(4, 4)
    assert spec_of(ConnectFour(4, 4)) == "connect_four:rows=4,columns=4"


def test_game_in_the_current_folder_is_found(python, tmp_path):
    (tmp_path / "mine.py").write_text("from games.tic_tac_toe import TicTacToe as Mine\n", encoding="utf-8")
    (tmp_path / "broken.py").write_text("import not_installed_anywhere\n", encoding="utf-8")
    code = "import sys; from games import find; print(find(sys.argv[1]))"
    assert python("-c", code, "mine:Mine").stdout == "TicTacToe()\n"
    # Also where the script, and so Python's path, stands elsewhere, as it does for an installed command.
    done = python("-P", "-c", code, "mine:Mine")
    assert done.stdout == "TicTacToe()\n", done.stderr
    assert "there is no module 'not_installed_anywhere' here or on the Python path" in python("-c", code, "broken:Game").stderr


def test_importing_the_package_compiles_nothing(python):
    code = "import sys, games; print('numba' in sys.modules, 'torch' in sys.modules)"
    assert python("-c", code).stdout == "False False\n"
