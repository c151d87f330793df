"""Score a bundle on held-out pictures, and keep the figures.

    python benchmarks/bundle_scores.py BUNDLE FOLDER [--keep]

FOLDER holds one folder of pictures for each class. With --keep, accuracy and mean MACs also go into
the bundle's manifest; its model id does not change by that.
"""

import argparse
from pathlib import Path

import report

from edge_exit import bundle as bundles
from edge_exit.bundle import rewriting
from edge_exit.evaluation import labelled
from edge_exit.evaluation.scoring import score

THRESHOLDS = sorted({*(step / 20 for step in range(21)), *(step / 200 for step in range(120, 200))})
# What the mean time is judged at: this much less than the whole network's accuracy.
ALLOWED_LOSS = 0.003


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('bundle')
    parser.add_argument('folder', type=Path)
    parser.add_argument('--keep', action='store_true')
    arguments = parser.parse_args()
    bundle = bundles.load(arguments.bundle)
    found = score(arguments.folder, bundle, thresholds=THRESHOLDS)
    pictures = len(labelled.labelled_files(arguments.folder, bundle))
    summary = {key: found[key] for key in ('whole_accuracy', 'whole_macs', 'whole_ms', 'exits')}
    report.write(
        f'score_{bundle.name}',
        found['curve'],
        threads=1,
        bundle=bundle.name,
        model_id=bundle.model_id,
        pictures=pictures,
        **summary,
        judged=judged(found),
    )
    if arguments.keep:
        keep(bundle, found, pictures)


def judged(found: dict) -> dict:
    """Give the cheapest point that loses no more accuracy than allowed, else the most accurate."""
    least = found['whole_accuracy'] - ALLOWED_LOSS
    points = [point for point in found['curve'] if point['accuracy'] >= least]
    if points:
        best = min(points, key=lambda point: point['mean_macs'])
    else:
        best = max(found['curve'], key=lambda point: point['accuracy'])
    return {
        'allowed_loss': ALLOWED_LOSS,
        **best,
        'macs_of_whole': best['mean_macs'] / found['whole_macs'],
        'ms_of_whole': best['mean_ms'] / found['whole_ms'],
        'to_reach_ms_of_whole': 0.7,
    }


def keep(bundle: bundles.Bundle, found: dict, pictures: int) -> None:
    """Write what does not depend on this machine into the manifest."""
    curve = [
        {key: round(point[key], 5) for key in ('threshold', 'accuracy', 'mean_macs')}
        for point in found['curve']
        if round(point['threshold'] * 200) % 10 == 0
    ]
    test = {
        'pictures': pictures,
        'whole_accuracy': round(found['whole_accuracy'], 5),
        'exit_accuracy': [round(part['accuracy'], 5) for part in found['exits']],
        'curve': curve,
    }
    rewriting.update(bundle, {'metrics': {**bundle.metrics, 'test': test}})


if __name__ == '__main__':
    main()
