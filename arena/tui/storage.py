"""Games of the screen as files: a new one in the current folder, or where else one may write; see arena/files/games.py."""

from pathlib import Path

from arena.files.games import FinishedGame, ReadGame, finished_game, write_game
from arena.files.text import save_new
from arena.tui.session import SIDES, Session

PERSON = "you"  # the name of a person in the files


def names_of(session: Session, machine: str) -> tuple[str, str]:
    """Return who played, first and second, as it is written into files."""
    first, second = (machine if plays else PERSON for plays in session.machines)
    return first, second


def side_of(game: ReadGame) -> int | None:
    """Return the side that the person had in a file that we wrote, None where it doesn't tell."""
    sides = [side for side, name in enumerate(game.names) if name == PERSON]
    return sides[0] if len(sides) == 1 else {"first": 0, "second": 1}.get(game.tags.get("side", ""))


def file_of(session: Session, machine: str) -> FinishedGame:
    """Return the game as it is written: the moves, with the expectation of the player who made each as comment."""
    game = session.whole()
    comments: list[str | None] = [None] * game.ply
    turn = (game.to_play + game.ply) % 2  # of the first ply
    values = session.game_values
    for ply in range(game.ply):
        if ply in values:
            comments[ply] = f"{values[ply] if (turn + ply) % 2 == 0 else -values[ply]:+.2f}"
    finished = finished_game(game, names_of(session, machine), comments)
    if session.machines[0] == session.machines[1]:
        return finished
    return finished._replace(tags={"side": SIDES[session.machines.index(False)]})


def keep(session: Session, machine: str) -> Path | None:
    """Write the game to a file that isn't there yet; return None where there is no place for it."""
    path = save_new(file_of(session, machine))
    if path is not None:
        session.saved = list(session.actions)
    return path


def save_as(session: Session, machine: str, path: Path) -> None:
    """Write the game to a file of that name, which must not be there yet. Raises OSError."""
    with path.open("x", encoding="utf-8") as file:
        try:
            write_game(file, file_of(session, machine))
            file.flush()
        except OSError:
            path.unlink(missing_ok=True)
            raise
    session.saved = list(session.actions)
