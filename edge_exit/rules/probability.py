"""Probability of the likeliest class, as transmission decisions compare (arXiv 2311.18098)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_exit.inference.belief import Belief


@dataclass(frozen=True, slots=True)
class Probability:
    """Sure where the belief gives much to its answer."""

    exits: int
    name: ClassVar[str] = 'probability'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give the top-1 probability of the newest posterior."""
        return min(max(float(beliefs[-1].posterior.max()), 0.0), 1.0)
