"""The static policy: what the user has set."""

from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint


class Static:
    """Always chooses the user's own point."""

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Give the settings as they are; the head offloads only while a tail is there."""
        return settings.point(policy='static', reason='as set')
