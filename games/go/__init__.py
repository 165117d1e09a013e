"""Go: its parameters and texts (game.py, text.py), its rules as kernels (rules.py, planes.py) on bitboards of several words."""

from games.go import planes, rules  # noqa: F401  (registers the rules)
from games.go.game import Go

__all__ = ["Go"]
