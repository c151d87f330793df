"""A taken frame while it is under way on the robot."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge_exit.inference.head_session import FrameRun
from edge_exit.inference.result import Conclusion
from edge_exit.policy.operating_point import OperatingPoint

# Predictions are medians of measured times: leave room for the runs that take longer.
SAFETY = 1.25
# Waking a thread and publishing a result, s.
SPARE = 0.003


@dataclass(frozen=True, slots=True)
class Mail:
    """An image that waits to be taken.

    :ivar tag: what came with the image and goes out with its result, untouched.
    :ivar arrived: when it arrived, s.
    """

    image: Any
    tag: Any
    arrived: float


@dataclass(slots=True, eq=False)
class Frame:
    """What a head knows of a taken frame.

    :ivar point: operating point that it was taken under; a later one is for later frames.
    :ivar tail: tail that it may be sent to; None if it must stay.
    :ivar why: why it is not a tail that finishes it, should it come to that.
    :ivar split: segments that ran before it was sent; number of all segments before.
    :ivar opening: the time that opening its image took, s.
    :ivar computing: time that this robot has spent on it before `busy_since`, s.
    :ivar busy_since: since when it computes for it without a pause, s; None if it does not.
    :ivar sent_at: when its features were sent, s; None before.
    :ivar usual: when its answer is there as a rule, s; when it was sent if that is not known.
    :ivar overdue: when an answer takes longer than answers do, s; infinity if that is not known.
    :ivar rest: predicted time to finish it alone, s; None if this robot does not hold the rest.
    :ivar chunks: chunks that it was sent in; 0 if it was sent whole.
    :ivar finish_now: whether the robot must finish it alone without waiting any longer.
    :ivar finishing: whether the robot has begun to.
    :ivar clock: tells how long computing takes, s.
    """

    mail: Mail
    run: FrameRun
    started: float
    point: OperatingPoint
    tail: str | None
    why: str
    split: int
    opening: float = 0.0
    computing: float = 0.0
    busy_since: float | None = None
    sent_at: float | None = None
    usual: float = float('inf')
    overdue: float = float('inf')
    rest: float | None = None
    wire_bytes: int = 0
    chunks: int = 0
    finish_now: bool = False
    finishing: bool = False
    clock: Callable[[], float] = time.monotonic

    def best(self, reason: str) -> Conclusion:
        """Conclude with what the exits have said so far."""
        spoken = self.run.spoken  # read once: the worker may be running the next segment
        belief = spoken.belief
        return Conclusion(spoken.exit, belief.posterior, belief.margin, reason)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count the time within as computing."""
        self.busy_since = self.clock()
        try:
            yield
        finally:
            spent = self.clock() - self.busy_since
            self.busy_since = None
            self.computing += spent

    def computed(self, now: float) -> float:
        """Give the time that this robot has spent on it, s; what it computes just now included."""
        since = self.busy_since  # read once: another thread may be computing
        return self.computing + (now - since if since is not None else 0.0)

    def can_finish(self, now: float, deadline: float) -> bool:
        """Say whether this robot, starting now, could finish the sent frame by its deadline."""
        return self.rest is not None and not self.finishing and now + self.rest < deadline

    def latest_start(self, deadline: float) -> float:
        """Say when this robot must start to finish the sent frame alone; s, same clock.

        A new frame may keep the worker busy when the time comes, about as long as this one did.
        Infinite if it has no time for both: if that is before the frame was sent, or before the
        tail answers as a rule, in time. Then the robot waits for the tail alone: it would compute
        for most frames in vain, and let the next images wait for that.
        """
        if self.finish_now:
            return float('-inf')
        start = deadline - SAFETY * (self.rest + self.computing) - SPARE
        in_vain = start <= self.sent_at or start <= self.usual <= deadline
        return float('inf') if in_vain else start

    def early_start(self, deadline: float) -> float:
        """Say from when on an idle robot finishes the sent frame alone; s, same clock.

        Its answer is overdue by then, and probably lost. Infinite where the robot would not finish
        it later either: it has no time for both.
        """
        latest = self.latest_start(deadline)
        return min(self.overdue, latest) if latest < float('inf') else latest
