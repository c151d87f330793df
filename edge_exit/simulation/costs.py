"""What the work on a frame takes on the reference machine, from the bundle's profile."""

from dataclasses import dataclass

import numpy as np

from edge_exit.link.wire import (
    DATAGRAM_HEADERS,
    ETHERNET_AND_IP,
    LARGEST_DATAGRAM,
    MTU,
)
from edge_exit.policy.profile import Profile

# Serialised Inference message that answers an offload, its class names and posterior included.
ANSWER_BYTES = 500


@dataclass(frozen=True, slots=True)
class Costs:
    """Times of E segments, S splits, L codec levels, s.

    :ivar overhead: what the robot does for a frame beside its segments and to send it, ().
    :ivar around: the part of that which its result does not count as computing, ().
    :ivar answering: of the messages at the tail, ().
    :ivar until: of the first 0..E segments, (E + 1,).
    :ivar sending: what the robot does to send a frame, code and message, (S, L).
    :ivar decoding: (S, L).
    """

    overhead: float
    around: float
    answering: float
    until: np.ndarray
    sending: np.ndarray
    decoding: np.ndarray


def costs_of(profile: Profile) -> Costs:
    """Give the times that a profile knows."""
    shape = (len(profile.split_bytes), profile.codec_levels)

    def table(values) -> np.ndarray:
        return np.array(values, float).reshape(shape) if values else np.zeros(shape)

    until = np.concatenate([[0.0], np.cumsum(profile.segment_times)])
    return Costs(
        overhead=profile.overhead,
        around=profile.around,
        answering=profile.answering,
        until=until,
        sending=profile.sending + table(profile.encoding_times),
        decoding=table(profile.decoding_times),
    )


def wire_size(serialised: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give bytes on the wire and frames of messages; `edge_exit.link.wire` for arrays."""
    serialised = np.asarray(serialised, float)
    whole, rest = np.divmod(serialised, LARGEST_DATAGRAM)
    full = -(-(LARGEST_DATAGRAM + DATAGRAM_HEADERS) // (MTU - 20))
    last = np.where(rest > 0, np.ceil((rest + DATAGRAM_HEADERS) / (MTU - 20)), 0.0)
    frames = whole * full + last
    datagrams = whole + (rest > 0)
    return serialised + datagrams * DATAGRAM_HEADERS + frames * ETHERNET_AND_IP, frames
