"""Operating points and link quality as messages; heartbeats and results from them.

See also evaluation/heard.py.
"""

import math

from std_msgs.msg import Header

from edge_exit.errors import RefusedError
from edge_exit.inference.outcome import Outcome
from edge_exit.link.heartbeat import Beat, possible
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.ended import Ended
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces import msg as messages

_ENDS = (Outcome.EXITED, Outcome.OFFLOADED, Outcome.FALLBACK)


def point_message(point: OperatingPoint, header: Header) -> messages.OperatingPoint:
    """Write a choice of a policy."""
    return messages.OperatingPoint(
        header=header,
        policy=point.policy,
        reason=point.reason,
        split=point.split,
        exit_threshold=float(point.exit_threshold),
        growth_threshold=float(point.growth_threshold),
        codec_level=point.codec_level,
        offload=point.offload,
    )


def quality_message(quality: LinkQuality, tail: str, header: Header) -> messages.LinkQuality:
    """Write the quality of the link to a tail."""
    return messages.LinkQuality(
        header=header,
        tail=tail,
        connected=quality.connected,
        goodput_mbps=quality.goodput_bps / 1e6,
        goodput_age_s=quality.goodput_age,
        rtt_ms=1e3 * quality.rtt,
        jitter_ms=1e3 * quality.jitter,
        loss=quality.loss,
        signal_dbm=math.nan,
        probe_bytes_per_s=round(quality.probe_bytes_per_s),
    )


def beat_from(message: messages.TailStatus) -> Beat:
    """Read a tail's heartbeat.

    :raises RefusedError: if its numbers are not those of a tail.
    """
    beat = Beat(
        session=message.session,
        model_id=message.model_id,
        period=message.period_s,
        queue=message.queue_length,
        load=message.load,
        service=tuple(time / 1e3 for time in message.service_ms),
    )
    if not possible(beat) or len(beat.service) != message.segments:
        raise RefusedError(f'heartbeat of {message.tail[:80]} holds impossible numbers')
    return beat


def ended_from(message: messages.Inference, now: float, segments: int) -> Ended:
    """Read how a frame of a network with so many segments ended.

    :param now: s on a steady clock.
    :raises RefusedError: if no such frame can have ended so.
    """
    ended = Ended(
        at=now,
        outcome=message.outcome,
        exit=message.exit,
        split=message.split,
        margin=message.margin,
        total=message.total_ms / 1e3,
        head=message.head_ms / 1e3,
        wire_bytes=message.bytes,
        queue=message.queue_ms / 1e3,
        score=message.score,
        opening=message.open_ms / 1e3,
    )
    if message.outcome not in _ENDS or not (0 <= ended.exit < segments >= ended.split):
        raise RefusedError(
            f'result {message.sequence} of {message.head[:80]} has outcome {ended.outcome}, exit '
            f'{ended.exit}, split {ended.split}: the bundle of this policy has {segments} segments'
        )
    if not ended.is_known:
        raise RefusedError(
            f'result {message.sequence} of {message.head[:80]} holds times that are no numbers'
        )
    return ended
