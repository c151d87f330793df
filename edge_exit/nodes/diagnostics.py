"""What a node reports about itself on /diagnostics, once a second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from edge_exit.nodes.timers import steady_timer

OK = DiagnosticStatus.OK
WARN = DiagnosticStatus.WARN
ERROR = DiagnosticStatus.ERROR
PERIOD = 1.0


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is at one moment.

    :ivar level: OK, WARN or ERROR.
    :ivar message: the state in a few words.
    :ivar values: counters and measurements by name; floats are shown with six digits.
    """

    level: bytes
    message: str
    values: dict[str, Any] = field(default_factory=dict)


class Diagnostics:
    """Publishes what `report()` says every second, in every lifecycle state."""

    def __init__(self, node: Node, report: Callable[[], Health]) -> None:
        self._node = node
        self._report = report
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        steady_timer(node, PERIOD, self.publish)

    def publish(self) -> None:
        """Publish a report now; the timer does it every second."""
        health = self._report()
        name = self._node.get_fully_qualified_name()
        status = DiagnosticStatus(
            level=health.level,
            name=name,
            message=health.message,
            hardware_id=name,
            values=[KeyValue(key=k, value=_text(v)) for k, v in health.values.items()],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)


def _text(value: Any) -> str:
    return format(value, '.6g') if isinstance(value, float) else str(value)
