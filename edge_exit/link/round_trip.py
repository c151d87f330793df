"""Round-trip time of small messages: its recent minimum, its typical value, and its jitter."""

import math
from collections import deque
from statistics import median

WINDOW = 10.0
RECENT = 7
# Below the middle: some probes wait behind other messages and nobody knows.
TYPICAL = 0.3
# RFC 3550 takes 1/16 for streams of many packets a second; probes are rarer.
JITTER_GAIN = 1 / 8


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
            self._jitter = known + (difference - known) * JITTER_GAIN
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
        recent = sorted(self._recent())
        return recent[int(TYPICAL * len(recent))] if recent else math.nan

    @property
    def spread(self) -> float:
        """Median distance of the last times from the typical one, s; 0 before the first."""
        typical = self.typical
        return median(abs(seconds - typical) for seconds in self._recent()) if self._times else 0.0

    @property
    def jitter(self) -> float:
        """Mean difference of one time from the next (RFC 3550, 6.4.1), s."""
        return self._jitter

    def _recent(self) -> list[float]:
        return [seconds for _, seconds in self._times][-RECENT:]
