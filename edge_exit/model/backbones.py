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


def make_backbone(name: str, *, classes: int, channels: int = 3, width: float = 1.0) -> nn.Module:
    """Return a backbone with random weights, (N, channels, H, W) float to (N, classes) logits.

    :param name: one of NAMES.
    :param width: multiplier of the channels; of torchvision's networks the MobileNets take one.
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
    return getattr(import_torchvision(), name)(weights=None, **options)
