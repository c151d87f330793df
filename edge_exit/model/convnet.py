"""A plain convolutional network for small pictures that trains to high accuracy in few epochs."""

from itertools import pairwise

import torch
from torch import Tensor, nn

# Channels of the three blocks at width 1. Wide and shallow: few passes over memory, so training and
# inference on a CPU run near its arithmetic peak, which those of a thin ResNet-20 do not.
_BLOCK_CHANNELS = (64, 192, 256)
_PATCH = 2


class Scale(nn.Module):
    """Multiply by a constant; small logits let the classifier bear the rate that the rest needs."""

    def __init__(self, factor: float) -> None:
        """Take the constant."""
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Return x times the constant."""
        return x * self.factor


def _unit(inputs: int, outputs: int, *, pool: bool) -> nn.Sequential:
    norm = nn.BatchNorm2d(outputs, momentum=0.4)
    norm.weight.requires_grad_(False)  # the gain stays 1: the next convolution carries the scale
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), norm, nn.GELU()]
    if pool:  # before the norm: a quarter of its work, and with a gain of 1 the same maxima
        layers.insert(1, nn.MaxPool2d(2))
    conv = layers[0]
    nn.init.dirac_(
        conv.weight[: min(inputs, outputs)]
    )  # starts as the identity, as a residual block would
    return nn.Sequential(*layers)


class ConvNet(nn.Module):
    """A whitening 2x2 convolution, six 3x3 ones in three blocks, global max-pool, linear layer.

    After K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv 2404.00498): the same
    plan, made thinner. Input (N, channels, H, W) float, H and W at least 17.

    :param classes: number of classes.
    :param channels: channels of the picture, 3 or 1.
    :param width: multiplier of the channels of every block.
    """

    def __init__(self, classes: int, *, channels: int = 3, width: float = 1.0) -> None:
        """Make the network; whiten_stem() then sets its first convolution."""
        super().__init__()
        sizes = [max(8, round(c * width / 8) * 8) for c in _BLOCK_CHANNELS]
        patch = 2 * channels * _PATCH**2
        self.stem = nn.Sequential(nn.Conv2d(channels, patch, _PATCH), nn.GELU())
        self.stem[0].weight.requires_grad_(False)  # whiten_stem() gives it its values, once
        units: list[nn.Module] = []
        for inputs, outputs in pairwise([patch, *sizes]):
            units += [_unit(inputs, outputs, pool=True), _unit(outputs, outputs, pool=False)]
        self.features = nn.Sequential(*units)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.classifier = nn.Sequential(nn.Linear(sizes[-1], classes, bias=False), Scale(1 / 9))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Return logits (N, classes)."""
        x_NCHW = self.features(self.stem(x_NCHW))
        return self.classifier(torch.flatten(self.pool(x_NCHW), 1))


@torch.no_grad()
def whiten_stem(stem: nn.Sequential, pictures_NCHW: Tensor, *, eps: float = 5e-4) -> None:
    """Set the first convolution to the whitening of the pictures' 2x2 patches, with both signs.

    :param pictures_NCHW: normalised pictures; a few thousand are enough.
    """
    conv = stem[0]
    patches = pictures_NCHW.unfold(2, _PATCH, 1).unfold(3, _PATCH, 1)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, conv.in_channels * _PATCH**2)
    values, vectors = torch.linalg.eigh(patches.double().T @ patches.double() / len(patches))
    filters = (vectors / (values + eps).sqrt()).T.flip(0).float()
    filters = filters.reshape(-1, conv.in_channels, _PATCH, _PATCH)
    conv.weight.copy_(torch.cat([filters, -filters]))
