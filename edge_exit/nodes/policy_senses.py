"""What the policy node hears: link quality, heartbeats of the tails behind it, results."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.node import Node
from rclpy.subscription import Subscription

from edge_exit.control.senses import Heard, Senses
from edge_exit.errors import RefusedError
from edge_exit.evaluation.heard import quality_from
from edge_exit.nodes import qos
from edge_exit.nodes.control_conversions import beat_from
from edge_exit.nodes.names import Peers
from edge_exit.policy.ended import Ended
from edge_exit.policy.profile import Profile
from edge_exit_interfaces import msg as messages

MOST_TAILS = 16


@dataclass(frozen=True, slots=True)
class _Tail:
    """What is kept of one tail."""

    name: str
    heard: Heard
    subscription: Subscription


class PolicySenses:
    """Listens to the robot and to the tails whose links it measures.

    :param changed: called after link quality was heard.
    :ivar now: what was heard so far.
    :ivar bad: messages that could not be used.
    """

    def __init__(self, node: Node, profile: Profile, changed: Callable[[], None]) -> None:
        self.bad = 0
        self._node = node
        self._changed = changed
        self.now = Senses(profile)
        self._tails: Peers[_Tail] = Peers(self._listen_to, self._forget, limit=MOST_TAILS)
        node.create_subscription(
            messages.LinkQuality, 'link_quality', self._hear_quality, qos.STATUS
        )
        node.create_subscription(messages.Inference, 'inference', self._hear_result, qos.RESULTS)

    def _listen_to(self, tail: str) -> _Tail:
        heard = self.now.heard[tail] = Heard()

        def hear(message: messages.TailStatus) -> None:
            try:
                heard.hear_beat(beat_from(message), time.monotonic())
            except RefusedError:
                self.bad += 1

        topic = f'{tail}/status'
        status = self._node.create_subscription(messages.TailStatus, topic, hear, qos.STATUS)
        return _Tail(tail, heard, status)

    def _forget(self, tail: _Tail) -> None:
        self._node.destroy_subscription(tail.subscription)
        del self.now.heard[tail.name]

    def _hear_quality(self, message: messages.LinkQuality) -> None:
        try:
            heard = self._tails.get(message.tail).heard
        except RefusedError as error:
            self.bad += 1
            self._node.get_logger().warning(f'link quality: {error}', once=True)
            return
        heard.hear_quality(quality_from(message), time.monotonic())
        self._changed()

    def _hear_result(self, message: messages.Inference) -> None:
        self.now.ended(
            Ended(
                at=time.monotonic(),
                outcome=message.outcome,
                exit=message.exit,
                split=message.split,
                margin=message.margin,
                total=message.total_ms / 1e3,
                head=message.head_ms / 1e3,
                wire_bytes=message.bytes,
                queue=message.queue_ms / 1e3,
                score=message.score,
            )
        )
