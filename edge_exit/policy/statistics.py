"""What a policy learns from results: how frames end, and how slow this robot is."""

import math
import statistics
from collections import deque
from dataclasses import dataclass

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.interface import Outcomes, Profile

# Results that the statistics are taken over.
RECENT = 64


@dataclass(frozen=True, slots=True)
class Ended:
    """How one frame ended; times in s.

    :ivar segments: number of segments that the robot ran for it, 0 if that is not known.
    :ivar head: computing on the robot.
    """

    outcome: int
    margin: float
    total: float
    head: float
    segments: int
    wire_bytes: int


class Statistics:
    """Statistics over the recent frames."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._ended: deque[Ended] = deque(maxlen=RECENT)
        self._slowdowns: deque[float] = deque(maxlen=RECENT)

    def note(self, frame: Ended) -> None:
        """Take note of a result; what cannot be is left out."""
        if not all(map(math.isfinite, (frame.margin, frame.total, frame.head))):
            return
        self._ended.append(frame)
        expected = sum(self._profile.segment_times[: frame.segments])
        if expected > 0 and frame.head > 0:
            self._slowdowns.append(frame.head / expected)

    def head_slowdown(self) -> float:
        """Give the median ratio of the robot's times to the profile's; 1 before any is known."""
        return statistics.median(self._slowdowns) if self._slowdowns else 1.0

    def outcomes(self) -> Outcomes:
        """Sum up how the recent frames ended."""
        frames = len(self._ended)
        if not frames:
            return Outcomes()
        return Outcomes(
            frames=frames,
            exited=self._share(Outcome.EXITED),
            offloaded=self._share(Outcome.OFFLOADED),
            fallback=self._share(Outcome.FALLBACK),
            margin=sum(frame.margin for frame in self._ended) / frames,
            total=sum(frame.total for frame in self._ended) / frames,
            wire_bytes=sum(frame.wire_bytes for frame in self._ended) / frames,
        )

    def _share(self, outcome: Outcome) -> float:
        return sum(frame.outcome == outcome for frame in self._ended) / len(self._ended)
