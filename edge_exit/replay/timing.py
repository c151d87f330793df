"""Network and codec that take virtual time: as profiled, or as measured now."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

import numpy as np

from edge_exit.bundle import Bundle, Split
from edge_exit.coding import CodedFeatures
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.split_codec import Chunking, SplitCodec
from edge_exit.policy.profile import Profile

PROFILE, REAL = 'profile', 'real'
TIMES = (PROFILE, REAL)

T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class Pace:
    """How computing takes its time on one machine.

    :ivar slowdown: times longer than on the reference machine; than on this one, if real.
    :ivar real: take what computing takes here, not what the profile says.
    :ivar spend: lets the clock of the machine go on.
    """

    slowdown: float
    real: bool
    spend: Callable[[float], None]

    def run(self, work: Callable[[], T], profiled: float) -> T:
        """Do some work, and let it take its time.

        :param profiled: time that the profile knows, s.
        """
        start = time.perf_counter()
        result = work()
        took = time.perf_counter() - start if self.real else profiled
        self.spend(self.slowdown * took)
        return result


class TimedNetwork:
    """Segments that take virtual time; for sessions the same as a SegmentedNetwork.

    :param network: runs them; may be shared.
    :param segments: those that are held.
    """

    def __init__(self, network: SegmentedNetwork, segments: range, pace: Pace) -> None:
        self.bundle = network.bundle
        self.threads = network.threads
        self.segments = segments
        self._network = network
        self._pace = pace
        self._profiled = [segment.reference_ms / 1e3 for segment in network.bundle.segments]

    @property
    def splits(self) -> range:
        """Give the cut points that lie before, between or after the segments that it holds."""
        return range(self.segments.start, min(self.segments.stop, len(self._profiled) - 1) + 1)

    def run(self, index: int, inputs: Any, beliefs: np.ndarray) -> tuple[Any, np.ndarray]:
        """Run one segment as `SegmentedNetwork.run` does; a batch takes as long as one by one."""
        profiled = len(beliefs) * self._profiled[index]
        return self._pace.run(lambda: self._network.run(index, inputs, beliefs), profiled)

    def service(self, index: int) -> float:
        """Give the time of a segment with its exit, one picture, s."""
        here = self._network.service(index) if self._pace.real else self._profiled[index]
        return self._pace.slowdown * here


class TimedCodec:
    """A codec that takes virtual time; for sessions the same as a SplitCodec."""

    def __init__(self, codec: SplitCodec, bundle: Bundle, profile: Profile, pace: Pace) -> None:
        self._codec = codec
        self._profile = profile
        self._pace = pace
        self._decoding = {
            (split.split, slim): _usual_decoding(bundle, profile, split, slim=slim)
            for split in bundle.splits
            for slim in (False, True)
        }

    def encode(self, split: int, level: int, values: np.ndarray) -> CodedFeatures:
        """Code what is sent of one frame."""
        took = self._profile.encoding_times[split][level]
        return self._pace.run(lambda: self._codec.encode(split, level, values), took)

    def encode_chunks(
        self, split: int, level: int, values: np.ndarray, how: Chunking
    ) -> tuple[CodedFeatures, ...]:
        """Code what is sent of one frame, a bottleneck's code in chunks."""
        took = self._profile.encoding_times[split][level]
        return self._pace.run(lambda: self._codec.encode_chunks(split, level, values, how), took)

    def decode_chunks(self, split: int, coded: Sequence[CodedFeatures]) -> np.ndarray:
        """Give back what the next segment takes."""
        took = self._decoding[split, coded[0].width > 0]
        return self._pace.run(lambda: self._codec.decode_chunks(split, coded), took)


def _usual_decoding(bundle: Bundle, profile: Profile, split: Split, *, slim: bool) -> float:
    """Give the median time of decoding what is a bottleneck's code, or is not, at a split, s."""
    times = [
        took
        for took, level in zip(
            profile.decoding_times[split.split], bundle.codec_levels, strict=True
        )
        if slim == (split.bottleneck is not None and level.width is not None)
    ]
    return median(times) if times else 0.0
