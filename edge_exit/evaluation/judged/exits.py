"""Where the frames of each class ended."""

from collections.abc import Sequence

import numpy as np

from edge_exit.evaluation.judged.columns import Columns
from edge_exit.inference.outcome import Outcome


def exits_per_class(columns: Columns, classes: Sequence[str]) -> list[dict]:
    """Count, for each class that occurs, the exits on the robot, at the tail, and fallbacks.

    :returns: class, frames, right, exits (left at each exit on the robot), offloaded, fallback; by
        the class that answers are judged by, or by the answer where there is no such class.
    """
    judged = bool(columns.judged.any())
    of_class = columns.truth if judged else columns.class_id
    exits = int(columns.exit.max(initial=-1)) + 1
    return [
        _row(columns, of_class == index, name, exits, judged)
        for index, name in enumerate(classes)
        if (of_class == index).any()
    ]


def _row(columns: Columns, some: np.ndarray, name: str, exits: int, judged: bool) -> dict:
    outcome, left = columns.outcome[some], columns.exit[some]
    exited = left[outcome == Outcome.EXITED]
    return {
        'class': name,
        'frames': int(some.sum()),
        'right': float(columns.right[some].mean()) if judged else None,
        'exits': np.bincount(exited[exited >= 0], minlength=exits).tolist(),
        'offloaded': int((outcome == Outcome.OFFLOADED).sum()),
        'fallback': int((outcome == Outcome.FALLBACK).sum()),
    }
