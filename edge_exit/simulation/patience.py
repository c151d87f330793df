"""How long the heads of many worlds wait for an answer, as `link.patience` does for one."""

import numpy as np

from edge_exit.link.patience import DEVIATION_GAIN, MEAN_GAIN, NEEDED, overdue


class Patiences:
    """Estimates of B worlds, one for each split and level."""

    def __init__(self, worlds: int, splits: int, levels: int) -> None:
        shape = (worlds, splits, levels)
        self._rows = np.arange(worlds)
        self._mean, self._deviation = np.zeros(shape), np.zeros(shape)
        self._answers = np.zeros(shape, int)

    def wait(self, split: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Give how long answers may take until they are overdue, s, (B,); infinite if unknown."""
        place = (self._rows, split, level)
        known = overdue(self._mean[place], self._deviation[place])
        return np.where(self._answers[place] >= NEEDED, known, np.inf)

    def usual(self, split: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Give how long answers take, s, (B,); 0 if unknown."""
        place = (self._rows, split, level)
        return np.where(self._answers[place] >= NEEDED, self._mean[place], 0.0)

    def learn(self, took: np.ndarray, split: np.ndarray, level: np.ndarray) -> None:
        """Learn from answers, s, (B,); infinite where there is none."""
        rows = self._rows[np.isfinite(took)]
        place, took = (rows, split[rows], level[rows]), took[rows]
        mean, deviation = self._mean[place], self._deviation[place]
        first = self._answers[place] == 0
        more = deviation + DEVIATION_GAIN * (np.abs(took - mean) - deviation)
        self._deviation[place] = np.where(first, took / 2, more)
        self._mean[place] = np.where(first, took, mean + MEAN_GAIN * (took - mean))
        self._answers[place] += 1
