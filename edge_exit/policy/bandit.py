"""Bandit: learns without labels which split, codec level and exit threshold pay on this link.

In the spirit of I-SplitEE (arXiv 2401.10541): UCB over arms, where a frame gains its confidence
minus mu times its cost. There the arms are splits and links stand still; levels and thresholds as
arms, cost by the user's weights and a memory that fades are ours, see docs/policies.md.
"""

import math
from collections import deque
from dataclasses import replace
from typing import NamedTuple

from edge_exit.policy.arms import Arms
from edge_exit.policy.ended import Ended
from edge_exit.policy.forecast import Place, allowed_levels, held, splits, staying
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.preference import Preference
from edge_exit.policy.reward import ACCURACY_UNIT, reference_of, reward

THRESHOLDS = (0.5, 0.8, 0.95)
# Codec levels that are tried at each split, the finest and the coarsest among them.
LEVELS = 3
# Frames after which a gain weighs 1/e, and how far the gains of one arm lie apart.
MEMORY = 500.0
SPREAD = 0.1
# An arm is kept until so many of its frames have ended, or for so long, s.
FRAMES = 5
LONGEST = 2.0
# Time in which a choice reaches the head for sure, s.
ON_ITS_WAY = 0.1
# Spells of arms whose frames may still be under way.
SPELLS = 64


class Arm(NamedTuple):
    """What a bandit can choose."""

    place: Place
    threshold: float


class _Spell(NamedTuple):
    """When an arm was chosen, s."""

    arm: Arm
    since: float


class Bandit:
    """Tries arms, and keeps to those that gain most; says nothing about a link it has not tried."""

    def __init__(self) -> None:
        self._arms = Arms(MEMORY, SPREAD)
        self._spells: deque[_Spell] = deque(maxlen=SPELLS)
        self._seen = -math.inf
        self._counted = 0
        self._preference: Preference | None = None

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Count frames for the arms that they were taken under, and choose the next arm."""
        if self._preference != settings.preference:
            self._arms = Arms(MEMORY, SPREAD)  # what frames gained is not what they gain now
        self._preference = settings.preference
        self._learn(observation, settings)
        arm = self._next(observation, settings)
        if not self._spells or self._spells[-1].arm != arm:
            self._spells.append(_Spell(arm, observation.now))
            self._counted = 0
        gains = self._arms.mean(arm)
        reason = f'gains {gains:.2f}' if math.isfinite(gains) else 'first try'
        point = settings.point(policy='bandit', reason=reason)
        return replace(point, **arm.place._asdict(), exit_threshold=arm.threshold)

    def _learn(self, observation: Observation, settings: Settings) -> None:
        new = [frame for frame in observation.outcomes.recent if frame.at > self._seen]
        for frame in new:
            self._seen = max(self._seen, frame.at)
            arm = self._taken_under(frame)
            if arm is not None:
                self._arms.gain(arm, gain(frame, observation, settings))
                self._counted += arm == self._spells[-1].arm

    def _taken_under(self, frame: Ended) -> Arm | None:
        """Give the arm that held when a frame was taken; None if that is not sure."""
        until = math.inf
        for spell in reversed(self._spells):
            if spell.since <= frame.taken:
                sure = spell.since + ON_ITS_WAY <= frame.taken < until
                return spell.arm if sure else None
            until = spell.since
        return None

    def _next(self, observation: Observation, settings: Settings) -> Arm:
        arms = possible(observation, settings)
        if self._spells and self._spells[-1].arm in arms:
            spell = self._spells[-1]
            if self._counted < FRAMES and observation.now - spell.since < LONGEST:
                return spell.arm
        return self._arms.best(arms)


def gain(frame: Ended, observation: Observation, settings: Settings) -> float:
    """Give confidence minus mu times cost, by the user's weights; in -1..1."""
    preference = settings.preference
    worth = reward(
        preference,
        reference_of(observation, settings),
        right=frame.confidence,
        latency=frame.total,
        joules=frame.joules(settings.energy, observation.link.goodput_bps),
        wire_bytes=frame.wire_bytes,
    )
    scale = max(preference.accuracy, ACCURACY_UNIT) / ACCURACY_UNIT
    return min(max(float(worth) / scale, -1.0), 1.0)


def possible(observation: Observation, settings: Settings) -> list[Arm]:
    """Give the arms that robot, link and user allow; working alone first."""
    alone = staying(observation, settings)
    whole = held(observation, settings) >= observation.profile.segments
    arms = [Arm(alone, threshold) for threshold in THRESHOLDS]
    if not (settings.offload and observation.link.connected):
        return arms
    asked = [
        Arm(Place(split, level, True), threshold)
        for split in splits(observation, settings)
        for level in _some(allowed_levels(observation, settings))
        # No exit speaks before the picture is sent: only the tail's exits would differ.
        for threshold in (THRESHOLDS if split else THRESHOLDS[1:2])
    ]
    return arms + asked if whole else asked or arms


def _some(levels: range) -> list[int]:
    """Give a few levels, evenly, both ends among them."""
    count = min(LEVELS, len(levels))
    if count < 2:
        return list(levels)
    return [levels[round(place * (len(levels) - 1) / (count - 1))] for place in range(count)]
