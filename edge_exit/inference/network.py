"""The segments of a bundle that one process holds, with their counts and times."""

import statistics
import time
from collections import deque
from typing import Any

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.errors import ConfigError
from edge_exit.inference.belief import first_rows
from edge_exit.inference.runtime import open_segment

# Runs that the recent service time is the median of.
_RECENT = 31
# The first runs of a session allocate and are slow; a user should not wait for them.
_WARM_UP_RUNS = 6


class SegmentedNetwork:
    """Some or all segments of a bundle, loaded and warm.

    :param runtime: 'onnx' or 'torch'.
    :param threads: threads that one run may use.
    :param segments: those to load, such as range(3) for the first three; all if None.
    :ivar segments: those that are loaded.
    :ivar threads: threads that one run may use.
    :ivar runs: how often each segment has run, by index.
    :raises BundleError: if a segment is not what the manifest says.
    :raises ConfigError: if a segment, the runtime or the threads are not possible.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        runtime: str = 'onnx',
        threads: int = 1,
        segments: range | None = None,
    ) -> None:
        self.bundle = bundle
        self.threads = threads
        self.segments = range(len(bundle.segments)) if segments is None else segments
        if not self.segments or not set(self.segments) <= set(range(len(bundle.segments))):
            raise ConfigError(
                f'segments {list(self.segments)} do not exist in bundle "{bundle.name}" '
                f'(segments: 0..{len(bundle.segments) - 1})'
            )
        self.runs = [0] * len(bundle.segments)
        self._recent = [deque(maxlen=_RECENT) for _ in bundle.segments]
        self._loaded = {
            index: open_segment(bundle, index, runtime=runtime, threads=threads)
            for index in self.segments
        }
        self._warm_up()

    @property
    def splits(self) -> range:
        """Give the cut points that lie before, between or after the segments that it holds."""
        last = len(self.bundle.segments) - 1
        return range(self.segments.start, min(self.segments.stop, last) + 1)

    def run(self, index: int, inputs: Any, beliefs: np.ndarray) -> tuple[Any, np.ndarray]:
        """Run one segment, and fold what its exit says into the beliefs.

        :param inputs: uint8 (N, H, W, C) for the first segment, else features (N, ...).
        :param beliefs: of each picture, float32 (N, classes + 1).
        :returns: features (None after the last segment) and beliefs.
        """
        start = time.perf_counter()
        result = self._loaded[index].run(inputs, beliefs)
        # Batches take longer: only single pictures tell the time of one.
        if len(beliefs) == 1:
            self._recent[index].append(time.perf_counter() - start)
        self.runs[index] += 1
        return result

    def hear(
        self, index: int, inputs: Any, beliefs: np.ndarray
    ) -> tuple[Any, np.ndarray, np.ndarray]:
        """Run one segment as `run` does, and give also what its exit alone says.

        :returns: features, beliefs, and logits float32 (N, classes), after which early exits have
            their halting logit.
        """
        return self._loaded[index].hear(inputs, beliefs)

    def service(self, index: int) -> float:
        """Give the recent median time of a segment with its exit, one picture, in seconds.

        Of a segment that is not loaded: the time measured at export.
        """
        recent = self._recent[index]
        if recent:
            return statistics.median(recent)
        return self.bundle.segments[index].reference_ms / 1e3

    def _warm_up(self) -> None:
        for index, segment in self._loaded.items():
            inputs = self._blank(index)
            beliefs = first_rows(1, len(self.bundle.classes))
            least = float('inf')
            for _ in range(_WARM_UP_RUNS):
                start = time.perf_counter()
                segment.run(inputs, beliefs)
                least = min(least, time.perf_counter() - start)
            # When a system starts, all its processes want the processor. A tail that was thought
            # slow because of that would get no frames that could tell better.
            self._recent[index].append(least)

    def _blank(self, index: int) -> np.ndarray:
        if index == 0:
            picture = self.bundle.preprocessing
            return np.zeros((1, picture.height, picture.width, picture.channels), np.uint8)
        return np.zeros((1, *self.bundle.segments[index - 1].output_shape), np.float32)
