"""Messages of one topic, taken in a thread of their own with nothing between DDS and the work.

An executor of rclpy looks through all entities of its node for each message, twice, and holds the
interpreter meanwhile: on a busy path that costs a frame more than all its other handling.
"""

import threading
import traceback
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.guard_condition import GuardCondition

# No public way leads to a wait set; rclpy.wait_for_message itself goes this one.
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.qos import QoSProfile

from edge_exit.nodes.priorities import BESIDE_FRAMES, give_way

# Taken in one go at most: a flood must not keep the work from its turn.
MOST_AT_ONCE = 64
LOG_PERIOD = 10.0


class Intake:
    """A subscription and a thread that hands over its messages.

    :param callback: gets each message and its info; an error is logged and ends nothing.
    :param beside: whether its thread gives way to those of frames.
    :param rest: called whenever nothing more lies there; may work. Gives the time until it must be
        called again even if nothing comes, s; None if it need not be.
    """

    def __init__(
        self,
        node: Node,
        message_type: type,
        topic: str,
        callback: Callable[[Any, dict[str, Any]], None],
        profile: QoSProfile,
        *,
        beside: bool = False,
        rest: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._node = node
        self._callback, self._rest = callback, rest
        self._beside = beside
        self._closed = False
        self._subscription = node.create_subscription(
            message_type, topic, callback, profile, callback_group=_NoExecutor()
        )
        self._wake = GuardCondition(None, None, context=node.context)
        self._wait_set = rclpy_implementation.WaitSet(1, 1, 0, 0, 0, 0, node.context.handle)
        self._thread = threading.Thread(target=self._run, name='intake', daemon=True)

    def start(self) -> None:
        """Let messages in."""
        self._thread.start()

    def close(self) -> None:
        """End the thread after the work that it does, and give all back."""
        self._closed = True
        if self._thread.is_alive():
            self._wake.trigger()
            self._thread.join()
        self._wake.destroy()
        self._node.destroy_subscription(self._subscription)

    def _run(self) -> None:
        if self._beside:
            give_way(BESIDE_FRAMES)
        timeout = None
        while not self._closed and self._node.context.ok():
            self._wait(timeout)
            try:
                timeout = self._hand_over()
            except Exception:
                timeout = 0.0
                self._node.get_logger().error(
                    f'a message could not be handled:\n{traceback.format_exc()}',
                    throttle_duration_sec=LOG_PERIOD,
                )

    def _wait(self, timeout: float | None) -> None:
        self._wait_set.clear_entities()
        self._wait_set.add_subscription(self._subscription.handle)
        self._wait_set.add_guard_condition(self._wake.handle)
        self._wait_set.wait(-1 if timeout is None else int(1e9 * timeout))

    def _hand_over(self) -> float | None:
        for _ in range(MOST_AT_ONCE):
            taken = self._subscription.handle.take_message(self._subscription.msg_type, False)
            if taken is None:
                break
            self._callback(*taken)
        return self._rest()


class _NoExecutor(CallbackGroup):
    """Keeps the executor that spins the node away from what is in it."""

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        pass
