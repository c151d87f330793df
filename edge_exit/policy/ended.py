"""How one frame ended, as its result tells."""

import math
from dataclasses import dataclass

from edge_exit.inference.outcome import Outcome
from edge_exit.inference.result import Result
from edge_exit.policy.energy import EnergyModel


@dataclass(frozen=True, slots=True)
class Ended:
    """How one frame ended; times in s.

    :ivar at: when its result left, on a steady clock.
    :ivar exit: where it left, on the robot or at the tail.
    :ivar split: segments that the robot ran before it was offloaded, if it was.
    :ivar head: computing on the robot.
    :ivar queue: from the arrival of its image to the start of its first segment.
    :ivar score: probability of its answer by its own belief, [0, 1]; NaN if not known.
    :ivar opening: the part of `head` in which its image was opened; NaN if not known.
    """

    at: float
    outcome: int
    exit: int
    split: int
    margin: float
    total: float
    head: float
    wire_bytes: int
    queue: float = 0.0
    score: float = math.nan
    opening: float = math.nan

    @classmethod
    def of(cls, result: Result, at: float) -> 'Ended':
        """Read a result that leaves now."""
        end = result.conclusion
        return cls(
            at=at,
            outcome=int(result.outcome),
            exit=end.exit,
            split=result.split,
            margin=end.margin,
            total=result.total,
            head=result.head,
            wire_bytes=result.wire_bytes,
            queue=result.queue,
            score=float(end.posterior.max()),
            opening=result.opening,
        )

    @property
    def is_known(self) -> bool:
        """Whether all that is always told of a frame are numbers."""
        return all(map(math.isfinite, (self.margin, self.total, self.head, self.queue)))

    @property
    def arrived(self) -> float:
        """When its image came; s, as `at`."""
        return self.at - self.total

    @property
    def taken(self) -> float:
        """When the robot began with it, and so under which operating point; s, as `at`."""
        return self.at - self.total + self.queue

    @property
    def confidence(self) -> float:
        """How sure its answer is: the score, else the margin; 0 if that is no number, either."""
        sure = self.score if math.isfinite(self.score) else self.margin
        return min(max(sure, 0.0), 1.0) if math.isfinite(sure) else 0.0

    def joules(self, energy: EnergyModel, link_bps: float) -> float:
        """Estimate what it cost the robot, J.

        :param link_bps: what the link carried; if that is not known, sending took no time.
        """
        known = link_bps if 0 < link_bps < math.inf else math.inf
        waited = self.total - self.queue - self.head - 8 * self.wire_bytes / known
        listening = max(waited, 0.0) if self.wire_bytes else 0.0
        return float(energy.of_frame(self.head, self.wire_bytes, known, listening))

    @property
    def segments(self) -> int:
        """Number of segments that the robot ran for it; 0 if that is not known."""
        ran = {Outcome.EXITED: self.exit + 1, Outcome.OFFLOADED: self.split}
        return max(ran.get(self.outcome, 0), 0)
