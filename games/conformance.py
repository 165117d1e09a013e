"""The conformance kit: does a game obey the laws that the engine relies on?

    from games.conformance import check

    def test_my_game():
        check(MyGame())

Random games are played, and every position on the way is looked at: the rules are called from Python and from inside a
kernel, with guard cells around all that they may write to, and beside each game runs its image under a symmetry.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.catalogue import spec_of
from games.errors import GameError, MoveError
from games.game import Game
from games.probe import View, ask, content, first_state, look, move, plain, step
from games.rules import DRAW, LOSS, ONGOING, WIN

RUBBISH = ("", " ", "?!", "no such move", "²", "\x00", "9" * 5000, "-1000000", "♟")  # not a move in any notation
OUTCOMES = {LOSS: "LOSS", DRAW: "DRAW", WIN: "WIN", ONGOING: "ONGOING"}


class Report(NamedTuple):
    """What a check that found nothing wrong has seen."""

    game: str
    games: int
    positions: int
    shortest: int  # plies
    longest: int  # plies
    first_wins: int
    draws: int
    second_wins: int
    most_legal: int
    symmetries: int  # the identity included


class Line:
    """A game so far, and the error that tells where in it a law was broken."""

    def __init__(self, game: Game, *states: Any) -> None:
        self.game = game
        self.states = list(states)
        self.keys: list[int] = []
        self.moves: list[str] = []

    @property
    def state(self) -> Any:
        return self.states[-1]

    @property
    def past(self) -> NDArray[np.int64]:
        """The keys of earlier positions as the engine gives them: none where the game doesn't look back."""
        return np.array(self.keys if self.game.looks_back else [], np.int64)

    def ask(self, how: Any, fill: int, past: NDArray[np.int64] | None = None) -> View:
        """Return what the rules say of the position, called as `how` does."""
        frames = self.states[: -self.game.history - 1 : -1]
        asked = ask(self.game, how, frames, self.past if past is None else past, fill)
        self.require(not asked.damage, "rules write only what is theirs", f"{asked.damage} left alone", "other values there")
        return asked.view

    def go(self, state: Any, identity: int, name: str) -> None:
        """Append the position after the move `name`; identity: the key of the position before it."""
        self.states.append(state)
        self.keys.append(identity)
        self.moves.append(name)

    def require(self, holds: bool, law: str, expected: Any, got: Any) -> None:
        """Raise GameError where a law does not hold."""
        if not holds:
            where = f"after {' '.join(self.moves)}" if self.moves else "at the start"
            raise GameError(f"{spec_of(self.game)} breaks the law {law!r} {where}: expected {expected}, got {got}")


def check(game: Game, games: int = 50, seed: int = 0) -> Report:
    """Play random games and check every law in every position.

    Raises GameError for the first law found broken, with the moves that lead there, what was expected and what came.
    """
    start = Line(game)
    _check_members(start)
    tables = _check_tables(start)
    _check_start(start)
    random = np.random.default_rng(seed)
    alike: dict[Any, tuple[bytes, str]] = {}
    ends = [_check_game(game, random, number % len(tables), alike) for number in range(1, games + 1)]
    plies = [end.plies for end in ends]
    winners = [end.winner for end in ends]
    return Report(
        spec_of(game),
        games,
        sum(plies) + games,
        min(plies),
        max(plies),
        winners.count(0),
        winners.count(None),
        winners.count(1),
        max(end.most_legal for end in ends),
        len(tables),
    )


class End(NamedTuple):
    """How a game went."""

    plies: int
    winner: int | None  # 0, 1, or None for a draw
    most_legal: int


