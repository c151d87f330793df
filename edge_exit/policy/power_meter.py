"""What computing costs this robot, from its own measurement of power and what it was busy with.

Power is taken to be a straight line of the share of time in which the network runs: its height at
0 is the robot at rest, its slope what computing needs more. What motors and lamps draw is noise
around it; as long as the slope is not sure, the stated constants hold.
"""

import math
from collections import deque
from dataclasses import replace

import numpy as np

from edge_exit.policy.ended import Ended
from edge_exit.policy.energy import EnergyModel

# Measurements that the line is drawn through, and the fewest that are enough.
SAMPLES = 120
FEWEST = 20
# A measurement stands for the time since the one before; less and more say nothing, s.
SHORTEST, LONGEST = 0.05, 30.0
# The slope is sure if its standard error is at most this share of it.
SURE = 0.25


class PowerMeter:
    """Listens to measurements of power and to frames; times in s on one steady clock."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self._busy = self._sent = 0.0
        self._since = math.nan

    def ended(self, frame: Ended) -> None:
        """Take note of a frame, when its result is heard."""
        if 0 <= frame.head < math.inf:
            self._busy += frame.head
            self._sent += frame.wire_bytes

    def measured(self, watts: float, now: float, stated: EnergyModel) -> None:
        """Take note of the power drawn since the last measurement.

        :param watts: of the whole robot; ignored if it is no positive number.
        :param stated: what the radio needs is taken from here.
        """
        span = now - self._since
        if SHORTEST <= span <= LONGEST and 0 < watts < math.inf and self._busy <= span:
            radio = float(stated.of_frame(0.0, self._sent, math.inf, 0.0)) / span
            self._samples.append((self._busy / span, watts - radio))
        if not span < SHORTEST:
            self._since, self._busy, self._sent = now, 0.0, 0.0

    def energy(self, stated: EnergyModel) -> EnergyModel:
        """Give the constants with what was measured in the place of what was stated."""
        line = _line(np.array(self._samples))
        if line is None:
            return stated
        rest, slope = line
        return replace(stated, idle_watts=rest, compute_watts=rest + slope)


def _line(samples: np.ndarray) -> tuple[float, float] | None:
    """Give height at 0 and slope, least squares; None if the slope is not sure."""
    if len(samples) < FEWEST:
        return None
    busy, watts = samples.T
    spread = busy - busy.mean()
    square = float(spread @ spread)
    if square < 1e-9:
        return None
    slope = float(spread @ watts) / square
    rest = float(watts.mean() - slope * busy.mean())
    left = watts - rest - slope * busy
    error = math.sqrt(float(left @ left) / (len(samples) - 2) / square)
    return (rest, slope) if rest >= 0 and slope > 0 and error <= SURE * slope else None
