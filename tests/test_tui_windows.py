"""The screen in windows of all sizes, in all themes, and at its ends: interrupts, errors, players that fail."""

import asyncio

import pytest
from tui_tools import GAMES, FirstMove, app_of, click_cell, machine, quick, resize, run, settle, shown

from arena.players.player import PlayerFailedError
from arena.tui.app import INTERRUPTED, TooSmall, ZeroApp
from arena.tui.dialogs import Choice
from arena.tui.play import PlaySettings
from arena.tui.start import screen_of
from games import find
from games.errors import InputError

pytestmark = pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", quick(GAMES, "chess", "go"))
def test_a_small_window_says_so_and_comes_back(name):
    async def steps(pilot, screen):
        app = pilot.app
        position = screen.session.position
        if screen.face.clicks == 2:
            await click_cell(pilot, screen, screen.face.cells(position.state, position.legal_actions()[0])[0])
        before = shown(app)
        await resize(pilot, 20, 10)
        assert isinstance(app.screen, TooSmall)
        assert "Make the window larger: " in " ".join(" ".join(shown(app)).split())
        await pilot.press("enter", "u", "1")
        await resize(pilot, 25, 11)
        await resize(pilot, 80, 24)
        assert app.screen is screen
        assert shown(app) == before
        await resize(pilot, *screen.least_size())
        assert app.screen is screen
        await resize(pilot, 160, 60)
        drawing = screen.board._drawing
        assert drawing.width > 30
        state = screen.session.position.state
        legal = [action for action in screen.session.position.legal_actions() if screen.face.is_plain(state, action)][-1]
        for cell in screen.face.cells(state, legal):
            await click_cell(pilot, screen, cell)
        await settle(pilot, screen)
        assert screen.session.line[0] == legal

    run(app_of(name), steps)


@pytest.mark.slow
def test_too_small_from_the_start_and_in_a_dialog():
    async def steps(pilot, screen):
        assert isinstance(pilot.app.screen, TooSmall)
        await resize(pilot, 80, 24)
        assert pilot.app.screen is screen
        await pilot.press("w")
        assert isinstance(pilot.app.screen, Choice)
        await resize(pilot, 20, 10)
        assert isinstance(pilot.app.screen, TooSmall)
        await resize(pilot, 80, 24)
        assert isinstance(pilot.app.screen, Choice)
        await pilot.press("escape")

    run(app_of("go:size=19"), steps, size=(20, 10))


@pytest.mark.parametrize("theme", quick(["default", "colour-blind", "monochrome"], "monochrome"))
def test_themes_change_and_all_dialogs_open_in_them(theme):
    async def steps(pilot, screen):
        assert pilot.app.theme == theme
        await pilot.press("slash", "d", "3", "enter", "escape")
        await settle(pilot, screen)
        for key, text in {"w": "Who plays?", "l": "no levels", "s": "Save as", "o": "Open", "question_mark": "arrows"}.items():
            await pilot.press(key)
            await pilot.pause()
            assert text in "\n".join(shown(pilot.app))
            await pilot.press("escape")
        await pilot.press("t")
        assert pilot.app.theme != theme

    run(app_of("othello", theme=theme), steps)


@pytest.mark.slow
def test_without_colours_the_theme_stays_monochrome():
    game = find("tic_tac_toe")
    app = ZeroApp(screen_of(PlaySettings("tic_tac_toe"), game, lambda: machine(game)), "default", colours=False)

    async def steps(pilot, screen):
        await pilot.press("t")
        assert pilot.app.theme == "monochrome"

    run(app, steps)


@pytest.mark.slow
def test_interrupt_and_quit_end_the_app_and_close_the_player(here):
    for key, status in (("ctrl+c", INTERRUPTED), ("q", 0), ("ctrl+q", 0)):
        game = find("tic_tac_toe")
        made = machine(game)
        app = app_of("tic_tac_toe", made)

        async def steps(pilot, screen, key=key):
            await pilot.press("enter")
            await settle(pilot, screen)
            await pilot.press(key)
            await pilot.pause()

        run(app, steps)
        assert app.return_value == status
        assert made.player.closed
        app.first.keep()
    assert len(list(here.iterdir())) == 3


class Failing(FirstMove):
    def consider(self, positions):
        raise PlayerFailedError("the engine hangs")


def test_a_player_that_fails_leaves_the_board_to_the_person():
    game = find("tic_tac_toe")

    async def steps(pilot, screen):
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert screen.session.machines == [False, False]
        assert "the engine hangs. You play both sides now." in "\n".join(shown(pilot.app))

    run(app_of("tic_tac_toe", machine(game, player=Failing(game))), steps)


def test_what_was_wrong_on_the_command_line_ends_the_app():
    game = find("tic_tac_toe")

    def refuse():
        raise InputError("no such player")

    app = ZeroApp(screen_of(PlaySettings("tic_tac_toe"), game, refuse), None, colours=True)

    async def go():
        async with app.run_test() as pilot:
            for _ in range(100):
                await pilot.pause(0.02)
                if app.error:
                    break

    asyncio.run(go())
    assert (app.return_value, str(app.error)) == (2, "no such player")


def test_an_error_of_ours_keeps_the_game(here):
    app = app_of("tic_tac_toe")

    async def steps(pilot, screen):
        await pilot.press("enter")
        await settle(pilot, screen)
        screen.call_later(lambda: 1 / 0)
        await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        run(app, steps)
    app.first.keep()
    assert len(list(here.iterdir())) == 1
