"""What happened when: outcomes, latency, answers and the link, in bins of equal length."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from edge_exit.evaluation.judged.columns import ROUNDING, Columns
from edge_exit.evaluation.judged.figures import OUTCOMES
from edge_exit.evaluation.judged.plain import percentiles
from edge_exit.evaluation.run import Run

MOST_BINS = 300
# A bin of fewer frames says little of how they ended.
FRAMES_A_BIN = 8
BINS_S = (0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)


def bin_edges(run: Run, columns: Columns) -> np.ndarray:
    """Cut the run into bins of a round length, s; (bins + 1,)."""
    span = max(run.duration, float(columns.arrived.max()) if len(columns) else 0.0, BINS_S[0])
    most = min(max(len(columns) // FRAMES_A_BIN, 10), MOST_BINS)
    length = next((size for size in BINS_S if span / size <= most), None)
    # Days of recording: hours in a bin.
    length = length or 3600 * math.ceil(span / 3600 / MOST_BINS)
    return length * np.arange(math.ceil(span / length - 1e-9) + 1.0)


def timeline(columns: Columns, edges: np.ndarray) -> dict:
    """Count frames by the time of their image.

    :returns: bin_s, t_s (start of each bin), and a list for each figure; latencies are None in a
        bin without frames.
    """
    # An image at an edge belongs to the later bin, whatever its time lost in subtractions.
    after = np.searchsorted(edges, columns.arrived + ROUNDING, side='right') - 1
    place = np.clip(after, 0, len(edges) - 2)
    bins = len(edges) - 1

    def count(chosen: np.ndarray) -> np.ndarray:
        return np.bincount(place[chosen], minlength=bins)

    starts = np.searchsorted(place, np.arange(bins + 1))
    slices = [slice(*pair) for pair in pairwise(starts)]
    latency = [percentiles(1e3 * columns.total[some], (50, 99)) for some in slices]
    return {
        'bin_s': float(edges[1] - edges[0]),
        't_s': edges[:-1],
        **{outcome.name.lower(): count(columns.outcome == outcome) for outcome in OUTCOMES},
        'judged': count(columns.judged),
        'right': count(columns.right),
        'late': count(columns.late),
        'latency_ms_p50': [middle for middle, _ in latency],
        'latency_ms_p99': [most for _, most in latency],
        'bytes': np.bincount(place, columns.wire_bytes, bins).astype(int),
    }


def link_quality(run: Run, edges: np.ndarray) -> dict:
    """Give what the head measured: medians in each bin, None where nothing was known."""
    times = np.array([time for time, _ in run.links], float)
    place = np.searchsorted(edges, times, side='right') - 1
    there = [quality for _, quality in run.links]
    bins: list[list] = [[] for _ in edges[:-1]]
    for index, quality in zip(place, there, strict=True):
        if 0 <= index < len(bins):
            bins[index].append(quality)
    return {
        't_s': edges[:-1],
        'connected': [_median(some, lambda q: float(q.connected), known=False) for some in bins],
        'goodput_mbps': [_median(some, lambda q: q.goodput_bps / 1e6) for some in bins],
        'rtt_ms': [_median(some, lambda q: 1e3 * q.rtt) for some in bins],
        'jitter_ms': [_median(some, lambda q: 1e3 * q.jitter) for some in bins],
        'loss': [_median(some, lambda q: q.loss) for some in bins],
    }


def capacity(run: Run, edges: np.ndarray) -> dict:
    """Give the true rate of the link: as it changed, or means in bins where it changed often."""
    times = np.array([time for time, _ in run.capacity], float)
    rates = np.array([rate / 1e6 for _, rate in run.capacity], float)
    if len(times) <= MOST_BINS:
        return {'t_s': times, 'mbps': rates}
    # Bits carried until each moment, so that a bin's mean is their difference.
    carried = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(times))])
    at = np.interp(edges, times, carried) + rates[-1] * np.maximum(edges - times[-1], 0.0)
    return {'t_s': edges[:-1], 'mbps': np.diff(at) / np.diff(edges)}


def _median(some: Sequence, value: Callable, *, known: bool = True) -> float | None:
    """Give the median of the values that are numbers, of connected moments if `known`."""
    values = [value(quality) for quality in some if quality.connected or not known]
    values = [number for number in values if math.isfinite(number)]
    return float(np.median(values)) if values else None
