"""The tails that a head knows: which is there, how its link is, and what is sent to it."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from rclpy.node import Node
from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from edge_exit.control import periods
from edge_exit.errors import RefusedError
from edge_exit.inference.result import Offload
from edge_exit.link.heartbeat import Heartbeat
from edge_exit.link.quality import LinkQuality
from edge_exit.nodes import qos
from edge_exit.nodes.chunk_conversions import offload_messages
from edge_exit.nodes.control_conversions import beat_from, quality_message
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.link_probing import Prober
from edge_exit.nodes.timers import Ticker
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit_interfaces import msg as messages

Predict = Callable[[OperatingPoint, Heartbeat, LinkQuality], float]


class _Tail:
    """One tail as a head sees it."""

    def __init__(self, node: Node, name: str, session: int, model_id: str) -> None:
        self.name = name
        self.heartbeat = Heartbeat(model_id)
        self.prober = Prober(node, tail=name, session=session)
        self.features = node.create_publisher(messages.Features, f'{name}/features', qos.FEATURES)
        self.logged = 'never heard'
        self.bad_beats = 0
        self._node = node
        topic = f'{name}/status'
        self._status = Intake(node, messages.TailStatus, topic, self._hear, qos.STATUS, beside=True)
        self._status.start()

    def quality(self) -> LinkQuality:
        return self.prober.quality(connected=self.heartbeat.alive(time.monotonic()))

    def close(self) -> None:
        self._status.close()
        self._node.destroy_publisher(self.features)
        self.prober.close()

    def _hear(self, message: messages.TailStatus, _info: dict) -> None:
        try:
            self.heartbeat.hear(beat_from(message), time.monotonic())
        except RefusedError as error:
            self.bad_beats += 1
            if self.bad_beats == 1:
                self._node.get_logger().warning(f'{error} (more are only counted)')


class HeadTails:
    """All tails of a head.

    :param model_id: bundle that the head runs.
    :param predict: predicted time from sending a frame to the answer, s; NaN if not known.
    """

    def __init__(self, node: Node, *, session: int, model_id: str, predict: Predict) -> None:
        self._node = node
        self._head = node.get_fully_qualified_name()
        self._session = session
        self._model_id = model_id
        self._predict = predict
        # Replaced as a whole: the worker thread reads it.
        self._tails: dict[str, _Tail] = {}
        self._quality = node.create_publisher(
            messages.LinkQuality, 'link_quality', qos.STATUS_OFFERED
        )
        self._ticker = Ticker(node, periods.LINK_QUALITY, self._on_tick)
        serialize_message(messages.Features())  # the first of a type loads its support, 90 ms

    def use(self, names: Sequence[str]) -> None:
        """Know these tails from now on, and no others."""
        before = self._tails
        self._tails = {
            name: before.get(name) or _Tail(self._node, name, self._session, self._model_id)
            for name in names
        }
        for name in before.keys() - self._tails.keys():
            before[name].close()

    def choose(self, point: OperatingPoint) -> tuple[str | None, str]:
        """Give the tail that frames of an operating point may be sent to, or None and why."""
        if not point.offload:
            return None, 'offloading off'
        now = time.monotonic()
        alive = [tail for tail in self._tails.values() if tail.heartbeat.alive(now)]
        if not alive:
            return None, 'no tail'
        if len(alive) == 1:
            return alive[0].name, ''
        return min(alive, key=lambda tail: self._cost(tail, point)).name, ''

    def pack(self, offload: Offload) -> tuple[int, Callable[[], None]]:
        """Give the size of a frame, serialised, all its chunks together, and what sends it.

        :raises RefusedError: if its tail is not known any more.
        """
        tail = self._tails.get(offload.tail)
        if tail is None:
            raise RefusedError(f'tail {offload.tail} is not used any more')
        parts = offload_messages(
            offload,
            header=offload.tag.header,
            head=self._head,
            session=self._session,
            model_id=self._model_id,
        )
        serialised = [serialize_message(part) for part in parts]
        sizes = [len(part) for part in serialised]

        def send() -> None:
            tail.prober.sent(offload.sequence, *sizes)
            for part in serialised:
                tail.features.publish(part)

        return sum(sizes), send

    def answered(self, sequence: int, hold: float, received: int) -> None:
        """Note an answer, a late one too; only the tail that was asked learns from it."""
        for tail in self._tails.values():
            tail.prober.answered(sequence, hold, received)

    def best(self, point: OperatingPoint) -> tuple[Heartbeat, LinkQuality] | None:
        """Give heartbeat and link of the tail to offload to; None if there is none."""
        name, _ = self.choose(replace(point, offload=True))
        tail = self._tails.get(name)
        return tail and (tail.heartbeat, tail.quality())

    def report(self) -> dict[str, object]:
        """Say how each tail and its link is."""
        values = {}
        now = time.monotonic()
        for name, tail in self._tails.items():
            quality = tail.quality()
            values |= {
                f'{name}: state': tail.heartbeat.state(now),
                f'{name}: restarts': tail.heartbeat.restarts,
                f'{name}: bad heartbeats': tail.bad_beats,
                f'{name}: goodput_mbps': quality.goodput_bps / 1e6,
                f'{name}: rtt_ms': 1e3 * quality.rtt,
                f'{name}: loss': quality.loss,
            }
        return values

    def close(self) -> None:
        """Give all back."""
        self._ticker.close()
        self.use([])
        self._node.destroy_publisher(self._quality)

    def _cost(self, tail: _Tail, point: OperatingPoint) -> float:
        cost = self._predict(point, tail.heartbeat, tail.quality())
        return math.inf if math.isnan(cost) else cost

    def _on_tick(self) -> None:
        header = Header(stamp=self._node.get_clock().now().to_msg())
        now = time.monotonic()
        for tail in self._tails.values():
            self._quality.publish(quality_message(tail.quality(), tail.name, header))
            self._log_change(tail, tail.heartbeat.state(now))

    def _log_change(self, tail: _Tail, state: str) -> None:
        if state == tail.logged:
            return
        tail.logged = state
        logger = self._node.get_logger()
        if state == 'alive':
            logger.info(f'tail {tail.name} is there: frames may be offloaded')
        elif state == 'silent':
            logger.warning(f'tail {tail.name} is silent: going on without it')
        else:
            logger.warning(
                f'tail {tail.name} runs another model '
                f'({tail.heartbeat.beat.model_id[:12]}..., not {self._model_id[:12]}...): '
                'give both the same bundle'
            )
