"""Watch a robot from outside: what it publishes as plain values, and its parameters.

A node without a process of its own; whoever evaluates a running system makes one.
"""

import threading
import time
from typing import Any, Protocol

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from edge_exit.errors import ConfigError, EdgeExitError
from edge_exit.evaluation.frames import FrameResult
from edge_exit.evaluation.heard import (
    books_from,
    nanoseconds,
    point_from,
    quality_from,
    result_from,
)
from edge_exit.inference.ledger import Counts
from edge_exit.link.quality import LinkQuality
from edge_exit.nodes import qos
from edge_exit.nodes.run import use_fastdds_profile
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces import msg as messages


class Listener(Protocol):
    """Hears what a watcher sees, in the watcher's thread."""

    def add_result(self, result: FrameResult) -> None: ...  # noqa: D102
    def add_label(self, stamp: int, class_id: int) -> None: ...  # noqa: D102
    def add_books(self, books: Counts) -> None: ...  # noqa: D102
    def add_link(self, quality: LinkQuality) -> None: ...  # noqa: D102
    def add_point(self, point: OperatingPoint) -> None: ...  # noqa: D102


class Watcher:
    """Watches one robot until its `with` block ends.

    :param head: fully qualified name of the robot's head; its topics lie in the same namespace.
    """

    def __init__(self, head: str, listener: Listener) -> None:
        self._head = head
        self._listener = listener
        use_fastdds_profile()
        self._context = rclpy.Context()
        rclpy.init(context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self._node = rclpy.create_node(
            'watcher', context=self._context, namespace=head.rpartition('/')[0]
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._subscribe()
        self._thread = threading.Thread(target=self._spin, name='watcher', daemon=True)

    def __enter__(self) -> 'Watcher':
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(timeout_sec=0.5)
        self._context.try_shutdown()
        self._thread.join(timeout=1.0)

    @property
    def node(self) -> Node:
        """The node that watches, for who listens to more."""
        return self._node

    def hears_results(self) -> bool:
        """Say whether the head's results are connected to this watcher."""
        return self._node.count_publishers('inference') > 0

    def set_parameters(self, node: str, values: dict[str, Any], timeout: float = 5.0) -> None:
        """Set parameters of a running node, all or none.

        :raises ConfigError: if the node rejects them; it holds the node's reason.
        :raises EdgeExitError: if the node does not answer in `timeout` seconds.
        """
        client = self._node.create_client(
            SetParametersAtomically, f'{node}/set_parameters_atomically'
        )
        try:
            result = self._call(client, _request(values), time.monotonic() + timeout)
        finally:
            self._node.destroy_client(client)
        if result is None:
            raise EdgeExitError(f'{node} did not answer within {timeout:g} s: is it running?')
        if not result.successful:
            raise ConfigError(f'{node} rejects {values}: {result.reason}')

    def _call(self, client: Any, request: Any, until: float) -> Any:
        if not client.wait_for_service(timeout_sec=until - time.monotonic()):
            return None
        done = threading.Event()
        future = client.call_async(request)
        future.add_done_callback(lambda _: done.set())
        return future.result().result if done.wait(until - time.monotonic()) else None

    def _subscribe(self) -> None:
        for kind, topic, callback, profile in (
            (messages.Inference, 'inference', self._on_result, qos.RESULTS),
            (messages.Label, 'label', self._on_label, qos.IMAGES),
            (messages.LinkQuality, 'link_quality', self._on_link, qos.STATUS),
            (messages.OperatingPoint, 'operating_point', self._on_point, qos.OPERATING_POINT),
            (DiagnosticArray, '/diagnostics', self._on_diagnostics, 10),
        ):
            self._node.create_subscription(kind, topic, callback, profile)

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except ExternalShutdownException:
            pass

    def _on_result(self, message: messages.Inference) -> None:
        if message.head == self._head:
            self._listener.add_result(result_from(message, time.monotonic()))

    def _on_label(self, message: messages.Label) -> None:
        self._listener.add_label(nanoseconds(message.header.stamp), message.class_id)

    def _on_link(self, message: messages.LinkQuality) -> None:
        self._listener.add_link(quality_from(message))

    def _on_point(self, message: messages.OperatingPoint) -> None:
        self._listener.add_point(point_from(message))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        found = books_from(message, self._head)
        if found:
            self._listener.add_books(found[1])


def _request(values: dict[str, Any]) -> SetParametersAtomically.Request:
    return SetParametersAtomically.Request(
        parameters=[
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()
        ]
    )
