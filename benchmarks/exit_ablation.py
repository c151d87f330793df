"""What each method of exits and their training saves: one at a time changed or left out.

    python benchmarks/exit_ablation.py FOLDER REFERENCE NAME=BUNDLE [NAME=BUNDLE ...]

FOLDER holds one folder of pictures for each class, none of which the bundles were trained on. The
first of the bundles is what is shipped. It is judged as it is, and then on beliefs made from its
exits' logits in other ways; the other bundles were trained in other ways. Loss and points are
against the backbone of REFERENCE, the same network trained alone without exits, and MACs are a
share of it. Thresholds of the rule `margin` are chosen on half of the pictures and judged on the
other half, and the other way round.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import report
from exit_choosing import figures
from pairs import named_bundles

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle
from edge_exit.evaluation import labelled
from edge_exit.evaluation.confidence import calibration_error, softmax
from edge_exit.evaluation.observing import Observed, observe_files
from edge_exit.rules.registry import DEFAULT, rules_for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('reference')
    parser.add_argument('variants', nargs='+', metavar='NAME=BUNDLE')
    arguments = parser.parse_args()
    reference = bundles.load(arguments.reference)
    files = labelled.labelled_files(arguments.folder, reference)
    observed = observe_files(files, reference)
    right = observed.whole == observed.labels
    rows, variants = [], dict(named_bundles(arguments.variants))
    for place, (name, bundle) in enumerate(variants.items()):
        observed = observe_files(files, bundle)
        ways = inference_variants(bundle, observed) if place == 0 else iter([('', observed)])
        rows += [row(f'{name}{how}', bundle, seen, right) for how, seen in ways]
    models = {'reference': reference, **variants}
    report.write(
        f'exit_ablation_{next(iter(variants.values())).name}',
        rows,
        pictures=len(files),
        reference_accuracy=float(right.mean()),
        models={name: bundle.model_id for name, bundle in models.items()},
    )


def row(name: str, bundle: Bundle, observed: Observed, right: np.ndarray) -> dict:
    """Judge one variant."""
    rule = rules_for(len(bundle.segments))[DEFAULT]
    masses = observed.beliefs[:, 0, :-1]
    first_said = masses / masses.sum(axis=1, keepdims=True)
    return {
        'variant': name,
        'whole': observed.whole_accuracy,
        'exits': ' '.join(f'{share:.4f}' for share in observed.believed_right.mean(axis=0)),
        'exit_macs': sum(part.exit.macs for part in bundle.segments[:-1]) / bundle.backbone.macs,
        'ece_first': calibration_error(first_said, observed.labels),
        **figures(rule, observed, bundle, right),
    }


def inference_variants(bundle: Bundle, observed: Observed) -> Iterator[tuple[str, Observed]]:
    """Give the bundle's beliefs as they are, and made otherwise from the same logits."""
    temperatures = [part.exit.temperature for part in bundle.segments]
    halting = halting_scores(observed.beliefs)
    yield '', observed

    def with_beliefs(temperatures: list[float], halting: np.ndarray) -> Observed:
        return replace(observed, beliefs=beliefs(observed.logits, temperatures, halting))

    yield ', temperatures 1', with_beliefs([1.0] * len(temperatures), halting)
    yield ', halting scores all 1/2', with_beliefs(temperatures, halves(halting))
    yield ', no recursion', with_beliefs(temperatures, np.ones_like(halting))


def halves(halting: np.ndarray) -> np.ndarray:
    """Let each exit but the last spend half of what is left."""
    return np.concatenate([np.full_like(halting[:, :-1], 0.5), halting[:, -1:]], axis=1)


def halting_scores(rows: np.ndarray) -> np.ndarray:
    """Tell h from the remaining mass after each exit, (N, exits)."""
    left = rows[:, :, -1].astype(float)
    before = np.concatenate([np.ones_like(left[:, :1]), left[:, :-1]], axis=1)
    return 1 - left / np.maximum(before, 1e-12)


def beliefs(logits: np.ndarray, temperatures: list[float], halting: np.ndarray) -> np.ndarray:
    """Fold logits (N, exits, C) into beliefs (N, exits, C + 1); see inference/belief.py.

    Where a score is 1, an exit takes all that is left, and what it says replaces what was believed.
    """
    count, exits, classes = logits.shape
    mass, left = np.zeros((count, classes)), np.ones((count, 1))
    rows = []
    for place in range(exits):
        said = softmax(logits[:, place], temperatures[place])
        score = halting[:, place : place + 1]
        mass = np.where(left > 0, mass + left * score * said, said)
        left = left * (1 - score)
        rows.append(np.concatenate([mass, left], axis=1))
    return np.stack(rows, axis=1).astype(np.float32)


if __name__ == '__main__':
    main()
