"""Arms of a bandit: what was gained under each of them, with a memory that fades."""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class _Gained:
    weight: float = 0.0
    total: float = 0.0


class Arms:
    """Discounted upper confidence bounds (D-UCB: Garivier and Moulines, arXiv 0805.3415).

    Each new gain makes all older ones, of whatever arm, weigh a little less, so that an arm which
    was bad on an earlier link is tried again.

    :param memory: gains after which one weighs 1/e of its first weight.
    :param spread: of one gain around its mean: how far the bound lies above what was seen.
    """

    def __init__(self, memory: float, spread: float) -> None:
        self._fading = math.exp(-1 / memory)
        self._spread = spread
        self._gained: dict[Hashable, _Gained] = {}

    def gain(self, arm: Hashable, value: float) -> None:
        """Take note of one gain."""
        for gained in self._gained.values():
            gained.weight *= self._fading
            gained.total *= self._fading
        of_arm = self._gained.setdefault(arm, _Gained())
        of_arm.weight += 1.0
        of_arm.total += value

    def best(self, arms: Iterable[Hashable]) -> Hashable:
        """Give the arm of the highest bound; the first that was never tried, if there is one."""
        return max(arms, key=self._bound)

    def mean(self, arm: Hashable) -> float:
        """Give what an arm gains, the newest gains counting most; NaN if it was never tried."""
        gained = self._gained.get(arm)
        return gained.total / gained.weight if gained else math.nan

    def _bound(self, arm: Hashable) -> float:
        gained = self._gained.get(arm)
        if gained is None:
            return math.inf
        seen = max(sum(one.weight for one in self._gained.values()), 1.0)
        return gained.total / gained.weight + self._spread * math.sqrt(
            2 * math.log(seen) / gained.weight
        )
