"""What a replayed tail reads of a frame, and what it says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_exit.coding.coded import CodedFeatures
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.requests import SHORT_MODEL_ID, TailAnswer, TailRequest
from edge_exit.inference.result import NO_EXIT, Answer, Offload
from edge_exit.replay import sizes


@dataclass(frozen=True, slots=True)
class Piece:
    """A frame, or a chunk of it, as it came.

    :ivar arrived: when, s.
    """

    offload: Offload
    coded: CodedFeatures
    arrived: float


def request_of(pieces: Sequence[Piece], model_id: str) -> TailRequest:
    """Put what came of a frame together."""
    offload, more = pieces[0].offload, tuple(piece.coded for piece in pieces[1:])
    digits = len(model_id) if pieces[0].coded.part is None else SHORT_MODEL_ID
    return TailRequest(
        model_id=model_id[:digits],
        split=offload.split,
        exit_threshold=offload.exit_threshold,
        belief=offload.belief,
        coded=pieces[0].coded,
        exit_rule=offload.exit_rule,
        more=more,
    )


def answer_to(pieces: Sequence[Piece], answer: TailAnswer, took: float) -> Answer:
    """Answer a frame.

    :param took: from its arrival on, s.
    """
    offload = pieces[0].offload
    last = float(answer.belief.remaining) == 0
    return Answer(
        sequence=offload.sequence,
        outcome=Outcome.OFFLOADED,
        exit=answer.exit,
        posterior=answer.belief.posterior,
        margin=answer.belief.margin,
        finished_by=sizes.TAIL,
        reason='last exit' if last else offload.exit_rule,
        tail_time=took,
        tail_compute=answer.compute,
        chunks_used=len(pieces) if pieces[0].coded.part else 0,
    )


def refusal_of(pieces: Sequence[Piece], reason: str, took: float) -> Answer:
    """Refuse a frame.

    :param took: from its arrival on, s.
    """
    offload = pieces[0].offload
    return Answer(
        sequence=offload.sequence,
        outcome=Outcome.REFUSED,
        exit=NO_EXIT,
        posterior=offload.belief.posterior[:0],
        margin=0.0,
        finished_by=sizes.TAIL,
        reason=reason,
        tail_time=took,
        tail_compute=0.0,
    )
