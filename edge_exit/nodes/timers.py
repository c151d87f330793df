"""Timers on the machine's steady clock, which neither simulated time nor NTP can stop or bend."""

import threading
import time
import traceback
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer

from edge_exit.nodes.priorities import BESIDE_FRAMES, give_way

LOG_PERIOD = 10.0


def steady_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """Call back every `period` seconds of real time."""
    return node.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))


class Ticker:
    """Calls back again and again, in real time, from a thread of its own that gives way to frames.

    For what comes many times a second: each wake of rclpy's executor costs a search through all
    entities of its node, 1.5 ms of a core, and on a slow robot that is most of what an idle node
    costs.

    :param period: time between calls, s.
    :param callback: called by one thread; gives the time until its next call, s, None for `period`.
        An error is logged and ends nothing.
    """

    def __init__(self, node: Node, period: float, callback: Callable[[], float | None]) -> None:
        self._node, self._period, self._callback = node, period, callback
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name='ticker', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Call back no more; waits for a call under way."""
        self._closed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        give_way(BESIDE_FRAMES)
        due = time.monotonic() + self._period
        while not self._closed.wait(max(0.0, due - time.monotonic())):
            if not self._node.context.ok():
                return
            # After a pause of the whole machine it goes on as usual and makes nothing up for.
            due = max(due, time.monotonic()) + self._call()

    def _call(self) -> float:
        try:
            wait = self._callback()
        except Exception:
            wait = None
            if self._node.context.ok():
                self._node.get_logger().error(
                    f'a regular task failed:\n{traceback.format_exc()}',
                    throttle_duration_sec=LOG_PERIOD,
                )
        return self._period if wait is None else wait
