"""What is kept of a replay while it runs."""

from collections.abc import Iterable
from typing import TypeVar

from edge_exit.evaluation.frames import FrameResult
from edge_exit.inference.result import NO_EXIT, Result
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.replay.clock import VirtualClock

SESSION = 1

T = TypeVar('T')


class Recorder:
    """Notes results, link quality and operating points with their times, s.

    :ivar results, links, points: so far, in order.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.results: list[FrameResult] = []
        self.links: list[tuple[float, LinkQuality]] = []
        self.points: list[tuple[float, OperatingPoint]] = []

    def add_result(self, result: Result) -> None:
        """Note a result; its tag is the stamp of the image, ns."""
        self.results.append(frame_result(result, self._clock.now))

    def add_link(self, quality: LinkQuality) -> None:
        """Note what the head measures of its link."""
        self.links.append((self._clock.now, quality))

    def add_point(self, point: OperatingPoint) -> None:
        """Note what the head follows from now on."""
        self.points.append((self._clock.now, point))


def frame_result(result: Result, received: float) -> FrameResult:
    """Give what an observer of the head would know of a result."""
    end = result.conclusion
    best = int(end.posterior.argmax())
    return FrameResult(
        session=SESSION,
        sequence=result.sequence,
        stamp=result.tag,
        received=received,
        outcome=result.outcome,
        exit=end.exit,
        # Nobody has spoken: the most probable class means nothing.
        class_id=NO_EXIT if end.exit == NO_EXIT else best,
        split=result.split,
        margin=float(end.margin),
        score=float(end.posterior[best]),
        reason=end.reason,
        queue=result.queue,
        head=result.head,
        link=end.link,
        tail=end.tail_time,
        tail_compute=end.tail_compute,
        total=result.total,
        wire_bytes=result.wire_bytes,
    )


def since_start(timed: Iterable[tuple[float, T]]) -> tuple[tuple[float, T], ...]:
    """Leave out what was before 0 but for the last of it, which still holds then."""
    before, after = [], []
    for time, value in timed:
        (before if time <= 0 else after).append((time, value))
    return (*((0.0, value) for _, value in before[-1:]), *after)
