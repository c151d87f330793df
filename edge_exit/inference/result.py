"""What a tail answers, how a frame ended, and the one result that the robot gives for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_exit.coding.coded import CodedFeatures
from edge_exit.inference.belief import Belief
from edge_exit.inference.outcome import Outcome
from edge_exit.rules.registry import DEFAULT

# Exit of a result before any exit has spoken: the belief is uniform and names no class.
NO_EXIT = -1


@dataclass(frozen=True, slots=True)
class Offload:
    """A frame on its way to a tail.

    :ivar tag: what came with the image, untouched.
    :ivar tail: name of the tail.
    :ivar time_left: until the robot answers itself, s.
    :ivar exit_rule: name of the rule that tells how sure it is.
    :ivar more: the other chunks, where a code is sent in chunks and `coded` is the first.
    """

    tag: Any
    sequence: int
    tail: str
    split: int
    exit_threshold: float
    time_left: float
    belief: Belief
    coded: CodedFeatures
    exit_rule: str = DEFAULT
    more: tuple[CodedFeatures, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tail says about one frame.

    :ivar outcome: OFFLOADED or REFUSED.
    :ivar posterior: probability of each class, float32 (classes,); empty if REFUSED.
    :ivar tail_time: from the arrival at the tail to its answer, s.
    :ivar tail_compute: the part of it in which the network ran, s.
    :ivar chunks_used: chunks that had arrived at the tail; 0 where the frame was sent whole.
    """

    sequence: int
    outcome: Outcome
    exit: int
    posterior: np.ndarray
    margin: float
    finished_by: str
    reason: str
    tail_time: float
    tail_compute: float
    chunks_used: int = 0


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is known of a frame when it ends; times in s.

    :ivar finished_by: name of the tail that computed it; empty if this robot did.
    :ivar chunks_used: chunks that it computed it from; 0 where the frame was sent whole.
    """

    exit: int
    posterior: np.ndarray
    margin: float
    reason: str
    finished_by: str = ''
    link: float = 0.0
    tail_time: float = 0.0
    tail_compute: float = 0.0
    chunks_used: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """The one result of a taken frame; times in s.

    :ivar tag: what came with the image, untouched.
    :ivar split: segments that ran before it was offloaded; number of all segments if it was not.
    :ivar queue: from the arrival of the image to the start of its first segment.
    :ivar head: computing on the robot.
    :ivar opening: the part of it in which the image was opened.
    :ivar total: from the arrival of the image to this result.
    :ivar wire_bytes: serialised bytes sent to the tail.
    :ivar chunks: chunks that it was sent in; 0 if it was sent whole, or not at all.
    """

    tag: Any
    sequence: int
    outcome: Outcome
    conclusion: Conclusion
    split: int
    queue: float
    head: float
    opening: float
    total: float
    wire_bytes: int
    chunks: int = 0
