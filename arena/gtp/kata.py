"""Commands of KataGo and KGS about rules and parameters, and the network's first impression.

Our rules of Go are fixed: area scoring of the board as it lies, positional superko, no suicide. Other rules are refused
with what differs.
"""

import contextlib
import json
from typing import TYPE_CHECKING, Any

from arena.gtp.protocol import SYNTAX, GtpError, command, real, take, whole

if TYPE_CHECKING:
    from arena.gtp.session import Session

RULES: dict[str, Any] = {
    "friendlyPassOk": False,
    "hasButton": False,
    "ko": "POSITIONAL",
    "scoring": "AREA",
    "suicide": False,
    "tax": "NONE",
    "whiteHandicapBonus": "0",
}
# Names of rules, and where they differ from ours. White's bonus for handicap stones and what a pass means to a friend
# are not among what has to fit: with the komi said by the controller neither changes how one plays.
NAMED: dict[str, dict[str, Any]] = {
    "chinese-ogs": {},
    "chinese-kgs": {},
    "chinese": {"ko": "SIMPLE"},
    "tromp-taylor": {"suicide": True},
    "new-zealand": {"ko": "SITUATIONAL", "suicide": True},
    "aga": {"ko": "SITUATIONAL"},
    "bga": {"ko": "SITUATIONAL"},
    "aga-button": {"ko": "SITUATIONAL", "hasButton": True},
    "japanese": {"ko": "SIMPLE", "scoring": "TERRITORY", "tax": "SEKI"},
    "korean": {"ko": "SIMPLE", "scoring": "TERRITORY", "tax": "SEKI"},
    "stone-scoring": {"ko": "SIMPLE", "tax": "ALL"},
}
DECISIVE = ("ko", "scoring", "suicide", "tax", "hasButton")
PARAMETERS = ("maxTime", "maxVisits")


@command("kata-get-rules", go_only=True)
def get_rules(session: "Session", arguments: list[str]) -> str:
    take(arguments, 0)
    return json.dumps(RULES, separators=(",", ":"))


@command("kata-set-rules", go_only=True)
def set_rules(session: "Session", arguments: list[str]) -> str:
    text = " ".join(take(arguments, 1, 1000))
    asked: Any = NAMED.get(text.lower())
    if asked is None:
        with contextlib.suppress(ValueError, RecursionError):
            asked = json.loads(text)
        if not isinstance(asked, dict):
            raise GtpError(f"unknown rules {text[:40]!r}")
    for key in DECISIVE:
        if key in asked and asked[key] != RULES[key]:
            raise GtpError(f"unsupported rules: {key} is {json.dumps(RULES[key])} here")
    return ""


@command("kata-set-rule", go_only=True)
def set_rule(session: "Session", arguments: list[str]) -> str:
    key, value = take(arguments, 2)
    if key not in RULES:
        raise GtpError(f"unknown rule {key[:40]!r}")
    return set_rules(session, [json.dumps({key: {"true": True, "false": False}.get(value.lower(), value)})])


@command("kgs-rules", go_only=True)
def kgs_rules(session: "Session", arguments: list[str]) -> str:
    (text,) = take(arguments, 1)
    return set_rules(session, ["chinese-kgs" if text == "chinese" else text.replace("_", "-")])


@command("kata-list-params")
def list_parameters(session: "Session", arguments: list[str]) -> str:
    take(arguments, 0)
    return " ".join(PARAMETERS)


@command("kata-get-param")
def get_parameter(session: "Session", arguments: list[str]) -> str:
    """Return the limit of a move; without one, a number that no move reaches, as KataGo has it."""
    (name,) = take(arguments, 1)
    if name not in PARAMETERS:
        raise GtpError(f"unknown parameter {name[:40]!r}")
    if name == "maxTime":
        return str(1e20 if session.seconds is None else session.seconds)
    return str(2**50 if session.simulations is None else session.simulations)


@command("kata-set-param")
def set_parameter(session: "Session", arguments: list[str]) -> str:
    name, value = take(arguments, 2)
    if name not in PARAMETERS:
        raise GtpError(f"unknown parameter {name[:40]!r}")
    number: float = real(value) if name == "maxTime" else whole(value)
    if number <= 0:
        raise GtpError(SYNTAX)
    if name == "maxTime":
        session.seconds = number
    else:
        session.simulations = int(number)
    return ""


@command("kata-raw-nn")
def raw_network(session: "Session", arguments: list[str]) -> str:
    """Return what the network says of the position before any search, for the board as it stands.

    KataGo's noResult is our draw. Points where no move is legal are NAN.
    """
    from arena.files.stones import action_at, board_shape, pass_action

    (symmetry,) = take(arguments, 1)
    if symmetry not in ("0", "all"):
        raise GtpError("only symmetry 0 is known")
    position = session.board.turned(None)
    analyst = session.analyst()
    analyst.forget()
    analyst.begin(position)
    analyst.step()
    report = analyst.report()
    priors = {line.action: f"{line.prior:.6f}" for line in report.lines}
    game, player = position.game, position.to_play
    rows, columns = board_shape(game)
    white = report.wdl if player == 1 else report.wdl[::-1]
    policy = [[priors.get(action_at(game, player, (row, column)), "NAN") for column in range(columns)] for row in range(rows)]
    told = [f"whiteWin {white[0]:.6f}", f"whiteLoss {white[2]:.6f}", f"noResult {white[1]:.6f}", "policy"]
    told += [" ".join(row) for row in policy]
    skip = pass_action(game)
    return "\n".join(["symmetry 0", *told, *([f"policyPass {priors.get(skip, 'NAN')}"] if skip is not None else [])])
