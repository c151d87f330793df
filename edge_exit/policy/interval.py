"""How often a robot's camera gives an image, as its results tell."""

import numpy as np

# Fewer results say nothing of how many come a second.
FEWEST = 8
# A busy robot lets images pass, so that most of its gaps may be two intervals of its camera; the
# shortest share of them is one.
SHORTEST = 1 / 4


def camera_interval(arrived: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Give the interval of a camera.

    Each gap holds a whole number of intervals, so all of them together tell it: a single one is as
    uncertain as the times are, and a robot that is just fast enough for its camera must not take it
    for a hundredth faster.

    :param arrived: when the images of some results came, in any order, (B, K) s.
    :param told: which count at all, bool (B, K).
    :returns: (B,) s; 0 before it is known.
    """
    if arrived.shape[1] < FEWEST:
        return np.zeros(len(arrived))
    times = np.sort(np.where(told, arrived, np.inf), axis=1)
    with np.errstate(invalid='ignore'):  # infinity less infinity, where there are no more
        gaps = np.diff(times, axis=1)
    known = np.isfinite(gaps)
    ordered = np.sort(np.where(known, gaps, np.inf), axis=1)
    count = told.sum(axis=1)
    place = (SHORTEST * np.maximum(count - 1, 0)).astype(int)
    about = ordered[np.arange(len(gaps)), place]
    known &= ((count >= FEWEST) & (about > 0))[:, np.newaxis]
    gaps = np.where(known, gaps, 0.0)
    images = np.rint(gaps / np.where(about > 0, about, 1.0)[:, np.newaxis]).sum(axis=1)
    return gaps.sum(axis=1) / np.maximum(images, 1)
