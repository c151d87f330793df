"""Power of the processor by its own counter (RAPL), where Linux shows it (powercap).

Most systems let only root read it.
"""

import math
from pathlib import Path

FOLDER = Path('/sys/class/powercap/intel-rapl:0')


class Rapl:
    """Reads the counter of the first package; it counts microjoules and starts anew when full.

    :raises OSError: if it cannot be read.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._counter = folder / 'energy_uj'
        self._range = _number(folder / 'max_energy_range_uj')
        self._last = _number(self._counter)
        self._when = math.nan

    def watts(self, now: float) -> float:
        """Give the mean power since the last call; NaN at the first.

        :param now: on a steady clock, s.
        :raises OSError: if the counter cannot be read any more.
        """
        value = _number(self._counter)
        joules = (value - self._last) % (self._range + 1) / 1e6
        span = now - self._when
        self._last, self._when = value, now
        return joules / span if span > 0 else math.nan


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except ValueError as error:
        raise OSError(f'{path} holds no number') from error
