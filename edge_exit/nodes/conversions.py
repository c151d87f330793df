"""Frames, answers and results as messages and back; control_conversions.py has the rest.

What comes from the network is checked here or by who gets it.

Seconds inside, milliseconds in messages. Arrays are not copied element by element: a message's
array field is a buffer that numpy reads in place, and is filled in one go.
"""

import math
from array import array

import numpy as np
from std_msgs.msg import Header

from edge_exit.coding.chunks import MOST_CHUNKS
from edge_exit.coding.coded import CodedFeatures, Part
from edge_exit.errors import RefusedError
from edge_exit.inference.belief import belief_of
from edge_exit.inference.outcome import Outcome
from edge_exit.inference.requests import SHORT_MODEL_ID, TailAnswer, TailRequest
from edge_exit.inference.result import NO_EXIT, Answer, Offload, Result
from edge_exit_interfaces import msg as messages

# A posterior in float32 over many classes sums to 1 up to rounding.
_SUM_TOLERANCE = 1e-3
LONGEST_REASON = 200
_WHOLE = Part(0, 0, 0)


def features_message(
    offload: Offload, *, header: Header, head: str, session: int, model_id: str
) -> messages.Features:
    """Write what a head sends to a tail: a frame, or the chunk of it that `offload.coded` is."""
    coded, belief = offload.coded, offload.belief
    part = coded.part or _WHOLE
    if coded.part:  # every chunk says all this again, so it says it briefly
        header, model_id = Header(stamp=header.stamp), model_id[:SHORT_MODEL_ID]
    return messages.Features(
        header=header,
        head=head,
        session=session,
        sequence=offload.sequence,
        model_id=model_id,
        split=offload.split,
        exit_threshold=float(offload.exit_threshold),
        exit_rule=offload.exit_rule,
        deadline_ms=1e3 * offload.time_left,
        class_mass=_filled('f', belief.class_mass),
        remaining_mass=float(belief.remaining),
        margin=belief.margin,
        coding=int(coded.coding),
        entropy=int(coded.entropy),
        shape=array('I', coded.shape),
        scale=_filled('f', coded.scale),
        offset=_filled('f', coded.offset),
        width=coded.width,
        data=_filled('B', coded.data),
        chunk=part.index,
        chunks=part.count,
        base=part.base,
    )


def request_from(message: messages.Features) -> TailRequest:
    """Read what a head sent; TailSession.accept checks every value of it."""
    part = Part(message.chunk, message.chunks, message.base)
    return TailRequest(
        model_id=message.model_id,
        split=message.split,
        exit_threshold=message.exit_threshold,
        exit_rule=message.exit_rule,
        belief=belief_of(np.asarray(message.class_mass, np.float32), message.remaining_mass),
        coded=CodedFeatures(
            coding=message.coding,
            entropy=message.entropy,
            shape=tuple(message.shape),
            data=memoryview(message.data),
            scale=np.asarray(message.scale, np.float32),
            offset=np.asarray(message.offset, np.float32),
            width=message.width,
            part=part if message.chunks else None,
        ),
    )


def answer_message(
    request: messages.Features,
    answer: TailAnswer,
    *,
    tail: str,
    classes: tuple[str, ...],
    tail_time: float,
    chunks_used: int = 0,
) -> messages.Inference:
    """Write a tail's answer to a frame.

    :param request: the frame, or a chunk of it.
    :param tail: fully qualified name of the tail.
    :param classes: names of the classes.
    :param tail_time: from the arrival of the request to now, s.
    :param chunks_used: chunks that the answer comes from; 0 where the frame came whole.
    """
    message = _reply(request, Outcome.OFFLOADED, tail, tail_time)
    last = float(answer.belief.remaining) == 0
    message.reason = 'last exit' if last else request.exit_rule
    message.exit = answer.exit
    message.chunks_used = chunks_used
    message.tail_compute_ms = 1e3 * answer.compute
    message.margin = answer.belief.margin
    _write_posterior(message, answer.belief.posterior, classes)
    return message


def refusal_message(
    request: messages.Features, reason: str, *, tail: str, tail_time: float
) -> messages.Inference:
    """Write that a tail cannot take a frame, and why."""
    message = _reply(request, Outcome.REFUSED, tail, tail_time)
    message.reason = reason[:LONGEST_REASON]
    message.class_id = message.exit = NO_EXIT
    return message


