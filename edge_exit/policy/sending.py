"""What happens to frames that are offloaded at a split: their time, part by part."""

import math
from dataclasses import dataclass

import numpy as np

from edge_exit.link.patience import overdue
from edge_exit.link.wire import wire_bytes
from edge_exit.policy.interface import Observation
from edge_exit.policy.prediction import (
    answering_time,
    frame_rate,
    jitter,
    local_time,
    round_trip,
    slowdown,
    tail_slowdown,
    tail_times,
)
from edge_exit.policy.queueing import queueing

# Spread of one frame's time around the prediction, as a share of it, beside the link's jitter.
SPREAD = 0.1
LEAST_SPREAD = 1e-4
# Slope of the logistic curve that is closest to the normal distribution.
_LOGISTIC = 1.702


@dataclass(frozen=True, slots=True)
class Sending:
    """Frames that are offloaded at one split: L codec levels, T exit thresholds; s.

    :ivar encoding: what the robot does to send a frame: its code and its message, (L, 1).
    :ivar size: serialised bytes of the message, (L, 1).
    :ivar answer: from sending to the answer, (L, T); infinite where the link is too narrow.
    :ivar listening: the part of it after the last bit was sent, (L, T).
    :ivar tail: the part of it in which the tail computes, (L, T).
    """

    encoding: np.ndarray
    size: np.ndarray
    answer: np.ndarray
    listening: np.ndarray
    tail: np.ndarray


def sending(observation: Observation, split: int, levels: range, left: np.ndarray) -> Sending:
    """Predict the way of frames that no exit before the split lets go.

    :param left: shares of pictures that leave at each exit, (T, E).
    """
    profile, link = observation.profile, observation.link
    size = _column(profile.split_bytes, split, levels)
    transfer = np.array([[8 * wire_bytes(int(one))] for one in size[:, 0]]) / link.goodput_bps
    rate = frame_rate(observation, local_time(observation, split))
    waits = queueing(rate, left[:, split:].sum(axis=1), transfer)
    service = tail_times(observation)
    encoding = _column(profile.encoding_times, split, levels)
    decoding = tail_slowdown(observation) * _column(profile.decoding_times, split, levels)
    tail = _service(service, split, left) + decoding
    # A frame that waits there may have any part of the network still before it.
    waiting = max(observation.tail.queue, 0) * sum(service) / 2
    listening = round_trip(observation) + answering_time(observation) + waiting + tail
    return Sending(
        encoding=slowdown(observation) * (profile.sending + encoding),
        size=size,
        answer=waits + transfer + listening,
        listening=listening,
        tail=tail,
    )


def beyond(times: np.ndarray, limit: float, observation: Observation) -> np.ndarray:
    """Give the share of frames whose time is above a limit, if that is their predicted mean."""
    spread = np.hypot(jitter(observation), SPREAD * times) + LEAST_SPREAD
    if limit == math.inf:
        return np.zeros(times.shape)
    with np.errstate(invalid='ignore', over='ignore'):
        share = 1 / (1 + np.exp(_LOGISTIC * (limit - times) / spread))
    return np.where(np.isfinite(times), share, 1.0)


def given_up(
    arrives: np.ndarray, rest: float, deadline: float, observation: Observation
) -> np.ndarray:
    """Predict when a robot that holds the whole network has answered a frame that got lost, s.

    It begins when the answer is overdue (`link.patience`).

    :param arrives: when the answer would be there.
    :param rest: how long the robot takes to finish alone.
    """
    return np.minimum(overdue(arrives, jitter(observation)) + rest, deadline)


def _column(table: tuple, split: int, levels: range) -> np.ndarray:
    """Give the numbers of these levels as a column, 0 where the profile has none."""
    return np.array([[table[split][level] if table else 0.0] for level in levels])


def _service(service: tuple[float, ...], split: int, left: np.ndarray) -> np.ndarray:
    """Give the mean time of the tail's segments, (T,); frames leave at its exits, too."""
    until = np.cumsum(service[split:])
    shares = left[:, split:]
    reaching = shares.sum(axis=1)
    return np.where(reaching > 0, shares @ until / np.where(reaching > 0, reaching, 1), until[-1])
