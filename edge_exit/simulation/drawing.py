"""Worlds drawn at random to learn in: links, robots, servers, wishes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_exit.link.traces import Trace
from edge_exit.simulation.simulator import Scene
from edge_exit.simulation.worlds import Preferences, Worlds


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is drawn, evenly on a logarithmic scale; times in s.

    :ivar jitter: as a share of the round-trip time.
    :ivar lossy: share of worlds whose link loses anything.
    """

    head_slowdown: tuple[float, float] = (0.5, 48.0)
    tail_slowdown: tuple[float, float] = (0.4, 4.0)
    rtt: tuple[float, float] = (0.002, 0.12)
    jitter: tuple[float, float] = (0.005, 1.0)
    loss: tuple[float, float] = (0.001, 0.12)
    lossy: float = 0.3
    rate_hz: tuple[float, float] = (5.0, 30.0)
    deadline: tuple[float, float] = (0.1, 0.4)
    weight: tuple[float, float] = (0.2, 10.0)
    budget: tuple[float, float] = (0.03, 0.3)


RANGES = Ranges()
# Share of wishes that leave out all but one or two things.
_EXTREME = 0.2


def scene(
    random: np.random.Generator,
    families: Mapping[str, Sequence[Trace]],
    count: int,
    *,
    held: int,
    duration: float,
    ranges: Ranges = RANGES,
) -> Scene:
    """Draw one episode of `count` worlds; every family is as likely."""
    names = list(families)
    chosen = [families[names[place]] for place in random.integers(len(names), size=count)]
    traces = [some[random.integers(len(some))] for some in chosen]
    rtts = _even(random, ranges.rtt, count)
    worlds = Worlds(
        period=1 / _even(random, ranges.rate_hz, count),
        deadline=_even(random, ranges.deadline, count),
        head_slowdown=_even(random, ranges.head_slowdown, count),
        tail_slowdown=_even(random, ranges.tail_slowdown, count),
        jitter=rtts * _even(random, ranges.jitter, count),
        loss=_even(random, ranges.loss, count) * (random.random(count) < ranges.lossy),
        held=np.full(count, held),
        preferences=_wishes(random, count, ranges),
    )
    starts = random.random(count) * [trace.duration for trace in traces]
    return Scene(worlds, traces, starts, rtts, duration)


def _wishes(random: np.random.Generator, count: int, ranges: Ranges) -> Preferences:
    weights = _even(random, ranges.weight, (4, count))
    left_out = (random.random((4, count)) < 0.5) & (random.random(count) < _EXTREME)
    weights = np.where(left_out & ~left_out.all(axis=0), 0.0, weights)
    return Preferences(*weights, latency_budget=_even(random, ranges.budget, count))


def _even(random: np.random.Generator, ends: tuple[float, float], shape) -> np.ndarray:
    return np.exp(random.uniform(np.log(ends[0]), np.log(ends[1]), shape))
