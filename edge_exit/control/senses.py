"""What a policy is told: the newest of each link and tail, and how frames ended; no ROS."""

import math
from dataclasses import dataclass, field

from edge_exit.link.heartbeat import Beat
from edge_exit.link.quality import LinkQuality
from edge_exit.policy.ended import Ended
from edge_exit.policy.energy import EnergyModel
from edge_exit.policy.interface import Observation, TailState
from edge_exit.policy.power_meter import PowerMeter
from edge_exit.policy.profile import Profile
from edge_exit.policy.statistics import Statistics

# A link that differs by less can wait for the next regular choice: a choice takes time that a slow
# robot's frames need. Ratio; and s and shares that never matter.
MATTERS = 1.25
LEAST_RTT = 0.002
LEAST_LOSS = 0.05


@dataclass(slots=True, eq=False)
class Heard:
    """The newest that was heard about one tail, and when, s."""

    beat: Beat | None = None
    beat_time: float = -math.inf
    quality: LinkQuality = field(default_factory=LinkQuality)
    quality_time: float = -math.inf

    def hear_beat(self, beat: Beat, now: float) -> None:
        """Note a heartbeat."""
        self.beat, self.beat_time = beat, now

    def hear_quality(self, quality: LinkQuality, now: float) -> bool:
        """Note what the head measures of the link to it; say whether the change matters."""
        changed = matters(quality, self.quality)
        self.quality, self.quality_time = quality, now
        return changed


class Senses:
    """Keeps what was heard; times are passed in, s of one steady clock.

    :ivar heard: what is known of each tail, by its name; the owner adds and removes them.
    """

    def __init__(self, profile: Profile) -> None:
        self.heard: dict[str, Heard] = {}
        self._profile = profile
        self._statistics = Statistics(profile)
        self._meter = PowerMeter()

    def ended(self, frame: Ended) -> None:
        """Note how a frame ended."""
        self._statistics.note(frame)
        self._meter.ended(frame)

    def measured(self, watts: float, now: float, stated: EnergyModel) -> None:
        """Hear what the robot measures of its power."""
        self._meter.measured(watts, now, stated)

    def energy(self, stated: EnergyModel) -> EnergyModel:
        """Give what frames cost this robot: as measured, where that is sure, or as stated."""
        return self._meter.energy(stated)

    def observe(self, now: float, timeout: float) -> Observation:
        """Give what holds now of the best link; what is older than `timeout` seconds does not."""
        since = now - timeout
        fresh = [heard for heard in self.heard.values() if heard.quality_time >= since]
        best = max(fresh, key=_goodness, default=Heard())
        tail = TailState()
        if best.beat is not None and best.beat_time >= since:
            tail = TailState(best.beat.service, best.beat.queue, best.beat.load)
        slower = self._statistics.head_slowdown()
        return Observation(
            profile=self._profile,
            link=best.quality,
            tail=tail,
            head_slowdown=slower,
            opening=self._statistics.opening(slower),
            outcomes=self._statistics.outcomes(now),
            now=now,
        )


def matters(quality: LinkQuality, before: LinkQuality) -> bool:
    """Say whether a link differs so much from what was heard before that one should choose anew."""
    if quality.connected != before.connected:
        return True
    return quality.connected and (
        _differ(quality.goodput_bps, before.goodput_bps, 0.0)
        or _differ(quality.rtt, before.rtt, LEAST_RTT)
        or abs(quality.loss - before.loss) > LEAST_LOSS
    )


def _differ(value: float, before: float, least: float) -> bool:
    if math.isnan(value) or math.isnan(before):
        return math.isnan(value) != math.isnan(before)
    low, high = sorted((value, before))
    return high > max(MATTERS * low, low + least)


def _goodness(heard: Heard) -> tuple[bool, float]:
    goodput = heard.quality.goodput_bps
    return heard.quality.connected, goodput if math.isfinite(goodput) else 0.0
