"""Values to places on paper, and the round numbers that axes name."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values from `low`..`high` to places `start`..`end`; beyond them it stops there.

    :ivar log: whether steps are factors.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Give the place of a value."""
        low, high = self._bent(self.low), self._bent(self.high)
        share = (self._bent(value) - low) / (high - low) if high > low else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, most: int = 5) -> list[float]:
        """Give round values within the scale, at most about so many."""
        return self._log_ticks(most) if self.log else linear_ticks(self.low, self.high, most)

    def _bent(self, value: float) -> float:
        return math.log10(max(value, 1e-12)) if self.log else value

    def _log_ticks(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
            found = [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]
            if len(found) <= most:
                return found
        return found[:: math.ceil(len(found) / most)]


def linear_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Give multiples of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.9999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def time_ticks(span: float, most: int) -> list[float]:
    """Give moments of a run that people call round: seconds, then minutes, then hours."""
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
    step = next((size for size in steps if span / size <= most), 86400.0 * math.ceil(span / 864000))
    return [index * step for index in range(int(span / step + 1e-9) + 1)]


def time_label(value: float, span: float) -> str:
    """Write a moment the way that suits the whole length."""
    if span <= 120:
        return f'{value:g} s'
    minutes, rest = divmod(round(value), 60)
    if span <= 7200:
        return f'{minutes}:{rest:02d}'
    return f'{minutes // 60}:{minutes % 60:02d} h'
