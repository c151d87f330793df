"""How one frame ended, as its result tells."""

from dataclasses import dataclass

from edge_exit.inference.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Ended:
    """How one frame ended; times in s.

    :ivar at: when its result left, on a steady clock.
    :ivar exit: where it left, on the robot or at the tail.
    :ivar split: segments that the robot ran before it was offloaded, if it was.
    :ivar head: computing on the robot.
    """

    at: float
    outcome: int
    exit: int
    split: int
    margin: float
    total: float
    head: float
    wire_bytes: int

    @property
    def began(self) -> float:
        """When its image arrived, s, on the clock of `at`."""
        return self.at - self.total

    @property
    def segments(self) -> int:
        """Number of segments that the robot ran for it; 0 if that is not known."""
        ran = {Outcome.EXITED: self.exit + 1, Outcome.OFFLOADED: self.split}
        return max(ran.get(self.outcome, 0), 0)
