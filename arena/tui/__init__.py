"""The terminal's screen for playing and looking at games: `zero play` and `zero view`."""