def _check_game(game: Game, random: np.random.Generator, symmetry: int, alike: dict[Any, tuple[bytes, str]]) -> End:
    """Play one random game, and beside it its image under a symmetry; check every position of it."""
    line, image, most_legal = Line(game, first_state(game, 0)), Line(game, first_state(game, 0)), 0
    while True:
        ply = len(line.moves)
        view = _check_view(line)
        _check_image(line, view, image, symmetry)
        _check_words(line, view)
        if view.outcome != ONGOING:
            winner = {WIN: ply % 2, LOSS: 1 - ply % 2}.get(view.outcome)
            return End(ply, winner, most_legal)
        line.require(ply < game.max_plies, "a game is over after max_plies", f"an end by ply {game.max_plies}", "ONGOING")
        most_legal = max(most_legal, view.moves)
        _check_alike(line, view, alike)
        action = int(random.choice(view.legal))
        _check_move(line, view, action)
        image_action = int(np.argsort(game.symmetries.actions[symmetry])[action])
        image_state, _ = move(game, plain(step), image.state, image_action, 0)
        image.go(image_state, image.ask(plain(look), 0).key, str(image_action))


def _check_members(line: Line) -> None:
    """Check that the sizes that the game states make sense and belong together."""
    game = line.game
    for name, low in (("num_actions", 1), ("max_legal", 1), ("max_plies", 1), ("history", 1)):
        size = getattr(game, name)
        line.require(isinstance(size, int) and size >= low, f"{name} is a size", f"an integer from {low}", repr(size))
    shape, names, dtype = game.plane_shape, game.plane_names, game.state_dtype
    line.require(game.max_legal <= game.num_actions, "max_legal <= num_actions", f"at most {game.num_actions}", game.max_legal)
    line.require(len(shape) == 3 and min(shape) >= 1, "plane_shape is (planes, rows, columns)", "three sizes", shape)
    line.require(len(names) == shape[0], "every plane has a name", f"{shape[0]} plane_names", len(names))
    line.require(isinstance(game.looks_back, bool), "looks_back is True or False", "a bool", repr(game.looks_back))
    fits = dtype.names is not None and not dtype.hasobject and issubclass(dtype.type, np.record)
    line.require(fits, "state_dtype is a record of numbers", "a dtype made by games.game.state_dtype", dtype)


def _check_tables(line: Line) -> NDArray[np.int32]:
    """Check that the symmetries are permutations that begin with the identity; return that of the actions."""
    game = line.game
    actions, cells = game.symmetries
    law = "symmetries are permutations, the first the identity"
    line.require(len(actions) == len(cells) >= 1, law, "two tables of equal length", f"{len(actions)} and {len(cells)} rows")
    area = game.plane_shape[1] * game.plane_shape[2]
    for name, table, size in (("actions", actions, game.num_actions), ("cells", cells, area)):
        straight = np.arange(size)
        line.require(table.shape == (len(table), size), law, f"{name} of shape ({len(table)}, {size})", table.shape)
        line.require(np.array_equal(table[0], straight), law, f"{name}[0] = 0 … {size - 1}", table[0].tolist())
        for row, permutation in enumerate(table):
            whole = np.array_equal(np.sort(permutation), straight)
            line.require(whole, law, f"each of 0 … {size - 1} once in {name}[{row}]", permutation.tolist())
    return actions


def _check_start(line: Line) -> None:
    one, other = (content(first_state(line.game, fill)) for fill in (0, 255))
    line.require(one == other, "initial writes all of the first position", "equal bytes whatever stood there", "others")


def _check_view(line: Line) -> View:
    """Check what the rules say of a position, asked in several ways, and return it."""
    game, ply = line.game, len(line.moves)
    view = line.ask(plain(look), 0)
    line.require(view.outcome in OUTCOMES, "outcome is WIN, DRAW, LOSS or ONGOING", sorted(OUTCOMES), view.outcome)
    if view.outcome == ONGOING:
        line.require(1 <= view.moves <= game.max_legal, "1 to max_legal legal actions", f"1 … {game.max_legal}", view.moves)
        line.require(view.legal == sorted({*view.legal}), "legal actions ascend", sorted({*view.legal}), view.legal)
        inside = view.legal[0] >= 0 and view.legal[-1] < game.num_actions
        line.require(inside, "legal actions lie in [0, num_actions)", f"0 … {game.num_actions - 1}", view.legal)
    _same(line, "the same question gets the same answer", view, line.ask(plain(look), 255))
    _same(line, "rules say the same inside a kernel as from Python", view, line.ask(look, 90))
    if not game.looks_back:
        junk = np.arange(-1, ply + 3, dtype=np.int64)
        _same(line, "a game that doesn't look back ignores past", view, line.ask(plain(look), 0, junk))
    turn = game.to_play(line.state)
    line.require(turn == ply % 2, "players alternate, player 0 begins", f"to_play {ply % 2} at ply {ply}", turn)
    return view


