"""Affine quantiser: features to whole levels on an evenly spaced grid, and back."""

import math
from dataclasses import dataclass

import numpy as np

from edge_exit.errors import CodecError

# Grid width in standard deviations, by bits. Few levels waste most of themselves on rare values, so
# the grid is cut there: close to the widths of least squared error for Gaussian features, and for
# their rectified half as well. 8 bits have levels to spare and keep the whole range.
WIDTH = {8: math.inf, 4: 6.0, 2: 3.6}
# One grid a channel needs 8 bytes a channel and leaves less to the entropy stage. It is worth that
# when most channels would use less than this share of the levels of a common grid; less still where
# a channel itself has few bytes.
CHANNEL_SHARE = 0.25
FEW_BYTES = 64
SMALLEST_SCALE = np.float32(1e-30)
LARGEST_FEATURE = np.float32(1e15)  # sums of its squares stay finite


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the levels lie: value = offset + scale * level.

    :ivar scale: step, float32 (1,) or (channels,), positive.
    :ivar offset: value of level 0, of the shape of `scale`.
    """

    scale: np.ndarray
    offset: np.ndarray


def fit(rows: np.ndarray, bits: int) -> Grid:
    """Choose the grid of some features: one for all, or one a channel where that pays.

    Zero stays exact where it is the smallest value, as after a ReLU.

    :param rows: features, float32 (channels, values a channel).
    :raises CodecError: if a feature is not finite, or is beyond 1e15.
    """
    low, high = rows.min(axis=1), rows.max(axis=1)
    lowest, highest = low.min(keepdims=True), high.max(keepdims=True)
    if not (lowest[0] >= -LARGEST_FEATURE and highest[0] <= LARGEST_FEATURE):
        raise CodecError(
            f'features from {lowest[0]} to {highest[0]} cannot be coded, only numbers up to '
            f'{LARGEST_FEATURE:.0e}; check the network and the picture'
        )
    if math.isinf(WIDTH[bits]):
        return _grid(lowest, highest, bits)
    # Sums instead of numpy's mean, var and median: those take longer than the features themselves.
    mean, variance = _moments(rows, low)
    all_mean = _mean(mean)
    apart = mean - all_mean
    all_variance = _mean(variance) + _mean(apart * apart)
    cut_lowest, cut_highest = _cut(lowest, highest, all_mean, all_variance, bits)
    cut_low, cut_high = _cut(low, high, mean, variance, bits)
    middle_width = np.sort(cut_high - cut_low)[len(low) // 2]
    share = CHANNEL_SHARE * min(rows.shape[1] * bits / 8 / FEW_BYTES, 1.0)
    if middle_width < share * (cut_highest - cut_lowest)[0]:
        return _grid(cut_low, cut_high, bits)
    return _grid(cut_lowest, cut_highest, bits)


def quantise(rows: np.ndarray, grid: Grid, bits: int) -> np.ndarray:
    """Give the nearest level of each feature, uint8 of the shape of `rows`."""
    levels = rows - grid.offset[:, None]
    levels *= (np.float32(1.0) / grid.scale)[:, None]
    np.rint(levels, out=levels)
    np.clip(levels, 0, 2**bits - 1, out=levels)
    return levels.astype(np.uint8)


def restore(levels: np.ndarray, grid: Grid) -> np.ndarray:
    """Give the value of each level, float32 of the shape of `levels`."""
    values = levels * grid.scale[:, None]
    values += grid.offset[:, None]
    return values


def _moments(rows: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give mean and variance of each row, from its lowest value on so that no digits cancel."""
    above = rows - low[:, None]
    share = np.float32(1 / rows.shape[1])
    mean = above.sum(axis=1) * share
    square = np.einsum('ij,ij->i', above, above) * share
    return low + mean, np.maximum(square - mean * mean, 0.0)


def _mean(values: np.ndarray) -> np.ndarray:
    return values.sum(keepdims=True) * np.float32(1 / len(values))


def _cut(
    low: np.ndarray, high: np.ndarray, mean: np.ndarray, variance: np.ndarray, bits: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut ranges to the useful width, about the mean, or from their start if that is nearer."""
    width = np.float32(WIDTH[bits]) * np.sqrt(variance)
    low = np.maximum(low, mean - width / 2)
    return low, np.minimum(high, low + width)


def _grid(low: np.ndarray, high: np.ndarray, bits: int) -> Grid:
    scale = (high - low) / np.float32(2**bits - 1)
    return Grid(np.maximum(scale, SMALLEST_SCALE), low)
