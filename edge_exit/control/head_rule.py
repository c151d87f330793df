"""What a head predicts and decides by itself: the dynamic split rule on its own measurements."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from edge_exit.bundle import Bundle
from edge_exit.inference.network import SegmentedNetwork
from edge_exit.inference.result import Result
from edge_exit.link.heartbeat import Heartbeat
from edge_exit.link.quality import LinkQuality
from edge_exit.parameters.wishes import settings
from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.ended import Ended
from edge_exit.policy.interface import Observation, TailState
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.prediction import offload_time
from edge_exit.policy.profile import profile_of
from edge_exit.policy.statistics import Statistics


class HeadRule:
    """Predicts times from the bundle's profile, the robot's speed, and what a tail says.

    :param clock: tells the time at which frames end, s.
    """

    def __init__(
        self,
        bundle: Bundle,
        network: SegmentedNetwork,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._bundle = bundle
        self._network = network
        self._rule = DynamicSplit()
        self._alone = Observation(profile_of(bundle))
        self._statistics = Statistics(self._alone.profile)

    def note(self, result: Result) -> None:
        """Take note of how a frame ended."""
        self._statistics.note(Ended.of(result, self._clock()))

    def predict(self, point: OperatingPoint, heart: Heartbeat, link: LinkQuality) -> float:
        """Predict the time of a frame that goes to a tail, s; NaN if the link is not known."""
        return offload_time(self._observe((heart, link)), point.split, point.codec_level)

    def choose(
        self, values: Mapping[str, Any], tail: tuple[Heartbeat, LinkQuality] | None
    ) -> OperatingPoint:
        """Choose an operating point.

        :param values: the node's parameters.
        :param tail: heartbeat and link of the tail to use; None if there is none.
        """
        return self._rule.choose(self._observe(tail), settings(values))

    def _observe(self, tail: tuple[Heartbeat, LinkQuality] | None) -> Observation:
        slower = self._slowdown()
        observation = replace(
            self._alone,
            head_slowdown=slower,
            opening=self._statistics.opening(slower),
            outcomes=self._statistics.outcomes(self._clock()),
        )
        if tail is None or tail[0].beat is None:
            return observation
        beat, link = tail[0].beat, tail[1]
        state = TailState(service=beat.service, queue=beat.queue, load=beat.load)
        return replace(observation, link=link, tail=state)

    def _slowdown(self) -> float:
        """Compare this robot with the machine that the bundle was profiled on."""
        ratios = [
            1e3 * self._network.service(index) / self._bundle.segments[index].reference_ms
            for index in self._network.segments
            if self._bundle.segments[index].reference_ms > 0
        ]
        return statistics.median(ratios) if ratios else 1.0
