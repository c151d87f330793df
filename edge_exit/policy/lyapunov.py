"""Lyapunov: drift plus penalty, with virtual queues for mean latency and mean energy.

For each frame that has ended, and each budget: z <- max(0, z + mu w (g - g_avg)); a choice has the
least of V * (accuracy and bytes lost) + sum of z * g. Kept are means over time: frames may exceed a
budget while others stay below it. The queues (z, mu, V) are those in the code of the authors of
arXiv 2412.19587; what g and the penalty are is ours, see docs/policies.md.
"""

import math
from dataclasses import replace

import numpy as np

from edge_exit.policy.ended import Ended
from edge_exit.policy.forecast import Forecast
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.planning import Planner, loss
from edge_exit.policy.reward import reference_of

# mu: how fast a queue follows.
STEP = 0.5
# A budget that cannot be kept must not be remembered for ever.
LONGEST_QUEUE = 50.0


class Lyapunov:
    """Keeps the mean latency and the mean energy of frames within their budgets."""

    def __init__(self) -> None:
        self._planner = Planner('lyapunov')
        self._latency = self._energy = 0.0
        self._seen = -math.inf

    @property
    def queues(self) -> tuple[float, float]:
        """Virtual queues of latency and energy."""
        return self._latency, self._energy

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Let the frames that have ended fill or drain the queues, and choose by them."""
        new = [frame for frame in observation.outcomes.recent if frame.at > self._seen]
        self._follow(new, observation, settings)
        return self._planner.plan(
            observation, settings, lambda forecast: self._judge(forecast, observation, settings)
        )

    def _follow(self, frames: list[Ended], observation: Observation, settings: Settings) -> None:
        preference, reference = settings.preference, reference_of(observation, settings)
        for frame in frames:
            self._seen = max(self._seen, frame.at)
            spent = frame.joules(settings.energy, observation.link.goodput_bps) / reference.joules
            self._latency = _filled(
                self._latency, preference.latency, frame.total / preference.latency_budget - 1
            )
            self._energy = _filled(self._energy, preference.energy, spent - settings.energy_budget)

    def _judge(
        self, forecast: Forecast, observation: Observation, settings: Settings
    ) -> np.ndarray:
        preference, reference = settings.preference, reference_of(observation, settings)
        free = replace(settings, preference=replace(preference, latency=0.0, energy=0.0))
        return (
            loss(forecast, observation, free)
            + self._latency * forecast.means.latency / preference.latency_budget
            + self._energy * forecast.means.joules / reference.joules
        )


def _filled(queue: float, weight: float, excess: float) -> float:
    """Give a queue after one more frame; a weight of 0 lets it drain: the budget is ignored."""
    step = STEP * (weight * excess if weight > 0 else -1.0)
    return min(max(0.0, queue + step), LONGEST_QUEUE)
