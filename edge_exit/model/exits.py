"""The small classifiers after segments."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

# sigmoid(40) is exactly 1 in float32 and float64, and, unlike infinity, survives 0 * x and export.
CERTAIN = 40.0
# Convolutions of a new branch, one after the other: at the same cost a deep and narrow branch is
# right more often than a shallow and wide one.
DEPTH = 3


@dataclass(frozen=True)
class Branch:
    """Shape of an exit branch: average-pool by `pool`, then 3x3 convolutions to `channels`.

    :ivar depth: how many convolutions; the first halves height and width.
    """

    pool: int
    channels: int
    depth: int = 1


class ExitBranch(nn.Module):
    """Average-pool to a coarse grid, a few 3x3 convolutions, global average, one linear layer.

    :param inputs: channels of the features that it reads.
    :param shape: see Branch.
    :param classes: number of classes.
    :ivar temperature: what the belief divides the logits by; calibration sets it.
    """

    def __init__(self, inputs: int, shape: Branch, classes: int) -> None:
        """Make the branch with random weights."""
        super().__init__()
        layers = _convolution(inputs, shape.channels, stride=2)
        for _ in range(shape.depth - 1):
            layers += _convolution(shape.channels, shape.channels, stride=1)
        self.body = nn.Sequential(
            nn.AvgPool2d(shape.pool) if shape.pool > 1 else nn.Identity(),
            *layers,
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(1),
        )
        self.head = nn.Linear(shape.channels, classes + 1)  # logits and, last, the halting logit
        self.register_buffer('temperature', torch.ones(()))

    def forward(self, features_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, C) and the halting logit (N, 1)."""
        y = self.said(features_NCHW)
        return y[:, :-1], y[:, -1:]

    def said(self, features_NCHW: Tensor) -> Tensor:
        """Return logits and, last, the halting logit, (N, C + 1)."""
        return self.head(self.body(features_NCHW))


def _convolution(inputs: int, outputs: int, *, stride: int) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


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
    """Return the widest branch on these features whose convolutions stay within the budget.

    Grids beyond about 8x8 are pooled first: where a thing lies matters less than what is there.

    :param budget_macs: multiply-accumulates that the branch may cost.
    """
    inputs, height, width = features_NCHW.shape[1:]
    pool = max(1, round(min(height, width) / 7))
    positions = -(-(height // pool) // 2) * -(-(width // pool) // 2)
    # Of c channels they cost 9 * positions * (inputs * c + (DEPTH - 1) * c^2).
    products, more = budget_macs / (9 * positions), DEPTH - 1
    widest = (math.sqrt(inputs**2 + 4 * more * products) - inputs) / (2 * more)
    # ONNX Runtime computes 16 channels at a time on AVX-512, whether there are as many or not.
    affordable = int(widest) // 16 * 16
    return Branch(pool=pool, channels=max(16, min(affordable, 4 * inputs, 256)), depth=DEPTH)
