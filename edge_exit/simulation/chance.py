"""Chance that several worlds share, so that only their policies differ."""

import numpy as np


class Alike:
    """Draws the same for each group of neighbouring worlds; of a Generator what is needed here.

    :param alike: size of the groups; 1 gives every world its own chance.
    """

    def __init__(self, random: np.random.Generator, alike: int) -> None:
        self._random, self._alike = random, alike

    def random(self, count: int) -> np.ndarray:
        """Draw evenly from [0, 1)."""
        return self._spread(self._random.random(count // self._alike))

    def standard_normal(self, count: int) -> np.ndarray:
        """Draw from the normal distribution."""
        return self._spread(self._random.standard_normal(count // self._alike))

    def exponential(self, count: int) -> np.ndarray:
        """Draw from the exponential distribution of mean 1."""
        return self._spread(self._random.exponential(size=count // self._alike))

    def integers(self, high: int, count: int) -> np.ndarray:
        """Draw whole numbers below `high`."""
        return self._spread(self._random.integers(high, size=count // self._alike))

    def _spread(self, values: np.ndarray) -> np.ndarray:
        return values if self._alike == 1 else np.repeat(values, self._alike)
