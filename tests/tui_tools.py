"""What the tests of the screen share: a machine whose answers are known, and a game on the screen without a terminal."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from arena.analysis.analyst import Line, Report
from arena.players.player import Player, Thought
from arena.tui.app import ZeroApp
from arena.tui.brain import Machine
from arena.tui.play import PlaySettings
from arena.tui.start import screen_of
from arena.tui.strength import Strength
from games import find

GAMES = ["tic_tac_toe", "connect_four", "othello", "gomoku", "hex", "go", "chess"]
SPECS = [*GAMES, "go:size=19", "hex:swap=True", "othello:size=4", "gomoku:rows=3,columns=7,length=3"]


def quick(values, *chosen):
    """Return values for parametrize, those not chosen marked as slow."""
    several = [value if isinstance(value, tuple) else (value,) for value in values]
    marks = [() if value in chosen else (pytest.mark.slow,) for value in values]
    return [pytest.param(*value, marks=mark) for value, mark in zip(several, marks, strict=True)]


class FakeAnalyst:
    """In place of an Analyst: every step is 8 simulations; the first legal moves are the best."""

    name = "a fake"

    def __init__(self, game, pause=0.0005):
        self.game, self.pause, self.asked = game, pause, []

    def begin(self, position, only=None):
        self.position, self.count = position.copy(), 0
        self.asked.append(list(position.actions))

    def step(self, simulations=None):
        time.sleep(self.pause)
        self.count += 8
        return True

    def reached(self, simulations, seconds):
        return simulations is not None and self.count >= simulations

    def report(self):
        legal = self.position.legal_actions()
        lines = [
            Line(action, self.count // 2 ** (place + 1), 1 / len(legal), 0.5 - place / 10, 0.1, self._variation(action), None)
            for place, action in enumerate(legal)
        ]
        return Report(lines, 0.5, (0.7, 0.1, 0.2), self.count, self.count, 0.1, 1, 1, 0.01)

    def search(self, position, simulations=None, seconds=None, only=None, goes_on=None):
        self.begin(position)
        return self.report()

    def forget(self):
        pass

    def _variation(self, action):
        ahead = self.position.copy()
        ahead.play(action)
        return (action, *ahead.legal_actions()[:1])


class FirstMove(Player):
    """Plays the first legal move, and always expects the same. wait: told to go on, where it is to be held up."""

    def __init__(self, game, wait=None):
        super().__init__(game, "first-move")
        self.wait, self.closed = wait, False

    def consider(self, positions):
        if self.wait is not None:
            self.wait.wait(20)
        return [Thought(position.legal_actions()[0], 0.2, (0.5, 0.2, 0.3)) for position in positions]

    def close(self):
        self.closed = True


def machine(game, player=True, **more):
    """Return a machine that a test can foresee. player: whether it is one without a search to be watched."""
    return Machine("a fake", FakeAnalyst(game, **more), FirstMove(game) if player is True else player, Strength(64))


def app_of(spec, made=None, theme=None, **settings):
    """Return the app of a game, with `made` as its machine (default: the one above)."""
    game = find(spec)
    made = made or machine(game)
    return ZeroApp(screen_of(PlaySettings(spec, **settings), game, lambda: made), theme, colours=True)


def run(app, steps, size=(80, 24)):
    """Run an app without a terminal, and steps(pilot, screen) in it."""

    async def go():
        async with app.run_test(size=size) as pilot:
            await settle(pilot, app.first)
            await steps(pilot, app.first)

    asyncio.run(go())


async def settle(pilot, screen, seconds=120.0):
    """Wait until the game has begun and nothing is being thought, but for an analysis."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await pilot.pause()
        session = getattr(screen, "session", SimpleNamespace(machine_moves=False, paused=True))
        ready = not hasattr(screen, "brain") or screen.brain.machine is not None
        if session is not None and ready and not screen_thinks(screen) and not session.machine_moves:
            for _ in range(3):  # what has changed is drawn when there is nothing else to do
                await pilot.pause(0.01)
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the machine does not come to an end")


async def at_rest(pilot, screen):
    """Wait until the game has begun, nothing is being thought, and the picture has been the same for a while.

    What a thread tells is drawn some time after it was told, later the more the computer has to do.
    """
    await settle(pilot, screen)
    before, same, end = None, 0, time.monotonic() + 60
    while same < 8:
        assert time.monotonic() < end, "the picture does not come to rest"
        await pilot.pause(0.04)
        now = picture(pilot.app)
        before, same = now, same + 1 if now == before else 0


def picture(app):
    """Return what is on the screen: characters and their styles, by rows."""
    return [[(segment.text, segment.style) for segment in strip] for strip in app.screen._compositor.render_strips()]


def screen_thinks(screen):
    return getattr(screen, "_hinting", False)


def shown(app):
    """Return the characters on the screen, by rows."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


async def resize(pilot, width, height):
    """Give the window another size, and wait until all has followed."""
    await pilot.resize_terminal(width, height)
    for _ in range(6):
        await pilot.pause(0.01)


async def click_cell(pilot, screen, cell):
    """Click in the middle of a cell of the board."""
    drawing, turned = screen.board._drawing, screen.board.scene.turned
    places = [(x, y) for y in range(drawing.height) for x in range(drawing.width) if drawing.cell_at(x, y, turned) == cell]
    x, y = places[len(places) // 2]
    await pilot.click(screen.board, offset=(x, y))
    await pilot.pause()
