"""A clock that stands still until somebody lets it go on, and plays what falls due meanwhile."""

import heapq
import itertools
import math
from collections.abc import Callable


class VirtualClock:
    """Tells the time, s, and calls back in the order of times; alike times in that of asking.

    What is called back may let the clock go on itself, as a worker does that computes: what falls
    due meanwhile is called from within.
    """

    def __init__(self, start: float) -> None:
        self.now = start
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def __call__(self) -> float:
        """Give the time."""
        return self.now

    def at(self, time: float, call: Callable[[], None]) -> None:
        """Call back at a time; as soon as possible if it has passed."""
        heapq.heappush(self._events, (time, next(self._numbers), call))

    def every(self, period: float, call: Callable[[], None]) -> None:
        """Call back now and every `period` seconds."""
        start = self.now
        turns = itertools.count(1)

        def turn() -> None:
            call()
            # Of the start, not of now: a sum of many periods would drift.
            self.at(start + next(turns) * period, turn)

        self.at(start, turn)

    def advance(self, to: float) -> None:
        """Go on to a time, and play all that falls due until then."""
        while self._events and self._events[0][0] <= to:
            time, _, call = heapq.heappop(self._events)
            self.now = max(self.now, time)
            call()
        self.now = max(self.now, to)

    def spend(self, seconds: float) -> None:
        """Go on by some time: whoever asks is busy as long."""
        self.advance(self.now + seconds)


class NextLook:
    """Calls back at the soonest of the times that were asked for, not at each of them.

    Where every call asks for the next one, calls at each would grow with the square of the time.

    :param call: looks for work, and asks for its next look.
    """

    def __init__(self, clock: VirtualClock, call: Callable[[], None]) -> None:
        self._clock, self._call = clock, call
        self._due = math.inf

    def at(self, time: float) -> None:
        """Ask for a look at a time; nothing new if there is one before."""
        if self._clock.now < self._due <= time:
            return
        self._due = time
        self._clock.at(time, self._turn)

    def _turn(self) -> None:
        # A sooner one may have been asked for after this one.
        if self._clock.now >= self._due:
            self._due = math.inf
        self._call()


class AheadClock:
    """The clock of somebody who computes without a look at the world, and so may be ahead of it.

    What it gives away at its own time must be put off until the world is there.

    :ivar ahead_until: its own time.
    """

    def __init__(self, world: VirtualClock) -> None:
        self._world = world
        self.ahead_until = world.now

    def __call__(self) -> float:
        """Give the time of whoever is ahead."""
        return max(self.ahead_until, self._world.now)

    def spend(self, seconds: float) -> None:
        """Compute for some time."""
        self.ahead_until = self() + seconds
