"""Entropy of the belief, as BranchyNet (arXiv 1709.01686) decides by; here of the posterior."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edge_exit.inference.belief import Belief


@dataclass(frozen=True, slots=True)
class Entropy:
    """Sure where the posterior is far from uniform over all classes."""

    exits: int
    name: ClassVar[str] = 'entropy'

    def sureness(self, beliefs: Sequence[Belief]) -> float:
        """Give 1 - H(p) / log C of the newest posterior."""
        posterior = beliefs[-1].posterior
        likely = posterior[posterior > 0].astype(np.float64)
        entropy = -float(likely @ np.log(likely)) / math.log(len(posterior))
        return min(max(1.0 - entropy, 0.0), 1.0)
