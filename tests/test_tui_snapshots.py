"""Pictures of the screen, held against files (tests/__snapshots__); `pytest --snapshot-update` writes them anew.

Colours and characters of Textual's own widgets are those of the version in constraints.txt.
"""

import pytest
from textual import __version__
from tui_tools import GAMES, app_of, at_rest, machine

from arena.tui.app import ZeroApp
from arena.tui.recorded import read_records
from arena.tui.session import Session
from arena.tui.view_screen import ViewScreen
from games import find
from games.position import Position

MIDDLE = {
    "tic_tac_toe": "b2 a1 c3",
    "connect_four": "4 4 3 5 5 3 2",
    "othello": "d3 c3 c4 e3 f2 c5 b4",
    "gomoku": "h8 i9 h9 h10 g10 i8 j7",
    "hex": "f6 e7 g5 d8 h4 c9 i2",
    "go": "E5 C3 G7 G3 C7 F4 F5 E4 D4 E3",
    "chess": "e4 e5 Nf3 Nc6 Bc4 Bc5 Bxf7+",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("here"),
    pytest.mark.skipif(not __version__.startswith("8.2"), reason="pictures are of another version of Textual"),
]


@pytest.mark.parametrize("name", GAMES)
def test_the_first_position(name, snap_compare):
    app = app_of(name)

    async def before(pilot):
        await at_rest(pilot, app.first)

    assert snap_compare(app, run_before=before)


THEMED = [(name, "default") for name in GAMES]
THEMED += [(name, theme) for name in ("othello", "chess") for theme in ("colour-blind", "monochrome")]


@pytest.mark.parametrize(("name", "theme"), THEMED)
def test_in_the_middle_of_a_game(name, theme, snap_compare):
    """With the last move, the cursor, and what a player that is always the same expects."""
    app = app_of(name, machine(find(name)), theme)

    async def before(pilot):
        await at_rest(pilot, app.first)
        position = Position(find(name))
        for move in MIDDLE[name].split():
            position.play(position.read_move(move))
        app.first.sit_down(Session(position))
        await at_rest(pilot, app.first)
        await pilot.press("h")
        await at_rest(pilot, app.first)

    assert snap_compare(app, run_before=before)


@pytest.mark.parametrize("key", ["question_mark", "w", "l"])
def test_dialogs(key, snap_compare):
    app = app_of("tic_tac_toe", machine(find("tic_tac_toe"), player=None))

    async def before(pilot):
        await at_rest(pilot, app.first)
        await pilot.press(key)
        await at_rest(pilot, app.first)

    assert snap_compare(app, run_before=before)


@pytest.mark.parametrize("size", [(20, 10), (140, 50)], ids=str)
def test_small_and_large_windows(size, snap_compare):
    app = app_of("hex")

    async def before(pilot):
        await at_rest(pilot, app.first)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("name", ["othello", "go", "chess"])
def test_records(name, snap_compare, here):
    from test_view import write

    write(here / "records", find(name))
    app = ZeroApp(ViewScreen(read_records(here / "records"), 1), colours=True)

    async def before(pilot):
        await at_rest(pilot, app.first)
        await pilot.press(*["right"] * 6)
        await at_rest(pilot, app.first)

    assert snap_compare(app, run_before=before)
