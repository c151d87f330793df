"""What each choice would bring on average: right answers, time, energy and bytes of a frame.

A choice is a row (offloading at a split with a codec level, or working alone) and a column (an exit
threshold of the profile's answers). Nothing is random, nothing is remembered.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edge_exit.policy.answers import Answers, one_answer
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.prediction import opening, slowdown
from edge_exit.policy.sending import beyond, given_up, sending

# A frame that would never come back still gets a finite time, s.
LONGEST = 60.0
# A link that carries less is none, bits a second.
SLOWEST = 1.0


class Place(NamedTuple):
    """Where a frame's segments run. Without offloading, split and level say what would be sent."""

    split: int
    codec_level: int
    offload: bool


class Means(NamedTuple):
    """Means over frames, each (rows, T).

    :ivar late: share of frames later than the latency budget.
    :ivar wire_bytes: serialised bytes of the message; nothing where a frame stays.
    """

    right: np.ndarray
    latency: np.ndarray
    late: np.ndarray
    joules: np.ndarray
    wire_bytes: np.ndarray


class Forecast(NamedTuple):
    """Every choice; means as (places, thresholds)."""

    places: tuple[Place, ...]
    thresholds: tuple[float, ...]
    means: Means


@dataclass(frozen=True, slots=True)
class Counted:
    """The profile's answers as arrays."""

    left: np.ndarray
    right: np.ndarray
    sent: np.ndarray
    kept: np.ndarray

    @classmethod
    def of(cls, answers: Answers) -> 'Counted':
        """Take over the numbers."""
        names = ('left', 'right', 'sent', 'kept')
        return cls(*(np.array(getattr(answers, name)) for name in names))


class Forecaster:
    """Predicts for one robot; keeps the arrays that only depend on its bundle."""

    def __init__(self) -> None:
        self._answers: Answers | None = None
        self._counted: Counted | None = None

    def forecast(self, observation: Observation, settings: Settings) -> Forecast:
        """Predict every choice that the robot and the user allow; working alone comes last.

        Offloading is among them only where there is a tail whose link has been measured.
        """
        answers = observation.profile.answers or guessed(observation, settings)
        if answers is not self._answers:
            self._answers, self._counted = answers, Counted.of(answers)
        places, parts = [], []
        if settings.offload and measured(observation):
            for split in splits(observation, settings):
                levels = allowed_levels(observation, settings)
                places += [Place(split, level, True) for level in levels]
                parts.append(_offloaded(observation, settings, self._counted, split, levels))
        places.append(staying(observation, settings))
        parts.append(_alone(observation, settings, self._counted))
        means = Means(*(np.concatenate(part) for part in zip(*parts, strict=True)))
        return Forecast(tuple(places), answers.thresholds, means)


def measured(observation: Observation) -> bool:
    """Say whether there is a tail whose link has been measured."""
    link = observation.link
    carries = SLOWEST <= link.goodput_bps < math.inf
    return link.connected and carries and 0 <= link.rtt < LONGEST


def held(observation: Observation, settings: Settings) -> int:
    """Give the number of segments that the robot holds."""
    return settings.local_segments or observation.profile.segments


def splits(observation: Observation, settings: Settings) -> range:
    """Give the splits that the robot can and may offload at."""
    last = min(held(observation, settings) + 1, len(observation.profile.split_bytes))
    return range(settings.min_depth, last)


def allowed_levels(observation: Observation, settings: Settings) -> range:
    """Give the codec levels that the user allows."""
    levels = observation.profile.codec_levels
    return range(min(max(settings.codec_level, 0), max(levels - 1, 0)), levels)


def staying(observation: Observation, settings: Settings) -> Place:
    """Give the place of frames that stay; should one leave all the same, it is small."""
    sizes = observation.profile.split_bytes
    level = max(observation.profile.codec_levels - 1, 0)
    possible = splits(observation, settings)
    return Place(min(possible, key=lambda split: sizes[split][level], default=0), level, False)


def guessed(observation: Observation, settings: Settings) -> Answers:
    """Estimate the answers at the user's own threshold, where the bundle brings none."""
    profile = observation.profile
    none = tuple((math.nan,) * profile.codec_levels for _ in profile.split_bytes)
    return one_answer(
        settings.exit_threshold,
        observation.outcomes.exits or (0.0,) * profile.segments,
        profile.exit_accuracy or (1.0,) * profile.segments,
        profile.split_accuracy or none,
    )


def _elapsed(observation: Observation) -> np.ndarray:
    """Give the time on the robot until each exit has spoken, without any first; (E + 1,) s."""
    times = np.cumsum((observation.profile.overhead, *observation.profile.segment_times))
    return np.minimum(slowdown(observation) * times + opening(observation), LONGEST)


def _alone(observation: Observation, settings: Settings, counted: Counted) -> Means:
    """Predict frames that stay.

    Those that no exit here lets go, or none before the deadline, end with what the last one said.
    """
    count, exits = counted.left.shape
    here = min(held(observation, settings), exits)
    deadline = min(settings.deadline, LONGEST)
    times = _elapsed(observation)[1 : here + 1]
    speak = int((times <= deadline).sum())
    right = counted.right[:, :speak].sum(axis=1)
    if speak < exits:
        right = right + counted.kept[speak]
    times = np.minimum(times, deadline)
    left = counted.left[:, :here].copy()
    left[:, -1] += counted.left[:, here:].sum(axis=1)
    late = left @ (times > settings.preference.latency_budget)
    joules = left @ settings.energy.of_frame(times, 0, np.inf, 0.0)
    found = (right, left @ times, late, joules, np.zeros(count))
    return Means(*(values[np.newaxis] for values in found))


def _offloaded(
    observation: Observation, settings: Settings, counted: Counted, split: int, levels: range
) -> Means:
    """Predict frames that leave at exits before the split, and go to the tail if none lets them."""
    times, way = _elapsed(observation), sending(observation, split, levels, counted.left)
    reaching = counted.left[:, split:].sum(axis=1)
    whole = held(observation, settings) >= observation.profile.segments
    budget, deadline = settings.preference.latency_budget, min(settings.deadline, LONGEST)
    begun = times[split] + way.encoding
    arrives = np.minimum(begun + way.answer, LONGEST)
    lost = _lost(observation, beyond(arrives, deadline, observation))
    fallen = counted.right[:, split:].sum(axis=1) if whole else counted.kept[split]
    rest = times[-1] - times[split]
    end = given_up(arrives, rest, deadline, observation) if whole else deadline
    late = np.maximum(beyond(arrives, budget, observation), lost * (end > budget))
    head = begun + lost * whole * rest
    joules = settings.energy.of_frame(
        head, way.size, observation.link.goodput_bps, np.minimum(way.listening, deadline), way.tail
    )
    before, early = counted.left[:, :split], times[1 : split + 1]
    leaving = before @ settings.energy.of_frame(early, 0, np.inf, 0.0)
    return Means(
        right=counted.right[:, :split].sum(axis=1)
        + (1 - lost) * counted.sent[split, levels]
        + lost * fallen,
        latency=before @ early + reaching * ((1 - lost) * arrives + lost * end),
        late=before @ (early > budget) + reaching * late,
        joules=leaving + reaching * joules,
        wire_bytes=reaching * way.size,
    )


def _lost(observation: Observation, overdue: np.ndarray) -> np.ndarray:
    """Give the share of sent frames that the robot must answer itself."""
    loss = observation.link.loss
    loss = min(max(loss, 0.0), 1.0) if math.isfinite(loss) else 0.0
    return 1 - (1 - loss) * (1 - overdue)
