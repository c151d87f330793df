"""Robot, policy, link and tail on one virtual clock, wired together."""

from functools import partial
from random import Random

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.coding.coded import CodedFeatures
from edge_exit.control import periods
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.result import Answer, Offload, Result
from edge_exit.inference.split_codec import SplitCodec
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.overheads import MESSAGE_OVERHEAD, opening_time
from edge_exit.policy.profile import Profile, profile_of
from edge_exit.replay import sizes
from edge_exit.replay.clock import AheadClock, VirtualClock
from edge_exit.replay.head import ReplayedHead
from edge_exit.replay.link import Direction
from edge_exit.replay.link_sense import LinkSense
from edge_exit.replay.plan import Plan
from edge_exit.replay.policy import ReplayedPolicy
from edge_exit.replay.recorder import Recorder
from edge_exit.replay.tail import ReplayedTail
from edge_exit.replay.timing import Pace, TimedCodec, TimedNetwork

# Before the first image, so that link and policy are known by then as on a robot that waits, s.
WARM_UP = 3.0


class World:
    """All that takes part in a replay; its clock is at 0 when the first image comes.

    :param network, codec: of the bundle, whole; may be used by other worlds afterwards.
    """

    def __init__(
        self, bundle: Bundle, network: SegmentedNetwork, codec: SplitCodec, plan: Plan
    ) -> None:
        self.clock = VirtualClock(-WARM_UP)
        self.recorder = Recorder(self.clock)
        profile = profile_of(bundle)
        direction = partial(
            Direction,
            self.clock,
            plan.link,
            Random(plan.seed),
            start=-plan.skipped,
            overhead=MESSAGE_OVERHEAD * plan.server_slowdown / 2,
        )
        self._up, self._down = direction(), direction()
        self._link = LinkSense(self.clock, self._up, self._down, bundle.model_id)
        self.tail = self._make_tail(network, codec, profile, plan)
        self.policy = ReplayedPolicy(self.clock, profile, plan.values.policy, self._speak)
        self.head = self._make_head(network, codec, profile, plan)
        self._status = sizes.status(len(bundle.segments))
        self.clock.every(plan.values.tail['status_period_s'], self._beat)
        self.clock.every(periods.LINK_QUALITY, self._tell_quality)

    def offer(self, image: np.ndarray, stamp: int, compressed: bool) -> None:
        """Let the robot's camera see an image now."""
        rows, columns = image.shape[:2]
        self.head.offer(image, stamp, opening_time(rows * columns, compressed=compressed))

    def _make_head(
        self, network: SegmentedNetwork, codec: SplitCodec, profile: Profile, plan: Plan
    ) -> ReplayedHead:
        pace = Pace(plan.robot_slowdown, plan.real, self.clock.spend)
        held = plan.values.head['local_segments'] or profile.segments
        return ReplayedHead(
            self.clock,
            plan.values.head,
            TimedNetwork(network, range(held), pace),
            TimedCodec(codec, network.bundle, profile, pace),
            pace,
            self._link,
            send=self._send,
            publish=self._publish,
            follows=self.recorder.add_point,
        )

    def _make_tail(
        self, network: SegmentedNetwork, codec: SplitCodec, profile: Profile, plan: Plan
    ) -> ReplayedTail:
        clock = AheadClock(self.clock)
        pace = Pace(plan.server_slowdown, plan.real, clock.spend)
        return ReplayedTail(
            self.clock,
            clock,
            plan.values.tail,
            TimedNetwork(network, network.segments, pace),
            TimedCodec(codec, network.bundle, profile, pace),
            pace,
            self._reply,
        )

    def _send(self, length: int, offload: Offload, coded: CodedFeatures) -> None:
        self._up.send(length, lambda: self.tail.receive(offload, coded))

    def _reply(self, length: int, answer: Answer) -> None:
        self._down.send(length, lambda: self.head.answer(answer))

    def _beat(self) -> None:
        beat = self.tail.beat()

        def hear() -> None:
            self._link.hear(beat)
            self.policy.hear_beat(beat)

        self._down.send(self._status, hear)

    def _tell_quality(self) -> None:
        quality = self._link.quality()
        self.recorder.add_link(quality)
        self.policy.hear_quality(quality)

    def _speak(self, point: OperatingPoint) -> None:
        self.head.hear(point)

    def _publish(self, result: Result) -> None:
        self.recorder.add_result(result)
        self.policy.ended(result)