def _same(line: Line, law: str, one: View, other: View) -> None:
    """Require two views of one position to be equal."""
    for name, expected, got in zip(View._fields[:4], one[:4], other[:4], strict=True):
        line.require(expected == got, law, f"{name} {expected}", got)
    differ = np.argwhere(one.planes != other.planes)
    line.require(len(differ) == 0, law, "equal planes", f"a difference at {differ[:1].tolist()}")


def _check_image(line: Line, view: View, image: Line, symmetry: int) -> None:
    """Check that the rules say of the image of a position what they say of the position, moved by the symmetry."""
    actions, cells = (table[symmetry] for table in line.game.symmetries)
    law = f"symmetry {symmetry} commutes with the rules"
    other = image.ask(plain(look), 0)
    line.require(other.outcome == view.outcome, law, f"{OUTCOMES[view.outcome]} in the image too", other.outcome)
    expected = sorted(np.flatnonzero(np.isin(actions, view.legal)).tolist())  # new action i is old action actions[i]
    line.require(other.legal == expected, law, f"legal actions {expected} in the image", other.legal)
    flat = view.planes.reshape(len(view.planes), -1)[:, cells].reshape(view.planes.shape)
    differ = np.argwhere(flat != other.planes)
    line.require(len(differ) == 0, law, "the same planes, moved", f"a difference at {differ[:1].tolist()}")


def _check_words(line: Line, view: View) -> None:
    """Check what a person reads and types in a position."""
    game, state = line.game, line.state
    for last in (None, *view.legal[:1]):
        board = game.draw(state, last)
        line.require(isinstance(board, str) and board.strip() != "", "draw returns the board as text", "text", repr(board))
    names: dict[str, int] = {}
    for action in view.legal:
        name = game.move_name(state, action)
        line.require(isinstance(name, str) and name.split() == [name], "a move is one word", "a word", repr(name))
        law = "every legal action has a notation of its own"
        line.require(name not in names, law, f"one action named {name}", f"{names.get(name)} and {action}")
        names[name] = action
        got = _read(line, name)
        line.require(got == action, "notation comes back as its action", f"{action} for {name!r}", got)
    for text in RUBBISH:
        got = _read(line, text)
        law = "parse_move refuses what it cannot read with MoveError"
        line.require(isinstance(got, MoveError), law, f"MoveError for {text[:20]!r}", repr(got))


def _read(line: Line, text: str) -> int | Exception:
    """Return what parse_move returns, or raises."""
    try:
        return line.game.parse_move(line.state, text)
    except Exception as error:
        return error


def _check_alike(line: Line, view: View, alike: dict[Any, tuple[bytes, str]]) -> None:
    """Check that a position that the network sees as an earlier one is that one.

    Games that look back are exempt: their planes may leave to `past` what only it can tell.
    """
    if line.game.looks_back:
        return
    seen = view.planes.tobytes(), tuple(view.legal), len(line.moves) % 2
    state, moves = alike.setdefault(seen, (content(line.state), " ".join(line.moves)))
    law = "equal planes and legal actions mean equal boards"
    line.require(state == content(line.state), law, f"other planes or legal actions than after {moves or 'no move'}", "the same")


def _check_move(line: Line, view: View, action: int) -> None:
    """Make a move on copies, from Python and in a kernel, and append what came of it to the line."""
    before = content(line.state)
    after, damage = move(line.game, plain(step), line.state, action, 0)
    line.require(not damage, "rules write only what is theirs", f"{damage} left alone", f"other values there after {action}")
    line.require(content(line.state) == before, "a copy stands by itself", "the original unchanged", "another position")
    other, damage = move(line.game, step, line.state, action, 255)
    line.require(not damage, "rules write only what is theirs", f"{damage} left alone", f"other values there after {action}")
    law = "play does the same inside a kernel as from Python"
    line.require(content(after) == content(other), law, f"{after} after {action}", other)
    line.go(after, view.key, line.game.move_name(line.state, action))
