"""Operating points and link quality as messages, heartbeats from them (see evaluation/heard.py)."""

import math

from std_msgs.msg import Header

from edge_exit.errors import RefusedError
from edge_exit.link.heartbeat import Beat, possible
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces import msg as messages


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
