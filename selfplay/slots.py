"""What self-play keeps for each of the games played at once: the slots, the rows that they write, and the settings."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.game import Game
from selfplay.settings import SelfPlaySettings
from zero.search.settings import FEW_MOVES, SearchSettings

MOST_RANDOM_PLIES = 14

OPENING, QUICK, FULL, END = 0, 1, 2, 3  # kinds of rows: a random move, a move searched little or in full, a game's end

SLOT = np.dtype(
    (
        np.record,
        np.dtype(
            [("game", np.int64), ("ply", np.int32), ("full", np.int8), ("play_on", np.int8)], align=True
        ),
    )
)
ROW = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("game", np.int64),
                ("ply", np.int32),
                ("action", np.int32),  # END: 1 if the game was given up
                ("kind", np.int32),
                ("count", np.int32),  # entries of its policy: the legal actions of a FULL row, else 0
                ("value", np.float32),  # of the search, for the player to move; END: outcome for the player who began
                ("draw", np.float32),  # of the search
                ("best", np.float32),  # value of the best action, for the player to move: what resignation looks at
                ("surprise", np.float32),  # KL(policy target | prior)
            ],
            align=True,
        ),
    )
)


ROWS_A_ROUND = 8  # of a slot beside a random opening: moves that need no network, and the ends of their games


class Slots(NamedTuple):
    """T slots, one for each tree; K threads with R rows of output each."""

    slots: NDArray[Any]  # [T] SLOT
    states: NDArray[Any]  # [T] game.state_dtype, the current positions
    random: NDArray[np.uint64]  # [T] generator states
    rows: NDArray[Any]  # [K, R] ROW, what happened since the rows were last read
    policies: NDArray[np.float32]  # [K, R, M] policy targets of the rows
    used: NDArray[np.int64]  # [K] rows in use


class Play(NamedTuple):
    """Settings of self-play for kernels; those not explained here are in SelfPlaySettings."""

    seed: int
    stride: int  # slots in all groups together
    simulations: int
    quick_simulations: int
    full_share: float
    noise: float
    alpha: float  # 0: 10 / legal actions
    reuse: bool
    opening_share: float
    opening_plies: int
    temperature: float
    temperature_end: float
    half_life: float
    resign_below: float  # the best action's value under which a player gives up; -2 where nobody does
    play_on_share: float


def default_plies(game: Game) -> int:
    """Return how many random plies games begin with at most where moves are many: a third of the board's cells, 14 at most."""
    return min(game.plane_shape[1] * game.plane_shape[2] // 3, MOST_RANDOM_PLIES)


def play_parameters(game: Game, search: SearchSettings, settings: SelfPlaySettings, seed: int) -> Play:
    """Return the kernels' view of the settings, with the game's defaults filled in."""
    cells = game.plane_shape[1] * game.plane_shape[2]
    few = game.max_legal <= FEW_MOVES
    share, plies = (0.8, 2 * cells // 3) if few else (0.25, default_plies(game))
    return Play(
        seed=seed,
        stride=settings.games,
        simulations=search.simulations,
        quick_simulations=min(settings.quick_simulations, search.simulations),
        full_share=settings.full_share,
        noise=search.noise_share(game),
        alpha=search.alpha or 0.0,
        reuse=search.reuse,
        opening_share=share if settings.opening_share is None else settings.opening_share,
        opening_plies=plies if settings.opening_plies is None else settings.opening_plies,
        temperature=settings.temperature,
        temperature_end=settings.temperature_end,
        half_life=settings.temperature_half_life or cells / 20,
        resign_below=-2.0,
        play_on_share=settings.play_on_share,
    )


def allocate_slots(game: Game, slots: int, threads: int, opening_plies: int) -> Slots:
    """Return empty slots; in each thread there is room for `slots` rows, and for all that another round can bring."""
    rows = slots + -(-slots // threads) * (opening_plies + ROWS_A_ROUND)
    return Slots(
        slots=np.zeros(slots, SLOT),
        states=np.zeros(slots, game.state_dtype),
        random=np.zeros(slots, np.uint64),
        rows=np.zeros((threads, rows), ROW),
        policies=np.zeros((threads, rows, game.max_legal), np.float32),
        used=np.zeros(threads, np.int64),
    )
