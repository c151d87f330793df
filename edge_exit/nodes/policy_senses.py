"""What the policy node hears: link quality, heartbeats of the tails behind it, results."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rclpy.node import Node
from rclpy.subscription import Subscription

from edge_exit.errors import RefusedError
from edge_exit.link.heartbeat import Beat
from edge_exit.link.quality import LinkQuality
from edge_exit.nodes import qos
from edge_exit.nodes.control_conversions import beat_from, quality_from
from edge_exit.nodes.names import Peers
from edge_exit.policy.ended import Ended
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.interface import Observation, TailState
from edge_exit.policy.power_meter import PowerMeter
from edge_exit.policy.profile import Profile
from edge_exit.policy.statistics import Statistics
from edge_exit_interfaces import msg as messages

MOST_TAILS = 16


@dataclass(slots=True)
class _Heard:
    """The newest that was heard about one tail, and when."""

    subscription: Subscription | None = None
    beat: Beat | None = None
    beat_time: float = -math.inf
    quality: LinkQuality = field(default_factory=LinkQuality)
    quality_time: float = -math.inf


class PolicySenses:
    """Listens to the robot and to the tails whose links it measures.

    :param changed: called after link quality was heard.
    """

    def __init__(self, node: Node, profile: Profile, changed: Callable[[], None]) -> None:
        self.bad = 0
        self._node = node
        self._profile = profile
        self._changed = changed
        self._statistics = Statistics(profile)
        self._meter = PowerMeter()
        self._heard: dict[str, _Heard] = {}
        self._tails: Peers[_Heard] = Peers(self._listen_to, self._forget, limit=MOST_TAILS)
        node.create_subscription(
            messages.LinkQuality, 'link_quality', self._hear_quality, qos.STATUS
        )
        node.create_subscription(messages.Inference, 'inference', self._hear_result, qos.RESULTS)

    def observe(self, timeout: float) -> Observation:
        """Give what holds now of the best link; what is older than `timeout` seconds does not."""
        now = time.monotonic()
        since = now - timeout
        fresh = [heard for heard in self._heard.values() if heard.quality_time >= since]
        best = max(fresh, key=_goodness, default=_Heard())
        tail = TailState()
        if best.beat is not None and best.beat_time >= since:
            tail = TailState(best.beat.service, best.beat.queue, best.beat.load)
        return Observation(
            profile=self._profile,
            link=best.quality,
            tail=tail,
            head_slowdown=self._statistics.head_slowdown(),
            outcomes=self._statistics.outcomes(now),
            now=now,
        )

    def measured(self, watts: float, now: float, stated: EnergyModel) -> None:
        """Hear what the robot measures of its power.

        :param now: on the steady clock, s.
        """
        self._meter.measured(watts, now, stated)

    def energy(self, stated: EnergyModel) -> EnergyModel:
        """Give what frames cost this robot: as measured, where that is sure, or as stated."""
        return self._meter.energy(stated)

    def _listen_to(self, tail: str) -> _Heard:
        heard = self._heard[tail] = _Heard()

        def hear(message: messages.TailStatus) -> None:
            try:
                heard.beat, heard.beat_time = beat_from(message), time.monotonic()
            except RefusedError:
                self.bad += 1

        heard.subscription = self._node.create_subscription(
            messages.TailStatus, f'{tail}/status', hear, qos.STATUS
        )
        return heard

    def _forget(self, heard: _Heard) -> None:
        self._node.destroy_subscription(heard.subscription)
        self._heard = {name: kept for name, kept in self._heard.items() if kept is not heard}

    def _hear_quality(self, message: messages.LinkQuality) -> None:
        try:
            heard = self._tails.get(message.tail)
        except RefusedError as error:
            self.bad += 1
            self._node.get_logger().warning(f'link quality: {error}', once=True)
            return
        heard.quality, heard.quality_time = quality_from(message), time.monotonic()
        self._changed()

    def _hear_result(self, message: messages.Inference) -> None:
        frame = Ended(
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
        self._statistics.note(frame)
        self._meter.ended(frame)


def _goodness(heard: _Heard) -> tuple[bool, float]:
    goodput = heard.quality.goodput_bps
    return heard.quality.connected, goodput if math.isfinite(goodput) else 0.0
