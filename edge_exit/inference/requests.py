"""What a head asks of a tail, and what it gets."""

from dataclasses import dataclass

from edge_exit.coding.coded import CodedFeatures
from edge_exit.inference.belief import Belief
from edge_exit.rules.registry import DEFAULT


@dataclass(frozen=True, slots=True)
class TailRequest:
    """One frame to go on with.

    :ivar model_id: bundle that the head runs.
    :ivar split: number of segments that have run; the tail goes on with segment `split`.
    :ivar exit_threshold: leave at the first exit that is as sure as that.
    :ivar belief: what the exits so far say together.
    :ivar coded: features at the split, of one picture.
    :ivar exit_rule: name of the rule that tells how sure it is.
    """

    model_id: str
    split: int
    exit_threshold: float
    belief: Belief
    coded: CodedFeatures
    exit_rule: str = DEFAULT


@dataclass(frozen=True, slots=True)
class TailAnswer:
    """How a frame ended at a tail.

    :ivar exit: index of the exit that it left at.
    :ivar compute: time of its decoding, and in which the network ran for its batch until it left,
        s.
    """

    exit: int
    belief: Belief
    compute: float
