"""What a policy learns from results: how frames end, and how slow this robot is."""

import math
from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from edge_exit.inference.outcome import Outcome
from edge_exit.policy.ended import Ended
from edge_exit.policy.interface import Outcomes
from edge_exit.policy.interval import FEWEST, camera_interval
from edge_exit.policy.profile import Profile
from edge_exit.policy.slowness import slowness

# Results that the statistics are taken over.
RECENT = 64


class _Slowdown(NamedTuple):
    """How many times longer than the profile says a frame took, or no less than that."""

    ratio: float
    at_least: bool


class Statistics:
    """Statistics over the recent frames; one thread may note while another asks."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._ended: deque[Ended] = deque(maxlen=RECENT)
        self._slowdowns: deque[_Slowdown] = deque(maxlen=RECENT)
        self._openings: deque[float] = deque(maxlen=RECENT)

    def note(self, frame: Ended) -> None:
        """Take note of a result; what cannot be is left out."""
        if not frame.is_known:
            return
        self._ended.append(frame)
        fell_back = frame.outcome == Outcome.FALLBACK
        # What fell back ran the segments up to its exit, and perhaps a part of the next.
        segments = frame.exit + 2 if fell_back else frame.segments
        sent = frame.outcome == Outcome.OFFLOADED
        took, expected = frame.head, self._profile.computing(segments, sent=sent)
        # Cameras differ, and what opening their images takes says nothing of the network.
        if math.isfinite(frame.opening):
            self._openings.append(frame.opening)
            took, expected = took - frame.opening, expected - self._profile.opening
        if segments > 0 and took > 0:
            self._slowdowns.append(_Slowdown(took / expected, fell_back))

    def head_slowdown(self) -> float:
        """Give the median ratio of the robot's times to the profile's; 1 before it is known."""
        recent = tuple(self._slowdowns)
        if not recent:
            return 1.0
        ratios, at_least = (np.array([column]) for column in zip(*recent, strict=True))
        return float(slowness(ratios, ~at_least, np.ones_like(at_least))[0])

    def opening(self, head_slowdown: float) -> float:
        """Give the median time of opening an image less what the profile says; 0 if not known, s.

        :param head_slowdown: how many times longer than the profile says all else takes.
        """
        recent = tuple(self._openings)
        return median(recent) - head_slowdown * self._profile.opening if recent else 0.0

    def outcomes(self, now: float) -> Outcomes:
        """Sum up how the recent frames ended.

        :param now: on the clock of Ended.at, s.
        """
        ended = tuple(self._ended)
        if not ended:
            return Outcomes()
        count = len(ended)
        return Outcomes(
            frames=count,
            rate=_rate(ended, now),
            interval=_interval(ended),
            exited=_share(ended, Outcome.EXITED),
            offloaded=_share(ended, Outcome.OFFLOADED),
            fallback=_share(ended, Outcome.FALLBACK),
            margin=sum(frame.margin for frame in ended) / count,
            total=sum(frame.total for frame in ended) / count,
            wire_bytes=sum(frame.wire_bytes for frame in ended) / count,
            exits=_exits(ended, self._profile.segments),
            recent=ended,
        )


def _share(ended: Sequence[Ended], outcome: Outcome) -> float:
    return sum(frame.outcome == outcome for frame in ended) / len(ended)


def _rate(ended: Sequence[Ended], now: float) -> float:
    past = now - ended[0].at
    return (len(ended) - 1) / past if len(ended) >= FEWEST and past > 0 else 0.0


def _interval(ended: Sequence[Ended]) -> float:
    arrived = np.array([[frame.arrived for frame in ended]])
    return float(camera_interval(arrived, np.ones_like(arrived, dtype=bool))[0])


def _exits(ended: Sequence[Ended], exits: int) -> tuple[float, ...]:
    """Give the shares by exit. A fallback counts as none: no exit was sure enough of its frame."""
    left = [frame.exit for frame in ended if frame.outcome != Outcome.FALLBACK]
    return tuple(left.count(index) / len(ended) for index in range(exits))
