"""Chess by the FIDE Laws, on bitboards.

`game` has the parameters and what Python asks of a game, `rules` the rules as kernels: moves made, repetition, the ends.
`generate` finds all legal moves, on `boards`; `actions` numbers them; `planes` shows a position to the network, `patterns`
to fast policies. FEN, SAN and the board as text are in `notation`, where python-chess speaks for us.
"""

from games.chess import patterns, planes, rules  # noqa: F401  (they register the rules)
from games.chess.game import Chess
from games.chess.notation import board_of

__all__ = ["Chess", "board_of"]
