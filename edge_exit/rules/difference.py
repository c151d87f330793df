"""Difference: how little the last exit changed the belief. Ours, in the spirit of DistrEE.

DistrEE (arXiv 2502.15735) leaves when features stop changing between layers; here it is the
posterior that must stop changing, so that head and tail can both tell from a belief alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edge_exit.inference.belief import Belief


@dataclass(frozen=True, slots=True)
class Difference:
    """Sure where one more exit has changed nothing; never at the first."""

    exits: int
    name: ClassVar[str] = 'difference'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give 1 - total variation distance of the newest two posteriors; 0 if there is one."""
        if len(beliefs) < 2:
            return 0.0
        moved = np.abs(beliefs[-1].posterior - beliefs[-2].posterior).sum() / 2
        return min(max(1.0 - float(moved), 0.0), 1.0)