def answer_from(message: messages.Inference, *, classes: int, segments: int) -> Answer:
    """Read a tail's answer.

    :param classes: number of classes of the robot's model.
    :param segments: number of its segments.
    :raises RefusedError: if it is not an answer of such a model.
    """
    if message.outcome not in (Outcome.OFFLOADED, Outcome.REFUSED):
        raise RefusedError(f'outcome {message.outcome} is not that of an answer')
    times = (message.tail_ms, message.tail_compute_ms)
    if not all(math.isfinite(time) and time >= 0 for time in times):
        raise RefusedError(f'times of the tail {times} ms are not possible')
    posterior = np.asarray(message.posterior, np.float32)
    if message.outcome == Outcome.OFFLOADED:
        _check_posterior(posterior, classes)
        if not 0 <= message.exit < segments:
            raise RefusedError(f'exit {message.exit} does not exist (exits: 0..{segments - 1})')
        if not 0 <= message.margin <= 1:
            raise RefusedError(f'margin {message.margin} is not in 0..1')
    if message.chunks_used > MOST_CHUNKS:
        raise RefusedError(f'{message.chunks_used} chunks are more than {MOST_CHUNKS}')
    return Answer(
        sequence=message.sequence,
        outcome=Outcome(message.outcome),
        exit=message.exit,
        posterior=posterior,
        margin=message.margin,
        finished_by=message.finished_by,
        reason=message.reason[:LONGEST_REASON],
        tail_time=message.tail_ms / 1e3,
        tail_compute=message.tail_compute_ms / 1e3,
        chunks_used=message.chunks_used,
    )


def inference_message(
    result: Result, *, header: Header, head: str, session: int, classes: tuple[str, ...]
) -> messages.Inference:
    """Write the one result of a frame.

    :param header: that of the camera image.
    :param head: fully qualified name of this robot's head.
    :param classes: names of the classes.
    """
    end = result.conclusion
    message = messages.Inference(
        header=header,
        head=head,
        session=session,
        sequence=result.sequence,
        margin=end.margin,
        outcome=int(result.outcome),
        exit=end.exit,
        split=result.split,
        chunks=result.chunks,
        chunks_used=end.chunks_used,
        finished_by=end.finished_by or head,
        reason=end.reason,
        queue_ms=1e3 * result.queue,
        head_ms=1e3 * result.head,
        open_ms=1e3 * result.opening,
        link_ms=1e3 * end.link,
        tail_ms=1e3 * end.tail_time,
        tail_compute_ms=1e3 * end.tail_compute,
        total_ms=1e3 * result.total,
        bytes=result.wire_bytes,
    )
    _write_posterior(message, end.posterior, classes)
    return message


def _reply(
    request: messages.Features, outcome: Outcome, tail: str, tail_time: float
) -> messages.Inference:
    return messages.Inference(
        header=request.header,
        head=request.head,
        session=request.session,
        sequence=request.sequence,
        outcome=int(outcome),
        split=request.split,
        chunks=request.chunks,
        finished_by=tail,
        tail_ms=1e3 * tail_time,
        bytes=len(request.data),
    )


def _write_posterior(
    message: messages.Inference, posterior: np.ndarray, classes: tuple[str, ...]
) -> None:
    best = int(posterior.argmax())
    message.posterior = _filled('f', posterior)
    message.score = float(posterior[best])
    if message.exit == NO_EXIT:  # nobody has spoken: the most probable class means nothing
        message.class_id = NO_EXIT
    else:
        message.class_id, message.label = best, classes[best]


def _check_posterior(posterior: np.ndarray, classes: int) -> None:
    if posterior.shape != (classes,):
        raise RefusedError(f'posterior over {posterior.size} classes, the model has {classes}')
    total = float(posterior.sum())
    if not (abs(total - 1) < _SUM_TOLERANCE and (posterior >= 0).all()):
        raise RefusedError(f'posterior is not one: it sums to {total:.4f}')


def _filled(kind: str, values: np.ndarray | bytes | memoryview) -> array:
    """Copy a contiguous buffer as it is; any other way takes a thousand times as long."""
    filled = array(kind)
    filled.frombytes(memoryview(values).cast('B'))
    return filled
