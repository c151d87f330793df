"""Goodput of a link from the times that messages of known size took.

A message of W bytes that meets an empty link takes  T = base + 8 (W - b) / R:  R is the goodput, b
what the link lets through at once (the bucket of a shaper, 0 on most radios), base the time of a
small message. b comes from probes of two sizes; each message then gives one value of R.
"""

import math
from collections import deque
from dataclasses import dataclass
from itertools import combinations
from statistics import median

# Shorter differences are scheduling, not sending; on a jittery link even longer ones are chance.
LEAST_TIME = 0.0002
CLEAR_TIME = 0.015
SAMPLES = 32
SIZED = 10
WINDOW = 4.0
# Two newest samples this far from the rest on one side, and farther than the rest scatters, are a
# changed link. A factor of four always is.
CHANGE = 1.4
SURE_CHANGE = 4.0
SCATTER = 4.5
# Chance mostly makes messages late, so that the middle of many lies a little low.
QUANTILE = 0.6
MANY = 5
# A message tells the rate if this much more than what passes at once.
ABOVE_BUCKET = 1.5
# What passes at once saves this many times the jitter, or it is nothing but jitter.
SURE_BUCKET = 3.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of the goodput.

    :ivar bps: goodput, bit/s.
    :ivar weight: bits it was measured over, squared: what chance adds does not grow with them.
    """

    bps: float
    weight: float
    time: float


class Goodput:
    """Running estimate: weighted quantile of recent samples; a changed link makes it start anew.

    :ivar bucket: b, bytes that the link lets through at once.
    :ivar noise: what the time of one message differs from another's by chance, s; set from outside.
    """

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)
        self._sized: deque[tuple[int, float]] = deque(maxlen=SIZED)
        self.bucket = 0.0
        self.noise = 0.0

    @property
    def bps(self) -> float:
        """The estimate, bit/s; NaN before the first sample."""
        return _weighted_quantile(self._samples) if self._samples else math.nan

    @property
    def newest(self) -> float:
        """When the newest sample came; NaN before the first."""
        return self._samples[-1].time if self._samples else math.nan

    @property
    def clear_time(self) -> float:
        """Sending time that stands out of chance, s: messages that take longer need no probes."""
        return max(CLEAR_TIME, 5 * self.noise)

    @property
    def newest_bps(self) -> float:
        """The newest sample, bit/s; NaN before the first."""
        return self._samples[-1].bps if self._samples else math.nan

    @property
    def doubtful(self) -> bool:
        """Whether the newest sample is far from the estimate, by chance or by a change."""
        return bool(self._samples) and not 1 / CHANGE < self._samples[-1].bps / self.bps < CHANGE

    def add_sized(self, wire_bytes: int, seconds: float, now: float) -> None:
        """Learn from a probe that met an empty link what passes at once, and the goodput.

        :param wire_bytes: how much larger it was than a small message.
        :param seconds: how much longer it took.
        """
        self._sized.append((wire_bytes, seconds))
        self._learn_bucket()
        self._add_alone(wire_bytes, seconds, now)

    def add_single(self, wire_bytes: int, seconds: float, now: float) -> None:
        """Learn from an offload that met an empty link; arguments as of `add_sized`.

        Both ends need a little longer for an offload than for a probe, so that a short time only
        tells that the link carries at least that much.
        """
        is_clear = seconds > CLEAR_TIME
        if is_clear or not 8 * wire_bytes / max(seconds, LEAST_TIME) < CHANGE * self.bps:
            self._add_alone(wire_bytes, seconds, now)

    def add_queued(self, wire_bytes: int, seconds: float, now: float) -> None:
        """Learn from a message that waited for another one of ours.

        :param seconds: from the end of the other one to its own.
        """
        self._add(8 * wire_bytes, seconds, now)

    def start_anew(self, samples: int) -> None:
        """Forget all but the newest samples: the link has changed."""
        for _ in range(len(self._samples) - samples):
            self._samples.popleft()
        for _ in range(len(self._sized) - 2):
            self._sized.popleft()

    def _add_alone(self, wire_bytes: int, seconds: float, now: float) -> None:
        if wire_bytes > ABOVE_BUCKET * self.bucket:
            self._add(8 * (wire_bytes - self.bucket), seconds, now)

    def _add(self, bits: float, seconds: float, now: float) -> None:
        # A message that is and should be carried within the jitter says nothing.
        if seconds < 3 * self.noise and bits < self.bps * self.noise:
            return
        seconds = max(seconds, LEAST_TIME, self.noise)
        self._samples.append(Sample(bits / seconds, bits * bits, now))
        while now - self._samples[0].time > WINDOW and len(self._samples) > 3:
            self._samples.popleft()
        self._forget_old_link()

    def _forget_old_link(self) -> None:
        if len(self._samples) < 3:
            return
        *rest, one, two = (math.log(sample.bps) for sample in self._samples)
        known = median(rest)
        scatter = SCATTER * median(abs(value - known) for value in rest)
        far = min(max(math.log(CHANGE), scatter), math.log(SURE_CHANGE))
        if min(one, two) - known > far or max(one, two) - known < -far:
            self.start_anew(2)

    def _learn_bucket(self) -> None:
        """Fit a line through sizes and times of the probes (Theil-Sen) and see where it begins."""
        slopes = [
            (time_2 - time_1) / (size_2 - size_1)
            for (size_1, time_1), (size_2, time_2) in combinations(self._sized, 2)
            if not 0.8 < size_1 / size_2 < 1.25
        ]
        if slopes and (seconds_per_byte := median(slopes)) > 0:
            begins = sorted(size - time / seconds_per_byte for size, time in self._sized)
            least = min(size for size, _ in self._sized)
            found = min(begins[len(begins) // 4], least)
            self.bucket = found if found * seconds_per_byte > SURE_BUCKET * self.noise else 0.0


def _weighted_quantile(samples: deque[Sample]) -> float:
    ordered = sorted(samples, key=lambda sample: sample.bps)
    quantile = QUANTILE if len(samples) >= MANY else 0.5
    below = quantile * sum(sample.weight for sample in ordered)
    for sample in ordered:
        below -= sample.weight
        if below <= 0:
            return sample.bps
    return ordered[-1].bps
