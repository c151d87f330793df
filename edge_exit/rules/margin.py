"""Margin: top-1 minus top-2 probability of the belief (REEN, arXiv 2412.19587)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_exit.inference.belief import Belief


@dataclass(frozen=True, slots=True)
class Margin:
    """Sure where the best class is far ahead of the second; the default."""

    exits: int
    name: ClassVar[str] = 'margin'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give the margin of the newest belief."""
        return beliefs[-1].margin
