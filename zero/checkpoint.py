"""Checkpoints: a playing network and what is needed to play with it, in one safetensors file that runs no code.

A checkpoint contains no time and no path: the same training gives the same bytes.
"""

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from games import find, spec_of
from games.errors import GameError
from games.game import Game
from zero.errors import CheckpointError, SettingsError
from zero.files import Arrays, read_arrays, write_arrays
from zero.network import Network, NetworkSettings, new_network
from zero.search.settings import SearchSettings


class Checkpoint(NamedTuple):
    """What a checkpoint file holds."""

    game: Game
    network: Network  # in eval mode, on the CPU
    network_settings: NetworkSettings
    search: SearchSettings  # what it was trained with
    generation: int


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one step."""
    header = {
        "game": spec_of(checkpoint.game),
        "network": asdict(checkpoint.network_settings.resolved(checkpoint.game)),
        "search": asdict(checkpoint.search),
        "generation": checkpoint.generation,
    }
    write_arrays(path, "checkpoint", header, arrays_of(checkpoint.network))


def read_checkpoint(path: Path, game: Game | None = None) -> Checkpoint:
    """Read a checkpoint. Raises CheckpointError where it is none, is damaged, or is one of another game than `game`."""
    header, arrays = read_arrays(path, "checkpoint")
    if game is not None and header.get("game") != spec_of(game):
        raise CheckpointError(f"{path}: expected a network for {spec_of(game)}, got one for {header.get('game')}")
    try:
        found = find(str(header["game"])) if game is None else game
        given = NetworkSettings(**({"squeeze": False} | header["network"]))  # older networks have none
        network_settings = given.resolved(found)  # older files say what the size was called
        search = SearchSettings(**header["search"])
        generation = int(header["generation"])
    except (GameError, SettingsError) as error:
        raise CheckpointError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: its header cannot be read: {error}") from None
    network = new_network(found, network_settings, 0)
    load_arrays(network, arrays, path)
    return Checkpoint(found, network, network_settings, search, generation)


def arrays_of(module: torch.nn.Module) -> Arrays:
    """Return the module's parameters and buffers as arrays in the usual memory order."""
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in module.state_dict().items()}


def load_arrays(module: torch.nn.Module, arrays: Arrays, path: Path) -> None:
    """Copy arrays into the module's parameters and buffers. Raises CheckpointError where names or shapes differ."""
    state = module.state_dict()
    if set(state) != set(arrays):
        odd = sorted(set(state) ^ set(arrays))
        raise CheckpointError(f"{path}: its arrays do not fit the network it describes: {', '.join(odd[:3])}")
    for name, tensor in state.items():
        if tuple(tensor.shape) != arrays[name].shape:
            raise CheckpointError(f"{path}: expected {name} of shape {tuple(tensor.shape)}, got {arrays[name].shape}")
        tensor.copy_(torch.from_numpy(np.array(arrays[name])))
