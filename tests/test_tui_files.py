"""Games of the screen on disk: saved, opened, gone on with."""

import pytest
from tui_tools import GAMES, app_of, quick, run, settle, shown

from arena.tui.dialogs import Line

pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.slow
def test_going_on_from_an_earlier_position_loses_no_game(here):
    async def steps(pilot, screen):
        await pilot.press("4")
        await settle(pilot, screen)
        await pilot.press("home", "a", "2")
        await pilot.pause()
        assert len(list(here.iterdir())) == 1
        await pilot.press("5")
        await settle(pilot, screen)
        await pilot.press("n")
        await pilot.pause()
        assert len(list(here.iterdir())) == 2
        assert screen.session.line == []

    run(app_of("connect_four"), steps)


@pytest.mark.parametrize("name", quick(GAMES, "connect_four", "hex", "chess"))
def test_a_game_is_saved_and_opened(name, here):
    async def steps(pilot, screen):
        for _ in range(2):
            position = screen.session.position
            await pilot.press("slash", *position.game.move_name(position.state, position.legal_actions()[-1]), "enter", "escape")
            await settle(pilot, screen)
        line = list(screen.session.line)
        await pilot.press("s")
        assert isinstance(pilot.app.screen, Line)
        pilot.app.screen.query_one("Input").value = str(here / f"my{screen_suffix(screen)}")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("s")
        pilot.app.screen.query_one("Input").value = str(here / f"my{screen_suffix(screen)}")
        await pilot.press("enter")
        await pilot.pause()
        assert "already" in "\n".join(shown(pilot.app))
        await pilot.press("escape", "n", "o")
        pilot.app.screen.query_one("Input").value = str(here / f"my{screen_suffix(screen)}")
        await pilot.press("enter")
        await pilot.pause(0.3)
        await settle(pilot, screen)
        assert screen.session.line == line
        assert screen.session.machines == [False, True]

    run(app_of(name), steps)
    assert len(list(here.iterdir())) == 1


def screen_suffix(screen):
    from arena.files.games import suffix_of

    return suffix_of(screen.game)


@pytest.mark.slow
def test_files_that_are_no_games_are_refused_in_a_line(here):
    (here / "noise.txt").write_bytes(b"\xff\xfe\x00")

    async def steps(pilot, screen):
        for name in ("nowhere.txt", "noise.txt", ".", "a\0b"):
            await pilot.press("o")
            pilot.app.screen.query_one("Input").value = name
            await pilot.press("enter")
            await pilot.pause(0.2)
            assert name[:1] in screen.query_one("#message").render().plain
            assert pilot.app.screen is screen

    run(app_of("tic_tac_toe"), steps)
