"""A learned encoder and decoder that make the features at one split small, at any width.

The code's channels are ordered by importance: width w sends the first w of them, the decoder gets
zeros for the rest. Nothing in it is normalised by what is sent, so that widths, and lost channels,
change without a reload. After slimmable encoders (arXiv 2306.12691); the form is ours.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

# The code has about this share of the features' values, on a grid of about 5x5.
_VALUES, _GRID = 2, 5
_LEAST_CHANNELS, _MOST_CHANNELS = 8, 256


@dataclass(frozen=True)
class BottleneckPlan:
    """Shape of a bottleneck; plain numbers, kept in its record.

    :ivar inputs: channels of the features, which are `height` x `width`.
    :ivar channels: K, of the code.
    :ivar stride: side of the patch of features that one position of the code stands for.
    :ivar overlap: how far the encoder looks beyond its patch.
    :ivar hidden: channels in which the decoder works on the code.
    """

    inputs: int
    height: int
    width: int
    channels: int
    stride: int
    overlap: int
    hidden: int

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the code."""
        return -(-self.height // self.stride), -(-self.width // self.stride)

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """Shape of the code, (K, h, w)."""
        return (self.channels, *self.grid)


def plan_bottleneck(shape: tuple[int, int, int], budget_macs: float) -> BottleneckPlan:
    """Return the bottleneck of features (C, H, W) whose encoder stays within a budget.

    A coarse grid of many channels rather than a fine one of few: channels can be left out by
    importance, positions cannot.

    :param budget_macs: multiply-accumulates that the encoder may cost.
    """
    inputs, height, width = shape
    stride = max(1, -(-min(height, width) // _GRID))
    positions = -(-height // stride) * -(-width // stride)
    wanted = inputs * height * width / (_VALUES * positions)
    # Between the kernel of its own patch and one that looks a pixel beyond, by what is affordable.
    overlap = int(_encoder_macs(inputs, stride, 1, wanted, positions) <= budget_macs)
    affordable = budget_macs / _encoder_macs(inputs, stride, overlap, 1, positions)
    channels = int(min(wanted, affordable, _MOST_CHANNELS)) // 8 * 8
    channels = max(_LEAST_CHANNELS, channels)
    hidden = min(256, 4 * channels)
    return BottleneckPlan(inputs, height, width, channels, stride, overlap, hidden)


def _encoder_macs(inputs: int, stride: int, overlap: int, channels: float, positions: int) -> float:
    return inputs * (stride + 2 * overlap) ** 2 * channels * positions


class Encoder(nn.Module):
    """One convolution of patches: what a robot can afford.

    :param plan: its shape.
    """

    def __init__(self, plan: BottleneckPlan) -> None:
        """Make it with random weights; see `training.bottleneck_start` for better ones."""
        super().__init__()
        height, width = plan.grid
        self._pad = (
            plan.overlap, plan.overlap + width * plan.stride - plan.width,
            plan.overlap, plan.overlap + height * plan.stride - plan.height,
        )  # fmt: skip
        kernel = plan.stride + 2 * plan.overlap
        self.conv = nn.Conv2d(plan.inputs, plan.channels, kernel, plan.stride)

    def forward(self, features_NCHW: Tensor) -> Tensor:
        """Return the code (N, K, h, w)."""
        return self.conv(pad(features_NCHW, self._pad))


class Decoder(nn.Module):
    """Patches from the code; corrected by what neighbours say, and by which channels are missing.

    :param plan: its shape.
    """

    def __init__(self, plan: BottleneckPlan) -> None:
        """Make it so that at first it only turns code into patches."""
        super().__init__()
        self._size = plan.height, plan.width
        outputs = plan.inputs * plan.stride**2
        self.patches = nn.Conv2d(plan.channels, outputs, 1)
        self.context = nn.Conv2d(plan.channels, plan.hidden, 3, padding=1)
        self.missing = nn.Conv2d(plan.channels, plan.hidden, 1, bias=False)
        self.correction = nn.Conv2d(plan.hidden, outputs, 1, bias=False)
        self.shuffle = nn.PixelShuffle(plan.stride)
        self.refine = nn.Sequential(
            nn.Conv2d(plan.inputs, 2 * plan.inputs, 1),
            nn.Conv2d(2 * plan.inputs, 2 * plan.inputs, 3, padding=1, groups=2 * plan.inputs),
            nn.ReLU(),
            nn.Conv2d(2 * plan.inputs, plan.inputs, 1, bias=False),
        )
        for layer in (self.missing, self.correction, self.refine[-1]):
            nn.init.zeros_(layer.weight)

    def forward(self, code_NKhw: Tensor) -> Tensor:
        """Return the features (N, C, H, W) of a code whose missing channels are all zero."""
        there_NK11 = (code_NKhw.abs().amax((2, 3), keepdim=True) > 0).to(code_NKhw.dtype)
        hidden = torch.relu(self.context(code_NKhw) + self.missing(1 - there_NK11))
        patches = self.patches(code_NKhw) + self.correction(hidden)
        height, width = self._size
        features = self.shuffle(patches)[:, :, :height, :width]
        return features + self.refine(features)


class Bottleneck(nn.Module):
    """Encoder and decoder of one split.

    :param plan: their shape.
    """

    def __init__(self, plan: BottleneckPlan) -> None:
        """Make both."""
        super().__init__()
        self.plan = plan
        self.encoder = Encoder(plan)
        self.decoder = Decoder(plan)


def sent_channels(width: float, channels: int) -> int:
    """Return how many of the code's channels a width in (0, 1] sends; one at least."""
    return max(1, round(width * channels))
