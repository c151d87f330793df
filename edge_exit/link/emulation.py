"""An emulated link in one direction: a queue that drains at a rate, then delay, jitter and loss.

Times are passed in, so a test runs years in a moment. Messages keep their order.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any

from edge_exit.link.traces import Trace

# Below this the link stands still: no message may take for ever to compute.
LEAST_BPS = 1e-3
# What is left of a message by rounding would else be sent in no time, again and again.
MOMENT = 1e-9


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What an emulated link does; a change holds at once, for queued messages too.

    :ivar rate_bps: wire bits a second.
    :ivar delay: one way, s.
    :ivar jitter: mean of a random addition to the delay, s.
    :ivar loss: probability that a frame of the wire is lost; one lost frame loses its message.
    :ivar outage: everything is lost, what is queued as well.
    :ivar queue_bytes: what the queue holds; a message that does not fit is lost.
    :ivar trace: rate over time in place of `rate_bps`, and delay where it has round-trip times.
    """

    rate_bps: float = 100e6
    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    outage: bool = False
    queue_bytes: int = 1_000_000
    trace: Trace | None = None


@dataclass(slots=True)
class LinkCounts:
    """What became of the messages so far."""

    carried: int = 0
    lost: int = 0
    carried_bytes: int = 0


@dataclass(slots=True)
class _Queued:
    payload: Any
    bits: float
    wire_bytes: int
    frames: int


@dataclass(slots=True)
class EmulatedLink:
    """One direction of a link.

    :ivar settings: may be replaced at any time, by `change`.
    :ivar start: when its trace begins.
    """

    settings: LinkSettings
    start: float = 0.0
    random: Random = field(default_factory=Random)
    counts: LinkCounts = field(default_factory=LinkCounts)
    _queue: deque[_Queued] = field(default_factory=deque)
    _queued_bytes: int = 0
    _flying: deque[tuple[float, Any]] = field(default_factory=deque)
    _drained: float = -math.inf

    def change(self, settings: LinkSettings, now: float) -> None:
        """Change the settings; a new trace begins now."""
        self._drain(now)
        if settings.trace is not self.settings.trace:
            self.start = now
        self.settings = settings
        if settings.outage:
            self._lose_everything()

    def send(self, payload: Any, wire_bytes: int, frames: int, now: float) -> None:
        """Put a message into the link.

        :param frames: frames of the wire that it needs.
        :param now: when it began to wait for the link, perhaps a little ago.
        """
        self._drain(now)
        if not self._queue:  # it stood idle until now
            self._drained = max(self._drained, now)
        settings = self.settings
        if settings.outage or self._queued_bytes + wire_bytes > settings.queue_bytes:
            self.counts.lost += 1
            return
        self._queue.append(_Queued(payload, 8.0 * wire_bytes, wire_bytes, frames))
        self._queued_bytes += wire_bytes

    def arrived(self, now: float) -> list[Any]:
        """Take the messages that have arrived, in order."""
        self._drain(now)
        payloads = []
        while self._flying and self._flying[0][0] <= now:
            payloads.append(self._flying.popleft()[1])
        return payloads

    def next_event(self, now: float) -> float:
        """Give when to call `arrived` next; infinity if nothing is on its way."""
        self._drain(now)
        arrival = self._flying[0][0] if self._flying else math.inf
        if not self._queue:
            return arrival
        rate, _, until = self._conditions(now)
        done = now + self._queue[0].bits / rate if rate >= LEAST_BPS else math.inf
        return min(arrival, done, until)

    def _drain(self, now: float) -> None:
        time = max(self._drained, -1e18)
        while self._queue and time < now:
            rate, rtt, until = self._conditions(time)
            end = min(until, now)
            first = self._queue[0]
            done = time + first.bits / rate if rate >= LEAST_BPS else math.inf
            if done <= end + MOMENT:
                self._leave(done, rtt)
                time = done
            else:
                first.bits -= (end - time) * rate if rate >= LEAST_BPS else 0.0
                time = end
        # An idle link has got as far as its last message.
        self._drained = max(self._drained, now if self._queue else time)

    def _leave(self, time: float, rtt: float) -> None:
        message = self._queue.popleft()
        self._queued_bytes -= message.wire_bytes
        if self.random.random() < 1 - (1 - self.settings.loss) ** message.frames:
            self.counts.lost += 1
            return
        delay = self.settings.delay if math.isnan(rtt) else rtt / 2
        if self.settings.jitter:
            delay += self.random.expovariate(1 / self.settings.jitter)
        arrival = time + delay
        if self._flying:
            arrival = max(arrival, self._flying[-1][0])
        self._flying.append((arrival, message.payload))
        self.counts.carried += 1
        self.counts.carried_bytes += message.wire_bytes

    def _lose_everything(self) -> None:
        self.counts.lost += len(self._queue) + len(self._flying)
        self.counts.carried -= len(self._flying)
        self._queue.clear()
        self._flying.clear()
        self._queued_bytes = 0

    def _conditions(self, time: float) -> tuple[float, float, float]:
        if self.settings.trace is None:
            return self.settings.rate_bps, math.nan, math.inf
        rate, rtt, until = self.settings.trace.row(max(time - self.start, 0.0))
        return rate, rtt, self.start + until
