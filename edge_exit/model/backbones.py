"""Backbones by name: torchvision's classifiers and our own small ones."""

from torch import nn

from edge_exit.errors import ConfigError

from .cifar_resnet import CifarResNet
from .convnet import PLAIN, TAPERED, ConvNet
from .torchvision_models import import_torchvision

_CONVNETS = {'convnet': PLAIN, 'convnet_tapered': TAPERED}
_CIFAR_BLOCKS = {f'cifar_resnet{6 * blocks + 2}': blocks for blocks in (1, 2, 3, 5, 9)}
_TORCHVISION = (
    'resnet18', 'resnet34', 'resnet50', 'mobilenet_v2', 'mobilenet_v3_small',
    'mobilenet_v3_large', 'efficientnet_b0', 'efficientnet_b1', 'efficientnet_b2',
)  # fmt: skip
NAMES = (*_CONVNETS, *_CIFAR_BLOCKS, *_TORCHVISION)
# Torchvision's networks make each side so many times smaller, by halving; fewer positions than
# these at the end are too few to tell things apart.
_DOWN, _LEAST_POSITIONS = 32, 3
# Later halvings have another beside them, on the way around a block.
_MOST_UNSTRIDED = 2


def make_backbone(
    name: str, *, classes: int, channels: int = 3, width: float = 1.0, unstrided: int = 0
) -> nn.Module:
    """Return a backbone with random weights, (N, channels, H, W) float to (N, classes) logits.

    :param name: one of NAMES.
    :param width: multiplier of the channels; of torchvision's networks the MobileNets take one.
    :param unstrided: as of `unstrided_for`.
    :raises ConfigError: for an unknown name, or a width or channel count that the backbone has not.
    """
    if name in _CONVNETS:
        return ConvNet(classes, channels=channels, width=width, pairs=_CONVNETS[name])
    if name in _CIFAR_BLOCKS:
        return CifarResNet(_CIFAR_BLOCKS[name], classes, channels=channels, width=width)
    if name not in _TORCHVISION:
        raise ConfigError(f'backbone "{name}" is not known (known: {", ".join(NAMES)})')
    if channels != 3:
        raise ConfigError(f'backbone "{name}" takes pictures of 3 channels, not {channels}')
    options: dict = {'num_classes': classes}
    if name.startswith('mobilenet'):
        options['width_mult'] = width
    elif width != 1.0:
        raise ConfigError(
            f'backbone "{name}" has no width multiplier: leave width at 1, not {width}'
        )
    made = getattr(import_torchvision(), name)(weights=None, **options)
    for layer in _halving(made)[:unstrided]:
        layer.stride = 1 if isinstance(layer, nn.MaxPool2d) else (1, 1)
    return made


def unstrided_for(name: str, *, height: int, width: int) -> int:
    """Say how many of a backbone's first halving layers should leave small pictures as they are.

    Torchvision's are made for pictures of 224x224 and would leave a single position of one of
    32x32. Weights fit either way.
    """
    if name not in _TORCHVISION:
        return 0
    spared = 0
    while spared < _MOST_UNSTRIDED and min(height, width) * 2**spared < _LEAST_POSITIONS * _DOWN:
        spared += 1
    return spared


def _halving(model: nn.Module) -> list[nn.Module]:
    layers = (one for one in model.modules() if isinstance(one, nn.Conv2d | nn.MaxPool2d))
    return [layer for layer in layers if layer.stride in (2, (2, 2))]
