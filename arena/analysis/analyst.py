"""One position searched step by step: it can be watched, stopped and gone on with.

This is what chess and Go programs, the terminal and `zero analyze` look through. The search is PUCT's, whose answer is
good at any moment (Gumbel's sequential halving has to know its number of simulations), in one tree with several leaves
on their way to the network. Where a position follows on the last one, what was searched below it is kept.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from arena.analysis.proof import UNKNOWN, follow, prove
from arena.players.player import ROLLOUT_SEARCH, wdl_of
from games.catalogue import spec_of
from games.game import Game
from games.position import Position
from games.rules import DRAW, LOSS, WIN
from zero.checkpoint_files import shipped
from zero.evaluators import Evaluator, Rollouts
from zero.search.forest import NONE, OPEN, OVER, forest_bytes
from zero.search.searcher import Searcher
from zero.search.settings import SearchSettings, parameters
from zero.search.tree import keep_subtree
from zero.search.walk import advance

CHUNK = 64  # simulations after which a step ends also where the cache and finished games answer all of them
LONGEST = 200  # plies of a line that are told
LEAVES = 8  # most leaves on their way to the network together
VISITS_A_LEAF = 32  # one leaf for each so many visits of the tree: virtual loss misleads a small tree
MOST = 2**31 - 1  # simulations
LEGAL = 48  # legal moves that a position has room for on average, where a game can have more
SETTINGS = SearchSettings(policy="puct")


class Line(NamedTuple):
    """One move at the root; all is said for the player to move there."""

    action: int
    visits: int
    prior: float
    value: float | None  # mean value in [-1, 1], exactly -1, 0 or 1 where `plies` is set; None where nothing is known
    draw: float | None  # probability of a draw
    pv: tuple[int, ...]  # actions, the first is `action`
    plies: int | None  # to a proven end of the game, this move included; None where nothing is proven


class Report(NamedTuple):
    """What a search has found so far."""

    lines: list[Line]  # every move that was to be looked at, best first; none where the game is over
    value: float  # for the player to move at the root
    wdl: tuple[float, float, float]
    simulations: int  # visits of the tree, those kept from before included
    fresh: int  # simulations since the position was begun
    seconds: float  # since then
    depth: int  # plies of the best line
    seldepth: int  # of the deepest position
    full: float  # share of the tree's memory in use

    @property
    def action(self) -> int:
        """The best move. The game must not be over."""
        return self.lines[0].action


class Analyst:
    """Searches one position at a time.

    evaluator: made by a function from (game, places in a batch), as for a Searcher.
    settings:  of PUCT; simulations and leaves in them count for nothing here, nor does prove: the search goes on where the
               outcome is certain, for the shortest way to win, and a report proves what there is to be proven.
    room_mb:   memory of the tree; a search ends where it is full. cache_mb: of the evaluation cache, 0 for none.
    """

    def __init__(
        self,
        game: Game,
        name: str,
        evaluator: Callable[[Game, int], Evaluator],
        settings: SearchSettings = SETTINGS,
        room_mb: float = 256,
        cache_mb: float = 64,
    ) -> None:
        self.game, self.name, self.evaluator, self.cache_mb = game, name, evaluator, cache_mb
        self.settings = settings
        self.resize(room_mb)

    def resize(self, room_mb: float) -> None:
        """Take that much memory for the tree. All that was searched is forgotten. Raises SettingsError where it is not free."""
        legal = min(self.game.max_legal, LEGAL)
        node = forest_bytes(self.game, 1, 1000, 1, legal) / 1001
        least = -(-2 * (CHUNK + LEAVES) * self.game.max_legal // legal)
        settings = replace(self.settings, leaves=LEAVES, simulations=max(least, int(room_mb * 2**20 / node)))
        self.searcher = Searcher(self.game, settings, self.evaluator, 1, self.cache_mb, legal)
        nodes = len(self.searcher.forest.nodes)
        self.proof, self.plies, self.depth = (np.zeros(nodes, kind) for kind in (np.int8, np.int32, np.int32))
        self.way = np.zeros(LONGEST, np.int32)
        self.tune(self.settings)
        self._actions: list[int] | None = None

    def tune(self, settings: SearchSettings) -> None:
        """Go on with other settings of PUCT; the tree is kept."""
        self.settings = settings
        self.searcher.parameters = parameters(self.game, replace(settings, leaves=LEAVES, prove=False))

    def forget(self) -> None:
        """Drop the tree and empty the evaluation cache."""
        self._actions = None
        self.searcher.forget()

    def begin(self, position: Position, only: Sequence[int] | None = None) -> None:
        """Look at a position; what was searched below the last one is kept where this one follows on it.

        only: root actions to look at (default: all legal ones). Those that are not legal count for nothing.
        """
        legal = position.legal_actions()
        self._only = [action for action in legal if action in only] if only is not None else legal
        self._limited = len(self._only) < len(legal)
        if self._limited or not self._follow(position):
            self.searcher.plant(0, position)
        tree = self.searcher.forest.trees[0]
        if tree.win != NONE and int(self.searcher.forest.edges[tree.win].action) not in self._only:
            tree.win = NONE
        self._actions = None if self._limited else list(position.actions)
        self._start = position.start
        self._begun, self._before = time.monotonic(), self._visits

    def _follow(self, position: Position) -> bool:
        """Move the root to a position that follows on the last one; return whether that could be done."""
        known, forest = self._actions, self.searcher.forest
        if known is None or position.actions[: len(known)] != known or position.start != self._start:
            return False
        self.searcher.tell_past(0, position)
        for action in position.actions[len(known) :]:
            edges = self._edges()
            found = np.flatnonzero(edges["action"] == action)
            child = int(edges["child"][found[0]]) if len(found) else NONE
            if child == NONE or forest.nodes[child].status != OPEN:
                return False
            number = int(self._root.first_edge) + int(found[0])
            keep_subtree(self.game, self.searcher.parameters, forest, 0, number, 0, 0.0)
        return True

    def step(self, simulations: int | None = None) -> bool:
        """Make a round to the network, of milliseconds; return False where nothing is left to do.

        simulations: visits of the tree that it is not to exceed.
        """
        forest, tree, root = self.searcher.forest, self.searcher.forest.trees[0], self._root
        if root.status == OVER or tree.win != NONE or not self._only or not self._has_room():
            return False
        first = root.status != OPEN
        leaves = 1 if first or self._limited else min(LEAVES, 1 + int(root.visits) // VISITS_A_LEAF)
        tree.budget = 0 if first else min(int(root.visits) + CHUNK - 1, simulations or MOST)
        advance(self.game, self.searcher.parameters._replace(leaves=leaves), forest, self.searcher.cache, 0, 1)
        self.searcher.evaluate(1)
        if first and self._limited:
            self._limit()
        return True

    def search(
        self,
        position: Position,
        simulations: int | None = None,
        seconds: float | None = None,
        only: Sequence[int] | None = None,
        goes_on: Callable[[], bool] | None = None,
    ) -> Report:
        """Look at a position until a limit is reached or nothing is left to do. goes_on: asked after each step."""
        self.begin(position, only)
        while not self.reached(simulations, seconds) and self.step(simulations):
            if goes_on is not None and not goes_on():
                break
        return self.report()

    def reached(self, simulations: int | None, seconds: float | None) -> bool:
        """Return whether the search has come to a limit: visits of the tree, or seconds since it was begun.

        No limit counts before the root has been evaluated.
        """
        if self._root.status != OPEN:
            return False
        enough = simulations is not None and self._visits > simulations
        return enough or (seconds is not None and time.monotonic() - self._begun >= seconds)

    def report(self) -> Report:
        """Return what has been found so far."""
        deepest = prove(self.searcher.bare, 0, self.proof, self.plies, self.depth)
        wanted = [number for number, edge in enumerate(self._edges()) if int(edge["action"]) in self._only]
        lines = sorted(map(self._line, wanted), key=_rank, reverse=True)
        value, wdl = self._root_value(lines)
        visits = self._visits
        nodes, edges = self._used()
        forest = self.searcher.forest
        return Report(
            lines,
            value,
            wdl,
            visits,
            visits - self._before,
            time.monotonic() - self._begun,
            len(lines[0].pv) if lines else 0,
            int(deepest),
            max(nodes / len(forest.nodes), edges / len(forest.edges)),
        )

    @property
    def _root(self) -> Any:
        return self.searcher.forest.nodes[0]

    @property
    def _visits(self) -> int:
        return int(self._root.visits)

    def _edges(self, node: int = 0) -> Any:
        """Return the records of a node's edges."""
        place = self.searcher.forest.nodes[node]
        return self.searcher.forest.edges[place.first_edge : place.first_edge + place.edge_count]

    def _used(self) -> tuple[int, int]:
        tree = self.searcher.forest.trees[0]
        return int(tree.nodes), int(tree.edges)

    def _has_room(self) -> bool:
        """Return whether the tree has room for another step, whatever it meets."""
        (nodes, edges), most = self._used(), CHUNK + LEAVES
        forest = self.searcher.forest
        return len(forest.nodes) - nodes > most and len(forest.edges) - edges > most * self.game.max_legal

    def _limit(self) -> None:
        """Leave only the asked-for edges at the root, which has just been opened and has no children."""
        edges = self._edges()
        chosen = edges[np.isin(edges["action"], self._only)].copy()
        edges[: len(chosen)] = chosen
        edges["prior"][: len(chosen)] /= max(float(chosen["prior"].sum()), 1e-12)
        self._root.edge_count = len(chosen)

    def _line(self, number: int) -> Line:
        """Return what is known of the root's edge with that number."""
        edge = self._edges()[number]
        action, child, visits = int(edge.action), int(edge.child), int(edge.visits)
        if self.searcher.forest.trees[0].win == int(self._root.first_edge) + number:
            return Line(action, visits, float(edge.prior), 1.0, 0.0, (action,), 1)
        if child == NONE or not visits:
            return Line(action, visits, float(edge.prior), None, None, (action,), None)
        draw = float(self.searcher.forest.nodes[child].draw_sum) / max(int(self.searcher.forest.nodes[child].visits), 1)
        value, plies = float(edge.value_sum) / visits, None
        if self.proof[child] != UNKNOWN:
            value, plies = -float(self.proof[child]), int(self.plies[child]) + 1
            draw = float(value == DRAW)
        return Line(action, visits, float(edge.prior), min(1.0, max(-1.0, value)), draw, (action, *self._pv(child)), plies)

    def _pv(self, node: int) -> list[int]:
        """Return the best line from a node on."""
        count = follow(self.searcher.bare, self.proof, self.plies, node, self.way)
        return [int(action) for action in self.way[:count]]

    def _root_value(self, lines: list[Line]) -> tuple[float, tuple[float, float, float]]:
        """Return value and win/draw/loss of the root."""
        root = self._root
        if root.status == OVER:
            value, draw = float(root.value), float(root.value == DRAW)
        elif lines and lines[0].plies is not None and (lines[0].value == WIN or all(line.plies for line in lines)):
            value = lines[0].value or 0.0
            draw = float(value == DRAW)
        else:
            edges = self._edges()
            value = (float(root.value) + float(edges["value_sum"].sum())) / max(1, int(root.visits))
            draw = float(root.draw_sum) / max(1, int(root.visits))
        return value, wdl_of(value, draw)


