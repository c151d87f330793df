"""What the policy node hears: link quality, heartbeats of the tails behind it, results."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.node import Node

from edge_exit.control.senses import Heard, Senses
from edge_exit.errors import RefusedError
from edge_exit.evaluation.heard import quality_from
from edge_exit.nodes import qos
from edge_exit.nodes.control_conversions import beat_from, ended_from
from edge_exit.nodes.intake import Intake
from edge_exit.nodes.names import Peers
from edge_exit.policy.profile import Profile
from edge_exit_interfaces import msg as messages

MOST_TAILS = 16


@dataclass(frozen=True, slots=True)
class _Tail:
    """What is kept of one tail."""

    name: str
    heard: Heard
    status: Intake


class PolicySenses:
    """Listens to the robot and to the tails whose links it measures, in threads of their own.

    :param changed: called once a link has changed so much that it matters.
    :param ended: called once a frame has left.
    :ivar lock: to hold while one reads what was heard.
    :ivar now: what was heard so far.
    :ivar bad: messages that could not be used.
    """

    def __init__(
        self,
        node: Node,
        profile: Profile,
        *,
        changed: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self.bad = 0
        self.lock = threading.RLock()
        self.now = Senses(profile)
        self._segments = profile.segments
        self._node = node
        self._changed, self._ended = changed, ended
        self._tails: Peers[_Tail] = Peers(self._listen_to, self._forget, limit=MOST_TAILS)
        self._intakes = [
            Intake(node, messages.LinkQuality, 'link_quality', self._hear_quality, qos.STATUS),
            Intake(node, messages.Inference, 'inference', self._hear_result, qos.RESULTS),
        ]

    def start(self) -> None:
        """Let messages in."""
        for intake in self._intakes:
            intake.start()

    def close(self) -> None:
        """Hear no more."""
        for intake in self._intakes:
            intake.close()
        self._tails.clear()

    def _listen_to(self, tail: str) -> _Tail:
        heard = Heard()
        with self.lock:
            self.now.heard[tail] = heard

        def hear(message: messages.TailStatus, _info: dict) -> None:
            try:
                beat = beat_from(message)
            except RefusedError:
                self.bad += 1
                return
            with self.lock:
                heard.hear_beat(beat, time.monotonic())

        status = Intake(self._node, messages.TailStatus, f'{tail}/status', hear, qos.STATUS)
        status.start()
        return _Tail(tail, heard, status)

    def _forget(self, tail: _Tail) -> None:
        # Not with the lock: the thread that ends may be waiting for it.
        tail.status.close()
        with self.lock:
            del self.now.heard[tail.name]

    def _hear_quality(self, message: messages.LinkQuality, _info: dict) -> None:
        try:
            heard = self._tails.get(message.tail).heard
        except RefusedError as error:
            self.bad += 1
            self._node.get_logger().warning(f'link quality: {error}', once=True)
            return
        quality = quality_from(message)
        with self.lock:
            if heard.hear_quality(quality, time.monotonic()):
                self._changed()

    def _hear_result(self, message: messages.Inference, _info: dict) -> None:
        try:
            ended = ended_from(message, time.monotonic(), self._segments)
        except RefusedError as error:
            self.bad += 1
            self._node.get_logger().warning(str(error), once=True)
            return
        with self.lock:
            self.now.ended(ended)
            self._ended()
