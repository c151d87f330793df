"""Whose operating point holds: a live policy's, the robot's own rule, or the fixed one."""

from collections.abc import Callable
from dataclasses import replace

from edge_exit.policy.operating_point import OperatingPoint


class Watchdog:
    """Watches a policy that should speak a few times a second.

    Before any policy has spoken, the fixed point holds. A policy that falls silent, or chooses what
    is not finite, is replaced by a rule until it speaks sense again.
    """

    def __init__(self) -> None:
        self._heard: float | None = None
        self._point: OperatingPoint | None = None

    def hear(self, point: OperatingPoint, now: float) -> None:
        """Note a choice of the policy, s."""
        self._heard = now
        self._point = point if point.is_finite() else None

    def choose(
        self,
        now: float,
        *,
        timeout: float,
        fixed: OperatingPoint,
        rule: Callable[[], OperatingPoint],
    ) -> OperatingPoint:
        """Give the operating point that holds now.

        :param timeout: how long a policy may be silent, s.
        :param fixed: holds if no policy ever spoke.
        :param rule: the robot's own choice, asked if the policy cannot be trusted.
        """
        if self._heard is None:
            return fixed
        why = self.complaint(now, timeout)
        return replace(rule(), reason=why) if why else self._point

    def patience(self, now: float, timeout: float) -> float:
        """Give how long nothing can change if the policy says nothing more, s."""
        if self._heard is None:
            return timeout
        return self._heard + timeout - now

    def complaint(self, now: float, timeout: float) -> str:
        """Say why the policy cannot be trusted; empty if it can, or if none ever spoke."""
        if self._heard is None:
            return ''
        if now - self._heard > timeout:
            return 'policy is silent'
        return '' if self._point is not None else 'policy chose no finite numbers'
