"""The small classifiers after segments."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

# sigmoid(40) is exactly 1 in float32 and float64, and, unlike infinity, survives 0 * x and export.
CERTAIN = 40.0


@dataclass(frozen=True)
class Branch:
    """Shape of an exit branch: average-pool by `pool`, 3x3 convolution to `channels`."""

    pool: int
    channels: int


class ExitBranch(nn.Module):
    """Average-pool to a coarse grid, one 3x3 convolution, global average, one linear layer.

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
            nn.Conv2d(inputs, shape.channels, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(shape.channels),
            nn.ReLU(),
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
    """Return the widest branch on these features whose convolution stays within the budget.

    Grids beyond about 8x8 are pooled first: where a thing lies matters less than what is there.

    :param budget_macs: multiply-accumulates that the branch may cost.
    """
    inputs, height, width = features_NCHW.shape[1:]
    pool = max(1, round(min(height, width) / 7))
    positions = -(-(height // pool) // 2) * -(-(width // pool) // 2)
    # ONNX Runtime computes 16 channels at a time on AVX-512, whether there are as many or not.
    affordable = int(budget_macs / (positions * 9 * inputs)) // 16 * 16
    return Branch(pool=pool, channels=max(16, min(affordable, 4 * inputs, 256)))
