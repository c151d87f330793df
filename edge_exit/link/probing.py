"""When to probe a link, and with how many bytes, so that probing stays cheap on every link."""

import math
from collections import deque

from edge_exit.link.wire import wire_bytes

SHARE = 0.016
# A link that is slower than this needs more than its share, or its recovery would never be seen.
LEAST_BYTES_PER_S = 2200.0
SMALL = 0
SMALL_PERIOD = 1.0
# Small probes must not keep step with a camera, or all would meet the same frames on the link.
OUT_OF_STEP = 0.3
GOLDEN = (math.sqrt(5) - 1) / 2
# Between small probes while the round-trip time is in doubt.
HURRY = 0.25
LARGE_PERIOD = 0.3
# Mean of the two sizes of large probes: above what a shaper lets through at once (one frame).
LEAST_LARGE = 2600
MOST_LARGE = 45_000
GROWTH = 3.0
SILENT_PERIOD = 0.25
DOUBT_PERIOD = 1.0
# More would not fit into one datagram.
LARGEST_PADDING = 62_000


def padding_of(wanted: int, smallest: int) -> int:
    """Give the ballast of a probe.

    :param wanted: bytes that it should have on the wire.
    :param smallest: length of a probe without ballast, serialised.
    """
    return min(max(wanted - wire_bytes(smallest), 0), LARGEST_PADDING)


class ProbePlan:
    """Decides on each tick whether to probe now.

    Small probes tell the round-trip time, large ones of two alternating sizes the goodput. Their
    size follows the goodput so that both together take less than 2 % of the link.
    """

    def __init__(self) -> None:
        self._next_small = -math.inf
        self._next_large = -math.inf
        self._next_doubt = -math.inf
        self._phase = 0.5
        self._size = self._allowed = LEAST_LARGE
        self._is_larger = False
        self._sent: deque[tuple[float, int]] = deque()

    def next(
        self, now: float, *, goodput_bps: float, bucket: float, small: int, idle: bool
    ) -> int | None:
        """Give the wire bytes of the probe to send now: 0 for the smallest one, None for none.

        :param goodput_bps: estimate of the goodput, NaN if there is none.
        :param bucket: bytes that the link lets through at once.
        :param small: wire bytes of a small probe.
        :param idle: nothing else measures the goodput at present.
        """
        if now >= self._next_small:
            self._next_small = now + SMALL_PERIOD * (1 + OUT_OF_STEP * (self._phase - 0.5))
            self._phase = (self._phase + GOLDEN) % 1
            self._next_large = max(self._next_large, now + 0.05)
            return SMALL
        if not idle or now < self._next_large:
            return None
        known = LEAST_BYTES_PER_S if math.isnan(goodput_bps) else goodput_bps * SHARE / 8
        spend = max(known, LEAST_BYTES_PER_S) - small / SMALL_PERIOD
        least = max(LEAST_LARGE, 2.4 * bucket)
        wanted = min(max(spend * LARGE_PERIOD, least), MOST_LARGE)
        self._size = min(wanted, self._allowed)
        # Before the first estimate a few larger steps at once find out what the link can do.
        period = LARGE_PERIOD if math.isnan(goodput_bps) else self._size / spend
        self._next_large = now + max(period, LARGE_PERIOD)
        self._is_larger = not self._is_larger
        return int(self._size * (4 / 3 if self._is_larger else 2 / 3))

    def doubt(self, now: float) -> None:
        """Let the next large probe go at once, now and then, to tell a changed link from chance."""
        if now >= self._next_doubt:
            self._next_doubt = now + DOUBT_PERIOD
            self._next_large = now

    def hurry(self, now: float) -> None:
        """Let the next small probe go soon: the last one took far longer than was expected."""
        self._next_small = min(self._next_small, now + HURRY)

    def silent(self, now: float) -> int | None:
        """Give the probe to send now while nothing is answered: small ones, a few a second."""
        if self._sent and now - self._sent[-1][0] < SILENT_PERIOD:
            return None
        return SMALL

    def sent(self, wire_bytes: int, now: float) -> None:
        """Take note of a probe."""
        self._sent.append((now, wire_bytes))
        while now - self._sent[0][0] > 5.0:
            self._sent.popleft()

    def arrived(self) -> None:
        """Take note of an answered large probe: the next ones may be larger."""
        self._allowed = GROWTH * self._size

    def lost(self) -> None:
        """Take note of a lost large probe: where frames are lost, shorter ones get through."""
        self._allowed = max(self._size / 2, LEAST_LARGE)

    def bytes_per_s(self, now: float) -> float:
        """Give what probing cost over the last 5 s."""
        return sum(size for time, size in self._sent if now - time <= 5.0) / 5.0
