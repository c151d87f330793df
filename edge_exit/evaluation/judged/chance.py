"""How far chance reaches: intervals from stretches of a recording, drawn anew many times.

Neighbouring frames look alike, and so do their answers, so frames are not drawn one by one but in
stretches of some seconds (block bootstrap: Carlstein, "The Use of Subseries Values for Estimating
the Variance of a General Statistic from a Stationary Sequence", Ann. Statist. 14, 1986).
"""

import math

import numpy as np

STRETCH_S = 2.0
# Fewer stretches do not show how they differ: of a short recording they are shorter.
FEWEST_STRETCHES = 20
DRAWS = 1000
_INTERVAL = (2.5, 97.5)
_Z = 1.959964
# Draws that are worked on at a time, so that memory stays small.
_AT_ONCE = 50
# Frames that are ranked for a percentile, as a multiple of those beyond it.
_REACH = 10


class Stretches:
    """The frames of a recording in stretches, and the same draws of them for every figure."""

    def __init__(self, times: np.ndarray) -> None:
        """Cut frames into stretches.

        :param times: of the frames, s, (N,).
        """
        span = float(np.ptp(times)) if len(times) else 0.0
        self.length = min(STRETCH_S, span / FEWEST_STRETCHES) or STRETCH_S
        place = np.floor((times - times.min()) / self.length) if len(times) else times
        _, self._of_frame = np.unique(place, return_inverse=True)
        self.count = int(self._of_frame.max()) + 1 if len(times) else 1
        chance = np.random.default_rng(0)
        shares = np.full(self.count, 1 / self.count)
        # How often each stretch comes in each draw, (DRAWS, stretches).
        self._draws = chance.multinomial(self.count, shares, size=DRAWS)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Give the mean of the values that are numbers, in each draw that holds any."""
        known = np.isfinite(values)
        sums = np.bincount(self._of_frame, np.where(known, values, 0.0), self.count)
        counts = self._draws @ np.bincount(self._of_frame, known, self.count)
        return (self._draws @ sums)[counts > 0] / counts[counts > 0]

    def percentiles(self, values: np.ndarray, percent: float) -> np.ndarray:
        """Give a percentile of the values in each draw, (DRAWS,)."""
        above = 1 - percent / 100
        # Only the largest decide, also in a draw that holds them several times over.
        most = min(math.ceil(_REACH * above * len(values)), len(values))
        order = np.argsort(-values, kind='stable')[:most]
        ranked, of_frame = values[order], self._of_frame[order]
        frames = self._draws @ np.bincount(self._of_frame, minlength=self.count)
        found = []
        for first in range(0, DRAWS, _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            larger = np.cumsum(self._draws[some, of_frame], axis=1)
            enough = larger > above * (frames[some, np.newaxis] - 1)
            enough[:, -1] = True
            found.append(ranked[enough.argmax(axis=1)])
        return np.concatenate(found)

    def share_ci95(self, hits: np.ndarray) -> list[float] | None:
        """Give the interval of a share.

        That of Wilson, for as many independent frames as these are worth: it stays honest where
        all are hits.

        :param hits: 1.0 or 0.0, NaN where it is not known, (N,).
        """
        known = int(np.isfinite(hits).sum())
        if not known:
            return None
        share = float(np.nanmean(hits))
        independent = share * (1 - share) / known
        worse = max(1.0, float(self.means(hits).var()) / independent) if independent else 1.0
        return list(_wilson(share, max(known / worse, 1.0)))


def ci95(drawn: np.ndarray) -> list[float] | None:
    """Give the interval that holds 95 of 100 draws."""
    return np.percentile(drawn, _INTERVAL).tolist() if len(drawn) else None


def _wilson(share: float, count: float) -> tuple[float, float]:
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = _Z / (1 + _Z**2 / count)
    reach *= math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
    return (0.0 if share == 0 else low), (1.0 if share == 1 else high)
