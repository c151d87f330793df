"""Operating points of many worlds, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from edge_exit.policy.operating_point import OperatingPoint


@dataclass(frozen=True, slots=True)
class Points:
    """Fields of `OperatingPoint` as arrays, (B,)."""

    split: np.ndarray
    exit_threshold: np.ndarray
    growth_threshold: np.ndarray
    level: np.ndarray
    offload: np.ndarray

    def of(self, rows: np.ndarray) -> 'Points':
        """Give those of some worlds."""
        return Points(*(getattr(self, field.name)[rows] for field in fields(self)))


def points_of(
    points: Sequence[OperatingPoint], held: np.ndarray, splits: int, levels: int
) -> Points:
    """Clamp points as the head does, and put them side by side.

    :param held: segments that each robot holds, (B,).
    :raises ValueError: if a threshold is not finite: a head would not follow such a point.
    """
    wild = next((point for point in points if not point.is_finite()), None)
    if wild is not None:
        raise ValueError(f'policy {wild.policy!r} chose no finite numbers: {wild}')
    can = [
        point.clamped(splits=range(min(int(own), splits - 1) + 1), codec_levels=levels)
        for point, own in zip(points, held, strict=True)
    ]
    # A split behind the last one is what a policy calls "never".
    never = np.array([point.split >= splits for point in points])
    threshold = np.array([point.exit_threshold for point in can], np.float32)
    return Points(
        split=np.array([point.split for point in can]),
        exit_threshold=threshold,
        growth_threshold=np.array([point.growth_threshold for point in can]),
        level=np.array([point.codec_level for point in can]),
        offload=np.array([point.offload for point in can]) & ~never,
    )
