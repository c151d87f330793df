"""Keep the first units of a backbone as they are."""

from edge_exit.errors import ConfigError
from edge_exit.model.network import MultiExitNetwork


def freeze(network: MultiExitNetwork, count: int) -> None:
    """Stop the gradients of the first `count` body units; their backward pass is the dearest.

    If these are all, the backbone's classifier stays as it is too, and only the exits learn.

    :raises ConfigError: if the network has no more units than that.
    """
    units = len(network.body)
    if count > units:
        raise ConfigError(f'freeze is {count}, but the backbone has {units} body units in all')
    for unit in network.body[:count]:
        unit.requires_grad_(False)
    if count == units:
        network.exits[-1].requires_grad_(False)


def set_training(network: MultiExitNetwork, frozen: int) -> None:
    """Put the network into training mode, but not its `frozen` first units.

    Their statistics stay; if these are all, so does the classifier, which then drops nothing out.
    """
    network.train()
    for unit in network.body[:frozen]:
        unit.eval()
    if frozen == len(network.body):
        network.exits[-1].eval()
