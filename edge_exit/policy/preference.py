"""What the user prefers: weights of what a frame costs and brings, and a latency budget."""

import math
from dataclasses import dataclass, fields

import numpy as np

HEAVIEST = 10.0


@dataclass(frozen=True, slots=True)
class Preference:
    """Weights of one frame's worth; see edge_exit/policy/reward.py for what they weigh.

    :ivar accuracy, latency, energy, bandwidth: 0 ignores it, up to 10. The defaults are for who
        wants answers nearly as right as the whole network's, and of those the cheapest.
    :ivar latency_budget: time from image to result that a frame should not exceed, s.
    :raises ValueError: if a weight or the budget is out of its range.
    """

    accuracy: float = 4.0
    latency: float = 1.0
    energy: float = 1.0
    bandwidth: float = 1.0
    latency_budget: float = 0.1

    def __post_init__(self) -> None:
        for name in WEIGHTS:
            if not 0 <= getattr(self, name) <= HEAVIEST:
                raise ValueError(f'{name} weighs {getattr(self, name)}, not 0..{HEAVIEST:g}')
        if not 0 < self.latency_budget < math.inf:
            raise ValueError(f'latency budget is {self.latency_budget} s, not a positive time')


WEIGHTS = tuple(field.name for field in fields(Preference))[:4]


def weight_scale(wanted):
    """Give what brings the weights of each user to a sum of four, as if all were 1.

    :param wanted: anything with the four weights, numbers or arrays of them.
    """
    total = wanted.accuracy + wanted.latency + wanted.energy + wanted.bandwidth
    return 4.0 / np.maximum(total, 1e-3)
