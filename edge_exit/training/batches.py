"""Shuffled, augmented batches, each a pure function of seed, epoch and step."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate

from .pictures import Pictures

_BLURS = (3, 5, 7)  # pixels a side


class Batches:
    """Batches of a training set.

    Nothing is remembered between batches, so that a run resumed at any step goes on as if it had
    never stopped.

    :param shift: pictures are moved by up to so many pixels, their borders mirrored.
    :param zoom: least side of the part that is enlarged to the whole picture; 1 is no zoom.
    :param sharpness: how much sharper or softer pictures become at random, at most; 0: not at all.
    :param flip: whether pictures are mirrored left to right in every other epoch.
    """

    def __init__(
        self,
        pictures: Pictures,
        batch_size: int,
        *,
        shift: int,
        zoom: float,
        sharpness: float,
        flip: bool,
        seed: int,
    ) -> None:
        """Pad the pictures once; every batch is cut from them."""
        self._labels = pictures.labels
        self._size = min(batch_size, len(pictures))
        self._zoom, self._flip, self._seed, self._shift = zoom, flip, seed, shift
        self._sharpness = sharpness
        height, width = pictures.images.shape[1:3]
        pad = ((0, 0), (shift, shift), (shift, shift), (0, 0))
        padded = np.pad(pictures.images, pad, 'reflect') if shift else pictures.images
        # (N, 2 shift + 1, 2 shift + 1, channels, H, W): every shifted picture, without a copy
        self._windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (1, 2))
        # One half mirrored first, the other next, shows both sides evenly (Jordan 2024).
        self._mirrored_first = np.random.default_rng([seed, 1]).random(len(pictures)) < 0.5

    def __len__(self) -> int:
        """Return steps per epoch; pictures that do not fill a batch wait for another epoch."""
        return len(self._labels) // self._size

    def epoch(self, epoch: int, first_step: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (pictures (B, H, W, channels) uint8, labels (B,)) from `first_step` on."""
        order = np.random.default_rng([self._seed, 2, epoch]).permutation(len(self._labels))
        for step in range(first_step, len(self)):
            rng = np.random.default_rng([self._seed, 3, epoch, step])
            index = order[step * self._size : (step + 1) * self._size]
            yield self._pictures(index, epoch, rng), torch.from_numpy(self._labels[index])

    def _pictures(self, index: np.ndarray, epoch: int, rng: np.random.Generator) -> Tensor:
        ys, xs = rng.integers(0, 2 * self._shift + 1, (2, len(index)))
        images = self._windows[index, ys, xs].transpose(0, 2, 3, 1)
        if self._flip:
            mirrored = self._mirrored_first[index] ^ bool(epoch % 2)
            images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        pictures = torch.from_numpy(np.ascontiguousarray(images))
        if self._zoom < 1:
            pictures = zoom_in(pictures, self._zoom, rng)
        return vary_sharpness(pictures, self._sharpness, rng) if self._sharpness else pictures


def zoom_in(pictures: Tensor, least: float, rng: np.random.Generator) -> Tensor:
    """Enlarge a random part of each picture, at least `least` of its sides, to full size."""
    scale = torch.from_numpy(rng.uniform(least, 1, len(pictures)).astype(np.float32))
    centre = torch.from_numpy(rng.uniform(-1, 1, (len(pictures), 2)).astype(np.float32))
    matrix = torch.zeros(len(pictures), 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = scale
    matrix[:, :, 2] = centre * (1 - scale)[:, None]
    x_NCHW = pictures.permute(0, 3, 1, 2).float()
    grid = affine_grid(matrix, list(x_NCHW.shape), align_corners=False)
    zoomed = grid_sample(x_NCHW, grid, padding_mode='reflection', align_corners=False)
    return zoomed.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()


def vary_sharpness(pictures: Tensor, most: float, rng: np.random.Generator) -> Tensor:
    """Add to each picture up to `most` times what a blur takes from it, or take it away.

    A camera's picture is sharper or softer than a small one that was enlarged, and early exits see
    little else than edges.
    """
    amount = torch.from_numpy(rng.uniform(-most, most, len(pictures)).astype(np.float32))
    side = int(rng.choice(_BLURS))
    x_NCHW = pictures.permute(0, 3, 1, 2).float()
    blurred = avg_pool2d(x_NCHW, side, 1, side // 2, count_include_pad=False)
    varied = torch.lerp(x_NCHW, blurred, -amount[:, None, None, None])
    return varied.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()


def shrink(pictures: Tensor, size: int) -> Tensor:
    """Return the pictures (N, H, W, channels) uint8 at `size` x `size`."""
    x_NCHW = pictures.permute(0, 3, 1, 2)
    small = interpolate(x_NCHW, (size, size), mode='bilinear', antialias=True)
    return small.permute(0, 2, 3, 1).contiguous()
