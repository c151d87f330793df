"""Operating points worth trying: those that are not worse in every way than another one."""

import numpy as np

from edge_exit.policy.operating_point import OperatingPoint
from edge_exit.simulation.outcomes import OutcomeTable

# Of them a policy learns in good time; once learned it may choose among more.
THRESHOLDS = (0.3, 0.6, 0.8, 0.9, 0.97, 2.0)
# Accuracy that a level must gain to be worth its bytes.
_GAIN = 0.001
_MOST_LEVELS = 4


def candidates(
    table: OutcomeTable, thresholds: tuple[float, ...] = THRESHOLDS
) -> list[OperatingPoint]:
    """Give the points of a bundle; working alone comes last."""
    places = [
        (split, level, True) for split in range(table.splits) for level in levels(table, split)
    ]
    smallest = min(places, key=lambda place: table.sent_bytes[:, place[0], place[1]].mean())
    places.append((*smallest[:2], False))
    return [
        OperatingPoint(split, threshold, 0.0, level, offload)
        for split, level, offload in places
        for threshold in thresholds
    ]


def levels(table: OutcomeTable, split: int) -> list[int]:
    """Give the codec levels of a split that gain accuracy for their bytes, the finest first."""
    sizes = table.sent_bytes[:, split].mean(axis=0)
    right = table.tail_right[:, split, :, -1].mean(axis=0)
    kept: list[int] = []
    # Of equal ones the last: users may forbid the finer of them.
    for level in np.lexsort((-np.arange(len(sizes)), sizes)):
        if not kept or right[level] > right[kept[-1]] + _GAIN:
            kept.append(int(level))
    # Few are enough: the smallest, the best, and some between.
    chosen = np.linspace(0, len(kept) - 1, min(_MOST_LEVELS, len(kept))).round().astype(int)
    return sorted({kept[place] for place in chosen})
