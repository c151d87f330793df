"""The small classifiers after segments."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .torchvision_models import import_torchvision

# sigmoid(40) is exactly 1 in float32 and float64, and, unlike infinity, survives 0 * x and export.
CERTAIN = 40.0
# Expansion of a new branch's blocks, and its last channels for each of the features': those of
# MobileNetV2's own.
EXPANSION, LAST = 6, 5
# Positions a side of the grid that it sees, at most.
GRID = 5
DROPOUT = 0.2


@dataclass(frozen=True)
class Branch:
    """Shape of an exit branch: average-pool by `pool`, some layers, a global average, `channels`.

    :ivar depth: how many layers.
    :ivar expansion: of inverted residual blocks, which keep the features' channels and are followed
        by one 1x1 convolution; 0 for 3x3 convolutions to `channels` instead, of which the first
        halves height and width, as networks of earlier versions have them.
    """

    pool: int
    channels: int
    depth: int = 1
    expansion: int = 0


class ExitBranch(nn.Module):
    """A coarse grid, a few layers, a global average, one linear layer.

    :param inputs: channels of the features that it reads.
    :param shape: see Branch.
    :param classes: number of classes.
    :ivar temperature: what the belief divides the logits by; calibration sets it.
    """

    def __init__(self, inputs: int, shape: Branch, classes: int) -> None:
        """Make the branch with random weights."""
        super().__init__()
        self.body = nn.Sequential(
            nn.AvgPool2d(shape.pool) if shape.pool > 1 else nn.Identity(),
            *(_blocks(inputs, shape) if shape.expansion else _convolutions(inputs, shape)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(1),
        )
        self.dropout = nn.Dropout(DROPOUT if shape.expansion else 0.0)
        self.head = nn.Linear(shape.channels, classes + 1)  # logits and, last, the halting logit
        self.register_buffer('temperature', torch.ones(()))

    def forward(self, features_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, C) and the halting logit (N, 1).

        The halting logit reads what the classes need and has no say in it: on training pictures,
        nearly all of which an exit gets right, there is little to learn from those it gets wrong.
        """
        seen = self.dropout(self.body(features_NCHW))
        weight, bias = self.head.weight, self.head.bias
        logits = linear(seen, weight[:-1], bias[:-1])
        return logits, linear(seen.detach(), weight[-1:], bias[-1:])

    def said(self, features_NCHW: Tensor) -> Tensor:
        """Return logits and, last, the halting logit, (N, C + 1)."""
        return self.head(self.dropout(self.body(features_NCHW)))


def _blocks(inputs: int, shape: Branch) -> list[nn.Module]:
    block = import_torchvision().mobilenetv2.InvertedResidual
    return [
        *(block(inputs, inputs, 1, shape.expansion) for _ in range(shape.depth)),
        nn.Conv2d(inputs, shape.channels, 1, bias=False),
        nn.BatchNorm2d(shape.channels),
        nn.ReLU6(),
    ]


def _convolutions(inputs: int, shape: Branch) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for place in range(shape.depth):
        came, stride = (shape.channels, 1) if place else (inputs, 2)
        conv = nn.Conv2d(came, shape.channels, 3, stride=stride, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(shape.channels), nn.ReLU()]
    return layers


class FinalExit(nn.Module):
    """The backbone's own classifier; whoever reaches it halts there."""

    def __init__(self, classifier: nn.Module) -> None:
        """Take the classifier as it is."""
        super().__init__()
        self.classifier = classifier
        self.register_buffer('temperature', torch.ones(()))

    def forward(self, features_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, C) and CERTAIN (N, 1)."""
        logits = self.classifier(features_NCHW)
        return logits, torch.full_like(logits[:, :1], CERTAIN)

    def said(self, features_NCHW: Tensor) -> Tensor:
        """Return the logits (N, C)."""
        return self.classifier(features_NCHW)


def plan_branch(features_NCHW: Tensor, budget_macs: float) -> Branch:
    """Return the branch on these features whose blocks and convolution stay within the budget.

    Grids beyond 5x5 are pooled first: where a thing lies matters less than what is there. As
    many blocks as there can be of the usual expansion; one of a lesser expansion if there is no
    room for that.

    :param budget_macs: multiply-accumulates that the branch may cost.
    """
    inputs, height, width = features_NCHW.shape[1:]
    pool = -(-min(height, width) // GRID)
    # Of each position a block of expansion e costs e * (2 * inputs^2 + 9 * inputs).
    room = budget_macs / ((height // pool) * (width // pool))
    expanded = 2 * inputs**2 + 9 * inputs
    # A quarter of it at most, and no more than one block of the least expansion leaves.
    channels = max(16, min(LAST * inputs, int(min(room / 4, room - expanded) / inputs)))
    left = room - inputs * channels
    expansion = max(1, min(EXPANSION, int(left / expanded)))
    depth = max(1, int(left / (expansion * expanded)))
    return Branch(pool=pool, channels=channels, depth=depth, expansion=expansion)
