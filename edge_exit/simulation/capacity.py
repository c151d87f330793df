"""What many links carry over time, as sums that grow: queues become additions and look-ups."""

import math
from collections.abc import Sequence

import numpy as np

from edge_exit.link.traces import Trace

# Cells of the time grid, s. Rates change at their borders only; what a cell carries is exact.
CELL = 0.1
# Rows of the flat array are this far apart, bits: more than any link carries in an episode.
_APART = 1e13


class Capacity:
    """Links of B worlds from time 0 on, for as long as an episode may look.

    :param traces: one for each world.
    :param starts: where in its trace each world begins, s, (B,).
    :param base_rtts: round-trip time of each world, s, (B,). A trace's own times add to it what
        they exceed their median by, so that one trace serves near and far servers.
    :param duration: how long it is known, s; later nothing is carried.
    """

    def __init__(
        self, traces: Sequence[Trace], starts: np.ndarray, base_rtts: np.ndarray, duration: float
    ) -> None:
        cells = math.ceil(duration / CELL) + 1
        grid = CELL * np.arange(cells + 1)
        parts = [_sampled(trace, start + grid) for trace, start in zip(traces, starts, strict=True)]
        self._carried = np.array([carried for carried, _ in parts])
        more = np.array([extra for _, extra in parts])
        self._rtts = base_rtts[:, np.newaxis] + more
        self._rows = np.arange(len(traces))
        self._cells = cells
        self._flat = (self._carried + self._rows[:, np.newaxis] * _APART).ravel()

    def carried(self, time: np.ndarray) -> np.ndarray:
        """Give what each link carries from 0 to a time, bits, (B,)."""
        place = np.minimum(np.maximum(time, 0.0) / CELL, self._cells - 1e-9)
        cell = place.astype(np.int64)
        before = self._carried[self._rows, cell]
        return before + (place - cell) * (self._carried[self._rows, cell + 1] - before)

    def when(self, bits: np.ndarray) -> np.ndarray:
        """Give when each link has carried so many bits since 0, s, (B,); infinity if never."""
        wanted = np.minimum(bits, _APART / 2) + self._rows * _APART
        place = np.searchsorted(self._flat, wanted, side='left') - self._rows * (self._cells + 1)
        cell = np.clip(place, 1, self._cells)
        before, after = self._carried[self._rows, cell - 1], self._carried[self._rows, cell]
        part = (bits - before) / np.maximum(after - before, 1e-9)
        time = CELL * (cell - 1 + np.clip(part, 0.0, 1.0))
        return np.where(bits > self._carried[self._rows, -1], np.inf, time)

    def rate(self, time: np.ndarray) -> np.ndarray:
        """Give the rate at a time, bit/s, (B,)."""
        cell = np.clip(time / CELL, 0, self._cells - 1).astype(np.int64)
        here = self._carried[self._rows, cell]
        return (self._carried[self._rows, cell + 1] - here) / CELL

    def rtt(self, time: np.ndarray) -> np.ndarray:
        """Give the round-trip time of an empty message at a time, s, (B,)."""
        cell = np.clip(time / CELL, 0, self._cells).astype(np.int64)
        return self._rtts[self._rows, cell]


def _sampled(trace: Trace, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give bits carried since the first of the times, and additions to the round-trip time, s."""
    borders = np.append(trace.times, trace.duration)
    sums = np.concatenate([[0.0], np.cumsum(np.diff(borders) * trace.rates)])
    rounds, within = np.divmod(times, trace.duration)
    carried = rounds * sums[-1] + np.interp(within, borders, sums)
    rtts = np.asarray(trace.rtts)
    known = np.isfinite(rtts)
    if not known.any():
        return carried - carried[0], np.zeros(len(times))
    above = np.where(known, np.maximum(rtts - np.median(rtts[known]), 0.0), 0.0)
    row = np.clip(np.searchsorted(borders, within, side='right') - 1, 0, len(rtts) - 1)
    return carried - carried[0], above[row]
