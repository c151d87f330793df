"""What a policy chooses, and how it is clamped to what a robot can do."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One choice of a policy.

    :ivar split: segments that run on the robot before a frame is offloaded; 0 sends the picture.
    :ivar exit_threshold: leave at the first exit that is as sure as that, above 1 at the last.
    :ivar growth_threshold: offload early if sureness grows by less from exit to exit; 0 = never.
    :ivar codec_level: index into the bundle's codec levels, 0 = the finest.
    :ivar offload: whether frames may leave the robot.
    """

    split: int
    exit_threshold: float
    growth_threshold: float
    codec_level: int
    offload: bool
    policy: str = ''
    reason: str = ''

    def is_finite(self) -> bool:
        """Say whether both thresholds are numbers."""
        return math.isfinite(self.exit_threshold) and math.isfinite(self.growth_threshold)

    def clamped(self, *, splits: range, codec_levels: int) -> 'OperatingPoint':
        """Give the nearest point that a model and a robot can carry out.

        :param splits: splits that this robot can offload at; without any, offloading is off.
        :param codec_levels: number of levels of the bundle.
        """
        if not splits:
            return replace(self, offload=False)
        return replace(
            self,
            split=min(max(self.split, splits[0]), splits[-1]),
            exit_threshold=min(max(self.exit_threshold, 0.0), 2.0),
            growth_threshold=min(max(self.growth_threshold, 0.0), 1.0),
            codec_level=min(max(self.codec_level, 0), codec_levels - 1),
        )
