"""Timers on the machine's steady clock, which neither simulated time nor NTP can stop or bend."""

from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer


def steady_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """Call back every `period` seconds of real time."""
    return node.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))
