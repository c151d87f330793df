"""Accuracy against cost for an exit rule, and the exit threshold that keeps a stated accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.observing import Observed
from edge_exit.inference.belief import Belief
from edge_exit.rules.interface import ExitRule

# Thresholds that are tried: so many quantiles of what the rule says, in steps of this size.
_QUANTILES = 400
_STEPS = 100_000
# No exit but the last is sure enough for it.
NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Point:
    """What an exit threshold gives: accuracy in 0..1 and mean MACs a picture."""

    threshold: float
    accuracy: float
    mean_macs: float


def sureness(rule: ExitRule, rows: np.ndarray) -> np.ndarray:
    """Give how sure a head would be after each exit, (N, exits).

    :param rows: beliefs, float32 (N, exits, classes + 1).
    """
    found = np.empty(rows.shape[:2])
    for picture, of_picture in enumerate(rows):
        beliefs: list[Belief] = []
        for place, row in enumerate(of_picture):
            beliefs.append(Belief(row))
            found[picture, place] = rule.sureness(beliefs)
    return found


def spent_macs(bundle: Bundle) -> np.ndarray:
    """Give the MACs of a picture that leaves at each exit, those of the exits before included."""
    return np.cumsum([part.macs + part.exit.macs for part in bundle.segments])


def leaving_exits(sure: np.ndarray, threshold: float) -> np.ndarray:
    """Say at which exit each picture leaves: the first that is sure enough, else the last.

    :param sure: as `sureness` gives it, (N, exits).
    :returns: indices of exits, (N,).
    """
    # A head compares with the float32 that the message to a tail carries.
    enough = sure >= float(np.float32(threshold))
    enough[:, -1] = True
    return enough.argmax(axis=1)


def point_at(threshold: float, exits: np.ndarray, observed: Observed, bundle: Bundle) -> Point:
    """Give accuracy and cost if each picture leaves at its exit, (N,)."""
    right = np.take_along_axis(observed.believed_right, exits[:, np.newaxis], 1)
    return Point(threshold, float(right.mean()), float(spent_macs(bundle)[exits].mean()))


def curve(rule: ExitRule, observed: Observed, bundle: Bundle) -> list[Point]:
    """Try thresholds over all that the rule ever says, from the lowest on."""
    sure = sureness(rule, observed.beliefs)
    tried = np.quantile(sure[:, :-1], np.linspace(0, 1, _QUANTILES)) if sure.shape[1] > 1 else []
    # Downwards: what is exactly as sure as a quantile must be sure enough for its threshold.
    thresholds = sorted({0.0, *(np.floor(np.multiply(tried, _STEPS)) / _STEPS).tolist(), NEVER})
    return [
        point_at(threshold, leaving_exits(sure, threshold), observed, bundle)
        for threshold in thresholds
    ]


def cheapest(points: Sequence[Point], least_accuracy: float) -> Point:
    """Give the point of least cost with that accuracy; the most accurate one if none has it."""
    enough = [point for point in points if point.accuracy >= least_accuracy - 1e-9]
    if enough:
        return min(enough, key=lambda point: point.mean_macs)
    return max(points, key=lambda point: (point.accuracy, -point.mean_macs))


def best_within(points: Sequence[Point], most_macs: float) -> Point | None:
    """Give the most accurate point that costs no more; None if none is so cheap."""
    within = [point for point in points if point.mean_macs <= most_macs]
    return max(within, key=lambda point: point.accuracy, default=None)


def thinned(points: Sequence[Point], count: int) -> list[Point]:
    """Leave about so many points, evenly by cost; the first and the last stay."""
    costs = np.linspace(points[0].mean_macs, points[-1].mean_macs, count)
    nearest = {min(points, key=lambda p, c=cost: abs(p.mean_macs - c)) for cost in costs}
    return [point for point in points if point in nearest]
