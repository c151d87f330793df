"""How long answers of a tail take, and so when one is overdue.

TCP asks the same before it sends a segment again; this is its estimator (RFC 6298, section 2): a
mean and a mean deviation, both sliding; overdue is what takes the mean and four deviations. What is
sent at another split or level takes another time, so that each has an estimate of its own.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Shares of what is new (alpha and beta), and how many deviations are waited for (K).
MEAN_GAIN = 1 / 8
DEVIATION_GAIN = 1 / 4
DEVIATIONS = 4
# No answer is overdue that comes so soon after the mean, s: threads wake late.
LEAST = 0.01
# Answers that are needed before any can be overdue.
NEEDED = 3
# Frames whose answer is awaited, and estimates that are kept, at most.
REMEMBERED = 64


def overdue(mean: Any, deviation: Any) -> Any:
    """Give how long an answer may take, s: a number, arrays, or tensors of a policy's graph."""
    return mean + np.maximum(DEVIATIONS * deviation, LEAST)


@dataclass(slots=True)
class _Estimate:
    mean: float
    deviation: float
    answers: int = 1


class Patience:
    """Learns from every answer, also from those that come too late; no threads, no clock."""

    def __init__(self) -> None:
        self._awaited: OrderedDict[int, tuple[Hashable, float]] = OrderedDict()
        self._estimates: OrderedDict[Hashable, _Estimate] = OrderedDict()

    def send(self, sequence: int, kind: Hashable, now: float) -> float:
        """Note that a frame leaves now.

        :param kind: frames of one kind take equally long: same tail, split and level.
        :returns: when its answer is overdue, s; infinity as long as that is not known.
        """
        self._awaited[sequence] = kind, now
        if len(self._awaited) > REMEMBERED:
            self._awaited.popitem(last=False)
        known = self._estimates.get(kind)
        if known is None or known.answers < NEEDED:
            return float('inf')
        return now + float(overdue(known.mean, known.deviation))

    def usual(self, kind: Hashable, now: float) -> float:
        """Say when the answer to a frame that leaves now is there as a rule, s; now if unknown."""
        known = self._estimates.get(kind)
        return now if known is None or known.answers < NEEDED else now + known.mean

    def answer(self, sequence: int, now: float) -> None:
        """Learn from an answer, whether it is in time or not; the first one to a frame counts."""
        kind, sent = self._awaited.pop(sequence, (None, now))
        if kind is None:
            return
        took = now - sent
        known = self._estimates.get(kind)
        if known is None:
            self._estimates[kind] = _Estimate(took, took / 2)
            if len(self._estimates) > REMEMBERED:
                self._estimates.popitem(last=False)
            return
        known.answers += 1
        known.deviation += DEVIATION_GAIN * (abs(took - known.mean) - known.deviation)
        known.mean += MEAN_GAIN * (took - known.mean)
