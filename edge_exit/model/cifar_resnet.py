"""ResNet-8/14/20/32/56 for 32x32 pictures (He et al. 2016, section 4.2) with a width multiplier."""

import torch
from torch import Tensor, nn
from torch.nn.functional import relu


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut; a 1x1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Make the block; a `stride` of 2 halves height and width."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride)."""
        y = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class CifarResNet(nn.Module):
    """Three stages of `blocks` basic blocks with 16, 32 and 64 channels times `width`.

    :param blocks: blocks per stage: 3 is ResNet-20, 5 ResNet-32, 9 ResNet-56; n is ResNet-(6n+2).
    :param classes: number of classes.
    :param channels: channels of the picture.
    """

    def __init__(self, blocks: int, classes: int, *, channels: int = 3, width: float = 1.0) -> None:
        """Make the network with random weights."""
        super().__init__()
        first, *_ = sizes = [max(8, round(c * width)) for c in (16, 32, 64)]
        self.stem = nn.Sequential(
            nn.Conv2d(channels, first, 3, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
        )
        stages, inputs = [], first
        for stage, outputs in enumerate(sizes):
            for block in range(blocks):
                stages.append(BasicBlock(inputs, outputs, 2 if stage and not block else 1))
                inputs = outputs
        self.features = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes)."""
        return self.classifier(torch.flatten(self.pool(self.features(self.stem(x))), 1))
