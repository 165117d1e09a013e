"""Checkpoints of untrained networks, for tests of what plays with them."""

import torch

from games import find
from zero.checkpoint import Checkpoint, write_checkpoint
from zero.network import NetworkSettings, new_network
from zero.search.settings import SearchSettings

TIC_TAC_TOE = find("tic_tac_toe")


def write(path, game=TIC_TAC_TOE, seed=1, sharp=True):
    """Write the checkpoint of a small network and return it. sharp: its logits and values lie far apart."""
    settings = NetworkSettings(size="8x1")
    network = new_network(game, settings, seed)
    if sharp:
        with torch.no_grad():
            for layer in (network.policy, network.value):
                layer.weight.mul_(100)
    checkpoint = Checkpoint(game, network, settings, SearchSettings(policy="gumbel", simulations=12), 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_checkpoint(path, checkpoint)
    return checkpoint
