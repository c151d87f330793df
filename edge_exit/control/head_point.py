"""Which operating point a head follows: a policy's, its own rule's or the fixed one, clamped."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.control import periods
from edge_exit.parameters.head import fixed_point, privacy
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.watchdog import Watchdog


class HeadPoint:
    """Listens to a policy; what it gives is always possible on this robot.

    :param held: number of segments that this robot holds.
    :param rule: the robot's own choice, by the parameters.
    """

    def __init__(
        self, bundle: Bundle, held: int, rule: Callable[[Mapping[str, Any]], OperatingPoint]
    ) -> None:
        self._segments = len(bundle.segments)
        self._splits = range(min(held, self._segments - 1) + 1)
        self._levels = len(bundle.codec_levels)
        self._rule = rule
        self._watchdog = Watchdog()

    def hear(self, point: OperatingPoint, now: float) -> None:
        """Note a choice of the policy, s."""
        self._watchdog.hear(point, now)

    def choose(self, values: Mapping[str, Any], now: float) -> OperatingPoint:
        """Give the operating point that holds now.

        :param values: the head's parameters.
        """
        point = self._watchdog.choose(
            now,
            timeout=values['policy_timeout_s'],
            fixed=fixed_point(values),
            rule=lambda: self._rule(values),
        )
        if not privacy(values).lets(self._splits[-1]):
            point = replace(point, offload=False, reason='privacy')
        elif point.split >= self._segments:  # what a policy calls "never"
            point = replace(point, offload=False)
        deep = self._splits[values['privacy.min_depth'] :]
        return point.clamped(splits=deep, codec_levels=self._levels)

    def patience(self, values: Mapping[str, Any], now: float) -> float:
        """Give when to choose next if nothing is heard until then, s."""
        if self.complaint(values, now):
            return periods.OWN_RULE
        return max(self._watchdog.patience(now, values['policy_timeout_s']), periods.OWN_RULE)

    def complaint(self, values: Mapping[str, Any], now: float) -> str:
        """Say why the policy cannot be trusted; empty if it can, or if none ever spoke."""
        return self._watchdog.complaint(now, values['policy_timeout_s'])
