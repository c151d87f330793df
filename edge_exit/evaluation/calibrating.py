"""How honest a bundle's exits are, and the exit thresholds that keep a stated accuracy."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation import confidence, exit_curves
from edge_exit.evaluation.exit_curves import Point
from edge_exit.evaluation.observing import Observed
from edge_exit.rules.registry import DEFAULT, NAMES, rules_for

# Losses of accuracy that thresholds are kept for, percentage points.
LOSSES = (0.0, 0.3, 1.0)
_CURVE_POINTS = 25


def temperatures(observed: Observed) -> list[float]:
    """Fit the temperature of each exit."""
    exits = range(observed.logits.shape[1])
    return [confidence.fit_temperature(observed.logits[:, i], observed.labels) for i in exits]


def errors(observed: Observed, chosen: Sequence[float]) -> list[float]:
    """Give the calibration error (ECE) of each exit alone at these temperatures."""
    return [
        confidence.calibration_error(_own(observed, index, temperature), observed.labels)
        for index, temperature in enumerate(chosen)
    ]


def summary(
    observed: Observed, bundle: Bundle, *, rule: str = DEFAULT, losses: Sequence[float] = LOSSES
) -> dict:
    """Say how the exits of a bundle are, ready for its manifest.

    :param observed: pictures that it was not trained on.
    :param rule: whose curve of accuracy against cost is kept.
    :param losses: allowed loss of accuracy against the whole network, percentage points.
    :returns: pictures, whole_accuracy, exits, thresholds (of every rule), rule and curve (its own).
    """
    rules = rules_for(len(bundle.segments))
    curves = {name: exit_curves.curve(rules[name], observed, bundle) for name in NAMES}
    return {
        'pictures': len(observed.labels),
        'whole_accuracy': round(observed.whole_accuracy, 5),
        'exits': [_exit(observed, bundle, index) for index in range(len(bundle.segments))],
        'thresholds': [
            threshold_row(name, points, observed.whole_accuracy, loss)
            for name, points in curves.items()
            for loss in sorted(set(losses))
        ],
        'rule': rule,
        'curve': [rounded(p) for p in exit_curves.thinned(curves[rule], _CURVE_POINTS)],
    }


def threshold_row(
    rule: str, points: Sequence[Point], whole_accuracy: float, max_loss: float
) -> dict:
    """Give the cheapest exit threshold of a rule for an allowed loss.

    :param max_loss: percentage points below the whole network's accuracy.
    :returns: rule, max_loss, kept (whether any threshold loses so little; else it is the one that
        loses least), threshold, accuracy and mean_macs.
    """
    least = whole_accuracy - max_loss / 100
    best = exit_curves.cheapest(points, least)
    kept = best.accuracy >= least - 1e-9
    return {'rule': rule, 'max_loss': max_loss, 'kept': kept, **rounded(best)}


def rounded(point: Point) -> dict[str, float]:
    """Leave the digits that mean something."""
    return {name: round(value, 5) for name, value in asdict(point).items()}


def _exit(observed: Observed, bundle: Bundle, index: int) -> dict:
    own = _own(observed, index, bundle.segments[index].exit.temperature)
    mass = observed.beliefs[:, index, :-1].astype(np.float64)
    posterior = mass / np.maximum(mass.sum(axis=1, keepdims=True), 1e-30)
    return {
        'accuracy': round(float(observed.own_right[:, index].mean()), 5),
        'ece': round(confidence.calibration_error(own, observed.labels), 5),
        'believed_accuracy': round(float(observed.believed_right[:, index].mean()), 5),
        'believed_ece': round(confidence.calibration_error(posterior, observed.labels), 5),
        **confidence.histogram(own, observed.labels),
    }


def _own(observed: Observed, index: int, temperature: float) -> np.ndarray:
    return confidence.softmax(observed.logits[:, index], temperature)
