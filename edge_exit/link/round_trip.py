"""Round-trip time of small messages: its recent minimum, its typical value, and its jitter."""

import math
from collections import deque
from statistics import median

import numpy as np

WINDOW = 10.0
RECENT = 7
# Below the middle: some probes wait behind other messages and nobody knows.
TYPICAL = 0.3
# RFC 3550 takes 1/16 for streams of many packets a second; probes are rarer.
JITTER_GAIN = 1 / 8
# A difference of more than so many times the usual one, and the least that counts as one, is no
# jitter but a way that changes, or an outage's end: it counts as that much, or it would be felt for
# the next ten probes.
USUAL, LEAST_USUAL = 4.0, 0.001
# A time so far from the typical one, and LATE times in a row so far above it, tell of another way.
FAR = 0.005
FAR_OUT = 4.0
LATE = 3


def mean_round_trip(minimum, jitter):
    """Give about the mean of round-trip times, s.

    Of ten or twenty times the least lies about as far below their mean as one is from the next: 1.1
    of that where two exponential delays add up, 1.5 where times are normal.

    :param minimum: recent minimum, s; a number or an array.
    :param jitter: mean difference of one time from the next, s; likewise.
    """
    return minimum + jitter


def jitter_after(known, difference):
    """Give the jitter after one more difference of two times, s; numbers or arrays.

    RFC 3550, 6.4.1, but for differences that are far out.

    :param known: jitter so far, 0 before the first.
    """
    return known + (np.minimum(difference, USUAL * (known + LEAST_USUAL)) - known) * JITTER_GAIN


class RoundTrip:
    """Follows the round-trip time of small messages that met an empty link."""

    def __init__(self) -> None:
        self._times: deque[tuple[float, float]] = deque(maxlen=32)
        self._jitter = math.nan

    def add(self, seconds: float, now: float) -> None:
        """Take one round-trip time, s."""
        if self._times:
            difference = abs(seconds - self._times[-1][1])
            known = 0.0 if math.isnan(self._jitter) else self._jitter
            self._jitter = float(jitter_after(known, difference))
        self._forget_old_way(seconds)
        self._times.append((now, seconds))
        while now - self._times[0][0] > WINDOW:
            self._times.popleft()

    @property
    def minimum(self) -> float:
        """Least time of the last 10 s; NaN before the first."""
        return min((seconds for _, seconds in self._times), default=math.nan)

    @property
    def typical(self) -> float:
        """What the last times were when nothing held them up; NaN before the first."""
        return _typical(self._recent())

    @property
    def spread(self) -> float:
        """Median distance of the last times from the typical one, s; 0 before the first."""
        typical = self.typical
        return median(abs(seconds - typical) for seconds in self._recent()) if self._times else 0.0

    @property
    def jitter(self) -> float:
        """Mean difference of one time from the next, s; NaN before there are two."""
        return self._jitter

    def is_late(self, seconds: float) -> bool:
        """Say whether a time is so far above the typical one that the way may be another."""
        return seconds > self.typical + self._far

    @property
    def _far(self) -> float:
        return FAR + FAR_OUT * self.spread

    def _forget_old_way(self, newest: float) -> None:
        """Start anew where the way has changed: nothing arrives early, and little late in a row."""
        if newest < self.typical - self._far:
            self._times.clear()
        elif len(self._times) >= LATE:
            *rest, one, two = (seconds for _, seconds in self._times)
            if min(one, two, newest) > _typical(rest) + self._far:
                while len(self._times) > LATE - 1:
                    self._times.popleft()

    def _recent(self) -> list[float]:
        return [seconds for _, seconds in self._times][-RECENT:]


def _typical(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[int(TYPICAL * len(ordered))] if ordered else math.nan
