"""What AlphaGo's papers say of its parts, as matches between the players of a pipeline.

Source: Silver et al. 2016 (AlphaGo) and 2017 (AlphaGo Zero).
"""

from typing import NamedTuple

SAMPLING = ", sampling"  # behind the name of a player that draws its moves from its policy, at temperature 1


class Claim(NamedTuple):
    """What AlphaGo's papers say, as a match."""

    text: str
    player: str  # its name in `players`
    against: str
    goal: float = 0.5  # the score that the claim says is exceeded
    quick: bool = False  # nobody searches


class Verdict(NamedTuple):
    """What the games say of a claim."""

    claim: Claim
    score: float
    low: float  # 95 % interval
    high: float
    games: int

    @property
    def text(self) -> str:
        """Whether the claim holds, as far as so many games tell."""
        if self.low > self.claim.goal:
            return "holds"
        return "does not hold" if self.high < self.claim.goal else "undecided"


CLAIMS = (
    Claim("REINFORCE beats the imitation before it in 80 % of games", "REINFORCE, sampling", "imitation, sampling", 0.8, True),
    Claim("REINFORCE beats imitation, both playing their best move", "REINFORCE", "imitation", quick=True),
    Claim("REINFORCE comes as far from random weights", "REINFORCE from random, sampling", "REINFORCE, sampling", quick=True),
    Claim("the search beats the policy that guides it", "search", "imitation"),
    Claim("rollouts and value together beat the value alone", "search", "search, no rollouts"),
    Claim("rollouts and value together beat rollouts alone", "search", "search, no value"),
    Claim("a network's priors beat even ones", "search", "search, even priors"),
    Claim("imitation makes better priors than REINFORCE", "search", "search, REINFORCE priors"),
    Claim("the search beats the expert that was imitated", "search", "expert"),
    Claim("a shared residual network beats two plain ones", "search, shared network", "search, two plain networks"),
    Claim("expert iteration beats the pipeline, given the same compute", "expert iteration", "search"),
)
