"""A backbone cut into segments, with an exit after each.

Split s in 0..n says how many segments run on the robot; exit i follows segment i (both from 0).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .belief import fold


@dataclass(frozen=True)
class Cost:
    """Multiply-accumulates for one picture."""

    segments: list[int]
    exits: list[int]

    @property
    def backbone(self) -> int:
        """Of the same backbone without exits."""
        return sum(self.segments) + self.exits[-1]

    def upto(self, exit_index: int) -> int:
        """Of a picture that leaves at this exit, having tried all earlier ones."""
        return sum(self.segments[: exit_index + 1]) + sum(self.exits[: exit_index + 1])


class Normalize(nn.Module):
    """Raw picture (N, H, W, channels) uint8 to (N, channels, H, W) float: (x / 255 - mean) / std.

    :param mean: of each channel, on the scale 0..1.
    :param std: of each channel, on the scale 0..1.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Turn mean and std into one multiplication and one addition."""
        super().__init__()
        mean_C, std_C = torch.tensor(mean), torch.tensor(std)
        # Not in the weights file: the spec holds mean and std.
        self.register_buffer('scale', 1 / (255 * std_C), persistent=False)
        self.register_buffer('offset', -mean_C / std_C, persistent=False)

    def forward(self, picture_NHWC: Tensor) -> Tensor:
        """Return (N, channels, H, W) float."""
        # Channels first: rows are long then, which ONNX Runtime multiplies several times faster.
        x_NCHW = picture_NHWC.permute(0, 3, 1, 2).to(self.scale.dtype)
        return x_NCHW * self.scale[:, None, None] + self.offset[:, None, None]


class Step(nn.Module):
    """One segment with its exit and the belief, under the names that they have in the network."""

    def __init__(self, network: 'MultiExitNetwork', index: int) -> None:
        super().__init__()
        self.segments = nn.ModuleDict({str(index): network.segments[index]})
        self.exits = nn.ModuleDict({str(index): network.exits[index]})
        self._index = str(index)
        self._last = index == len(network.segments) - 1
        self._classes = network.spec['classes']

    def forward(self, inputs: Tensor, beliefs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features, beliefs (N, C + 1) with this exit folded in, and what it says."""
        features = self.segments[self._index](inputs)
        branch = self.exits[self._index]
        said = branch.said(features)
        believed = fold(beliefs, said, branch.temperature, classes=self._classes, last=self._last)
        return features, believed, said


class MultiExitNetwork(nn.Module):
    """Segments and exits; the last exit is the backbone's own classifier.

    :param segments: n modules; the first takes raw pictures (N, H, W, channels) uint8.
    :param exits: n modules, each features -> (logits (N, C), halting logit (N, 1)).
    :param spec: what `edge_exit.model.build.build` made it from; plain JSON.
    """

    def __init__(self, segments: list[nn.Module], exits: list[nn.Module], spec: dict) -> None:
        """Take segments and exits, as many of each."""
        super().__init__()
        self.segments = nn.ModuleList(segments)
        self.exits = nn.ModuleList(exits)
        self.spec = spec

    @property
    def body(self) -> list[nn.Module]:
        """Units of the backbone's body in forward order, wherever it is cut."""
        return [unit for segment in self.segments for unit in segment][1:]  # 0 normalises

    def forward(self, picture_NHWC: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return the logits (N, C) and the halting logits (N, 1) of every exit."""
        features, logits, halting = picture_NHWC, [], []
        for segment, exit_branch in zip(self.segments, self.exits, strict=True):
            features = segment(features)
            exit_logits, exit_halting = exit_branch(features)
            logits.append(exit_logits)
            halting.append(exit_halting)
        return logits, halting

    def step(self, index: int) -> Step:
        """Return one segment with its exit, as it runs on a robot or a server."""
        return Step(self, index)

    def whole(self, picture_NHWC: Tensor) -> Tensor:
        """Return the logits (N, C) of the plain backbone: every segment, the last exit alone."""
        features = picture_NHWC
        for segment in self.segments:
            features = segment(features)
        return self.exits[-1](features)[0]

    def example(self, batch: int = 1) -> Tensor:
        """Return a black picture batch of the right shape, (batch, H, W, channels) uint8."""
        size = self.spec['height'], self.spec['width'], self.spec['channels']
        return torch.zeros(batch, *size, dtype=torch.uint8)
