"""A policy node on a virtual clock."""

from collections.abc import Callable, Mapping
from typing import Any

from edge_exit.control.choosing import choose, is_news
from edge_exit.control.rhythm import Rhythm
from edge_exit.control.senses import Heard, Senses
from edge_exit.inference.result import Result
from edge_exit.link.heartbeat import Beat
from edge_exit.link.quality import LinkQuality
from edge_exit.policy import registry
from edge_exit.policy.ended import Ended
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.profile import Profile
from edge_exit.replay import sizes
from edge_exit.replay.clock import VirtualClock


class ReplayedPolicy:
    """Speaks regularly, and at once where something changes.

    :param values: the policy node's parameters.
    :param speak: hears each choice.
    """

    def __init__(
        self,
        clock: VirtualClock,
        profile: Profile,
        values: Mapping[str, Any],
        speak: Callable[[OperatingPoint], None],
    ) -> None:
        self._clock, self._values, self._speak = clock, values, speak
        self._policy = registry.make(values['policy'])
        self._senses = Senses(profile)
        self._tail = self._senses.heard[sizes.TAIL] = Heard()
        self._point: OperatingPoint | None = None
        self._period, self._rhythm = 1 / values['rate_hz'], Rhythm()
        clock.at(clock.now, self._beat)

    def hear_beat(self, beat: Beat) -> None:
        """Hear a heartbeat of the tail."""
        self._tail.hear_beat(beat, self._clock.now)

    def hear_quality(self, quality: LinkQuality) -> None:
        """Hear what the head measures of its link."""
        changed = self._tail.hear_quality(quality, self._clock.now)
        if changed and is_news(point := self._choose(), self._point):
            self._publish(point)

    def ended(self, result: Result) -> None:
        """Hear a result."""
        self._senses.ended(Ended.of(result, self._clock.now))
        if self._rhythm.after_result(self._clock.now, self._period):
            self._publish(self._choose())

    def _beat(self) -> None:
        if self._clock.now >= self._rhythm.due(self._period):
            self._publish(self._choose())
        self._clock.at(self._rhythm.due(self._period), self._beat)

    def _choose(self) -> OperatingPoint:
        return choose(self._policy, self._senses, self._values, self._clock.now)

    def _publish(self, point: OperatingPoint) -> None:
        self._point = point
        self._rhythm.chosen(self._clock.now)
        self._speak(point)
