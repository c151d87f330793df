"""Keep the first units of a backbone as they are."""

from itertools import islice

from torch import nn

from edge_exit.errors import ConfigError
from edge_exit.model.network import MultiExitNetwork


def _first_units(network: MultiExitNetwork, count: int) -> list[nn.Module]:
    units = (unit for segment in network.segments for unit in segment)
    return list(islice(units, 1, count + 1))  # 0 is the normalisation of the picture


def body_units(network: MultiExitNetwork) -> int:
    """Give the number of units that the backbone's body has."""
    return sum(len(segment) for segment in network.segments) - 1


def freeze(network: MultiExitNetwork, count: int) -> None:
    """Stop the gradients of the first `count` body units; their backward pass is the dearest.

    If these are all, the backbone's classifier stays as it is too, and only the exits learn.

    :raises ConfigError: if the network has no more units than that.
    """
    units = body_units(network)
    if count > units:
        raise ConfigError(f'freeze is {count}, but the backbone has {units} body units in all')
    for unit in _first_units(network, count):
        unit.requires_grad_(False)
    if count == units:
        network.exits[-1].requires_grad_(False)


def set_training(network: MultiExitNetwork, frozen: int) -> None:
    """Put the network into training mode, but not its `frozen` first units.

    Their statistics stay; if these are all, so does the classifier, which then drops nothing out.
    """
    network.train()
    for unit in _first_units(network, frozen):
        unit.eval()
    if frozen == body_units(network):
        network.exits[-1].eval()
