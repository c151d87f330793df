"""The learned policy: a small network chooses among the bundle's candidates.

Trained by `edge_exit train-policy`, run with ONNX Runtime. What the user prefers is an input. Where
it cannot be trusted, dynamic split chooses, and why is said once.
"""

import logging
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_exit.policy.dynamic_split import DynamicSplit
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.learned_known import Known
from edge_exit.policy.learned_model import BOUNDED, LearnedModel, load
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.prediction import opening, slowdown, tail_slowdown

# A value this many times worse than all that training has seen is none that it has learned about. A
# link, a robot or a server that is better has nothing to spring on a frame: the forecast knows it.
_MARGIN = 1.5
# Of these, so much more is not beyond either: few worlds lose much.
_LEAST = {'rtt': 0.002, 'loss': 0.2, 'jitter': 0.002}


class Learned:
    """Chooses split, exit threshold, codec level and whether to offload."""

    def __init__(self) -> None:
        self._rule = DynamicSplit()
        self._path: str | None = None
        self._model: LearnedModel | None = None
        self._why_not = ''
        self._said: set[str] = set()
        self._last = -1

    def choose(self, observation: Observation, settings: Settings) -> OperatingPoint:
        """Choose the candidate with the highest score that is allowed."""
        why, point = self._doubt(observation, settings), None
        if not why:
            known = known_of(observation, settings, self._last)
            why = beyond(self._model, known)
            if not why:
                why, point = self._best(known, settings)
        if point is None:
            return self._fall_back(observation, settings, why)
        return point

    def _doubt(self, observation: Observation, settings: Settings) -> str:
        """Load the policy if need be; say what speaks against it."""
        profile = observation.profile
        if profile.policy != self._path:
            self._path, self._last = profile.policy, -1
            self._model, self._why_not = _opened(profile.policy)
        if self._why_not:
            return self._why_not
        if 0 < settings.local_segments < profile.segments:
            return 'it has learned with robots that hold all segments'
        return ''

    def _best(self, known: Known, settings: Settings) -> tuple[str, OperatingPoint | None]:
        scores, allowed = self._model.judge(known, settings.energy)
        if not np.isfinite(scores).all():
            return 'its scores are not finite', None
        place = int(np.where(allowed, scores, -np.inf).argmax())
        self._last = place
        candidates = self._model.candidates
        reason = f'candidate {place} of {len(candidates)}'
        return '', replace(candidates[place], reason=reason)

    def _fall_back(self, observation: Observation, settings: Settings, why: str) -> OperatingPoint:
        """Let dynamic split choose; warn of each reason once."""
        kind = why.split(':')[0]
        if kind not in self._said:
            self._said.add(kind)
            logging.getLogger('edge_exit').warning(
                'dynamic split takes the place of the learned policy: %s', why
            )
        self._last = -1
        return self._rule.choose(observation, settings)


def known_of(observation: Observation, settings: Settings, last: int) -> Known:
    """Say what one robot knows.

    :param last: candidate that holds now, -1 if none does.
    """
    link, outcomes, wanted = observation.link, observation.outcomes, settings.preference
    profile = observation.profile
    return Known(
        connected=link.connected,
        goodput_bps=link.goodput_bps,
        goodput_age=link.goodput_age,
        rtt=link.rtt,
        jitter=link.jitter,
        loss=min(max(link.loss, 0.0), 1.0) if math.isfinite(link.loss) else 0.0,
        head_slowdown=slowdown(observation),
        opening=opening(observation),
        tail_slowdown=tail_slowdown(observation),
        rate=outcomes.rate,
        interval=outcomes.interval,
        offloaded=outcomes.offloaded,
        fallback=outcomes.fallback,
        total=outcomes.total,
        deadline=settings.deadline if math.isfinite(settings.deadline) else 60.0,
        accuracy=wanted.accuracy,
        latency=wanted.latency,
        energy=wanted.energy,
        bandwidth=wanted.bandwidth,
        latency_budget=wanted.latency_budget,
        offload=settings.offload,
        finest=settings.codec_level,
        whole_time=sum(profile.segment_times),
        picture_bytes=float(profile.split_bytes[0][0]) if profile.split_bytes else 1.0,
        last=last,
    )


def beyond(model: LearnedModel, known: Known) -> str:
    """Say what is worse than anything that was seen in training; empty if nothing is."""
    if not known.connected:
        return ''
    for name in BOUNDED:
        value = getattr(known, name)
        low, high = model.bounds[name]
        if name == 'goodput_bps':
            worse = value < low / _MARGIN
        else:
            worse = value > high * _MARGIN + _LEAST.get(name, 0.0)
        if math.isfinite(value) and worse:
            seen = '{:.4g}..{:.4g}'.format(*model.bounds[name])
            return f'{name}: {value:.4g} is beyond the {seen} that it has seen'
    return ''


def _opened(path: str) -> tuple[LearnedModel | None, str]:
    if not path:
        return None, 'the bundle has none: edge_exit train-policy makes one'
    try:
        return load(Path(path)), ''
    except (OSError, ValueError, KeyError, TypeError) as error:
        return None, f'{path} cannot be used: {error}'
