"""How long a frame would take: head, transfer and tail time of each split (arXiv 2205.11269)."""

import math

from edge_exit.link.round_trip import mean_round_trip
from edge_exit.link.wire import wire_bytes
from edge_exit.policy.interface import Observation
from edge_exit.policy.queueing import queueing


def local_time(observation: Observation, segments: int) -> float:
    """Predict the time of a frame on the robot until the first segments are done, s."""
    profile = observation.profile
    profiled = profile.overhead + sum(profile.segment_times[:segments])
    return profiled * slowdown(observation) + opening(observation)


def offload_time(observation: Observation, split: int, codec_level: int) -> float:
    """Predict the time of a frame that is offloaded at a split and leaves at the last exit, s.

    :returns: NaN if the link has not been measured; infinity if it does not carry as many frames.
    """
    profile = observation.profile
    encoding = profile.sending + _of(profile.encoding_times, split, codec_level)
    answer = answer_time(observation, split, codec_level)
    return local_time(observation, split) + slowdown(observation) * encoding + answer


def mean_time(observation: Observation, segments: int, rest: float) -> float:
    """Predict the mean time of frames that may leave at each exit of the first segments, s.

    :param rest: time of a frame that none of these exits lets go, from its first segment on, s.
    """
    exits = observation.outcomes.exits[:segments]
    early = sum(share * local_time(observation, exit_ + 1) for exit_, share in enumerate(exits))
    return early + _reaching(observation, segments) * rest


def answer_time(observation: Observation, split: int, codec_level: int) -> float:
    """Predict the time from sending a frame to its answer, s; NaN and infinity as above."""
    serialised = observation.profile.split_bytes[split][codec_level]
    link = observation.link
    if not (0 < link.goodput_bps < math.inf and 0 <= link.rtt < math.inf):
        return math.nan
    transfer = 8 * wire_bytes(serialised) / link.goodput_bps
    tail = tail_times(observation)
    # A frame that waits there may have any part of the network still before it.
    waiting = max(observation.tail.queue, 0) * sum(tail) / 2
    decoding = _of(observation.profile.decoding_times, split, codec_level)
    decoding *= tail_slowdown(observation)
    rate = frame_rate(observation, local_time(observation, split))
    queue = float(queueing(rate, _reaching(observation, split), transfer))
    way = round_trip(observation) + answering_time(observation)
    return queue + transfer + way + waiting + decoding + sum(tail[split:])


def round_trip(observation: Observation) -> float:
    """Predict the mean round-trip time of a small message, s."""
    return mean_round_trip(observation.link.rtt, jitter(observation))


def answering_time(observation: Observation) -> float:
    """Predict what the tail takes to hear and to answer a frame, beside its computing, s."""
    return observation.profile.answering * tail_slowdown(observation)


def jitter(observation: Observation) -> float:
    """Give the link's jitter, 0 where it is not known, s."""
    return observation.link.jitter if 0 <= observation.link.jitter < math.inf else 0.0


def frame_rate(observation: Observation, head: float) -> float:
    """Predict how many frames a second a robot takes: all images, or as many as it has time for.

    What it took of late says less: it may have been busy otherwise, or just started.

    :param head: computing on the robot until the longest frame is sent, s.
    :returns: results a second of late where the camera's interval is not known.
    """
    interval = observation.outcomes.interval
    return 1 / max(interval, head) if interval > 0 else observation.outcomes.rate


def _reaching(observation: Observation, segments: int) -> float:
    """Give the share of frames that no exit of the first segments lets go; 1 if not known."""
    return max(1 - sum(observation.outcomes.exits[:segments]), 0.0)


def slowdown(observation: Observation) -> float:
    """Give the robot's slowdown, 1 where it cannot be right."""
    slower = observation.head_slowdown
    return slower if math.isfinite(slower) and slower > 0 else 1.0


def opening(observation: Observation) -> float:
    """Give what opening an image takes longer than the profile says, 0 where not known, s."""
    longer = observation.opening if math.isfinite(observation.opening) else 0.0
    return max(longer, -slowdown(observation) * observation.profile.opening)


def tail_slowdown(observation: Observation) -> float:
    """Say how many times longer than the profile says the network takes at the tail."""
    profiled = sum(observation.profile.segment_times)
    return sum(tail_times(observation)) / profiled if profiled > 0 else 1.0


def _of(times: tuple[tuple[float, ...], ...], split: int, codec_level: int) -> float:
    """Give the time of coding or decoding; 0 where a profile knows none."""
    return times[split][codec_level] if times else 0.0


def tail_times(observation: Observation) -> tuple[float, ...]:
    """Give the tail's own times where it knows them, and the profile's elsewhere."""
    profiled = observation.profile.segment_times
    known = observation.tail.service
    if len(known) != len(profiled):
        return profiled
    return tuple(
        time if math.isfinite(time) and time >= 0 else reference
        for time, reference in zip(known, profiled, strict=True)
    )
