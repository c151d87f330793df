"""Dynamic split computing: the split with the least predicted time at the present link.

After arXiv 2205.11269; deadline, codec level, loss and hysteresis are ours, see docs/policies.md.
"""

import math
from dataclasses import replace
from typing import NamedTuple

from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.prediction import local_time, mean_time, offload_time
from edge_exit.policy.sending import given_up


class Choice(NamedTuple):
    """Where a frame's segments run. Without offloading, split and level say what would be sent."""

    split: int
    codec_level: int
    offload: bool


class DynamicSplit:
    """Chooses split, codec level and whether to offload; the thresholds are the user's."""

    def __init__(self) -> None:
        self._last: Choice | None = None

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Choose the least predicted time; stay with the last choice unless enough is saved."""
        choice, reason = self._choose(observation, settings)
        self._last = choice
        point = settings.point(policy='dynamic_split', reason=reason)
        return replace(point, **choice._asdict())

    def _choose(self, observation: Observation, settings: Settings) -> tuple[Choice, str]:
        profile = observation.profile
        held = settings.local_segments or profile.segments
        splits = range(settings.min_depth, min(held + 1, len(profile.split_bytes)))
        alone = self._alone(observation, settings, splits)
        whole = held >= profile.segments
        if not (settings.offload and splits):
            return alone, 'offloading is off'
        if not observation.link.connected:
            return alone, 'no tail'
        times = _offload_times(observation, settings, splits)
        if not times:
            return (alone if whole else alone._replace(offload=True)), 'link not measured yet'
        in_time = _finest_in_time(times, settings.deadline)
        costs = {c: _expected(observation, settings, c, times[c], whole) for c in in_time}
        if whole:
            time = local_time(observation, profile.segments)
            costs[alone] = mean_time(observation, profile.segments, time)
        if not costs:
            return alone, _why_none(times)
        return self._stay_or_go(costs, settings.hysteresis)

    def _alone(self, observation: Observation, settings: Settings, splits: range) -> Choice:
        """Keep the last split, so that coming back costs no change; else the one of least bytes."""
        if self._last and self._last.split in splits:
            return self._last._replace(offload=False)
        level = _finest(observation, settings)
        by_bytes = observation.profile.split_bytes
        split = min(splits, key=lambda split: by_bytes[split][level], default=0)
        return Choice(split, level, False)

    def _stay_or_go(self, costs: dict[Choice, float], hysteresis: float) -> tuple[Choice, str]:
        best = min(costs, key=costs.__getitem__)
        last = self._last
        if last in costs and costs[best] > (1 - hysteresis) * costs[last]:
            best = last
        what = f'split {best.split}' if best.offload else 'alone'
        return best, f'{what}: {1e3 * costs[best]:.1f} ms predicted'


def _finest(observation: Observation, settings: Settings) -> int:
    return min(max(settings.codec_level, 0), max(observation.profile.codec_levels - 1, 0))


def _offload_times(
    observation: Observation, settings: Settings, splits: range
) -> dict[Choice, float]:
    """Predict all splits and allowed levels; none where the link is not measured."""
    levels = range(_finest(observation, settings), observation.profile.codec_levels)
    times = {
        Choice(split, level, True): offload_time(observation, split, level)
        for split in splits
        for level in levels
    }
    return {choice: time for choice, time in times.items() if not math.isnan(time)}


def _finest_in_time(times: dict[Choice, float], deadline: float) -> list[Choice]:
    """Give the choices that meet the deadline, of the finest codec level that has any."""
    in_time = [c for c, time in times.items() if time <= deadline and time < math.inf]
    finest = min((choice.codec_level for choice in in_time), default=0)
    return [choice for choice in in_time if choice.codec_level == finest]


def _expected(
    observation: Observation, settings: Settings, choice: Choice, time: float, whole: bool
) -> float:
    """Give the mean time of all frames; a lost one is finished alone or ends at its deadline."""
    loss, end = observation.link.loss, settings.deadline
    if whole:
        everything = local_time(observation, observation.profile.segments)
        rest = everything - local_time(observation, choice.split)
        end = float(given_up(time, rest, end, observation))
    if 0 <= loss <= 1 and math.isfinite(end):
        time = (1 - loss) * time + loss * end
    return mean_time(observation, choice.split, time)


def _why_none(times: dict[Choice, float]) -> str:
    narrow = all(time == math.inf for time in times.values())
    return f'link too {"narrow for so many frames" if narrow else "slow for the deadline"}'
