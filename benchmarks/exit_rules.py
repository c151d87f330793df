"""Compare the exit rules on each bundle: cost at a stated loss, accuracy at a stated cost.

    python benchmarks/exit_rules.py BUNDLE=FOLDER [BUNDLE=FOLDER ...]

FOLDER holds one folder of pictures for each class, none of which the bundle was trained on. Loss is
in percentage points below the whole network without exits on the same pictures; MACs are those of a
picture on average, as a share of the whole network's. Thresholds are chosen on half of the pictures
and judged on the other half, and the other way round; rule_us is what a rule itself costs a frame
at its last exit.
"""

import argparse
import timeit
from pathlib import Path

import numpy as np
import report

from edge_exit import bundle as bundles
from edge_exit.evaluation import labelled
from edge_exit.evaluation.exit_curves import best_within, cheapest, curve, leaving_exits, point_at
from edge_exit.evaluation.exit_curves import sureness as sureness_of
from edge_exit.evaluation.observing import Observed, observe_files
from edge_exit.inference.belief import Belief
from edge_exit.rules.registry import rules_for

LOSSES = (0.0, 0.3)
BUDGETS = (0.5, 0.7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    rows, models = [], {}
    for pair in parser.parse_args().pairs:
        name, _, folder = pair.partition('=')
        bundle = bundles.load(name)
        observed = observe_files(labelled.labelled_files(Path(folder), bundle), bundle)
        halves = halved(observed)
        models[bundle.name] = {'model_id': bundle.model_id, 'pictures': len(observed.labels)}
        for rule in rules_for(len(bundle.segments)).values():
            row = {'bundle': bundle.name, 'rule': rule.name, **figures(rule, halves, bundle)}
            rows.append({**row, 'rule_us': microseconds(rule, observed.beliefs[0])})
    report.write('exit_rules', rows, threads=1, bundles=models)


def halved(observed: Observed) -> list[tuple[Observed, Observed]]:
    """Give (to choose on, to judge on), twice."""
    even = np.arange(len(observed.labels)) % 2 == 0
    first, second = (
        Observed(*(getattr(observed, name)[rows] for name in Observed.__slots__))
        for rows in (even, ~even)
    )
    return [(first, second), (second, first)]


def figures(rule, halves: list[tuple[Observed, Observed]], bundle: bundles.Bundle) -> dict:
    """Judge what is chosen for each loss and each budget; mean of both halves."""
    found = [judged(rule, *half, bundle) for half in halves]
    return {key: float(np.mean([half[key] for half in found])) for key in found[0]}


def judged(rule, chosen: Observed, other: Observed, bundle: bundles.Bundle) -> dict[str, float]:
    points, whole = curve(rule, chosen, bundle), bundle.backbone.macs
    sure = sureness_of(rule, other.beliefs)

    def there(threshold: float) -> tuple[float, float]:
        point = point_at(threshold, leaving_exits(sure, threshold), other, bundle)
        return point.mean_macs / whole, 100 * (point.accuracy - other.whole_accuracy)

    found = {}
    for loss in LOSSES:
        best = cheapest(points, chosen.whole_accuracy - loss / 100)
        found[f'macs_at_loss_{loss:g}'], found[f'points_at_loss_{loss:g}'] = there(best.threshold)
    for budget in BUDGETS:
        best = best_within(points, budget * whole)
        macs, gain = there(best.threshold) if best else (float('nan'), float('nan'))
        found[f'macs_near_{budget:g}'], found[f'points_near_{budget:g}'] = macs, gain
    return found


def microseconds(rule, rows: np.ndarray) -> float:
    """Time a rule on the beliefs after all exits of one picture."""
    beliefs = [Belief(row) for row in rows]
    spent = timeit.repeat(lambda: rule.sureness(beliefs), number=200, repeat=20)
    return 1e6 * min(spent) / 200


if __name__ == '__main__':
    main()
