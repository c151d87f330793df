"""How long a frame would take: head, transfer and tail time of each split (arXiv 2205.11269)."""

import math

from edge_exit.link.wire import wire_bytes
from edge_exit.policy.interface import Observation

# Serialised bytes of a Features message beside the coded features: names, belief, quantiser.
MESSAGE_BYTES = 600


def local_time(observation: Observation, segments: int) -> float:
    """Predict the time of the first segments on the robot, s."""
    return sum(observation.profile.segment_times[:segments]) * _slowdown(observation)


def offload_time(observation: Observation, split: int, codec_level: int) -> float:
    """Predict the time of a frame that is offloaded at a split and leaves at the last exit, s.

    :returns: NaN if the link has not been measured.
    """
    return local_time(observation, split) + answer_time(observation, split, codec_level)


def answer_time(observation: Observation, split: int, codec_level: int) -> float:
    """Predict the time from sending a frame to its answer, s; NaN if the link is not measured."""
    coded = observation.profile.split_bytes[split][codec_level] + MESSAGE_BYTES
    link = observation.link
    if not (0 < link.goodput_bps < math.inf and link.rtt >= 0):
        return math.nan
    transfer = 8 * wire_bytes(coded) / link.goodput_bps
    tail = _tail_times(observation)
    # A frame that waits there may have any part of the network still before it.
    waiting = max(observation.tail.queue, 0) * sum(tail) / 2
    return transfer + link.rtt + waiting + sum(tail[split:])


def _slowdown(observation: Observation) -> float:
    slowdown = observation.head_slowdown
    return slowdown if math.isfinite(slowdown) and slowdown > 0 else 1.0


def _tail_times(observation: Observation) -> tuple[float, ...]:
    """Give the tail's own times where it knows them, and the profile's elsewhere."""
    profiled = observation.profile.segment_times
    known = observation.tail.service
    if len(known) != len(profiled):
        return profiled
    return tuple(
        time if math.isfinite(time) and time >= 0 else reference
        for time, reference in zip(known, profiled, strict=True)
    )
