"""Threshold indexed by the channel: which frames to send over the link as it is now.

Jankowski, Gunduz and Mikolajczyk (arXiv 2311.18098) send a frame or not by what its exit says AND
by the channel. Here split and codec level are the user's, and the exit threshold is the one of
least predicted loss at the present link; how it is found is ours. The other steps of that ladder
are operating points or exit rules, see docs/policies.md.
"""

import numpy as np

from edge_exit.policy.forecast import Forecast, Place
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.planning import Planner, loss


class ChannelThreshold:
    """Chooses the exit threshold; it is the user's where the bundle has not counted its answers."""

    def __init__(self) -> None:
        self._planner = Planner('channel_threshold')

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Choose the threshold of least loss at the user's split; alone where there is no link."""

        def judge(forecast: Forecast) -> np.ndarray:
            bad = loss(forecast, observation, settings)
            wanted = Place(settings.split, settings.codec_level, True)
            if wanted in forecast.places:
                bad[[place != wanted for place in forecast.places]] = np.inf
            return bad

        return self._planner.plan(observation, settings, judge)
