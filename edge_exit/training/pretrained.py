"""Weights that others trained, into our networks."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from edge_exit import bundle as bundles
from edge_exit.bundle import manifest
from edge_exit.errors import BundleError, ConfigError
from edge_exit.model.build import backbone_of, build
from edge_exit.model.network import MultiExitNetwork
from edge_exit.model.rebuild import rebuild
from edge_exit.model.units import split_body_and_classifier

from . import checkpoint


def pretrained_network(spec: dict, path: str) -> MultiExitNetwork:
    """Build a spec's network with the weights of another.

    :param path: a `.safetensors` file or a torch state dict of the backbone (read without running
        any code in it); or what `trained_network` takes, of which the backbone is taken, and those
        early exits that stand where one of ours does, as it is.
    :raises ConfigError: if there are none, or anything but a file's last layer does not fit.
    """
    backbone = backbone_of(spec)
    if Path(path).is_file():
        _copy_file(backbone, path)
        return build(spec, backbone=backbone)
    trained = trained_network(path)
    _copy_backbone(backbone, trained, path)
    network = build(spec, backbone=backbone)
    _copy_exits(network, trained)
    return network


def trained_network(path: str) -> MultiExitNetwork:
    """Return the network of an earlier training's result, or of a bundle by its folder or name.

    :raises ConfigError: if there is none.
    """
    folder = Path(path)
    if folder.is_dir() and not (folder / manifest.FILE).is_file():
        return checkpoint.load(folder)[0]
    try:
        bundle = bundles.load(path)
    except BundleError as error:
        raise ConfigError(f'"{path}" is no trained network: {error}') from error
    return rebuild(bundle)


def _copy_file(backbone: nn.Module, path: str) -> None:
    """Copy every weight that fits by name and shape; a classifier of other classes stays random."""
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


def _copy_backbone(backbone: nn.Module, trained: MultiExitNetwork, path: str) -> None:
    given = [*trained.body, trained.exits[-1].classifier]
    body, classifier = split_body_and_classifier(backbone)
    try:
        for unit, source in zip([*body, classifier], given, strict=True):
            unit.load_state_dict(source.state_dict())
    except (ValueError, RuntimeError) as error:
        raise ConfigError(
            f'"{path}" holds a {trained.spec["backbone"]} that does not fit this backbone: {error}'
        ) from error


def _copy_exits(network: MultiExitNetwork, trained: MultiExitNetwork) -> None:
    if trained.spec['classes'] != network.spec['classes']:
        return
    given = dict(zip(trained.spec['cuts'], trained.exits, strict=False))
    shapes = dict(zip(trained.spec['cuts'], trained.spec['exits'], strict=True))
    for place, cut in enumerate(network.spec['cuts']):
        if shapes.get(cut) == network.spec['exits'][place]:
            network.exits[place].load_state_dict(given[cut].state_dict())
