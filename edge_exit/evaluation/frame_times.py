"""What the way of a frame takes on this machine: its segments, coding and decoding."""

import time
from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.inference.belief import first_rows
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.preprocess import picture_from
from edge_exit.inference.split_codec import SplitCodec

# A camera's frames come one by one. What a processor did meanwhile has taken the place of network
# and code in its caches: frames without a pause between them take a third less, coding half; s.
PAUSE = 0.03
# Frames of each split and codec level, and of all of them at least.
FRAMES = 7
LEAST_FRAMES = 40
_SPOTS = 20


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """Median times of one picture over E segments, S splits, L codec levels, s.

    :ivar segments: each with its exit, (E,).
    :ivar encoding, decoding: a bottleneck's network included, (S, L).
    """

    segments: np.ndarray
    encoding: np.ndarray
    decoding: np.ndarray


def frame_times(bundle: Bundle, picture: np.ndarray, *, threads: int = 1) -> FrameTimes:
    """Take frames from robot to tail, with nothing between the two, and time every step.

    :param picture: uint8 (H, W, C).
    :param threads: threads that one run of a network may use.
    """
    splits, levels = len(bundle.splits), len(bundle.codec_levels)
    frames = max(FRAMES, -(-LEAST_FRAMES // (splits * levels)))
    way = _Way(bundle, threads)
    coding = np.empty((2, splits, levels, frames))
    segments = []
    for number in range(frames):
        for split in range(splits):
            for level in range(levels):
                time.sleep(PAUSE)
                ran, there, back = way.go(picture, split, level)
                segments.append(ran)
                coding[:, split, level, number] = there, back
    encoding, decoding = np.median(coding, axis=-1)
    return FrameTimes(np.median(segments, axis=0), encoding, decoding)


def soft_picture(bundle: Bundle) -> np.ndarray:
    """Make a picture as soft as pictures are: noise takes a codec twice the time."""
    spots = np.random.default_rng(0).integers(0, 256, (_SPOTS, _SPOTS, 3), np.uint8)
    return picture_from(spots, bundle.preprocessing)


class _Way:
    def __init__(self, bundle: Bundle, threads: int) -> None:
        cuts = range(len(bundle.splits))
        self._network = SegmentedNetwork(bundle, threads=threads)
        self._codec = SplitCodec(bundle, encodes=cuts, decodes=cuts, threads=threads)
        self._preprocessing = bundle.preprocessing
        self._beliefs = first_rows(1, len(bundle.classes))

    def go(self, picture: np.ndarray, split: int, level: int) -> tuple[list[float], float, float]:
        """Give the times of each segment, of coding at the split and of decoding, s."""
        # What a head does first is not counted here, but brings the processor back to work.
        picture_from(np.tile(picture, (3, 3, 1)), self._preprocessing)
        values, segments, there, back = picture[np.newaxis], [], 0.0, 0.0
        for index in self._network.segments:
            if index == split:
                start = time.perf_counter()
                coded = self._codec.encode(split, level, values)
                sent = time.perf_counter()
                values = self._codec.decode(split, coded)
                there, back = sent - start, time.perf_counter() - sent
            start = time.perf_counter()
            values, _ = self._network.run(index, values, self._beliefs)
            segments.append(time.perf_counter() - start)
        return segments, there, back
