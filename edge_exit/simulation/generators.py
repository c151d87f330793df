"""Link traces by chance or by rule, in the form of `edge_exit.link.traces.Trace`.

All rates are bit/s, all times s. A row lasts STEP or a multiple of it.
"""

import math
from itertools import pairwise

import numpy as np

from edge_exit.link.traces import Trace

STEP = 0.1


def constant(rate: float) -> Trace:
    """Give a link that never changes."""
    return _trace([0.0], [rate], 1.0)


def steps(random: np.random.Generator, *, low: float, high: float, duration: float) -> Trace:
    """Give rates that hold for 2 to 10 s each, drawn evenly on a logarithmic scale."""
    times = _holding(random, 2.0, 10.0, duration)
    rates = np.exp(random.uniform(math.log(low), math.log(high), len(times)))
    return _trace(times, rates, duration)


def markov(
    random: np.random.Generator, *, good: float, bad: float, duration: float,
    good_for: float = 4.0, bad_for: float = 1.5,
) -> Trace:  # fmt: skip
    """Give a link with a good and a bad state that last exponentially long (Gilbert, Elliott).

    :param good_for, bad_for: how long each lasts in the mean.
    """
    times, rates, time, is_good = [], [], 0.0, random.random() < good_for / (good_for + bad_for)
    while time < duration:
        times.append(time)
        rates.append(good if is_good else bad)
        time += _rounded(random.exponential(good_for if is_good else bad_for))
        is_good = not is_good
    return _trace(times, rates, duration)


def random_walk(
    random: np.random.Generator, *, middle: float, duration: float,
    spread: float = 0.25, pull: float = 0.05, most: float = 8.0,
) -> Trace:  # fmt: skip
    """Give a rate whose logarithm wanders and is pulled back to a middle (Ornstein, Uhlenbeck).

    :param spread: standard deviation of the change of the logarithm in half a second.
    :param pull: share of the way back that it goes in half a second.
    :param most: how many times the middle, or a part of it, the rate is at most.
    """
    count = max(1, round(duration / 0.5))
    changes, level, levels = random.normal(0, spread, count), 0.0, []
    for change in changes:
        level = float(np.clip((1 - pull) * level + change, -math.log(most), math.log(most)))
        levels.append(level)
    return _trace(0.5 * np.arange(count), middle * np.exp(levels), 0.5 * count)


def outages(
    random: np.random.Generator, *, rate: float, duration: float,
    up_for: float = 8.0, down_for: float = 2.0,
) -> Trace:  # fmt: skip
    """Give a steady link that is not there at all now and then."""
    return markov(random, good=rate, bad=0.0, duration=duration, good_for=up_for, bad_for=down_for)


def _holding(random: np.random.Generator, low: float, high: float, duration: float) -> list[float]:
    times = [0.0]
    while times[-1] < duration:
        times.append(times[-1] + _rounded(random.uniform(low, high)))
    return times[:-1]


def _rounded(time: float) -> float:
    return max(STEP, round(time / STEP) * STEP)


def _trace(times, rates, duration: float) -> Trace:
    times = [round(float(time), 6) for time in times]
    if not times or times[0] != 0 or any(later <= sooner for sooner, later in pairwise(times)):
        raise ValueError(f'times of a trace rise from 0, these are {times[:5]}')
    unknown = (math.nan,) * len(times)
    end = max(float(duration), times[-1] + STEP)
    return Trace(tuple(times), tuple(float(rate) for rate in rates), unknown, end)
