"""The pool of earlier versions of the learner, the starting policy always among them."""

import copy

from zero.checkpoint import arrays_of
from zero.files import Arrays
from zero.network import Network


class Pool:
    """Networks that don't change, oldest first; the first one is the starting policy."""

    def __init__(self, start: Network, most: int) -> None:
        """most: networks that are kept; the starting policy stays, of the others the newest."""
        self.most = most
        self.members = [_still(start)]

    @property
    def start(self) -> Network:
        return self.members[0]

    def add(self, network: Network) -> None:
        """Take in the network as it is now."""
        if self.most > 1:
            others = [*self.members[1:], _still(network)]
            self.members = [self.start, *others[-(self.most - 1) :]]

    def arrays(self) -> Arrays:
        """Return the weights of all members, by names that begin with their number."""
        return {f"{i}.{name}": array for i, member in enumerate(self.members) for name, array in arrays_of(member).items()}


def _still(network: Network) -> Network:
    """Return a copy that doesn't learn."""
    return copy.deepcopy(network).eval().requires_grad_(False)
