"""Halting mass: how much of it the exits have spent (Pomponi et al., Entropy 24(1):1, 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge_exit.inference.belief import Belief


@dataclass(frozen=True, slots=True)
class HaltingMass:
    """Sure where the exits' own halting scores say so, whatever the classes are."""

    exits: int
    name: ClassVar[str] = 'halting_mass'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give 1 - R = 1 - prod_j (1 - h_j)."""
        return 1.0 - float(beliefs[-1].remaining)
