"""The robot's own measurement of its power: its battery's messages, or the processor's counter."""

import time
from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import BatteryState

from edge_exit.nodes.timers import steady_timer
from edge_exit.parameters.preference import BATTERY, MODEL, RAPL
from edge_exit.policy.rapl import Rapl

# How often the processor's counter is read, s.
PERIOD = 1.0


class Power:
    """Hears one source at a time.

    :param measured: called with watts and the time on the steady clock, s.
    """

    def __init__(self, node: Node, measured: Callable[[float, float], None]) -> None:
        self._node = node
        self._measured = measured
        self._source = MODEL
        self._close: Callable[[], object] = lambda: None

    def use(self, source: str) -> None:
        """Hear this source from now on."""
        if source == self._source:
            return
        self._close()
        self._source, self._close = source, lambda: None
        if source == BATTERY:
            subscription = self._node.create_subscription(
                BatteryState, 'battery_state', self._hear, qos_profile_sensor_data
            )
            self._close = lambda: self._node.destroy_subscription(subscription)
        elif source == RAPL:
            self._count()

    def _hear(self, message: BatteryState) -> None:
        # By the message's definition the current is negative while the battery is drained.
        self._measured(-message.voltage * message.current, time.monotonic())

    def _count(self) -> None:
        try:
            counter = Rapl()
        except OSError as error:
            self._node.get_logger().warning(f'power_source rapl: {error}; the stated model holds')
            return

        def read() -> None:
            now = time.monotonic()
            try:
                self._measured(counter.watts(now), now)
            except OSError as error:
                self._node.get_logger().warning(f'power_source rapl: {error}', once=True)

        timer = steady_timer(self._node, PERIOD, read)
        self._close = lambda: self._node.destroy_timer(timer)
