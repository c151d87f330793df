"""What is around: heads that there are, heartbeats of tails, and what nodes say is wrong."""

import threading
import time
from typing import Protocol

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from edge_exit.errors import ConfigError, EdgeExitError
from edge_exit.nodes import qos
from edge_exit.nodes.run import use_fastdds_profile
from edge_exit.nodes.timers import steady_timer
from edge_exit.terminal.seen import HealthSeen, TailSeen
from edge_exit_interfaces import msg as messages

LOOK_PERIOD_S = 1.0
SETTLE_S = 1.0
"""How much longer than the first head others are looked for: they are not discovered at once."""
_RESULTS, _BEATS = 'edge_exit_interfaces/msg/Inference', 'edge_exit_interfaces/msg/TailStatus'
# The name of a node whose discovery is not complete.
_UNKNOWN = '_NODE_NAME_UNKNOWN_'


class Listener(Protocol):
    """Hears of the surroundings, in the thread of the node."""

    def add_tail(self, tail: TailSeen) -> None: ...  # noqa: D102
    def add_health(self, node: str, health: HealthSeen) -> None: ...  # noqa: D102


class Surroundings:
    """Listens to every tail on the network and to /diagnostics, for as long as the node lives."""

    def __init__(self, node: Node, listener: Listener) -> None:
        self._node = node
        self._listener = listener
        self._topics: set[str] = set()
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        steady_timer(node, LOOK_PERIOD_S, self._look)

    def _look(self) -> None:
        for topic, kinds in self._node.get_topic_names_and_types():
            if _BEATS in kinds and topic not in self._topics:
                self._topics.add(topic)
                self._node.create_subscription(
                    messages.TailStatus, topic, self._on_beat, qos.STATUS
                )

    def _on_beat(self, message: messages.TailStatus) -> None:
        self._listener.add_tail(
            TailSeen(
                name=message.tail,
                heard=time.monotonic(),
                period=message.period_s,
                model_id=message.model_id,
                load=message.load,
                queue=message.queue_length,
                heads=message.heads,
                served=message.served,
                refused=message.refused,
            )
        )

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            level = int.from_bytes(status.level, 'little')
            health = HealthSeen(time.monotonic(), level, status.message)
            self._listener.add_health(status.name, health)


def find_head(timeout: float, stop: threading.Event) -> str | None:
    """Find the one head on this network.

    :param stop: ends the search.
    :returns: its fully qualified name; None if it was stopped.
    :raises ConfigError: if there are several; it names them.
    :raises EdgeExitError: if there is none after `timeout` seconds.
    """
    use_fastdds_profile()
    context = rclpy.Context()
    rclpy.init(context=context)
    try:
        node = rclpy.create_node('looking_for_heads', context=context)
        until = time.monotonic() + timeout
        found: list[str] = []
        while time.monotonic() < until:
            if not found and (found := _heads(node)):
                until = time.monotonic() + SETTLE_S
            if stop.wait(0.1):
                return None
        found = _heads(node)
    finally:
        context.try_shutdown()
    if not found:
        raise EdgeExitError(
            f'no head is seen within {timeout:g} s: is it running in this ROS_DOMAIN_ID? '
            'Give its name with --head, such as /robot/head, to wait for it'
        )
    if len(found) > 1:
        raise ConfigError(
            f'there are {len(found)} heads: choose one with --head: {", ".join(found)}'
        )
    return found[0]


def _heads(node: Node) -> list[str]:
    names = set()
    for topic, kinds in node.get_topic_names_and_types():
        # On <head>/offloaded it is a tail that sends the same kind.
        if _RESULTS in kinds and topic.endswith('/inference'):
            for end in node.get_publishers_info_by_topic(topic):
                if end.node_name != _UNKNOWN:
                    names.add(f'{end.node_namespace.rstrip("/")}/{end.node_name}')
    return sorted(names)
