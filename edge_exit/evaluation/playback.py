"""When each message of a recording is due, at any speed, with pauses and repeats."""

import math
from dataclasses import dataclass


@dataclass(slots=True)
class PlaybackClock:
    """Maps the time of a recording to steady time; times in seconds, passed in.

    :ivar position: place in the recording at `since`, s from its start.
    :ivar since: steady time of that.
    :ivar rate: seconds of the recording a second.
    """

    position: float
    since: float
    rate: float = 1.0
    paused: bool = False

    def at(self, now: float) -> float:
        """Give the place in the recording at a steady time."""
        return self.position if self.paused else self.position + (now - self.since) * self.rate

    def due(self, position: float) -> float:
        """Give the steady time of a place in the recording; infinity while paused."""
        return math.inf if self.paused else self.reached(position)

    def reached(self, position: float) -> float:
        """Give the steady time of a place in the recording, as if there were no pause now."""
        return self.since + (position - self.position) / self.rate

    def change(self, now: float, *, rate: float, paused: bool) -> None:
        """Go on at another rate, or stop, or go on after a stop, from where it is."""
        self.position, self.since = self.at(now), now
        self.rate, self.paused = rate, paused
