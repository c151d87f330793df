"""The life of a node process: start, spin, and a clean end however often Ctrl-C arrives."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.resources import files

import rclpy
from rclpy.exceptions import NameValidationException, ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from edge_exit.errors import EdgeExitError
from edge_exit.nodes.lifecycle import NotStartedError

PROFILES_VARIABLES = (
    'FASTDDS_DEFAULT_PROFILES_FILE',
    'FASTRTPS_DEFAULT_PROFILES_FILE',
)
ENDING_SIGNALS = {signal.SIGINT, signal.SIGTERM}
# Ctrl-C under `ros2 launch` arrives twice at once; a user who presses again later means it.
PATIENCE = 3.0


def run(make_node: Callable[[], Node], args: Sequence[str] | None = None) -> int:
    """Run one node until SIGINT or SIGTERM and destroy it.

    Call it from the main thread, as the last thing of the process: it ends deaf to both signals.

    :param make_node: makes the node once ROS is initialised; its `destroy_node` ends its threads.
    :param args: arguments with `--ros-args`; those of the process if None.
    :returns: exit status: 0 after a signal, 1 if a setting of the user prevents the start.
    """
    stop = _Stop()
    use_fastdds_profile()
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # a parameter file that does not parse
        return _failed(f'cannot start ROS: {error}')
    try:
        node = make_node()
    except NotStartedError:  # the node has logged why
        rclpy.try_shutdown()
        return 1
    except (EdgeExitError, ParameterException, NameValidationException) as error:
        rclpy.try_shutdown()
        return _failed(str(error))
    try:
        _spin(node, stop)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
        stop.ignore_more()
    return 0


def run_job(make_node: Callable[[], Node]) -> int:
    """Run a node that has something to bring to an end, as `run` does.

    :param make_node: makes the node; its `failed` tells whether it could not.
    :returns: exit status: 1 if it failed, else that of `run`.
    """
    nodes: list[Node] = []

    def make() -> Node:
        nodes.append(make_node())
        return nodes[0]

    status = run(make)
    return status or int(any(node.failed for node in nodes))


def use_fastdds_profile() -> None:
    """Let Fast DDS load the shipped profile unless the user has chosen one; see docs/network.md."""
    if not any(name in os.environ for name in PROFILES_VARIABLES):
        profile = files('edge_exit') / 'config' / 'fastdds_profile.xml'
        os.environ[PROFILES_VARIABLES[0]] = str(profile)


class _Stop:
    """Takes the ending signals in a thread of its own, so that none interrupts other code.

    The main thread may be waiting in C code, where Python runs no handler; the wake-up socket is
    written to all the same.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._wake: Callable[[], None] = lambda: None
        self._signals, self._written = socket.socketpair()
        self._written.setblocking(False)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for number in ENDING_SIGNALS:
            signal.signal(number, lambda *_: None)
        threading.Thread(target=self._take_signals, name='signals', daemon=True).start()

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def call_when_asked(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def ignore_more(self) -> None:
        """Let what arrives while the interpreter ends pass unheard."""
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _take_signals(self) -> None:
        self._next_signal()
        self._event.set()
        self._wake()
        first = time.monotonic()
        while time.monotonic() - first < PATIENCE:
            self._next_signal()
        os._exit(1)

    def _next_signal(self) -> None:
        while self._signals.recv(1)[0] not in ENDING_SIGNALS:
            pass


def _spin(node: Node, stop: _Stop) -> None:
    executor = SingleThreadedExecutor()
    # A wake alone does not end a wait of a node that has nothing else to do; a task does.
    stop.call_when_asked(lambda: executor.create_task(lambda: None))
    executor.add_node(node)
    try:
        while not stop.asked:
            executor.spin_once()
    except ExternalShutdownException:
        pass
    finally:
        executor.shutdown()


def _failed(reason: str) -> int:
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    get_logger(name).fatal(' '.join(reason.split()))
    return 1
