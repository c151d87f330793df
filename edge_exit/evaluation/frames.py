"""What an observer knows of a frame after its result."""

from dataclasses import dataclass

from edge_exit.inference.outcome import Outcome


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One result as it was received; durations in s.

    :ivar session: life of the head that gave it.
    :ivar sequence: number of the frame in that session, from 1.
    :ivar stamp: of the camera image, ns; labels are found by it.
    :ivar received: when the result was received, s on the observer's own clock.
    :ivar exit: exit that the answer comes from.
    :ivar class_id: the answer.
    :ivar split: segments that ran before it was offloaded; number of all segments if it was not.
    :ivar margin, score: how sure the answer is: its lead over the next, and its probability.
    :ivar reason: why it ended so, in the head's words.
    :ivar queue, head, link, tail: where the time went, as in the Inference message.
    :ivar tail_compute: the part of `tail` in which it was decoded and the network ran.
    :ivar total: from the arrival of the image at the head to its result.
    :ivar wire_bytes: serialised bytes sent to the tail.
    """

    session: int
    sequence: int
    stamp: int
    received: float
    outcome: Outcome
    exit: int
    class_id: int
    split: int
    margin: float
    score: float
    reason: str
    queue: float
    head: float
    link: float
    tail: float
    tail_compute: float
    total: float
    wire_bytes: int

    @property
    def arrived(self) -> float:
        """When the image arrived at the head, s on the observer's clock."""
        return self.received - self.total
