"""Both ends of the link's measurement: the head's prober and the tail's echo.

Both correct for the time that a message waited in its own process, so that a busy executor does not
look like a slow link. Each compares its own machine's clock with itself only.
"""

import itertools
import threading
import time
from array import array
from collections.abc import Callable

from rclpy.node import Node
from rclpy.serialization import serialize_message

from edge_exit.control import periods
from edge_exit.errors import RefusedError
from edge_exit.link.monitor import LinkMonitor
from edge_exit.link.probing import padding_of
from edge_exit.link.quality import LinkQuality
from edge_exit.link.wire import wire_bytes
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.names import Peers
from edge_exit.nodes.qos import PROBES
from edge_exit.nodes.timers import Ticker
from edge_exit_interfaces.msg import LinkProbe

MOST_HEADS = 64
# Two clocks are read at one time if that takes no longer, s.
AT_ONE_TIME = 50e-6
MOST_READINGS = 5

# All probers of a process share the topic of the echoes, so no two may use one number.
_sequences = itertools.count(1)


class Prober:
    """Measures the link from this node to one tail, by probes and by the offloads it is told of.

    Its methods may be called from any thread.

    :param node: the head; echoes come back on its `~/probe_reply`.
    :param tail: fully qualified name of the tail.
    :param session: the head's session, as in its Features.
    """

    def __init__(self, node: Node, *, tail: str, session: int) -> None:
        self._node = node
        self._monitor = LinkMonitor()
        self._lock = threading.Lock()
        self._probe = LinkProbe(head=node.get_fully_qualified_name(), session=session)
        self._smallest = len(serialize_message(self._probe))
        self._publisher = node.create_publisher(LinkProbe, f'{tail}/probe', PROBES)
        self._echoes = Intake(node, LinkProbe, '~/probe_reply', self._on_echo, PROBES, beside=True)
        self._echoes.start()
        self._ticker = Ticker(node, periods.probing(quiet=False), self._on_tick)

    def sent(self, sequence: int, *serialised: int) -> None:
        """Take note of an offload, just before it is published.

        :param sequence: that of its Features messages.
        :param serialised: lengths of its messages, serialised: of one, or of its chunks.
        """
        size = sum(map(wire_bytes, serialised))
        with self._lock:
            self._monitor.sent(('offload', sequence), size, time.monotonic())

    def answered(self, sequence: int, hold: float, received: int | None = None) -> None:
        """Take note of the answer to an offload, a late one too.

        :param hold: time that the tail reports for it, s.
        :param received: `received_timestamp` of the answer's MessageInfo, ns.
        """
        now = arrival(received)
        with self._lock:
            self._monitor.answered(('offload', sequence), hold, now)

    def quality(self, *, connected: bool) -> LinkQuality:
        """Give what is known of the link now; `connected` is passed on."""
        with self._lock:
            return self._monitor.quality(time.monotonic(), connected=connected)

    def close(self) -> None:
        """Stop probing and give everything back."""
        self._ticker.close()
        self._echoes.close()
        self._node.destroy_publisher(self._publisher)

    def _on_tick(self) -> float:
        with self._lock:
            wanted = self._monitor.probe_plan(time.monotonic())
            if wanted is None or not self._publisher.get_subscription_count():
                return periods.probing(quiet=self._monitor.is_quiet)
            self._prepare(wanted)
            key = ('probe', self._probe.sequence)
            now = time.monotonic()
            self._monitor.sent(key, wire_bytes(self._probe.size), now, probe=True)
        self._publisher.publish(self._probe)
        return periods.probing(quiet=False)

    def _prepare(self, wanted: int) -> None:
        padding = padding_of(wanted, self._smallest)
        self._probe.header.stamp = self._node.get_clock().now().to_msg()
        self._probe.sequence = next(_sequences) % 2**32
        self._probe.size = self._smallest + padding
        self._probe.padding = array('B', bytes(padding))

    def _on_echo(self, echo: LinkProbe, info: dict) -> None:
        if echo.session == self._probe.session and echo.head == self._probe.head:
            now = arrival(info['received_timestamp'])
            with self._lock:
                self._monitor.answered(('probe', echo.sequence), echo.hold_ms / 1e3, now)


class ProbeEcho:
    """Sends probes back without their padding.

    :param node: the tail; probes come on its `~/probe`.
    :param heard: called with the name of each head that probes; may raise RefusedError.
    """

    def __init__(self, node: Node, *, heard: Callable[[str], None] = lambda head: None) -> None:
        self._node = node
        self._heard = heard
        self._heads = Peers(
            lambda head: node.create_publisher(LinkProbe, f'{head}/probe_reply', PROBES),
            node.destroy_publisher,
            limit=MOST_HEADS,
        )
        self._probes = node.create_subscription(LinkProbe, '~/probe', self._on_probe, PROBES)

    def close(self) -> None:
        """Give everything back."""
        self._node.destroy_subscription(self._probes)
        self._heads.clear()

    def _on_probe(self, probe: LinkProbe, info: dict) -> None:
        arrived = arrival(info['received_timestamp'])
        try:
            publisher = self._heads.get(probe.head)
            self._heard(probe.head)
        except RefusedError as error:
            self._node.get_logger().warning(f'probe: {error}', throttle_duration_sec=10.0)
            return
        probe.padding = array('B')
        probe.hold_ms = (time.monotonic() - arrived) * 1e3
        publisher.publish(probe)


def arrival(received: int | None) -> float:
    """Give the steady time at which a message reached this process.

    :param received: `received_timestamp` of its MessageInfo, ns; None if it is not known.
    """
    if not received:
        return time.monotonic()
    now, wall = _both_clocks()
    waited = (wall - received) / 1e9
    # Where the system clock was set meanwhile, the difference means nothing.
    return now - waited if 0 <= waited < 1 else now


def _both_clocks() -> tuple[float, int]:
    """Read steady and system clock at one time, s and ns.

    A slow core may stop a thread between two lines for longer than a message takes.
    """
    for _ in range(MOST_READINGS):
        before = time.monotonic()
        wall = time.time_ns()
        after = time.monotonic()
        if after - before < AT_ONE_TIME:
            break
    return after, wall
