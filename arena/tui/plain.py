"""The plain prompt of `zero play`: for pipes, for screen readers, and where there is no terminal to draw on.

Whatever is typed, the answer is one line and the prompt again. Where the input ends, the game is saved.
"""

import io
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from arena.files.text import load_game, moves_of, read_move, save_game
from arena.matches.lines import derived_seed
from arena.players.player import Player, Thought
from arena.players.recipes import Recipe, read_player
from games.errors import MoveError
from games.game import Game
from games.position import Position
from games.rules import ONGOING
from zero.checkpoint_files import shipped

if TYPE_CHECKING:
    from arena.tui.play import PlaySettings

SIMULATIONS = 400  # a move of a checkpoint: about a second without a GPU
ROLLOUTS = 1000  # of a search that has no network
HELP = """Type a move, or
  undo  take back your last move and the answer to it
  hint  what the machine would play in your place
  swap  change sides: the machine goes on with yours
  quit  leave; the game is saved
  help  this text"""


class EndOfInputError(Exception):
    """The person has left."""


class Table:
    """One game between a person and the machine. side: the person's, 0 where they began."""

    def __init__(self, settings: "PlaySettings", game: Game) -> None:
        self.settings = settings
        self.position, self.side = Position(game), 0
        if settings.load:
            self.position, loaded_side = load_game(settings.load, game)
            self.side = loaded_side or 0
        if settings.side:
            self.side = int(settings.side == "second")
        self.saved_plies = self.position.ply
        self.machine = self._make(read_player(settings.opponent) if settings.opponent else self._default())
        self.adviser: Player | None = None

    def play(self) -> None:
        """Play to the end of the game. Raises EndOfInputError where the person leaves before."""
        print(f"{self.position.game.name}: you move {('first', 'second')[self.side]}, the machine is {self.machine.name}.")
        print("Type help for help.")
        while self.position.outcome() == ONGOING:
            if self.position.to_play != self.side:
                self._machine_moves()
                continue
            print(f"\n{self.position.draw()}\n\nlegal moves: {self.position.legal_text()}")
            while not self._obey(ask("your move> ")):
                pass
        winner = self.position.winner()
        result = "A draw" if winner is None else "You win" if winner == self.side else "You lose"
        print(f"\n{self.position.draw()}\n\n{result} after {self.position.ply} plies.")

    def leave(self) -> str | None:
        """Save the game where it is worth it; return what to tell the person."""
        if self.position.ply in (0, self.saved_plies) or self.position.outcome() != ONGOING:
            return None
        path = save_game(self.position, self.side)
        if path is None:
            return f"The game could not be saved; its moves were {' '.join(moves_of(self.position))}"
        self.saved_plies = self.position.ply
        words = ["zero", "play", self.settings.game, "--load", str(path)]
        for flag, value in (("--opponent", self.settings.opponent), ("--simulations", self.settings.simulations)):
            words += [flag, str(value)] if value else []
        return f"The game is saved in {path}; go on with: {shlex.join(words)}"

    def _obey(self, text: str) -> bool:
        """Do what was typed, a command or a move; return whether the board changed."""
        command = {"undo": self._undo, "hint": self._hint, "swap": self._swap, "help": self._help}.get(text.lower())
        if command:
            return command()
        if text.lower() == "quit":
            raise EndOfInputError
        if not text:
            return False
        try:
            self.position.play(read_move(self.position, text))
        except MoveError as error:
            print(f"{error} (help tells the commands)")
            return False
        return True

    def _undo(self) -> bool:
        if self.position.ply < 2:
            print("there is no move of yours to take back")
            return False
        self.position.undo()
        self.position.undo()
        return True

    def _swap(self) -> bool:
        self.side = 1 - self.side
        print(f"You move {('first', 'second')[self.side]} now.")
        return True

    def _help(self) -> bool:
        print(HELP)
        print(f"The legal moves here are {' '.join(self.position.move_names())}.")
        return False

    def _hint(self) -> bool:
        if self.adviser is None:
            self.adviser = self._make(self._default()) if self.machine.name == "random" else self.machine
        thought = self.adviser.think(self.position)
        name = self.position.game.move_name(self.position.state, thought.action)
        print(f"hint: {name}; {expectation(thought)}" if thought.value is not None else f"hint: {name}")
        return False

    def _machine_moves(self) -> None:
        thought = self.machine.think(self.position)
        name = self.position.game.move_name(self.position.state, thought.action)
        self.position.play(thought.action)
        print(f"\nThe machine plays {name}.")
        if thought.value is not None and self.position.outcome() == ONGOING:
            print(f"It thinks, for itself: {expectation(thought)}")

    def _default(self) -> Recipe:
        """Return the checkpoint that ships for the game, or a search with rollouts."""
        if shipped(self.position.game) is None:
            return read_player(f"mcts:{self.settings.simulations or ROLLOUTS}")
        return replace(read_player("shipped"), text="the network that ships with zero")

    def _make(self, recipe: Recipe) -> Player:
        settings = self.settings
        simulations = settings.simulations or SIMULATIONS
        return recipe.make(self.position.game, derived_seed(settings.seed, 1), simulations, settings.device)


def expectation(thought: Thought) -> str:
    """Return in words what a player expects, for the side that was to move when it thought."""
    if thought.wdl is None:
        return "no end of the game in sight"
    win, draw, loss = thought.wdl
    if thought.plies is not None and draw == 0.0:
        return f"a certain {'win' if win else 'loss'} within {thought.plies} plies, this move included"
    if draw == 1.0:
        return "a certain draw"
    return f"win {100 * win:.0f} %, draw {100 * draw:.0f} %, loss {100 * loss:.0f} %"


def ask(prompt: str) -> str:
    """Return the next line that the person types, without surrounding blanks. Raises EndOfInputError after the last."""
    try:
        line = input(prompt)
    except (EOFError, RuntimeError):  # RuntimeError: there is no stdin or stdout at all
        print()
        raise EndOfInputError from None
    if not (sys.stdin and sys.stdin.isatty()):
        print(line)  # so that what was typed can be seen in the output
    return line.strip()


def run(settings: "PlaySettings", game: Game) -> int:
    """Play at the prompt and return the exit status."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # boards and moves in letters that the terminal doesn't have
    table = Table(settings, game)
    try:
        table.play()
    except EndOfInputError:
        message = table.leave()
        print(message or "Good-bye.")
    except KeyboardInterrupt:
        message = table.leave()
        print(f"\n{message or 'Good-bye.'}")
        raise
    except OSError:  # nobody reads us any more, or the disk behind our output is full
        table.leave()
        raise
    return 0
