"""Energy-aware dynamic split: the choice that is predicted to lose least of what the user weighs.

Dynamic split computing (arXiv 2205.11269) takes the least time. This takes the least loss of worth
in answers, time, energy and bytes (edge_exit/policy/reward.py), and chooses the exit threshold with
the split where the bundle has counted its answers; that is ours.
"""

from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.planning import Planner, loss


class EnergyAware:
    """Chooses split, codec level, exit threshold and whether to offload."""

    def __init__(self) -> None:
        self._planner = Planner('energy_aware')

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Choose the least predicted loss; stay with the last place unless enough is saved."""
        return self._planner.plan(
            observation, settings, lambda forecast: loss(forecast, observation, settings)
        )
