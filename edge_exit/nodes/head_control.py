"""Whose operating point a head follows, said once whenever that changes."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from rclpy.node import Node

from edge_exit.bundle import Bundle
from edge_exit.control import periods
from edge_exit.control.head_point import HeadPoint
from edge_exit.evaluation.heard import point_from
from edge_exit.nodes import qos
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.timers import Ticker
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces import msg as messages


class HeadControl:
    """Follows a policy, or the robot's own rule, or the parameters; clamped to what is possible.

    :param held: number of segments that this robot holds.
    :param rule: the robot's own choice, by the parameters.
    :param apply: called with the operating point whenever it changes.
    """

    def __init__(
        self,
        node: Node,
        bundle: Bundle,
        *,
        held: int,
        values: Mapping[str, Any],
        rule: Callable[[Mapping[str, Any]], OperatingPoint],
        apply: Callable[[OperatingPoint], None],
    ) -> None:
        self._node = node
        self._apply = apply
        self._head = HeadPoint(bundle, held, rule)
        self._values = values
        self._followed = ''
        # Points, parameters and the watchdog's turn come in threads of their own.
        self._lock = threading.RLock()
        self.point = self._choose()
        self._points = Intake(
            node,
            messages.OperatingPoint,
            'operating_point',
            self._hear,
            qos.OPERATING_POINT,
            beside=True,
        )
        self._points.start()
        self._ticker = Ticker(node, periods.OWN_RULE, self._on_tick)

    def change(self, values: Mapping[str, Any]) -> None:
        """Follow changed parameters."""
        with self._lock:
            self._values = values
            self._update()

    def close(self) -> None:
        """Give all back."""
        self._ticker.close()
        self._points.close()

    def _hear(self, message: messages.OperatingPoint, _info: dict) -> None:
        with self._lock:
            self._head.hear(point_from(message), time.monotonic())
            self._update()

    def _on_tick(self) -> float:
        with self._lock:
            self._update()
            return self._head.patience(self._values, time.monotonic())

    def _update(self) -> None:
        with self._lock:
            point = self._choose()
            if point != self.point:
                self.point = point
                self._apply(point)
            self._log_change(point)

    def _choose(self) -> OperatingPoint:
        return self._head.choose(self._values, time.monotonic())

    def _log_change(self, point: OperatingPoint) -> None:
        if point.policy == self._followed:
            return
        logger = self._node.get_logger()
        text = f'operating point from {point.policy or "an unnamed policy"}: {point.reason}'
        if self._head.complaint(self._values, time.monotonic()):
            logger.warning(text)
        else:
            logger.info(text)
        self._followed = point.policy
