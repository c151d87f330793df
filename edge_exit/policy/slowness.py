"""How many times slower than its profile a robot is, also from frames that it had no time for."""

import numpy as np

# Fewer, just started, say nothing of how slow the robot is; one that then never runs a segment
# because it seems slow would never find out.
FEWEST = 5


def slowness(ratios: np.ndarray, exact: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Give the median ratio of a robot's times to the profile's, the lower the less is known.

    A frame that was given up only says that the ratio is no less. Such values are censored, and the
    median is that of the product-limit estimator (Kaplan and Meier 1958,
    doi:10.1080/01621459.1958.10501452); where it lies beyond all that is known exactly, the largest
    value stands for it.

    Of n values it is taken a standard error of a median's rank below: at 1/2 - 1/(2 sqrt(n)). A
    robot that takes itself for slower than it is sends pictures, which tell nothing of its speed,
    and never finds out; one that takes itself for faster computes, and soon knows.

    :param ratios: (B, K), positive.
    :param exact: which are exact and not lower bounds, bool (B, K).
    :param told: which count at all, bool (B, K).
    :returns: (B,); 1 before anything is known.
    """
    values = np.where(told, ratios, np.inf)
    # Of equal ones those that are exact come first.
    order = np.lexsort((~exact, values), axis=1)
    values, exact, told = (np.take_along_axis(a, order, axis=1) for a in (values, exact, told))
    count = told.sum(axis=1, keepdims=True)
    left = np.maximum(count - np.arange(values.shape[1]), 1)
    exact &= told
    survive = np.cumprod(np.where(exact, 1 - 1 / left, 1.0), axis=1)
    until = 0.5 + 0.5 / np.sqrt(np.maximum(count, 1))
    reached = exact & (survive <= until + 1e-9)
    rows = np.arange(len(values))
    largest = values[rows, np.maximum(count[:, 0] - 1, 0)]
    beyond = np.where(exact.any(axis=1), largest, np.maximum(largest, 1.0))
    found = np.where(reached.any(axis=1), values[rows, reached.argmax(axis=1)], beyond)
    return np.where(count[:, 0] >= FEWEST, found, 1.0)
