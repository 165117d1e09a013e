"""`zero play` on its screen, through Textual's pilot: every game by mouse, keys and words, and moves of their own kind."""

import time

import numpy as np
import pytest
from tui_tools import GAMES, app_of, at_rest, click_cell, quick, run, settle, shown

from arena.tui.dialogs import Choice, Reading
from games import find
from games.position import Position

pytestmark = pytest.mark.usefixtures("here")
SMALL = {
    "othello": "othello:size=4",
    "go": "go:size=5,ply_limit=6",
    "hex": "hex:size=3",
    "gomoku": "gomoku:rows=4,columns=4,length=3",
    "chess": "chess:plies=6",
}


HOW = {"tic_tac_toe": "keys", "connect_four": "mouse", "othello": "mouse", "gomoku": "words", "hex": "keys", "go": "words"}
WAYS = [(name, how) for name in GAMES for how in ("mouse", "keys", "words")]


@pytest.mark.parametrize(("name", "how"), quick(WAYS, *HOW.items(), ("chess", "mouse")))
def test_a_full_game_is_played_to_its_end_and_kept(name, how, here):
    """The person plays the last legal move each time; what is on disk then is the game that was played."""
    app = app_of(SMALL.get(name, name))

    async def steps(pilot, screen):
        session = screen.session
        while not session.over:
            position = session.position
            action = position.legal_actions()[-1]
            before = position.ply
            cells = screen.face.cells(position.state, action)
            if not screen.face.is_plain(position.state, action):
                await pilot.press("p")
            elif how == "words":
                await pilot.press("slash", *position.game.move_name(position.state, action), "enter", "escape")
            else:
                for cell in cells:
                    if how == "mouse":
                        await click_cell(pilot, screen, cell)
                    else:
                        await go_to(pilot, screen, cell)
                        await pilot.press("enter")
                if isinstance(app.screen, Choice):
                    await pilot.press("1")
            await settle(pilot, screen)
            assert session.line[before] == action
        saved = list(here.iterdir())
        assert len(saved) == 1
        assert not session.unsaved
        assert "The game is saved in" in "\n".join(shown(app))

    run(app, steps)


async def go_to(pilot, screen, cell):
    """Move the cursor to a cell with the arrows."""
    sign = -1 if screen.board.scene.turned else 1
    for axis, keys in ((0, ("up", "down")), (1, ("left", "right"))):
        distance = sign * (cell[axis] - screen.board.cursor[axis])
        await pilot.press(*[keys[distance > 0]] * abs(distance))
    assert screen.board.cursor == cell


def test_the_keys_of_columns_drop_discs():
    async def steps(pilot, screen):
        await pilot.press("4")
        await settle(pilot, screen)
        assert screen.session.line == [3, 0]

    run(app_of("connect_four"), steps)


@pytest.mark.slow
def test_words_that_are_no_moves_are_answered_and_change_nothing():
    async def steps(pilot, screen):
        for text in ("foo", "z9", "9" * 40, "[red]", "{", "a1a1", "ä"):
            await pilot.press("slash")
            screen.query_one("#line").value = text
            await pilot.press("enter")
            await pilot.pause()
            assert screen.session.line == []
            assert "xpected" in "\n".join(shown(pilot.app))
        for key in ("hint", "undo", "help"):
            screen.query_one("#line").value = key
            await pilot.press("enter")
            await pilot.pause()
        assert isinstance(pilot.app.screen, Reading)

    run(app_of("tic_tac_toe"), steps)


def test_a_pawn_asks_what_it_becomes(here):
    moves = ["a4", "b5", "axb5", "a6", "bxa6", "h6", "a7", "h5"]
    game = find("chess")
    position = Position(game)
    for move in moves:
        position.play(position.read_move(move))

    async def steps(pilot, screen):
        from arena.tui.session import Session

        screen.sit_down(Session(position, (False, False)))
        await pilot.pause()
        await click_cell(pilot, screen, (1, 0))
        assert screen.picked == (1, 0)
        assert screen.board.scene.targets == {(0, 1)}
        await click_cell(pilot, screen, (0, 1))
        assert isinstance(pilot.app.screen, Choice)
        names = [text for text, _ in pilot.app.screen.answers]
        assert {name[-1] for name in names} == set("QRBN")
        await pilot.press(str(names.index("axb8=N") + 1))
        await pilot.pause()
        assert game.move_name(position.state, screen.session.line[-1]) == "axb8=N"

    run(app_of("chess"), steps)


@pytest.mark.slow
def test_the_board_of_who_plays_black_is_turned():
    async def steps(pilot, screen):
        assert screen.board.scene.turned
        await click_cell(pilot, screen, (1, 4))  # e7
        await click_cell(pilot, screen, (3, 4))
        await settle(pilot, screen)
        assert "e5" in screen.panel.view.moves
        await pilot.press("f")
        assert not screen.board.scene.turned

    run(app_of("chess", side="second"), steps)


@pytest.mark.slow
def test_a_forced_pass_is_any_key_on_the_board():
    """Othello on 4×4 cells, where passes are frequent: whoever plays the first legal move comes to one."""
    game = find("othello:size=4")
    rng = np.random.default_rng(5)
    while True:
        position = Position(game)
        while position.legal_actions() and position.move_names() != ["pass"]:
            position.play(int(rng.choice(position.legal_actions())))
        if position.legal_actions():
            break

    async def steps(pilot, screen):
        from arena.tui.session import Session

        screen.sit_down(Session(position, (False, False)))
        await pilot.press("enter")
        assert screen.session.line[-1] == 16

    run(app_of("othello:size=4"), steps)


@pytest.mark.slow
def test_the_swap_of_hex():
    async def steps(pilot, screen):
        assert screen.session.at == 1
        await pilot.press("p")
        await settle(pilot, screen)
        assert screen.session.line[1] == 121
        assert screen.panel.view.moves[1] == "swap"

    run(app_of("hex:swap=True", side="second"), steps)


def test_a_game_of_ones_own_is_text_and_a_list():
    async def steps(pilot, screen):
        assert "a b c d" in "\n".join(shown(pilot.app))
        await pilot.press("down", "enter")
        await settle(pilot, screen)
        assert screen.session.line == [1, 0]
        await pilot.press("slash", "d", "1", "enter")
        await settle(pilot, screen)
        assert len(screen.session.line) == 4
        await pilot.press("escape", "a")
        await pilot.pause(0.4)
        await pilot.press("u", "question_mark")

    run(app_of("own_game:ThreeLoses"), steps)


def test_keys_are_shown_where_the_rules_take_a_while_to_be_ready():
    app = app_of("tic_tac_toe")
    begin = app.first.begin

    def late():
        time.sleep(0.5)
        return begin()

    app.first.begin = late

    async def steps(pilot, screen):
        await at_rest(pilot, screen)
        assert "undo" in shown(app)[-1]

    run(app, steps)
