"""An emulated link on a virtual clock: one direction between a robot and a tail."""

import math
from collections.abc import Callable
from random import Random

from edge_exit.link.emulation import EmulatedLink, LinkSettings
from edge_exit.link.wire import frames, wire_bytes
from edge_exit.replay.clock import NextLook, VirtualClock

# A link is looked at so much after something should have come out: rounding must not make it look
# for ever at the same moment.
LATER = 1e-6


class Direction:
    """Carries what happens at the other end.

    :param start: when its trace begins, s; before, its first row holds.
    :param overhead: what both ends take for a message beside the link, s.
    """

    def __init__(
        self,
        clock: VirtualClock,
        settings: LinkSettings,
        random: Random,
        *,
        start: float,
        overhead: float,
    ) -> None:
        self._clock, self._overhead = clock, overhead
        self._link = EmulatedLink(settings, start=start, random=random)
        self._next_look = NextLook(clock, self._look)

    def send(self, serialised: int, arrives: Callable[[], None]) -> None:
        """Send a message.

        :param serialised: its length, bytes.
        :param arrives: called if and when it arrives.
        """
        size, pieces = wire_bytes(serialised), frames(serialised)
        self._link.send(arrives, size, pieces, self._clock.now)
        self._plan()

    def _plan(self) -> None:
        now = self._clock.now
        event = self._link.next_event(now)
        if event < math.inf:
            self._next_look.at(max(event, now) + LATER)

    def _look(self) -> None:
        for arrives in self._link.arrived(self._clock.now):
            self._clock.at(self._clock.now + self._overhead, arrives)
        self._plan()
