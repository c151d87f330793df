"""What a head asks of a tail, and what it gets."""

from dataclasses import dataclass

from edge_exit.coding.coded import CodedFeatures
from edge_exit.inference.belief import Belief
from edge_exit.rules.registry import DEFAULT

# Hex digits of the model id in a chunk: enough to tell bundles apart.
SHORT_MODEL_ID = 16


@dataclass(frozen=True, slots=True)
class TailRequest:
    """One frame to go on with.

    :ivar model_id: bundle that the head runs; of chunks its first SHORT_MODEL_ID digits.
    :ivar split: number of segments that have run; the tail goes on with segment `split`.
    :ivar exit_threshold: leave at the first exit that is as sure as that.
    :ivar belief: what the exits so far say together.
    :ivar coded: features at the split, of one picture; or one chunk of their code.
    :ivar exit_rule: name of the rule that tells how sure it is.
    :ivar more: the other chunks that arrived, in any order.
    """

    model_id: str
    split: int
    exit_threshold: float
    belief: Belief
    coded: CodedFeatures
    exit_rule: str = DEFAULT
    more: tuple[CodedFeatures, ...] = ()

    @property
    def nbytes(self) -> int:
        """Give the coded bytes of all that came."""
        return self.coded.nbytes + sum(chunk.nbytes for chunk in self.more)


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
