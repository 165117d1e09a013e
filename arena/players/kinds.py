"""The kinds of players, for a person who looks for one: `zero players` shows this list."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of player, for a person who looks for one."""

    form: str  # what one types
    meaning: str
    games: str  # that it plays
    example: str


SHIPPED = "shipped"  # stands for the path of the network that comes with the package
KINDS = (
    Kind("FILE, RUN", "a checkpoint, or the newest of a run folder: search with its network", "its game", "runs/connect_four"),
    Kind("FILE@SIMULATIONS", "the same with so many simulations a move", "its game", "runs/connect_four@400"),
    Kind("FILE@TIME", "the same for so long a move", "its game", "runs/connect_four@0.5s"),
    Kind("net:FILE", "its network without search: the move that the policy likes best", "its game", "net:runs/connect_four"),
    Kind("net:FILE?temperature=T", "a move drawn from the policy^(1/T)", "its game", "'net:runs/connect_four?temperature=1'"),
    Kind("value:FILE", "its value alone: the move after which the other stands worst", "its game", "value:runs/connect_four"),
    Kind(
        "alphago:RUN",
        "AlphaGo's search with the networks of zero alphago (options: RUN@SIMULATIONS?mix=0.5&prior=imitation&rollouts=1)",
        "its game",
        "'alphago:runs/connect_four-alphago@200?mix=0'",
    ),
    Kind("shipped", "as FILE: the network that comes with zero", "tic_tac_toe, connect_four", "shipped@400, net:shipped"),
    Kind("random", "any legal move, all alike", "all games", "random"),
    Kind("minimax:DEPTH", "alpha-beta search, exact as far as it sees", "all games", "minimax:6"),
    Kind("mcts:SIMULATIONS", "tree search with random rollouts instead of a network", "all games", "mcts:1000"),
    Kind(
        "mcts:SIMULATIONS?policy=FILE",
        "the same with rollouts of a fast policy (zero rollout-policy)",
        "its game",
        "'mcts:200?policy=runs/connect_four-rollout/policy.safetensors'",
    ),
    Kind("solver", "perfect play", "connect_four on 6×7 cells", "solver"),
    Kind(
        "uci:COMMAND?OPTION=VALUE&…",
        "a chess engine; nodes=N or movetime=MS limits each move (default: a second)",
        "chess",
        "'uci:stockfish?Threads=1&nodes=1000'",
    ),
    Kind("gtp:COMMAND?movetime=MS", "a Go engine", "go, othello, gomoku, hex", "'gtp:gnugo --mode gtp --level 5'"),
)
FORMS = [kind.form.partition("?")[0] for kind in KINDS]
EXPECTED = f"one of {'; '.join(dict.fromkeys(FORMS))} (zero players tells more)"
