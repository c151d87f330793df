"""Families of link traces: those that are generated, and those of a folder of trace files."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge_exit.errors import ConfigError
from edge_exit.link.traces import Trace, read_trace
from edge_exit.simulation import generators

# Beginnings of file names, and the family that they stand for.
_NAMES = {'lte': 'LTE', '4g': 'LTE', 'umts': '3G', '3g': '3G', '5g': '5G', 'wifi': 'Wi-Fi'}
# The first part of each file is to learn from, the last to test on, with nothing in common.
TRAINING_SHARE = 0.6
_SECONDS = 120.0

Make = Callable[[np.random.Generator], Trace]


def generated(seed: int, count: int) -> dict[str, list[Trace]]:
    """Generate some traces of each family that needs no files, 0.1 to 50 Mbit/s."""

    def rate(random: np.random.Generator, low: float, high: float) -> float:
        return float(np.exp(random.uniform(math.log(low), math.log(high))))

    def steps(random: np.random.Generator) -> Trace:
        return generators.steps(random, low=2e5, high=3e7, duration=_SECONDS)

    def markov(random: np.random.Generator) -> Trace:
        good = rate(random, 3e6, 3e7)
        bad = good / rate(random, 5, 50)
        return generators.markov(random, good=good, bad=bad, duration=_SECONDS)

    def walk(random: np.random.Generator) -> Trace:
        return generators.random_walk(random, middle=rate(random, 5e5, 1e7), duration=_SECONDS)

    def outages(random: np.random.Generator) -> Trace:
        return generators.outages(random, rate=rate(random, 1e6, 3e7), duration=_SECONDS)

    makes: dict[str, Make] = {
        'constant': lambda random: generators.constant(rate(random, 1e5, 5e7)),
        'steps': steps,
        'markov': markov,
        'random walk': walk,
        'outages': outages,
    }
    return {
        name: [make(np.random.default_rng([seed, place, index])) for index in range(count)]
        for place, (name, make) in enumerate(makes.items())
    }


def gathered(seed: int, count: int, folder: Path | None, part: str) -> dict[str, list[Trace]]:
    """Generate traces, and read those of a folder if there is one; see the functions for both."""
    read = of_folder(folder, part) if folder else {}
    return generated(seed, count) | read


def of_folder(folder: Path, part: str = 'all') -> dict[str, list[Trace]]:
    """Read all trace files of a folder, by family.

    :param part: 'training' is the first TRAINING_SHARE of each file, 'test' the rest.
    :raises ConfigError: if there are none, or one cannot be read.
    """
    files = sorted(folder.glob('*.csv')) if folder.is_dir() else []
    if not files:
        raise ConfigError(f'"{folder}" has no trace files (*.csv with time_s,rate_mbps)')
    found: dict[str, list[Trace]] = {}
    for path in files:
        found.setdefault(_family(path.stem), []).append(part_of(read_trace(path), part))
    return found


def part_of(trace: Trace, part: str) -> Trace:
    """Give a part of a trace in time; it begins at 0."""
    if part == 'all':
        return trace
    border = TRAINING_SHARE * trace.duration
    low, high = (0.0, border) if part == 'training' else (border, trace.duration)
    rows = [row for row, time in enumerate(trace.times) if low <= time < high]
    if not rows:
        raise ConfigError(f'a trace of {trace.duration:g} s is too short to be divided: use all')
    start = trace.times[rows[0]]
    return Trace(
        tuple(trace.times[row] - start for row in rows),
        tuple(trace.rates[row] for row in rows),
        tuple(trace.rtts[row] for row in rows),
        high - start,
    )


def _family(stem: str) -> str:
    plain = stem.lower()
    return next((name for start, name in _NAMES.items() if plain.startswith(start)), stem)
