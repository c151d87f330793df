"""What an exit rule saves: thresholds chosen on half of the pictures, judged on the other half."""

import numpy as np

from edge_exit.bundle import Bundle
from edge_exit.evaluation.exit_curves import best_within, cheapest, curve, leaving_exits, point_at
from edge_exit.evaluation.exit_curves import sureness as sureness_of
from edge_exit.evaluation.observing import Observed
from edge_exit.rules.interface import ExitRule

LOSSES = (0.0, 0.3)
BUDGETS = (0.5, 0.7)


def figures(
    rule: ExitRule, observed: Observed, bundle: Bundle, reference: np.ndarray
) -> dict[str, float]:
    """Give cost at each of LOSSES and accuracy at each of BUDGETS, mean of both ways round.

    Loss is in percentage points below a reference on the same pictures; MACs are those of a picture
    on average, as a share of the backbone's.

    :param reference: which of the pictures the reference answers rightly, (N,).
    """
    even = np.arange(len(observed.labels)) % 2 == 0
    ways = [(even, ~even), (~even, even)]
    found = [_judged(rule, observed, bundle, reference, *way) for way in ways]
    return {key: float(np.mean([way[key] for way in found])) for key in found[0]}


def _judged(
    rule: ExitRule,
    observed: Observed,
    bundle: Bundle,
    reference: np.ndarray,
    chosen: np.ndarray,
    other: np.ndarray,
) -> dict[str, float]:
    points, whole = curve(rule, _rows(observed, chosen), bundle), bundle.backbone.macs
    unseen = _rows(observed, other)
    sure = sureness_of(rule, unseen.beliefs)

    def there(threshold: float) -> tuple[float, float]:
        point = point_at(threshold, leaving_exits(sure, threshold), unseen, bundle)
        return point.mean_macs / whole, 100 * (point.accuracy - reference[other].mean())

    found = {}
    for loss in LOSSES:
        best = cheapest(points, reference[chosen].mean() - loss / 100)
        found[f'macs_at_loss_{loss:g}'], found[f'points_at_loss_{loss:g}'] = there(best.threshold)
    for budget in BUDGETS:
        best = best_within(points, budget * whole)
        macs, gain = there(best.threshold) if best else (float('nan'), float('nan'))
        found[f'macs_near_{budget:g}'], found[f'points_near_{budget:g}'] = macs, gain
    return found


def _rows(observed: Observed, places: np.ndarray) -> Observed:
    return Observed(*(getattr(observed, name)[places] for name in Observed.__slots__))
