"""Keys and words: what a person can do on the screen of a game, and the text of its help."""

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("u", "undo", "undo"),
    Binding("h", "hint", "hint"),
    Binding("a", "analysis", "analyse"),
    Binding("l", "level", "level"),
    Binding("w", "who", "who"),
    Binding("n", "new", "new"),
    Binding("o", "open", "open"),
    Binding("s", "save", "save"),
    Binding("t", "theme", "theme"),
    Binding("q", "quit", "quit"),
    Binding("x", "swap", show=False),
    Binding("p", "other_move", show=False),
    Binding("g", "now", show=False),
    Binding("space", "pause", show=False),
    Binding("f", "turn", show=False),
    Binding("comma,pageup", "step(-1)", show=False),
    Binding("full_stop,pagedown", "step(1)", show=False),
    Binding("home", "step(-100000)", show=False),
    Binding("end", "step(100000)", show=False),
    Binding("slash,colon", "type", show=False),
    Binding("escape", "board", show=False),
]

# What can be typed beside a move, and the action that it means.
WORDS = {
    "undo": "undo",
    "hint": "hint",
    "swap": "swap",
    "quit": "quit",
    "help": "help",
    "new": "new",
    "save": "save",
    "load": "open",
    "open": "open",
    "level": "level",
    "analyse": "analysis",
    "analyze": "analysis",
    "go": "now",
}

MOVES = {
    "chess": "Moves are typed as Nf3, exd5, O-O, e8=Q or g1f3.",
    "discs": "Moves are typed as d3; where you have none, as pass.",
    "frame": "The keys 1 to 8 drop a disc into a column.",
    "go": "Moves are typed as E5 (no letter I), or pass.",
}

HELP = """PLAY
 arrows, Enter    move the cursor, play there   (or the mouse)
 / or Tab         type a move or a command; Esc: back
 p                pass (Go, Othello), swap (Hex)
 u                take your last move back
 h                what the machine would play in your place
 x                change sides
 w                who plays: you, the machine, both
 g                the machine moves now
 Space            pause and go on (machine against machine)
 l                how strong the machine plays

LOOK
 a                analysis: search on; try any move
 , and .          a move back, a move on; Home, End
 f                turn the board (chess)
 t                colours: default, colour-blind, monochrome

GAMES
 n  new    o  open    s  save    q  quit
 A game is saved by itself when it ends, and when you leave.

READ
 The bar and the graph are for who moves first; the values of
 moves, from -1 to 1, for the side to move. "win 5" is certain,
 in five plies."""


def help_text(style: str | None) -> str:
    """Return the help for a style of board."""
    more = MOVES.get(style or "")
    return f"{HELP}\n {more}" if more else HELP
