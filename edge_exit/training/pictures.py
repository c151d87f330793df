"""Labelled pictures in memory, and their division into training and validation parts."""

from dataclasses import dataclass

import numpy as np

from edge_exit.errors import ConfigError


@dataclass(frozen=True)
class Pictures:
    """Labelled pictures of one size.

    `images` (N, H, W, channels) uint8, RGB or one grey channel; `labels` (N,) int64 into `classes`.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, index: np.ndarray) -> 'Pictures':
        """Return the pictures at these positions."""
        return Pictures(self.images[index], self.labels[index], self.classes)

    def some(self, count: int) -> 'Pictures':
        """Return so many of them, spread evenly; all if there are fewer."""
        places = np.linspace(0, len(self) - 1, min(count, len(self)))
        return self.pick(places.astype(int))


def hold_out(pictures: Pictures, share: float, seed: int) -> tuple[Pictures, Pictures]:
    """Return (training part, validation part), every class divided by the same share.

    The division depends on labels, `share` and `seed` alone: a resumed run finds the same one.

    :raises ConfigError: if a class has too few pictures to give one to each part.
    """
    rng = np.random.default_rng(seed)
    held = []
    for label, name in enumerate(pictures.classes):
        members = np.flatnonzero(pictures.labels == label)
        count = round(share * len(members))
        if not 0 < count < len(members):
            raise ConfigError(
                f'class "{name}" has {len(members)} pictures: too few to hold out {share:.0%}'
            )
        held.append(rng.permutation(members)[:count])
    is_held = np.zeros(len(pictures), bool)
    is_held[np.concatenate(held)] = True
    return pictures.pick(np.flatnonzero(~is_held)), pictures.pick(np.flatnonzero(is_held))


def channel_statistics(pictures: Pictures) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation of each channel, on the scale 0..1."""
    sample = pictures.images[:: max(1, len(pictures) // 5000)].astype(np.float32) / 255
    mean, std = sample.mean((0, 1, 2)), sample.std((0, 1, 2))
    return [round(float(m), 4) for m in mean], [round(float(max(s, 1e-3)), 4) for s in std]
