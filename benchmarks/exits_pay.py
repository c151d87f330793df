"""Hold a bundle with exits against networks without any: operations, time and accuracy.

    python benchmarks/exits_pay.py BUNDLE FOLDER NAME=RIVAL [NAME=RIVAL ...]

FOLDER holds one folder of test pictures for each class. RIVAL is a bundle of which only the
backbone runs: the same backbone trained alone, or a small static network. Exit thresholds are
chosen on the bundles' own validation pictures, as their manifests have them, never on FOLDER:

- `equal`: the cheapest threshold that is as accurate as the rival (the most accurate one if none);
- `near`: the same, if 0.3 points less are taken for equal;
- `dear`: the most accurate threshold whose mean MACs are no more than the rival's.

What they then give on FOLDER is the row. Times are medians of one picture on one thread, each
network's turn after the other's, as a share of the time of the bundle's own backbone.

`oracle` is what no rule can save more than: each picture leaves at the first exit that is right, at
the first of all if none is, and as many leave wrong as the whole network has wrong.
"""

import argparse
from pathlib import Path

import numpy as np
import report
from pairs import named_bundles

from edge_exit import bundle as bundles
from edge_exit.bundle import Bundle
from edge_exit.evaluation import exit_times, labelled
from edge_exit.evaluation.exit_curves import Point, best_within, cheapest, leaving_exits, point_at
from edge_exit.evaluation.exit_curves import sureness as sureness_of
from edge_exit.evaluation.observing import observe_files
from edge_exit.evaluation.stopwatch import seconds
from edge_exit.inference.onnx_runtime import OnnxBackbone
from edge_exit.rules.registry import DEFAULT, rules_for

ROUNDS = 300
NEAR = 0.003


class Contender:
    """A bundle with what it says of the test pictures."""

    def __init__(self, bundle: Bundle, files: list[labelled.LabelledFile]) -> None:
        self.bundle = bundle
        self.observed = observe_files(files, bundle)
        self.sure = sureness_of(rules_for(len(bundle.segments))[DEFAULT], self.observed.beliefs)
        self.chosen_from = [
            Point(point['threshold'], point['accuracy'], point['mean_macs'])
            for point in bundle.metrics['calibration']['curve']
        ]

    def at(self, threshold: float, times: exit_times.ExitTimes) -> dict[str, float]:
        """Judge an exit threshold on the test pictures."""
        exits = leaving_exits(self.sure, threshold)
        return {'threshold': threshold, **self._leaving(exits, times)}

    def oracle(self, times: exit_times.ExitTimes) -> dict[str, float]:
        """Let pictures leave as early as the accuracy of the whole network allows."""
        right = self.observed.believed_right
        exits = np.where(right.any(axis=1), right.argmax(axis=1), 0)
        spare = int(right.any(axis=1).sum() - self.observed.whole_accuracy * len(right))
        exits[np.argsort(-exits, kind='stable')[: max(spare, 0)]] = 0
        return self._leaving(exits, times)

    def _leaving(self, exits: np.ndarray, times: exit_times.ExitTimes) -> dict[str, float]:
        point = point_at(0.0, exits, self.observed, self.bundle)
        share = float(np.array(times.exits)[exits].mean()) / times.whole
        macs = point.mean_macs / self.bundle.backbone.macs
        return {'accuracy': point.accuracy, 'macs': macs, 'time': share}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('bundle')
    parser.add_argument('folder', type=Path)
    parser.add_argument('rivals', nargs='+', metavar='NAME=RIVAL')
    arguments = parser.parse_args()
    ours = bundles.load(arguments.bundle)
    files = labelled.labelled_files(arguments.folder, ours)
    contender = Contender(ours, files)
    times = exit_times.measure(files, ours, contender.sure)
    rivals = dict(named_bundles(arguments.rivals))
    shares = backbone_times(ours, rivals, files)
    rows = [
        row
        for name, rival in rivals.items()
        for row in compared(contender, times, name, rival, files, shares[name])
    ]
    report.write(
        f'exits_pay_{ours.name}',
        rows,
        threads=1,
        pictures=len(files),
        whole_ms=1e3 * times.whole,
        oracle=[contender.oracle(times)],
        models={name: bundle.model_id for name, bundle in {'ours': ours, **rivals}.items()},
    )


def compared(
    ours: Contender,
    times: exit_times.ExitTimes,
    name: str,
    rival: Bundle,
    files: list[labelled.LabelledFile],
    time: float,
) -> list[dict]:
    """Give one row for each way to choose a threshold against a rival."""
    accuracy = observe_files(files, rival).whole_accuracy
    macs = rival.backbone.macs / ours.bundle.backbone.macs
    chosen = {
        'equal': cheapest(ours.chosen_from, rival.backbone.accuracy),
        'near': cheapest(ours.chosen_from, rival.backbone.accuracy - NEAR),
        'dear': best_within(ours.chosen_from, rival.backbone.macs),
    }
    rows = []
    for how, point in chosen.items():
        if point is None:  # even the first exit costs more
            continue
        ours_there = ours.at(point.threshold, times)
        rows.append(
            {
                'rival': name,
                'chosen': how,
                **ours_there,
                'rival_accuracy': accuracy,
                'rival_macs': macs,
                'rival_time': time,
                'points': 100 * (ours_there['accuracy'] - accuracy),
                'macs_ratio': ours_there['macs'] / macs,
                'time_ratio': ours_there['time'] / time,
            }
        )
    return rows


def backbone_times(
    ours: Bundle, rivals: dict[str, Bundle], files: list[labelled.LabelledFile]
) -> dict[str, float]:
    """Give each rival's median time as a share of that of our backbone, measured by turns."""
    bundles_by_name = {'': ours, **rivals}
    networks = {name: OnnxBackbone(bundle) for name, bundle in bundles_by_name.items()}
    pictures = {
        name: labelled.read_picture(files[0].path, bundle)[np.newaxis]
        for name, bundle in bundles_by_name.items()
    }
    spent = {name: [] for name in networks}
    for _ in range(ROUNDS):
        for name, network in networks.items():
            spent[name].append(seconds(lambda n=network, x=pictures[name]: n.run(x)))
    medians = {name: float(np.median(values)) for name, values in spent.items()}
    return {name: medians[name] / medians[''] for name in rivals}


if __name__ == '__main__':
    main()
