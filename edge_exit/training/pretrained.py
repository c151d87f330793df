"""Weights that others trained, into our backbones."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from edge_exit import bundle as bundles
from edge_exit.errors import BundleError, ConfigError
from edge_exit.model.network import MultiExitNetwork
from edge_exit.model.rebuild import rebuild
from edge_exit.model.units import split_body_and_classifier

from . import checkpoint


def load_pretrained(backbone: nn.Module, path: str) -> None:
    """Copy every weight that fits by name and shape; a classifier of other classes stays random.

    :param path: a `.safetensors` file, a torch state dict (read without running any code in it), or
        the folder of an earlier training's result, or name or folder of a bundle, whose backbone is
        taken.
    :raises ConfigError: if the file is missing or anything but the last layer does not fit.
    """
    if not Path(path).is_file():
        _copy_backbone(backbone, path)
        return
    if path.endswith('.safetensors'):
        given = load_file(path)
    else:
        given = torch.load(path, map_location='cpu', weights_only=True)
    own = backbone.state_dict()
    fitting = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
    # the last weight and bias are the classifier's; BatchNorm's counters are absent from old files
    last = set(list(own)[-2:])
    missing = [k for k in own if k not in fitting and k not in last and 'num_batches' not in k]
    if missing:
        raise ConfigError(
            f'weights file "{path}" does not fit {type(backbone).__name__}: {len(missing)} tensors '
            f'are missing or of another shape, "{missing[0]}" first'
        )
    backbone.load_state_dict(fitting, strict=False)


def copy_exits(network: MultiExitNetwork, path: str) -> None:
    """Copy those early exits of an earlier training that stand where one of ours does, as it is.

    :param path: as of `load_pretrained`; a file is left alone.
    """
    if Path(path).is_file():
        return
    trained = trained_network(path)
    if trained.spec['classes'] != network.spec['classes']:
        return
    given = dict(zip(trained.spec['cuts'], trained.exits, strict=False))
    shapes = dict(zip(trained.spec['cuts'], trained.spec['exits'], strict=True))
    for place, cut in enumerate(network.spec['cuts']):
        if shapes.get(cut) == network.spec['exits'][place]:
            network.exits[place].load_state_dict(given[cut].state_dict())


def _copy_backbone(backbone: nn.Module, path: str) -> None:
    trained = trained_network(path)
    given = [*trained.body, trained.exits[-1].classifier]
    body, classifier = split_body_and_classifier(backbone)
    try:
        for unit, source in zip([*body, classifier], given, strict=True):
            unit.load_state_dict(source.state_dict())
    except (ValueError, RuntimeError) as error:
        raise ConfigError(
            f'"{path}" holds a {trained.spec["backbone"]} that does not fit this backbone: {error}'
        ) from error


def trained_network(path: str) -> MultiExitNetwork:
    """Return the network of an earlier training's result or of a bundle."""
    try:
        found = bundles.find(path)
    except BundleError as error:
        if Path(path).is_dir():
            return checkpoint.load(path)[0]
        raise ConfigError(f'"{path}" is no trained network: {error}') from error
    return rebuild(bundles.load(found))
