"""A plain convolutional network for small pictures that trains to high accuracy in few epochs."""

from itertools import pairwise

import torch
from torch import Tensor, nn

# Pairs of convolutions at width 1: channels, and whether the first of the pair halves the picture.
# Wide and shallow: few passes over memory, so that training and inference on a CPU run near its
# arithmetic peak, which those of a thin ResNet-20 do not.
PLAIN = ((64, True), (192, True), (256, True))
# Thin and then wide: its first half alone is a good small network, whose exit most pictures take.
TAPERED = ((48, True), (128, True), (256, False), (256, True))
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


class PooledNorm(nn.Module):
    """Max-pool, then normalise with a gain of 1.

    Such a gain does not change which value is largest, so that after training the order may turn:
    a runtime then folds the normalisation into the convolution before it.
    """

    def __init__(self, channels: int) -> None:
        """Make both for so many channels."""
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.norm = _norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return x at half its height and width, normalised."""
        return self.norm(self.pool(x)) if self.training else self.pool(self.norm(x))


def _norm(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, momentum=0.4)
    norm.weight.requires_grad_(False)  # the gain stays 1: the next convolution carries the scale
    return norm


def _unit(inputs: int, outputs: int, *, pool: bool) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    # starts as the identity, as a residual block would
    nn.init.dirac_(conv.weight[: min(inputs, outputs)])
    return nn.Sequential(conv, PooledNorm(outputs) if pool else _norm(outputs), nn.GELU())


class ConvNet(nn.Module):
    """A whitening 2x2 convolution, pairs of 3x3 ones, global max-pool, linear layer.

    After K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv 2404.00498): the same
    plan, of other widths. Input (N, channels, H, W) float, H and W at least 17.

    :param classes: number of classes.
    :param channels: channels of the picture, 3 or 1.
    :param width: multiplier of the channels of every pair.
    :param pairs: PLAIN or TAPERED.
    """

    def __init__(
        self,
        classes: int,
        *,
        channels: int = 3,
        width: float = 1.0,
        pairs: tuple[tuple[int, bool], ...] = PLAIN,
    ) -> None:
        """Make the network; whiten_stem() then sets its first convolution."""
        super().__init__()
        sizes = [max(8, round(c * width / 8) * 8) for c, _ in pairs]
        patch = 2 * channels * _PATCH**2
        self.stem = nn.Sequential(nn.Conv2d(channels, patch, _PATCH), nn.GELU())
        self.stem[0].weight.requires_grad_(False)  # whiten_stem() gives it its values, once
        units: list[nn.Module] = []
        for (inputs, outputs), (_, pool) in zip(pairwise([patch, *sizes]), pairs, strict=True):
            units += [_unit(inputs, outputs, pool=pool), _unit(outputs, outputs, pool=False)]
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
