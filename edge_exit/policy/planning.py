"""What policies that plan have in common: loss of worth, hysteresis, what to do without a link."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edge_exit.policy.forecast import Forecast, Forecaster, Place, held, measured, splits
from edge_exit.policy.interface import Observation, Settings
from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.policy.preference import Preference
from edge_exit.policy.reward import reference_of, reward

# Gives what is bad about each choice of a forecast, (places, thresholds), 0 or more.
Judge = Callable[[Forecast], np.ndarray]


class Planner:
    """Takes the choice that is judged the least bad, and stays at its place unless that pays.

    Changing the exit threshold costs nothing, so that hysteresis only keeps the place; a change of
    what the user prefers is followed at once.
    """

    def __init__(self, policy: str) -> None:
        self._policy = policy
        self._forecaster = Forecaster()
        self._last: tuple[Place, Preference] | None = None

    def plan(self, observation: Observation, settings: Settings, judge: Judge) -> OperatingPoint:
        """Choose.

        :param judge: asked once.
        """
        forecast = self._forecaster.forecast(observation, settings)
        asking = must_ask(observation, settings)
        bad = judge(forecast)
        row = len(forecast.places) - 1 if asking else self._row(forecast, bad, settings)
        column = int(np.argmin(bad[row]))
        place = asking or forecast.places[row]
        self._last = (place, settings.preference)
        why = _why(observation, settings, place)
        point = settings.point(policy=self._policy, reason=f'{why}: loss {bad[row, column]:.2f}')
        return replace(point, **place._asdict(), exit_threshold=forecast.thresholds[column])

    def _row(self, forecast: Forecast, bad: np.ndarray, settings: Settings) -> int:
        least = bad.min(axis=1)
        best = int(np.argmin(least))
        place, wanted = self._last or (None, None)
        if wanted == settings.preference and place in forecast.places:
            last = forecast.places.index(place)
            if least[best] > (1 - settings.hysteresis) * least[last]:
                return last
        return best


def loss(forecast: Forecast, observation: Observation, settings: Settings) -> np.ndarray:
    """Give what each choice is worth less than the surest answer at no cost."""
    preference, reference = settings.preference, reference_of(observation, settings)
    surest = forecast.means.right.max()
    best = reward(preference, reference, right=surest, latency=0, joules=0, wire_bytes=0)
    return best - reward(preference, reference, **forecast.means._asdict())


def must_ask(observation: Observation, settings: Settings) -> Place | None:
    """Give where to offload over a link that was never measured, at the fewest bytes.

    As does only a robot that cannot finish alone; None if it need not, or there is no tail.
    """
    possible = splits(observation, settings)
    whole = held(observation, settings) >= observation.profile.segments
    asks = settings.offload and observation.link.connected and len(possible) > 0
    if whole or not asks or measured(observation):
        return None
    sizes = observation.profile.split_bytes
    level = min(max(settings.codec_level, 0), observation.profile.codec_levels - 1)
    return Place(min(possible, key=lambda split: sizes[split][level]), level, True)


def _why(observation: Observation, settings: Settings, place: Place) -> str:
    if not settings.offload:
        return 'offloading is off'
    if not observation.link.connected:
        return 'no tail'
    if not measured(observation):
        return 'link not measured yet'
    return f'split {place.split}, level {place.codec_level}' if place.offload else 'alone'