def _rank(line: Line) -> tuple[float, ...]:
    """Order lines from worst to best: proven losses (longest last), visits, proven wins (shortest last)."""
    if line.plies is not None and line.value in (LOSS, WIN):
        return (line.value, -line.value * line.plies)
    return (0.0, line.visits, line.value or 0.0, line.prior)


def watched(search: SearchSettings) -> SearchSettings:
    """Return the settings with which an analyst searches, from those that a network was trained with."""
    return replace(search, policy="puct", noise=None, alpha=None, reuse=False)


def analyst_of(game: Game | None, player: str | None, device: str = "cpu", room_mb: float = 256) -> Analyst:
    """Return an analyst that thinks with a player's network.

    player: a checkpoint file or run folder, alphago:RUN, "shipped"; "rollouts"; or None for the network that ships for the game,
            and rollouts where none does. game: may be None where a checkpoint tells.
    Raises PlayerError, CheckpointError or GameError where that cannot be.
    """
    from arena.players.recipes import game_of, read_player
    from zero.errors import PlayerError

    if player is None and game is not None:
        player = "shipped" if shipped(game) else "rollouts"
    if player == "rollouts" and game is not None:
        return Analyst(game, f"random rollouts for {game.name}", Rollouts, ROLLOUT_SEARCH, room_mb, 0)
    recipe = read_player(player or "rollouts")
    game = game_of([recipe], spec_of(game) if game is not None else None)
    recipe = recipe.of(game)
    if recipe.kind not in ("checkpoint", "alphago"):
        raise PlayerError(f"expected a checkpoint file, a run folder or alphago:RUN to think with, got {player!r}")
    from arena.players.made import thinking

    evaluator, search = thinking(recipe, device, 0)
    name = f"the network that ships for {game.name}" if player == "shipped" else recipe.text
    return Analyst(game, name, evaluator, watched(search), room_mb)
